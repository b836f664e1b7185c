"""A minute of coverage-guided fuzzing for each target, the same one every time, so that a failure is found again; other
inputs every time, and for longer: ``make fuzz SECONDS=1200``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import rehearsal
from tests.fuzz.targets import TARGETS

RUNS = {"scan": 120_000, "judge": 12_000, "acknowledgment": 20_000}
"""Inputs that a core runs in about a minute."""

pytestmark = [pytest.mark.external("atheris"), pytest.mark.timeout(1800)]


@pytest.mark.parametrize("target", TARGETS)
def test_a_minute_of_fuzzing_breaks_no_promise(target: str, tmp_path: Path) -> None:
    outcome = rehearsal(tmp_path, target, RUNS[target])
    assert not outcome.report, f"{outcome.failure}:\n{outcome.report}"
    assert outcome.executions >= RUNS[target]
    assert outcome.covered > 100  # else it does not see the code that it runs


def test_a_broken_promise_is_found_with_the_same_input_each_time(tmp_path: Path) -> None:
    one, other = (rehearsal(tmp_path / name, "planted", 5_000) for name in ("one", "other"))
    assert "AssertionError: something lies beside the interchanges" in one.report
    assert one.failure
    assert other.failure
    assert one.failure.read_bytes() == other.failure.read_bytes()
    assert one.executions == other.executions
