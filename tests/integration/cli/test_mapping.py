"""hub mapping: a supplier is brought live from its own file, by commands alone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.commands import SAMPLES, Cli

SAMPLE = """Rechnungsnr;Datum;Ihre Bestellung;Art.-Nr.;Menge;ME;Preis
R-1;13.02.2026;4500017;X-100;3;Stk;1.200,50
R-1;13.02.2026;4500017;X-200;10;Stk;2,25
"""


def test_a_supplier_is_brought_live_from_its_own_file(tmp_path: Path) -> None:
    cli, sample, profile = Cli(tmp_path / "data"), tmp_path / "export.csv", tmp_path / "lehmann.yaml"
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
