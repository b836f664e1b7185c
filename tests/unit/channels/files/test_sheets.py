"""Workbooks through a mapping, in both directions, and those that are not to be opened."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlwt
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from canonical.finding import Finding, Severity
from canonical.invoice import Invoice
from channels.files import FileMapping, ReadDocument, read_all, scan, write
from tests.unit.channels.files.test_csv import MAPPING, TWO, invoices, mapping

SHEET = mapping(format={"kind": "sheet"})
HEADER = ["Invoice", "Date", "PO", "Line", "Item", "Qty", "Price", "Total"]
ROW = ["R1", date(2025, 1, 31), "P1", 1, "00012", 5, 1.1, 5.5]


def workbook(*rows: list[object], title: str = "Data") -> Workbook:
    book = Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def results(body: bytes, using: FileMapping = SHEET) -> list[ReadDocument]:
    found = scan(body, using)
    assert found.is_readable, found.findings
    return list(read_all(body, using, found.documents))


def refusal(body: bytes) -> Finding:
    found = scan(body, SHEET)
    assert not found.documents
    (finding,) = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    return finding


def test_a_workbook_of_excel_97_is_read_as_one_of_today() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for row, cells in enumerate([["Our invoices"], [], HEADER, ROW, [*ROW[:4], "00013", 2, 0.1, 5.5]]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, *([day] if isinstance(cell, date) else []))
    out = io.BytesIO()
    book.save(out)
    (result,) = results(out.getvalue())
    assert isinstance(result.document, Invoice)
    assert result.document.invoice_date == date(2025, 1, 31)
    assert [line.unit_price for line in result.document.lines] == [Decimal("1.1"), Decimal("0.1")]
    assert [line.identifiers[0].value for line in result.document.lines] == ["00012", "00013"]
    assert result.provenance["/lines/1/quantity/value"] == "Data!F5"


def test_numbers_and_dates_of_cells_are_exact_whatever_the_style() -> None:
    (result,) = results(saved(workbook(["Our invoices"], [], HEADER, ROW)))
    assert isinstance(result.document, Invoice)
    assert result.document.invoice_date == date(2025, 1, 31)
    assert result.document.lines[0].unit_price == Decimal("1.1")
    assert result.document.lines[0].identifiers[0].value == "00012"
    assert result.provenance["/lines/0/quantity/value"] == "Data!F4"


def test_what_is_written_to_a_workbook_is_read_back_equal_and_twice_the_same_bytes() -> None:
    originals = invoices(TWO.encode(), mapping())
    body = write(originals, SHEET).body
    assert invoices(body, SHEET) == originals
    assert write(originals, SHEET).body == body


def test_a_text_that_looks_like_a_formula_is_no_formula_in_what_we_write() -> None:
    original = invoices(TWO.replace("00012", "=1+1").encode(), mapping(format={"kind": "csv", "formulas": "keep"}))
    body = write(original, SHEET).body
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml")
    assert invoices(body, SHEET) == original


def test_an_identifier_held_as_a_number_is_said_and_one_that_lost_digits_refused() -> None:
    short, long = [*ROW], [*ROW]
    short[4], long[0], long[4] = 12, "R2", 1234567890123456789
    first, second = results(saved(workbook(HEADER, short, long)))
    assert [(f.code, f.locator) for f in first.findings] == [("FILE-NUMBER-CELL", "Data!E2")]
    assert [f.code for f in second.findings if f.severity is Severity.ERROR] == ["FILE-VALUE"]


def test_errors_of_formulas_and_formulas_without_a_value_are_found_at_their_cell() -> None:
    book = workbook(HEADER, ROW, ["R1", None, None, 2, "A", 1, 1, None])
    assert book.active is not None
    book.active["G2"] = "=1/0"
    book.active["F3"] = "#REF!"
    book.active["F3"].data_type = "e"
    (result,) = results(saved(book))
    assert [f.locator for f in result.findings if f.severity is Severity.ERROR] == ["Data!G2", "Data!F3"]


def test_merged_cells_speak_for_all_their_rows_and_hidden_things_are_told() -> None:
    book = workbook(HEADER, ROW, [None, None, None, 2, "A", 1, 1, None])
    assert book.active is not None
    book.active.merge_cells("A2:A3")
    book.active.row_dimensions[3].hidden = True
    book.create_sheet("Prices").sheet_state = "hidden"
    body = saved(book)
    (result,) = results(body)
    assert isinstance(result.document, Invoice)
    assert len(result.document.lines) == 2
    told = [f.code for f in scan(body, SHEET).findings if f.code != "FILE-COLUMN-ABSENT"]
    assert told == ["FILE-HIDDEN", "FILE-MERGED", "FILE-HIDDEN"]


def test_dates_counted_from_1904_are_the_same_dates() -> None:
    book = workbook()
    book.epoch = CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append(HEADER)
    book.active.append(ROW)
    (result,) = results(saved(book))
    assert isinstance(result.document, Invoice)
    assert result.document.invoice_date == date(2025, 1, 31)


def archive(**members: bytes) -> bytes:
    out = io.BytesIO(saved(workbook(HEADER, ROW)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as added:
        for name, content in members.items():
            added.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


FAR = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (archive(xl__media__big=b"0" * 30_000_000), "FILE-HOSTILE", "times its size"),
        (archive(xl__worksheets__sheet9_dot_xml=FAR), "FILE-TOO-LARGE", "far apart"),
        (archive(xl__worksheets__sheet9_dot_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "FILE-HOSTILE", "DTD"),
        (archive(xl__externalLinks__externalLink1_dot_xml=b"<x/>"), "FILE-HOSTILE", "other files"),
        (archive(**{".." + "__evil": b"x"}), "FILE-HOSTILE", "leads out"),
        (archive(xl__vbaProject_dot_bin=b"x"), "FILE-HOSTILE", "macros"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "FILE-UNREADABLE", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "FILE-LOCKED", "password"),
        (saved(workbook(HEADER, ROW))[:2000], "FILE-UNREADABLE", "damaged"),
        (b"", "FILE-EMPTY", "empty"),
    ],
    ids=["zip bomb", "one far cell", "entity", "external link", "path", "macros", "web page", "locked", "cut", "empty"],
)
def test_a_workbook_that_is_not_to_be_opened_is_refused_with_advice(body: bytes, code: str, word: str) -> None:
    finding = refusal(body)
    assert finding.code == code
    assert word in finding.message


def test_a_sheet_is_chosen_by_name_and_one_that_is_missing_refused_with_the_names_there_are() -> None:
    by_name = FileMapping.model_validate(MAPPING | {"format": {"kind": "sheet", "sheet": "Invoices"}})
    (finding,) = scan(saved(workbook(HEADER, ROW)), by_name).findings
    assert finding.code == "FILE-SHEET-MISSING"
    assert '"Data"' in finding.message
    assert scan(saved(workbook(HEADER, ROW, title="INVOICES")), by_name).is_readable
