"""CSV through a mapping, in both directions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from canonical.finding import Severity
from canonical.invoice import Invoice
from channels.errors import PayloadError
from channels.files import FileMapping, FileScan, read, read_all, scan, write

MAPPING = {
    "document": "invoice",
    "format": {"kind": "csv"},
    "group": ["invoice_number"],
    "fields": {
        "invoice_number": {"column": ["Invoice", "Rechnung"], "required": True},
        "invoice_date": {"column": "Date", "required": True},
        "currency.code": {"constant": "EUR"},
        "parties[ship_to].name": {"column": "Ship To"},
        "purchase_order_number": {"column": "PO"},
        "total_amount": {"column": "Total"},
    },
    "lists": {
        "lines": {
            "fields": {
                "line_number": {"column": "Line"},
                "quantity.value": {"column": "Qty", "required": True},
                "quantity.unit_of_measure": {"column": "Unit", "default": "EA"},
                "unit_price": {"column": "Price"},
                "identifiers[vendor_item_number].value": {"column": "Item", "required": True},
            }
        }
    },
}

TWO = """Invoice,Date,PO,Line,Item,Qty,Price,Total
R1,2025-01-31,P1,1,00012,5,1.50,32.50
R1,2025-01-31,P1,2,"A ""B"", C",10,2.50,32.50
R2,2025-02-01,P2,1,00012,1,1.50,1.50
"""


def mapping(**changes: object) -> FileMapping:
    return FileMapping.model_validate(MAPPING | changes)


def invoices(body: bytes, using: FileMapping) -> list[Invoice]:
    found = scan(body, using)
    assert found.is_readable, found.findings
    results = list(read_all(body, using, found.documents))
    assert all(result.is_good for result in results), [result.findings for result in results]
    return [result.document for result in results if isinstance(result.document, Invoice)]


def codes(found: FileScan) -> list[str]:
    return [finding.code for finding in found.findings if finding.severity is Severity.ERROR]


def test_rows_of_one_number_are_one_document_with_a_line_for_each() -> None:
    first, second = invoices(TWO.encode(), mapping())
    assert (first.invoice_number, first.invoice_date, first.total_amount) == ("R1", date(2025, 1, 31), Decimal("32.50"))
    assert [line.identifiers[0].value for line in first.lines] == ["00012", 'A "B", C']
    assert first.lines[0].quantity is not None
    assert first.lines[0].quantity.unit_of_measure == "EA"
    assert second.purchase_order_number == "P2"
    assert len(second.lines) == 1


def test_what_is_written_is_read_back_equal() -> None:
    originals = invoices(TWO.encode(), mapping())
    assert invoices(write(originals, mapping()).body, mapping()) == originals


def test_each_document_is_found_by_its_bytes_alone() -> None:
    body, using = TWO.encode(), mapping()
    spans = scan(body, using).documents
    assert [(span.key, span.first, span.last) for span in spans] == [("R1", 2, 3), ("R2", 4, 4)]
    offset, length = spans[1].offset, spans[1].length
    assert offset is not None
    assert length is not None
    assert body[offset : offset + length] == b"R2,2025-02-01,P2,1,00012,1,1.50,1.50\n"
    assert read(body, using, spans[1]).document == list(read_all(body, using, spans))[1].document


def test_every_value_knows_its_place() -> None:
    body, using = TWO.encode(), mapping()
    provenance = read(body, using, scan(body, using).documents[0]).provenance
    assert provenance["/lines/1/quantity/value"] == 'line 3, column "Qty"'
    assert provenance["/invoice_number"] == 'line 2, column "Invoice"'


def test_rows_of_a_document_may_lie_apart() -> None:
    lines = TWO.splitlines()
    body = "\n".join([lines[0], lines[1], lines[3], lines[2]]).encode()
    assert sorted(invoices(body, mapping()), key=lambda i: i.invoice_number) == invoices(TWO.encode(), mapping())


def test_a_value_that_the_file_has_no_place_for_is_refused_or_named() -> None:
    original = invoices(TWO.encode(), mapping())[0].model_copy(update={"release_number": "7"})
    with pytest.raises(PayloadError) as refused:
        write([original], mapping())
    assert [(f.code, f.locator, f.value) for f in refused.value.findings] == [
        ("FILE-UNWRITABLE", "/release_number", "7")
    ]
    omitted = write([original], mapping(unwritable="omit"))
    assert [(f.code, f.severity) for f in omitted.findings] == [("FILE-LEFT-OUT", Severity.WARNING)]


def test_a_missing_required_column_and_one_that_stands_twice_refuse_the_file() -> None:
    found = scan(b"Invoice,Date,Item,Item\nR1,2025-01-31,A,B\n", mapping())
    assert sorted(codes(found)) == ["FILE-COLUMN-MISSING", "FILE-COLUMN-TWICE"]
