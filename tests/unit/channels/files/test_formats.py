"""The same document through every format: what is written is read back equal, or refused with its reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.identifier import ItemIdentifier, ItemIdentifierKind
from canonical.invoice import Invoice, InvoiceLine
from canonical.party import Address, Party, PartyRole
from canonical.quantity import Currency, Quantity
from channels.errors import PayloadError
from channels.files import Arrival, FileMapping, read, read_all, recognise, scan, write
from tests.unit.channels.files.test_csv import MAPPING, TWO, invoices, mapping

PLACES = {
    "invoice_number": "number",
    "invoice_date": "date",
    "currency.code": "currency",
    "parties[ship_to].name": "ship_to",
    "parties[ship_to].address.city": "city",
    "total_amount": "total",
}
LINE_PLACES = {
    "line_number": "line",
    "quantity.value": "quantity",
    "quantity.unit_of_measure": "unit",
    "unit_price": "price",
    "identifiers[vendor_item_number].value": "item",
    "identifiers[gtin_12].value": "upc",
}
WIDTH = 40
FORMATS: dict[str, dict[str, Any]] = {
    "csv": {"kind": "csv"},
    "semicolons": {"kind": "csv", "separator": ";", "decimals": "comma", "dates": ["dd.mm.yyyy"], "header_row": 3},
    "without a header": {"kind": "csv", "header_row": 0, "line_end": "lf", "encoding": "utf-16-le"},
    "sheet": {"kind": "sheet", "sheet": "Invoices"},
    "fixed": {
        "kind": "fixed",
        "columns": [
            {"name": name, "start": 1 + WIDTH * n, "length": WIDTH}
            for n, name in enumerate([*PLACES.values(), *LINE_PLACES.values()])
        ],
    },
    "xml": {"kind": "xml", "namespaces": {"e": "urn:example"}},
    "json": {"kind": "json"},
}


def selection(kind: str, format: dict[str, Any], name: str, position: int) -> dict[str, Any]:
    if format.get("header_row") == 0:
        return {"position": position}
    return {"xml": {"xpath": f"e:{name}"}, "json": {"jmespath": name}}.get(kind, {"column": name})


def invoice_mapping(name: str) -> FileMapping:
    format = FORMATS[name]
    kind = format["kind"]
    names = [*PLACES.items(), *LINE_PLACES.items()]
    rules = {path: selection(kind, format, place, n) for n, (path, place) in enumerate(names, 1)}
    made: dict[str, Any] = {
        "document": "invoice",
        "format": format,
        "fields": {path: rules[path] for path in PLACES},
        "lists": {"lines": {"fields": {path: rules[path] for path in LINE_PLACES}}},
    }
    if kind in ("xml", "json"):
        made["records"] = "/e:File/e:Invoice" if kind == "xml" else "invoices[]"
        made["lists"]["lines"]["records"] = "e:Line" if kind == "xml" else "lines"
    else:
        made["group"] = ["invoice_number"]
    return FileMapping.model_validate(made)


MAPPINGS = {name: invoice_mapping(name) for name in FORMATS}

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30
).filter(lambda text: text.strip() == text)
AMOUNTS = st.decimals(-10_000, 10_000, places=2)
QUANTITIES = st.builds(
    Quantity, value=st.decimals(0, 9_999, places=3), unit_of_measure=st.sampled_from(["EA", "CA", None])
)
LINES = st.builds(
    lambda quantity, price, item, upc: InvoiceLine(
        quantity=quantity,
        unit_price=price,
        identifiers=(
            ItemIdentifier(kind=ItemIdentifierKind.VENDOR_ITEM_NUMBER, value=item),
            *([ItemIdentifier(kind=ItemIdentifierKind.GTIN_12, value=upc)] if upc else []),
        ),
    ),
    QUANTITIES,
    AMOUNTS | st.none(),
    TEXTS,
    st.from_regex("[0-9]{12}", fullmatch=True) | st.none(),
)
INVOICES = st.builds(
    lambda number, day, name, city, total, lines: Invoice(
        invoice_number=number,
        invoice_date=day,
        currency=Currency(code="EUR"),
        parties=(Party(role=PartyRole.SHIP_TO, name=name, address=Address(city=city)),),
        total_amount=total,
        lines=tuple(line.model_copy(update={"line_number": str(n)}) for n, line in enumerate(lines, 1)),
    ),
    TEXTS,
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    TEXTS,
    TEXTS,
    AMOUNTS,
    st.lists(LINES, min_size=1, max_size=3),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, derandomize=True)
@given(originals=st.lists(INVOICES, min_size=1, max_size=3, unique_by=lambda one: one.invoice_number))
def test_whatever_is_written_is_read_back_equal(name: str, originals: list[Invoice]) -> None:
    using = MAPPINGS[name]
    try:
        file = write(originals, using)
    except PayloadError:
        return  # a text that looks like a number which a spreadsheet has shortened, or a sheet's own escapes
    found = scan(file.body, using.as_written)
    assert [result.document for result in read_all(file.body, using.as_written, found.documents)] == originals


def without_order() -> list[Invoice]:
    """Two invoices, without what the mappings here have no place for."""
    return [one.model_copy(update={"purchase_order_number": None}) for one in invoices(TWO.encode(), mapping())]


@pytest.mark.parametrize("name", FORMATS)
def test_an_ordinary_invoice_goes_through_every_format_and_its_places_have_names(name: str) -> None:
    using = MAPPINGS[name]
    (first, second) = (
        one.model_copy(update={"purchase_order_number": None}) for one in invoices(TWO.encode(), mapping())
    )
    file = write([first, second], using)
    found = scan(file.body, using)
    assert recognise(file.body).kind == ("csv" if name == "fixed" else FORMATS[name]["kind"])
    assert [result.document for result in read_all(file.body, using, found.documents)] == [first, second]
    assert read(file.body, using, found.documents[1]).document == second
    place = read(file.body, using, found.documents[1]).provenance["/lines/0/quantity/value"]
    assert (
        place
        == {
            "csv": 'line 4, column "quantity"',
            "semicolons": 'line 6, column "quantity"',
            "without a header": "line 3, column 8",
            "sheet": "Invoices!H4",
            "fixed": 'line 3, column "quantity"',
            "xml": "/File/Invoice[2]/Line/e:quantity",
            "json": "/invoices/1/lines/0/quantity",
        }[name]
    )


def test_a_value_longer_than_its_fixed_column_is_refused() -> None:
    long = without_order()[0].model_copy(update={"invoice_number": "1" * 41})
    with pytest.raises(PayloadError, match="longer than the 40 characters"):
        write([long], MAPPINGS["fixed"])


def test_numbers_of_json_keep_their_digits_and_a_name_that_stands_twice_is_refused() -> None:
    using = MAPPINGS["json"]
    body = b'{"invoices": [{"number": 7, "date": "2025-01-31", "total": 0.100000000000001, "lines": []}]}'
    document = read(body, using, scan(body, using).documents[0]).document
    assert isinstance(document, Invoice)
    assert document.total_amount == Decimal("0.100000000000001")
    assert document.invoice_number == "7"
    for bad in (b'{"invoices": [], "invoices": []}', b'{"invoices": NaN}', b"[" * 100_000, b'{"invoices": [', b"\xff"):
        (finding, *_) = scan(bad, using).findings
        assert finding.code in ("FILE-UNREADABLE", "FILE-ENCODING")


def test_two_documents_do_not_go_into_a_file_that_is_one_document() -> None:
    alone = MAPPINGS["xml"].model_copy(update={"records": "/e:Invoice"})
    originals = without_order()
    whole = FileMapping.model_validate(alone.model_dump(exclude_unset=True))
    assert write(originals[:1], whole).body
    with pytest.raises(PayloadError, match="holds one document"):
        write(originals, whole)


def test_a_mapping_that_can_only_be_read_says_so_before_anything_is_written() -> None:
    joined = mapping(fields=MAPPING["fields"] | {"release_number": {"concat": [{"column": "A"}, {"column": "B"}]}})  # type: ignore[operator]
    assert [path for path, _ in joined.outbound_problems()] == [("fields", "release_number", "concat")]
    with pytest.raises(PayloadError, match="can only be read"):
        write(invoices(TWO.encode(), mapping()), joined)


def test_what_a_feed_does_not_say_comes_from_how_it_came() -> None:
    feed = FileMapping.model_validate(
        {
            "document": "inventory_advice",
            "format": {"kind": "csv"},
            "group": ["reference_number"],
            "fields": {
                "purpose": {"constant": "original"},
                "report_type": {"constant": "seller"},
                "reference_number": {"column": "Reference", "default_from": "file_name", "required": True},
                "date": {"column": "Date", "default_from": "arrival_date", "required": True},
            },
            "lists": {"lines": {"fields": {"identifiers[gtin_13].value": {"column": "EAN"}}}},
        }
    )
    body = b"EAN,Quantity\n0000000001498,2\n0000011167105,4\n"
    arrival = Arrival("stock.csv", date(2026, 1, 2))
    (span,) = scan(body, feed, arrival=arrival).documents
    document = read(body, feed, span, arrival).document
    assert document is not None
    assert (document.document_number(), document.distinction()[1]) == ("stock.csv", "2026-01-02")
    assert read(body, feed, span).document is None


def test_an_ods_workbook_is_read_like_any_other() -> None:
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    rows = [["number", "date", "quantity", "item"], ["R1", "2025-01-31", "5", "00012"]]
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = "".join(f"<table:table-row>{''.join(cell.format(text) for text in row)}</table:table-row>" for row in rows)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {namespaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Invoices">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    using = MAPPINGS["sheet"]
    (span,) = scan(out.getvalue(), using).documents
    document = read(out.getvalue(), using, span).document
    assert isinstance(document, Invoice)
    assert document.lines[0].identifiers[0].value == "00012"


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        (b"a;b\n1;2\n", "csv", "Rows of text"),
        (b"sep=|\na|b,c\n", "csv", "Rows of text"),
        (b"only words\non lines\n", "fixed", "Lines of text"),
        (
            b'<?xml version="1.0"?><!-- x --><!DOCTYPE cXML SYSTEM "a"><cXML><Request><OrderRequest>',
            "xml",
            "cXML OrderRequest",
        ),
        (b'<u:Order xmlns:u="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "xml", "UBL Order"),
        (b"<ORDERS05><IDOC><EDI_DC40><MESTYP>ORDRSP</MESTYP>", "xml", "SAP IDoc ORDRSP"),
        ("<x/>".encode("utf-16"), "xml", "XML, x"),
        (b'{"a": [1]}', "json", "JSON"),
        (b"<!DOCTYPE html><html>", "unknown", "A web page (HTML)"),
        (b"\x89PNG\0\0\1", "unknown", "Bytes that are no text"),
        (b"", "unknown", "An empty file"),
    ],
)
def test_a_file_is_known_by_its_bytes(body: bytes, kind: str, detail: str) -> None:
    form = recognise(body)
    assert (form.kind, form.detail) == (kind, detail)


def test_the_line_by_which_excel_names_the_separator_is_believed() -> None:
    body = "sep=|\n" + TWO.replace(",", "|").replace("R1", "R,1")
    assert [one.invoice_number for one in invoices(body.encode(), mapping())] == ["R,1", "R2"]


@pytest.mark.parametrize(
    ("format", "letter", "reason"),
    [
        ({"kind": "csv", "encoding": "cp1252"}, "☃", "has no letter"),
        ({"kind": "csv", "quote": ""}, "a,b", "has no quotes"),
        ({"kind": "sheet"}, "a\ufffe", "no place for"),
    ],
)
def test_a_letter_that_the_form_has_not_is_refused_by_name(format: dict[str, str], letter: str, reason: str) -> None:
    original = invoices(TWO.encode(), mapping())[0].model_copy(update={"purchase_order_number": letter})
    with pytest.raises(PayloadError, match=reason):
        write([original], mapping(format=format))


SCRAPS = st.sampled_from(
    [b'"', b"\r", b"\0", b",", b"<", b"&", b"=", b"\xff\xfe", b"NaN", b"[", b"9" * 400, b"\xef\xbb\xbf"]
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_no_damage_to_a_file_makes_reading_it_fail_other_than_by_findings(name: str, data: st.DataObject) -> None:
    using, body = MAPPINGS[name], bytearray(WRITTEN[name])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(SCRAPS | st.binary(max_size=3))
    damaged = bytes(body[: data.draw(st.integers(0, len(body)))]) if data.draw(st.booleans()) else bytes(body)
    recognise(damaged)
    found = scan(damaged, using)
    for result in read_all(damaged, using, found.documents if found.is_readable else ()):
        assert result.document is not None or result.findings
        dict(result.provenance)


WRITTEN = {name: write(without_order(), using).body for name, using in MAPPINGS.items()}


SORTS = {
    "document": "invoice",
    "starts": {"position": 1, "equals": "H"},
    "fields": {
        "invoice_number": {"position": 2, "required": True},
        "invoice_date": {"position": 3, "required": True},
        "purchase_order_number": {"position": 4},
    },
    "lists": {
        "lines": {
            "when": {"position": 1, "equals": "D"},
            "fields": {
                "identifiers[vendor_item_number].value": {"position": 2, "required": True},
                "quantity.value": {"position": 4, "required": True},
            },
        }
    },
}


def test_a_file_of_several_sorts_of_rows_is_told_apart_by_where_a_document_starts() -> None:
    using = FileMapping.model_validate(SORTS | {"format": {"kind": "csv", "header_row": 0}})
    body = b"H,R1,2025-01-31,\nD,A,,5\nD,B,,6\nT,ignored\nH,R2,2025-02-01,P2\nD,C,,1\n"
    first, second = (result.document for result in read_all(body, using, scan(body, using).documents))
    assert isinstance(first, Invoice)
    assert isinstance(second, Invoice)
    assert first.purchase_order_number is None  # and not the quantity that stands below it
    assert [(line.identifiers[0].value, line.quantity and line.quantity.value) for line in first.lines] == [
        ("A", Decimal(5)),
        ("B", Decimal(6)),
    ]
    assert (second.purchase_order_number, len(second.lines)) == ("P2", 1)


def test_rows_that_are_not_of_the_document_are_passed_over() -> None:
    using = mapping(when={"column": "PO", "equals": "P1"})
    assert [one.invoice_number for one in invoices(TWO.encode(), using)] == ["R1"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_may_lie_on_disk_and_a_mapping_be_stored_after_it_was_used(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(WRITTEN[name])
    using = FileMapping.model_validate_json(MAPPINGS[name].model_dump_json())
    assert using == MAPPINGS[name]
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as body:
        found = scan(body, using)
        assert [result.document for result in read_all(body, using, found.documents)] == without_order()


def test_a_text_that_means_nothing_gives_way_to_the_next_place() -> None:
    using = FileMapping.model_validate(
        {
            "document": "invoice",
            "format": {"kind": "xml"},
            "records": "/Invoice",
            "fields": {
                "invoice_number": {"xpath": "ID"},
                "invoice_date": {"xpath": ["Billed", "Created"], "blank": "00000000"},
            },
        }
    )
    body = b"<Invoice><ID>7</ID><Billed>00000000</Billed><Created>20250131</Created></Invoice>"
    document = read(body, using, scan(body, using).documents[0]).document
    assert isinstance(document, Invoice)
    assert document.invoice_date == date(2025, 1, 31)


def test_places_in_xml_are_numbered_where_elements_are_alike() -> None:
    using = FileMapping.model_validate(
        {
            "document": "invoice",
            "format": {"kind": "xml"},
            "records": "/File/Invoice",
            "fields": {"invoice_number": {"xpath": "ID"}, "invoice_date": {"xpath": "Head/Date"}},
            "lists": {"lines": {"records": "Line", "fields": {"quantity.value": {"xpath": ["Qty/@n", "Qty"]}}}},
        }
    )
    line = "<Line><Qty n='{}'/></Line><Note/>"
    body = (
        "<File><Invoice><ID>1</ID><Head/><Head><Date>2025-01-31</Date></Head>"
        + "".join(map(line.format, range(1, 4)))
        + "<Line><Qty>4</Qty></Line></Invoice></File>"
    ).encode()
    result = read(body, using, scan(body, using).documents[0])
    assert isinstance(result.document, Invoice)
    assert [line.quantity and line.quantity.value for line in result.document.lines] == [1, 2, 3, 4]
    assert dict(result.provenance) == {
        "/invoice_number": "/File/Invoice/ID",
        "/invoice_date": "/File/Invoice/Head/Date",
        "/lines/0/quantity/value": "/File/Invoice/Line[1]/Qty/@n",
        "/lines/1/quantity/value": "/File/Invoice/Line[2]/Qty/@n",
        "/lines/2/quantity/value": "/File/Invoice/Line[3]/Qty/@n",
        "/lines/3/quantity/value": "/File/Invoice/Line[4]/Qty",
    }
