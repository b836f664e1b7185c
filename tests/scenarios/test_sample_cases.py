"""Every sample case is judged as its expect.json says, by the command that a newcomer would use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.commands import SAMPLES, Cli

CASES = sorted(path.parent for path in (SAMPLES / "cases").glob("*/expect.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_is_judged_as_expected(case: Path, tmp_path: Path) -> None:
    expected = json.loads((case / "expect.json").read_text(encoding="utf-8"))
    profile = ("--profiles", SAMPLES / "partners", "--partner", expected["partner"])
    run = Cli(tmp_path).run("inspect", "--json", *profile, case / "input.edi")
    assert (run.returncode, run.stderr) == (0, "")
    file = json.loads(run.stdout)
    assert (file["bytes"], file["remnants"]) == (file["bytes_accounted"], [])
    sets = [found for interchange in file["interchanges"] for found in interchange["sets"]]
    assert [
        {
            "type": found["type"],
            "control_number": found["control_number"],
            "verdict": found["verdict"],
            "errors_at": [f["locator"] for f in found["findings"] if f["severity"] == "error"],
        }
        for found in sets
    ] == expected["sets"]
    assert not [s for s in sets if s["verdict"] != "rejected" and s["document"] is None and not s.get("tree")]


def test_every_case_has_its_expectation() -> None:
    assert CASES
    assert {path.parent for path in (SAMPLES / "cases").glob("*/input.edi")} == set(CASES)
