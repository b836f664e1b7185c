"""A suggested field is as sure as its values bear it out, and columns of fixed width are found where their text is."""

from __future__ import annotations

import pytest

from channels.files import read_all, scan
from channels.files.suggesting import Known, Suggestion
from partners.suggestions import mapping_of, mapping_text, suggestion_for
from partners.yaml_text import read_tree

HEADER = "Invoice No,Invoice Date,PO Number,SKU,Qty,Unit Price,Line Amount,Invoice Total,Due Date"
ROWS = [
    "R-1,2026-02-03,4711,X-1,2,10.00,20.00,50.00,2026-03-03",
    "R-1,2026-02-03,4711,X-2,3,10.00,30.00,50.00,2026-03-03",
    "R-2,2026-02-04,4712,X-1,5,11.00,55.00,55.00,2026-03-04",
]


def suggested(rows: list[str], known: Known | None = None) -> Suggestion:
    return suggestion_for("\n".join([HEADER, *rows]).encode(), "invoice", known)


def confidence(found: Suggestion, path: str) -> tuple[float, str]:
    reading = next(one for one in found.readings if one.path == path)
    return reading.confidence, "; ".join(reading.reasons)


@pytest.mark.parametrize(
    ("column", "value", "path", "why"),
    [
        (8, "2026-01-01", "payment_terms.net_due_date", "Invoice Date lies behind Due Date"),
        (1, "0206-02-03", "invoice_date", "of no year in which one trades"),
        (7, "9.00", "total_amount", "far from the sum of the lines"),
        (6, "17.00", "lines[].unit_price", "quantity x price is Line Amount on 0 of 3 lines"),
    ],
)
def test_values_that_contradict_make_a_field_less_sure(column: int, value: str, path: str, why: str) -> None:
    wrong = [",".join(value if i == column else cell for i, cell in enumerate(row.split(","))) for row in ROWS]
    sure, _ = confidence(suggested(ROWS), path)
    less, reasons = confidence(suggested(wrong), path)
    assert less < sure
    assert why in reasons


def test_orders_that_the_hub_knows_make_a_field_surer_and_others_less_sure() -> None:
    path = "purchase_order_number"
    theirs, _ = confidence(suggested(ROWS, Known(purchase_orders=frozenset({"4711", "4712"}))), path)
    unknown, reasons = confidence(suggested(ROWS, Known(purchase_orders=frozenset({"1", "2"}))), path)
    assert unknown < confidence(suggested(ROWS), path)[0] <= theirs
    assert "none of its values is an order that the hub knows" in reasons


def test_the_total_of_a_document_is_told_by_the_sum_of_its_lines() -> None:
    assert "it is the sum of the lines" in confidence(suggested(ROWS), "total_amount")[1]


def test_what_is_called_a_quantity_and_is_a_running_number_is_not_read_as_one() -> None:
    body = b"Invoice No,Invoice Date,Order,SKU,Qt\nR-1,2026-02-03,45000001,X-1,2\nR-2,2026-02-03,45000002,X-1,3\n"
    sources = {one.path: one.source for one in suggestion_for(body, "invoice").readings}
    assert sources.get("lines[].quantity.value") != "Order"


def test_an_answer_without_a_word_for_it_is_told_by_what_is_confirmed() -> None:
    body = b"Bestellnummer;Pos;Artikel;Menge;Best\xc3\xa4tigte Menge\n4711;10;X-1;5;5\n4711;20;X-2;7;0\n"
    found = suggestion_for(body, "purchase_order_acknowledgment")
    assert any("with 0 confirmed" in note for note in found.notes)
    mapping = mapping_of(found)
    [read] = read_all(body, mapping, scan(body, mapping).documents)
    assert [str(line.acknowledgments[0].status) for line in read.document.lines] == ["accepted", "rejected"]


FIXED = """Lieferavis 2026
Lieferschein  Lieferdatum Bestellung  Artikel   Menge ME   Bezeichnung
L-1           03.02.2026  4711        X-100       5,5 Stk  Rohr 2 m
L-1           03.02.2026  4711        X-2000     12,0 Stk  Ventil
L-2           14.02.2026  4712        X-100       1,0 Stk  Rohr 2 m
"""


def test_columns_of_fixed_width_are_found_and_read() -> None:
    found = suggestion_for(FIXED.encode(), "advance_ship_notice")
    assert (found.form.kind, found.missing, found.mapping["format"]["header_rows"]) == ("fixed", (), 2)
    said = read_tree("\n".join(mapping_text(found, "notice")), "notice").value["notice"]
    assert [column["name"] for column in said["format"]["columns"]][:4] == [
        "Lieferschein", "Lieferdatum", "Bestellung", "Artikel",
    ]  # fmt: skip
    mapping, body = mapping_of(found), FIXED.replace("5,5", "555").encode()
    read = [one.document for one in read_all(body, mapping, scan(body, mapping).documents)]
    assert [one.shipment_identification for one in read] == ["L-1", "L-2"]
    assert [str(one.date) for one in read] == ["2026-02-03", "2026-02-14"]


def test_lines_without_columns_have_no_mapping() -> None:
    from channels.files.records import Unreadable

    with pytest.raises(Unreadable, match="Lines of text"):
        suggestion_for(b"Dear all\nplease find enclosed\nthe invoice\n", "invoice")
