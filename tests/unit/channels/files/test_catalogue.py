"""Bad and hostile files, each named as in the catalogue of bad inputs (PC: CSV, PX: workbooks, PM: XML, CF: mappings).

Workbooks that are not to be opened have their cases in ``test_sheets``.
"""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import ValidationError

from canonical.finding import Finding, Severity
from canonical.invoice import Invoice
from channels.files import FileMapping, FileScan, read_all, scan, write
from tests.unit.channels.files.test_csv import MAPPING, TWO, invoices, mapping

HEAD = "Invoice,Date,PO,Line,Item,Qty,Price,Total\n"
XML = FileMapping.model_validate(
    {
        "document": "invoice",
        "format": {"kind": "xml", "namespaces": {"i": "urn:example:invoice-2"}},
        "records": "/i:Invoice",
        "fields": {"invoice_number": {"xpath": "i:ID", "required": True}, "invoice_date": {"xpath": "i:Date"}},
    }
)
GOOD = b'<Invoice xmlns="urn:example:invoice-2"><ID>7</ID><Date>2025-01-31</Date></Invoice>'


def errors(body: bytes, using: FileMapping) -> list[Finding]:
    """All of the file and its documents."""
    found = scan(body, using)
    results = read_all(body, using, found.documents) if found.is_readable else ()
    everything = [*found.findings, *(finding for result in results for finding in result.findings)]
    return [finding for finding in everything if finding.severity is Severity.ERROR]


def error(body: bytes, using: FileMapping) -> Finding:
    (only,) = errors(body, using)
    return only


def test_pc01_a_quote_that_is_never_closed_refuses_the_file_and_names_its_line() -> None:
    body = HEAD + 'R1,2025-01-31,P1,1,"A,5,1.50,7.50\n' + "R2,2025-01-31,P1,1,B,5,1.50,7.50\n" * 1000
    finding = error(body.encode(), mapping())
    assert (finding.code, finding.locator) == ("FILE-UNREADABLE", "line 2")
    assert "never closed" in finding.message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_pc02_encoding_line_ends_and_separator_are_detected_and_shown(encoding: str, end: str, separator: str) -> None:
    text = TWO.replace('"A ""B"", C"', "Müller").replace(",", separator).replace("\n", end)
    found = scan(text.encode(encoding), mapping())
    assert found.form.separator == separator
    assert found.form.line_end == {"\r\n": "crlf", "\n": "lf", "\r": "cr"}[end]
    assert found.form.encoding == {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    assert [one.lines[-1].identifiers[0].value for one in invoices(text.encode(encoding), mapping())] == [
        "Müller",
        "00012",
    ]


def test_pc02_mixed_line_ends_are_read_and_told() -> None:
    text = TWO.replace("\n", "\r\n", 2)
    assert scan(text.encode(), mapping()).form.line_end == "mixed"
    assert invoices(text.encode(), mapping()) == invoices(TWO.encode(), mapping())


def test_pc03_columns_in_another_order_are_read_and_further_ones_listed() -> None:
    columns = [line.split(",") for line in TWO.replace('"A ""B"", C"', "B").splitlines()]
    turned = "\n".join(",".join([*reversed(cells), "x"]) for cells in columns).replace("Invoice,x", "Invoice,Colour")
    found = scan(turned.encode(), mapping())
    assert [(f.code, f.severity, "Colour" in f.message) for f in found.findings][-1] == (
        "FILE-COLUMN-EXTRA",
        Severity.INFO,
        True,
    )
    assert len(invoices(turned.encode(), mapping())) == 2


def test_pc04_a_row_with_too_many_cells_is_an_error_and_one_with_too_few_a_warning() -> None:
    body = HEAD + "R1,2025-01-31,P1,1,A,1,500,1.50,7.50\nR2,2025-01-31,P1,1,A,1\n"
    found = scan(body.encode(), mapping())
    first, second = read_all(body.encode(), mapping(), found.documents)
    assert [f.code for f in first.findings] == ["FILE-ROW-RAGGED"]
    assert not first.is_good
    assert [(f.code, f.severity) for f in second.findings] == [("FILE-ROW-RAGGED", Severity.WARNING)]
    assert second.is_good


def test_pc04_cells_and_lines_and_rows_beyond_the_limits_are_refused_by_name() -> None:
    assert "131072 characters" in error((HEAD + "R1," + "x" * 200_000).encode(), mapping()).message
    assert error((HEAD + "x" * 1_000_001).encode(), mapping()).code == "FILE-TOO-LARGE"
    assert error(b"Invoice" + b",x" * 2000, mapping()).code == "FILE-TOO-LARGE"


def test_pc04_a_control_character_in_a_value_is_found_at_its_cell() -> None:
    findings = errors((HEAD + "R1,2025-01-31,P1,1,A\0B,1,1.50,7.50\n").encode(), mapping())
    assert findings[0].locator == 'line 2, column "Item"'
    assert findings[0].message == "identifiers[vendor_item_number].value holds control characters"


@pytest.mark.parametrize(
    ("written", "decimals", "expected"),
    [
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("1.234", "comma", "1234"),
        ("1.234", "point", "1.234"),
        ("(5.00)", None, "-5.00"),
        ("5.00-", None, "-5.00"),
        ("€ 5.00", None, "5.00"),
    ],
)
def test_pc05_numbers_are_read_in_the_style_that_is_fixed_or_that_they_show(
    written: str, decimals: str | None, expected: str
) -> None:
    body = HEAD.replace(",", ";") + f"R1;2025-01-31;P1;1;A;1;1;{written}\n"
    style = {} if decimals is None else {"decimals": decimals}
    (invoice,) = invoices(body.encode(), mapping(format={"kind": "csv", **style}))
    assert invoice.total_amount == Decimal(expected)


def test_pc05_a_number_that_may_be_two_is_a_finding_and_zeros_before_an_item_stay() -> None:
    finding = error((HEAD + 'R1,2025-01-31,P1,1,00012345,1,1,"1,234"\n').encode(), mapping())
    assert (finding.code, finding.value) == ("FILE-VALUE-AMBIGUOUS", "1,234")
    assert "could be 1234 or 1.234" in finding.message
    assert invoices(TWO.encode(), mapping())[0].lines[0].identifiers[0].value == "00012"


def test_pc05_an_item_number_that_a_spreadsheet_shortened_is_refused() -> None:
    finding = errors((HEAD + "R1,2025-01-31,P1,1,1.2E+12,1,1,1\n").encode(), mapping())[0]
    assert "has shortened" in finding.message


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1", "''+x"])
def test_pc06_no_text_that_we_write_to_csv_runs_as_a_formula_and_all_are_read_back(text: str) -> None:
    body = HEAD + f"R1,2025-01-31,P1,1,{text.strip()},1,1,1\n"
    unguarded = mapping(format={"kind": "csv", "formulas": "keep"})
    originals = invoices(body.encode(), unguarded)
    file = write(originals, mapping())
    cell = file.body.decode().splitlines()[1].split(",")[-1]
    assert not cell.startswith(("=", "+", "-", "@"))
    assert invoices(file.body, mapping()) == originals


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + GOOD,
        b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>' + GOOD,
        b'<!DOCTYPE Invoice [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>' + GOOD,
        b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD,
        b'<!DOCTYPE Invoice PUBLIC "x" "http://127.0.0.1:9/x.dtd">' + GOOD,
        b"<!--" + b"x" * 70_000 + b'--><!DOCTYPE Invoice [<!ATTLIST Invoice a CDATA "y">]>' + GOOD,
        GOOD.replace(b"<Date>", b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/><Date>'),
        "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE Invoice [<!ENTITY x 'y'>]><Invoice/>".encode("utf-16"),
    ],
    ids=["file", "http", "parameter", "dtd", "public dtd", "late dtd", "xinclude", "utf-16"],
)
def test_pm01_nothing_outside_of_the_file_is_reached_and_whoever_tries_is_refused(body: bytes) -> None:
    assert error(body, XML).code == "FILE-HOSTILE"


