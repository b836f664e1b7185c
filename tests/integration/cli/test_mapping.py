"""hub mapping: a supplier is brought live from its own file, by commands alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from channels.files.suggesting import Known
from hub.compute.pool import Limits
from hub.errors import OperationRefused
from hub.operator.suggesting import suggested
from tests.integration.cli.commands import SAMPLES, Cli

SAMPLE = """Rechnungsnr;Datum;Ihre Bestellung;Art.-Nr.;Menge;ME;Preis
R-1;13.02.2026;4500017;X-100;3;Stk;1.200,50
R-1;13.02.2026;4500017;X-200;10;Stk;2,25
"""


def test_a_supplier_is_brought_live_from_its_own_file(tmp_path: Path, migrated_url: str) -> None:
    cli = Cli.on(migrated_url, tmp_path / "data")
    sample, profile = tmp_path / "export.csv", tmp_path / "lehmann.yaml"
    sample.write_text(SAMPLE)
    told = json.loads(
        cli.run(
            "mapping", "suggest", sample, "--document", "invoice", "--partner", "lehmann", "--write", profile, "--json"
        ).stdout
    )
    assert (told["complete"], told["fields"][0]["source"]) == (True, "Rechnungsnr")
    assert not (tmp_path / "data").exists() or "lehmann" not in cli.run("partner", "list").stdout  # nothing is applied
    tried = json.loads(cli.run("mapping", "try", profile, sample, "--name", "invoice", "--json").stdout)
    assert (tried["documents"], tried["good"]) == (1, 1)
    assert {"field": "/lines/0/unit_price", "value": "1200.50", "place": 'line 2, column "Preis"'} in tried["fields"]
    cli.run("config", "apply", SAMPLES / "hub.yaml")
    cli.run("partner", "apply", profile)
    cli.run("ingest", "--partner", "lehmann", sample)
    listed = json.loads(cli.run("documents", "--json").stdout)
    assert [(one["partner"], one["type"], one["number"]) for one in listed] == [("lehmann", "invoice", "R-1")]


def test_what_is_wrong_is_told_by_exit_code_and_in_words(tmp_path: Path) -> None:
    cli, sample = Cli(tmp_path / "data"), tmp_path / "list.csv"
    sample.write_text("SKU,Description\nX-1,Tube\nX-2,Valve\n")
    ended = cli.run("mapping", "suggest", sample, "--document", "invoice")
    assert (ended.returncode, "not found: invoice_number" in ended.stdout) == (1, True)
    assert cli.run("mapping", "suggest", sample, "--document", "letter").returncode == 2
    assert cli.run("mapping", "suggest", tmp_path / "none.csv", "--document", "invoice").returncode == 1
    sample.write_bytes(b"%PDF-1.7")
    assert "A PDF document: no mapping" in cli.run("mapping", "suggest", sample, "--document", "invoice").stderr


def test_a_sample_that_takes_too_much_ends_its_child_and_nothing_else(tmp_path: Path) -> None:
    sample = tmp_path / "many.json"
    sample.write_text("[" + ",".join(['{"a":1}'] * 1_000_000) + "]")
    small, short = Limits(memory_megabytes=300), Limits(seconds=0.05, bytes_per_second=10**9)
    with pytest.raises(OperationRefused, match="more than 300 MB of memory"):
        suggested(sample, "invoice", Known(), day_first=None, limits=small)
    with pytest.raises(OperationRefused, match="seconds of processor time"):
        suggested(sample, "invoice", Known(), day_first=None, limits=short)
