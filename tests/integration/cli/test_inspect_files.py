"""``hub inspect`` of what is not X12: read by a profile's mappings or by one of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from canonical.document import parse_document, to_json
from channels.files import write
from partners.ready_mappings import ready_mapping
from tests.builders import make_invoice
from tests.integration.cli.commands import SAMPLES, Cli

PROFILE, INVOICES = SAMPLES / "files" / "copper-tools.yaml", SAMPLES / "files" / "invoices.csv"
FILE_KEYS = {"file", "bytes", "bytes_accounted", "remnants", "findings", "interchanges", "documents"}
DOCUMENT_KEYS = {"type", "number", "first", "last", "verdict", "findings", "document"}


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "nothing")


def inspected(cli: Cli, *words: str | Path, code: int = 0) -> dict[str, Any]:
    run = cli.run("inspect", "--json", *words)
    assert (run.returncode, run.stderr) == (code, "")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_a_file_that_a_mapping_reads_has_its_documents_and_no_interchange(cli: Cli) -> None:
    found = inspected(cli, "--profiles", SAMPLES / "files", INVOICES)
    assert found.keys() == FILE_KEYS
    assert found["interchanges"] == []
    assert [document.keys() for document in found["documents"]] == [DOCUMENT_KEYS] * 3
    assert [(d["number"], d["verdict"], d["first"]) for d in found["documents"]] == [
        ("CT-501", "accepted", 2),
        ("CT-502", "rejected", 3),
        ("CT-503", "accepted", 5),
    ]
    (finding,) = found["documents"][1]["findings"]
    assert (finding["locator"], finding["value"]) == ('line 3, column "Qty"', "a dozen")
    assert parse_document(found["documents"][0]["document"]).document_number() == "CT-501"
    told = cli.run("inspect", "--partner", PROFILE, INVOICES)
    assert "invoice CT-502 at 3 to 4: rejected" in told.stdout
    assert 'error line 3, column "Qty"' in told.stdout


def test_a_mapping_can_be_tried_before_it_is_in_a_profile(cli: Cli, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "document: invoice\nformat: {kind: csv}\n"
        "fields:\n  invoice_number: {column: Invoice No}\n  invoice_date: {column: Date}\n"
        "  total_amount: {column: Invoice Total}\n"
    )
    found = inspected(cli, "--mapping", mapping, INVOICES)
    assert [document["verdict"] for document in found["documents"]] == ["accepted"] * 4, "a row is an invoice"
    mapping.write_text(mapping.read_text().replace("total_amount", "total_amont"))
    run = cli.run("inspect", "--mapping", mapping, INVOICES)
    assert run.returncode == 2
    assert f"{mapping}:6 fields.total_amont" in run.stderr


def test_canonical_json_needs_no_mapping(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "invoices.json"
    texts = [to_json(make_invoice(invoice_number=number)) for number in ("A", "B")]
    file.write_text(f"[{','.join(texts)}]")
    found = inspected(cli, file)
    assert [to_json(parse_document(one["document"])) for one in found["documents"]] == texts
    file.write_text(f"[{texts[0]}")
    found = inspected(cli, file, code=1)
    assert (found["documents"], found["findings"][0]["code"]) == ([], "JSON-SYNTAX")


def test_what_no_mapping_reads_is_told_with_what_it_is(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "invoices.pdf"
    file.write_bytes(b"%PDF-1.7")
    found = inspected(cli, "--partner", PROFILE, file, code=1)
    assert "A PDF document" in found["findings"][0]["message"]


@pytest.mark.parametrize("ready", ["ubl-invoice", "cxml-invoice", "idoc-invoice"])
def test_a_file_whose_bytes_tell_what_it_is_needs_no_mapping(cli: Cli, tmp_path: Path, ready: str) -> None:
    file = tmp_path / "invoice.xml"
    file.write_bytes(write([make_invoice(invoice_number="A-1")], ready_mapping(ready)).body)
    for said in ([], ["--mapping", ready]):
        (found,) = inspected(cli, *said, file)["documents"]
        assert (found["type"], found["number"], found["verdict"]) == ("invoice", "A-1", "accepted")


def test_files_are_taken_by_hand_for_the_partner_that_is_said(tmp_path: Path, migrated_url: str) -> None:
    cli = Cli.on(migrated_url, tmp_path)
    cli.ok("config", "apply", SAMPLES / "hub.yaml")
    cli.ok("partner", "apply", SAMPLES / "partners", PROFILE)
    orders = tmp_path / "order.json"
    orders.write_text(to_json(make_invoice()))
    untold = cli.run("ingest", orders)
    assert (untold.returncode, untold.stderr) == (1, "A canonical document does not tell whose it is: say --partner.\n")
    told = json.loads(cli.run("ingest", "--json", "--partner", "copper-tools", orders, INVOICES).stdout)
    assert [one["status"] for one in told] == ["processed", "processed"]
    assert [[document["status"] for document in one["documents"]] for one in told] == [
        ["routed"],
        ["routed", "rejected", "routed"],
    ]
    (form,) = json.loads(cli.ok("show", "--json", told[1]["id"]))["transmission"]["findings"]
    assert form["code"] == "FILE-FORM"
