"""``hub sample``: what it writes is accepted by ``hub inspect`` under the same profile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.program import program
from partners.loader import load_profiles

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "samples/partners"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program(arguments[0]), list(arguments))
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("partner", "set_type", "receiver"),
    [
        ("acme-fasteners", "855", "EXAMPLEDIST"),
        ("acme-fasteners", "856", "EXAMPLEDIST"),
        ("acme-fasteners", "810", "EXAMPLEDIST"),
        ("birch-paper", "856", "EXAMPLEDIST"),
        ("corner-hardware", "850", "EXAMPLEDIST"),
    ],
)
def test_samples_for_a_partner_are_accepted_under_its_profile(
    partner: str, set_type: str, receiver: str, tmp_path: Path
) -> None:
    file, profile = tmp_path / "sample.edi", PROFILES / f"{partner}.yaml"
    code, told = run(
        *("sample", set_type, "--partner", partner, "--profiles", str(PROFILES)),
        *("--config", str(ROOT / "samples/hub.yaml"), "--count", "3", "--lines", "4", "-o", str(file)),
    )
    assert (code, "3 documents" in told) == (0, True)
    assert f"*{receiver} " in file.read_text().splitlines()[0]
    code, out = run("inspect", "--json", "--partner", str(profile), str(file))
    [interchange] = json.loads(out)["interchanges"]
    assert [one["verdict"] for one in interchange["sets"]] == ["accepted"] * 3
    assert [finding for one in interchange["sets"] for finding in one["findings"]] == []


def test_what_we_send_goes_from_us_to_the_partner() -> None:
    config = str(ROOT / "samples/hub.yaml")
    code, out = run("sample", "850", "--partner", str(PROFILES / "acme-fasteners.yaml"), "--config", config)
    assert code == 0
    assert "*ZZ*EXAMPLEDIST    *ZZ*ACMEFASTENERS  *" in out


def test_a_sample_needs_no_profile_and_is_the_same_each_time() -> None:
    assert run("sample", "940") == run("sample", "940")
    assert run("sample", "940")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["851"], 1, "transaction set '851' of release 004010 is not supported"),
        (["850", "--partner", "nobody", "--profiles", str(PROFILES)], 2, "it has acme-fasteners, birch-paper"),
        (["850", "--partner", "nobody", "--data-dir", "/nonexistent"], 1, ""),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], exit_code: int, said: str) -> None:
    code, out = run("sample", *arguments)
    assert code == exit_code
    assert said in out
    assert "Traceback" not in out


@pytest.mark.parametrize(("partner", "set_type"), [("acme-fasteners", "810"), ("corner-hardware", "850")])
def test_each_rule_of_a_guide_is_broken_by_a_file_of_its_own(partner: str, set_type: str, tmp_path: Path) -> None:
    profile = str(PROFILES / f"{partner}.yaml")
    code, told = run("sample", set_type, "--partner", profile, "--wrong", str(tmp_path))
    assert code == 0
    expected = json.loads((tmp_path / "expected.json").read_text())
    [guide] = [a.guide for a in load_profiles([Path(profile)]).profiles[0].documents if a.guide]
    rules = guide.rules(set_type)
    assert len(expected) == len(rules.segments) + len(rules.elements)
    for name, finding in expected.items():
        assert f"{name}: {finding['message']}" in told
        _, out = run("inspect", "--json", "--partner", profile, str(tmp_path / name))
        [inspected] = json.loads(out)["interchanges"][0]["sets"]
        assert [one["code"] for one in inspected["findings"] if one["code"].startswith("X12")] == [finding["code"]]
        assert inspected["verdict"] != "accepted"


def test_without_a_guide_there_is_nothing_to_break(tmp_path: Path) -> None:
    code, out = run("sample", "850", "--wrong", str(tmp_path))
    assert (code, "has no guide for 850" in out) == (1, True)