def located(address: str) -> bytes:
    names = f' xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="x {address}" xmlns='
    return GOOD.replace(b" xmlns=", names.encode())


def test_pm01_the_address_of_a_schema_is_told_and_not_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        body = located(f"http://127.0.0.1:{server.getsockname()[1]}/x.xsd")
        [told] = scan(body, XML).findings
        assert (told.code, told.severity, errors(body, XML)) == ("FILE-SCHEMA-LOCATION", "info", [])
        assert (told.value or "").startswith("http://127.0.0.1")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_pm01_where_the_profile_says_so_such_a_file_is_refused() -> None:
    strict = XML.model_copy(update={"format": XML.format.model_copy(update={"schema_location": "refuse"})})
    assert error(located("file:///etc/x.xsd"), strict).code == "FILE-SCHEMA-LOCATION"
    assert scan(located("Invoice.xsd"), strict).findings == ()  # a name, no address


BOMBS: dict[str, Callable[[], bytes]] = {
    "laughs": lambda: b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Invoice>&b;</Invoice>',
    "deep": lambda: b"<a>" * 10_000 + b"</a>" * 10_000,
    "attributes": lambda: b"<Invoice " + b" ".join(b'a%d=""' % n for n in range(1_000_000)) + b"/>",
    "text": lambda: b"<Invoice>" + b"x" * 12_000_000 + b"</Invoice>",
    "size": lambda: b"<Invoice>" + b"x" * 50_000_000 + b"</Invoice>",
    "elements": lambda: b"<Invoice>" + b"<a/>" * 2_000_000 + b"</Invoice>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_pm02_what_would_grow_in_memory_is_refused_by_a_limit(name: str) -> None:
    assert error(BOMBS[name](), XML).code in ("FILE-HOSTILE", "FILE-UNREADABLE", "FILE-TOO-LARGE")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(GOOD), "packed (gzip)"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + GOOD, "no well-formed XML"),
        (GOOD.replace(b"7", b"\xe9"), "no well-formed XML"),
        (GOOD + GOOD, "Extra content"),
        (b"", "empty"),
    ],
    ids=["gzip", "declared utf-16", "latin-1 without a declaration", "two roots", "empty"],
)
def test_pm03_what_is_no_xml_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert reason in error(body, XML).message


