"""``make faults``: every test of this folder in its long form, then a table of what was seen.

    FAULTS=scaled|full python -m tests.faults [pytest's own arguments]

The figures stay in build/faults.json, parts of failed tests included.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table


def main(arguments: list[str]) -> int:
    os.environ.setdefault("FAULTS", "scaled")
    from tests.faults.harness.form import FIGURES  # here: it reads the environment

    FIGURES.unlink(missing_ok=True)
    chosen = arguments or ["--numprocesses=2", "--dist=load", "--maxschedchunk=1"]
    status = pytest.main([str(Path(__file__).parent), "--timeout=3600", *chosen])
    seen = [json.loads(line) for line in FIGURES.read_text().splitlines()] if FIGURES.exists() else []
    FIGURES.with_name("faults.json").write_text(json.dumps(seen, indent=1) + "\n")
    table = Table("part", "seen")
    for one in sorted(seen, key=lambda one: str(one["part"])):
        table.add_row(one.pop("part"), ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in one.items()))
    Console().print(table)
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
