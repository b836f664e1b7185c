"""``hub replay`` and ``hub resend`` by filter: seen first, asked for, done, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.commands import SAMPLES, Cli

UNITS = "list,code_list,partner_value,our_value\nunit,,BX,CA\nunit,,EA,EA\n"
HELD = ("--partner", "acme-fasteners", "--type", "810", "--state", "held")


@pytest.fixture
def cli(migrated_url: str, tmp_path: Path) -> Cli:
    """A hub with an invoice that was held, and the units that it waited for."""
    cli = Cli.on(migrated_url, tmp_path / "data").configured()
    profile = (SAMPLES / "partners" / "acme-fasteners.yaml").read_text().replace('unit: "on"', "unit: required")
    (tmp_path / "acme-fasteners.yaml").write_text(profile)
    (tmp_path / "units.csv").write_text(UNITS)
    cli.ok("partner", "apply", tmp_path / "acme-fasteners.yaml")
    cli.ok("ingest", SAMPLES / "cases" / "invoice-with-freight" / "input.edi")
    cli.ok("crosswalk", "import", "acme-fasteners", tmp_path / "units.csv")
    return cli


def test_a_preview_shows_all_and_does_nothing_then_it_is_confirmed(cli: Cli) -> None:
    shown = cli.json("replay", *HELD, "--preview")
    (document,) = shown["documents"]
    assert (document["was"], document["becomes"], document["acts"]) == ("held", "routed", {"erp": "made"})
    assert document["differences"][0]["where"] == "line 1, quantity, unit of measure"
    text = cli.ok("replay", *HELD, "--preview")
    assert "line 1, quantity, unit of measure: BX → CA" in text
    assert "Nothing was changed." in text
    assert len(cli.json("documents", *HELD)) == 1
    (outcome,) = cli.json("replay", "--confirm", shown["id"], "--reason", "units imported")
    assert outcome["done"]
    assert cli.json("replay", "--confirm", shown["id"], "--reason", "units imported") == []
    assert "kept" in cli.ok("replay", "--number", "INV-55120", "--preview")


def test_many_are_touched_only_by_who_says_yes(cli: Cli) -> None:
    run = cli.run("replay", *HELD, "--reason", "units imported")
    assert run.returncode == 1
    assert "1 document (partner acme-fasteners, type invoice, state held)" in run.stderr
    assert "Add --yes" in run.stderr
    (outcome,) = cli.json("replay", *HELD, "--reason", "units imported", "--yes")
    assert outcome["done"]
    run = cli.run("resend", "--target", "erp", "--reason", "well again", "--yes")
    assert (run.returncode, run.stderr.strip()) == (1, "No delivery fits: target erp, state dead.")
    run = cli.run("give-up", "--target", "erp", "--reason", "no")
    assert run.returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        ("replay", "--reason", "x"),
        ("replay", "doc_x", "--partner", "acme", "--reason", "x"),
        ("replay", "--partner", "acme"),
        ("replay", "--partner", "acme", "--since", "tomorrow", "--preview"),
        ("replay", "--type", "nonsense", "--preview"),
        ("resend", "--reason", "x"),
        ("resend", "dl_x"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert Cli(tmp_path).run(*words).returncode == 2


def test_there_is_no_preview_of_another_name(cli: Cli) -> None:
    run = cli.run("replay", "--confirm", "pv_nothing", "--reason", "x")
    assert (run.returncode, run.stderr.strip()) == (1, "There is no preview of this id.")