def test_pm04_a_namespace_that_is_missing_or_of_another_version_is_named() -> None:
    for namespace in (b"", b' xmlns="urn:example:invoice-1"'):
        finding = error(GOOD.replace(b' xmlns="urn:example:invoice-2"', namespace), XML)
        assert (finding.code, finding.expected) == ("FILE-NAMESPACE", "urn:example:invoice-2")


XSD = """<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:example:invoice-2"
 elementFormDefault="qualified"><s:element name="Invoice"><s:complexType><s:sequence>
 <s:element name="ID" type="s:integer"/><s:element name="Date" type="s:date"/></s:sequence></s:complexType></s:element>
</s:schema>"""


def test_pm04_what_does_not_follow_the_xsd_is_refused_as_a_whole_with_its_lines() -> None:
    strict = XML.model_copy(update={"format": XML.format.model_copy(update={"xsd": XSD})})
    assert errors(GOOD, strict) == []
    finding = error(GOOD.replace(b"<ID>7", b"\n<ID>seven"), strict)
    assert (finding.code, finding.locator) == ("FILE-SCHEMA", "line 2")


@pytest.mark.parametrize("body", [b"<html></html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"])
def test_pm05_a_web_page_an_image_or_a_pdf_is_no_document(body: bytes) -> None:
    assert error(body, XML).code in ("FILE-EMPTY", "FILE-HOSTILE", "FILE-UNREADABLE")


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"xpath": "//i:a//i:b"}, "xpath", "no path of names"),
        ({"xpath": "i:a[contains(., 'x')]"}, "xpath", "no condition"),
        ({"xpath": "x:a"}, "xpath", "namespaces have no x"),
        ({"column": "Total"}, "column", "a xml file has none"),
        ({"xpath": "i:a", "constant": "1"}, None, "exactly one of"),
    ],
)
def test_cf05_an_expression_that_could_take_long_or_find_nothing_is_refused_when_the_mapping_is_saved(
    change: dict[str, object], path: str | None, reason: str
) -> None:
    fields = {"invoice_number": {"xpath": "i:ID"}, "invoice_date": {"xpath": "i:Date"}, "total_amount": change}
    with pytest.raises(ValidationError) as refused:
        FileMapping.model_validate(XML.model_dump(exclude_unset=True) | {"fields": fields})
    (problem,) = refused.value.errors()[0]["ctx"]["problems"]
    assert problem[0] == ("fields", "total_amount", *([path] if path else []))
    assert reason in problem[1]


def test_cf05_marks_of_templates_are_letters_like_others() -> None:
    fields = MAPPING["fields"] | {"release_number": {"constant": "{{7*7}} ${x} %(y)s"}}  # type: ignore[operator]
    (first, _) = invoices(TWO.encode(), mapping(fields=fields))
    assert first.release_number == "{{7*7}} ${x} %(y)s"


def test_every_problem_of_a_mapping_is_named_at_its_place() -> None:
    broken = MAPPING | {
        "group": ["number"],
        "fields": {
            "invoice_number": {"column": "A"},
            "partys[ship_to].name": {"column": "B"},
            "parties[shipto].name": {"column": "C"},
            "total_amount": {"constant": "much"},
            "lines": {"column": "D"},
        },
    }
    with pytest.raises(ValidationError) as refused:
        FileMapping.model_validate(broken)
    problems = dict(refused.value.errors()[0]["ctx"]["problems"])
    assert problems[("fields", "partys[ship_to].name")].endswith("did you mean parties?")
    assert problems[("fields", "parties[shipto].name")].endswith("did you mean ship_to?")
    assert problems[("fields", "total_amount", "constant")].startswith('"much" is no number')
    assert problems[("fields", "lines")] == "lines is no value: say which of its fields"
    assert problems[("group", 0)].startswith("number is not among the fields")
    assert problems[("fields",)].startswith("invoice_date is needed")


def test_documents_beyond_the_limit_of_findings_are_counted() -> None:
    body = HEAD + "".join(f"R1,2025-01-31,P1,{n},A,x,1,1\n" for n in range(150))
    findings = errors(body.encode(), mapping())
    assert len(findings) == 101
    assert findings[-1].message.startswith("50 more findings")


def test_reading_a_large_file_tells_how_far_it_is() -> None:
    body = (HEAD + "".join(f"R{n},2025-01-31,P1,1,A,1,1,1\n" for n in range(12_000))).encode()
    told: list[tuple[int, int]] = []
    found: FileScan = scan(body, mapping(), lambda done, size: told.append((done, size)))
    assert len(found.documents) == 12_000
    assert [size for _, size in told] == [len(body)] * 3
    assert told[-1][0] == len(body)
    last = next(iter(read_all(body, mapping(), found.documents[-1:])))
    assert isinstance(last.document, Invoice)
    assert last.document.invoice_number == "R11999"
