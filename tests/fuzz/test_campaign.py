"""A minute of coverage-guided fuzzing; ``make fuzz SECONDS=1200`` goes on for longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.targets import TARGETS

SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))


@pytest.mark.external("atheris")
@pytest.mark.timeout(900)
def test_a_minute_of_fuzzing_breaks_no_promise(tmp_path: Path) -> None:
    outcomes = campaign(tmp_path, SECONDS)
    assert [outcome.target for outcome in outcomes] == list(TARGETS)
    for outcome in outcomes:
        assert not outcome.report, f"{outcome.failure}:\n{outcome.report}"
        assert outcome.executions > 20
        assert outcome.covered > 100  # else it does not see the code that it runs
