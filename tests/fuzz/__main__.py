"""``make fuzz SECONDS=1200``: every target for so long, side by side; exit code 1 when one broke a promise."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.campaign import campaign

FOLDER = Path("build/fuzz")


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    outcomes = campaign(FOLDER, seconds)
    for outcome in outcomes:
        print(
            f"{outcome.target}: {outcome.executions} inputs run, {outcome.covered} branches reached, "
            f"{outcome.features} features, {outcome.corpus} inputs kept in {FOLDER / outcome.target / 'corpus'}"
        )
        if outcome.report:
            print(outcome.report)
            print(f"{outcome.target} broke a promise: {outcome.failure}; keep it in tests/fuzz/kept/{outcome.target}")
    return 1 if any(outcome.report for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
