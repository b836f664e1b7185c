"""``hub redact`` as a supplier calls it who must show a file to somebody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.commands import Cli, case


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "nothing")


def test_the_file_is_written_and_what_was_replaced_is_told(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "shareable.edi"
    told = cli.ok("redact", case("invoice-with-freight"), "-o", target, "--keep", "BIG02", "--seed", "one")
    assert "N102  Name" in told
    assert "BIG02" not in told
    assert len(target.read_bytes()) == len(case("invoice-with-freight").read_bytes())
    assert b"Acme" not in target.read_bytes()
    again = tmp_path / "again.edi"
    cli.ok("redact", case("invoice-with-freight"), "-o", again, "--keep", "BIG02", "--seed", "one")
    assert again.read_bytes() == target.read_bytes()
    cli.ok("redact", case("invoice-with-freight"), "-o", again, "--keep", "BIG02")
    assert again.read_bytes() != target.read_bytes()


def test_without_an_output_the_file_goes_to_standard_output_alone(cli: Cli) -> None:
    run = cli.process("redact", case("customer-order"))
    assert run.returncode == 0
    assert run.stdout.startswith("ISA*00*")
    assert "values replaced" in run.stderr


def test_programs_are_told_what_was_replaced(cli: Cli, tmp_path: Path) -> None:
    run = cli.ok("redact", "--json", case("customer-order"), "-o", tmp_path / "out.edi")
    assert json.loads(run)["replaced"]["N102"] == 2


def test_what_cannot_be_read_is_refused_and_wrong_usage_said(cli: Cli, tmp_path: Path) -> None:
    other, target = tmp_path / "x.pdf", tmp_path / "out"
    other.write_bytes(b"%PDF-1.7")
    run = cli.run("redact", other, "-o", target)
    assert (run.returncode, target.exists()) == (1, False)
    assert "Nothing was written" in run.stderr
    assert cli.run("redact", case("customer-order"), "--keep", "everything").returncode == 2
    assert cli.run("redact", case("customer-order"), "--json").returncode == 2
