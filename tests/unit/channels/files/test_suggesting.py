"""Mappings that are suggested from a supplier's own sample: which column each field is read from, how sure, and why."""

from __future__ import annotations

import csv
import io
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.files import read_all, scan
from channels.files.records import Unreadable
from channels.files.suggesting import Known, Suggestion
from channels.files.suggesting.assignment import assign
from channels.files.suggesting.meanings import meaning
from partners.loader import load_profile_text
from partners.starts import STARTS, Answers, profile_text
from partners.suggestions import mapping_of, mapping_text, profile_with, suggestion_for
from tests.corpus.files import look_through
from tests.corpus.hand_read import compared
from tests.unit.channels.files.suppliers.live import brought_live
from tests.unit.channels.files.suppliers.making import fifty

HEADER = [
    "Rechnungsnr.",
    "Datum",
    "Ihre Bestellung",
    "Pos",
    "Art.-Nr.",
    "Bezeichnung",
    "Menge",
    "ME",
    "Preis",
    "Betrag",
]
ROWS = [
    ["R-1", "03.02.2026", "4500017", "1", "X-100", "Rohr 2 m", "3", "Stk", "1.200,50", "3.601,50"],
    ["R-1", "03.02.2026", "4500017", "2", "X-200", "Ventil", "10", "Stk", "2,25", "22,50"],
    ["R-2", "14.02.2026", "4500018", "1", "X-100", "Rohr 2 m", "1", "Stk", "1.200,50", "1.200,50"],
]


def table(rows: list[list[str]], separator: str = ";", order: list[int] | None = None) -> bytes:
    out = io.StringIO()
    chosen = order or list(range(len(rows[-1])))
    csv.writer(out, delimiter=separator).writerows([row[i] for i in chosen if i < len(row)] for row in rows)
    return out.getvalue().encode()


def sources(found: Suggestion) -> dict[str, str]:
    return {reading.path: reading.source for reading in found.readings}


@pytest.mark.parametrize(
    ("names", "concepts"),
    [
        (
            (
                *("PO number", "Bestell-Nr.", "no commande", "Nº pedido", "PONumber", "purchase_order_no"),
                *("N. ordine", "Bestelnummer"),
            ),
            {"order", "number"},
        ),
        (("Invoice date", "Rechnungsdatum", "date facture", "Data fattura", "Factuurdatum"), {"invoice", "date"}),
        (("unit price", "Einzelpreis", "Prix unitaire", "Prezzo unitario", "Stuksprijs"), {"unit", "price"}),
        (("Qty confirmed", "bestätigte Menge", "Q.tà confermata", "Bevestigd aantal"), {"confirm", "quantity"}),
        (("Item No", "Art.-Nr.", "SKU", "Código artículo", "Artikelnummer"), {"item", "number"}),
    ],
)
def test_one_meaning_has_many_names(names: tuple[str, ...], concepts: set[str]) -> None:
    assert {name: set(meaning(name)) for name in names} == dict.fromkeys(names, concepts)


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3), min_size=1, max_size=4))
@example([[1.0, 0.5, 0.0], [1.0, 0.0, 0.0]])
def test_no_other_assignment_is_worth_more(worth: list[list[float]]) -> None:
    found = assign(worth)
    taken = [column for column in found if column is not None]
    assert len(taken) == len(set(taken))
    own = sum(worth[i][j] for i, j in enumerate(found) if j is not None)
    padded = [*range(3), *[None] * len(worth)]
    best = max(
        sum(worth[i][j] for i, j in enumerate(way) if j is not None) for way in set(permutations(padded, len(worth)))
    )
    assert own == pytest.approx(best)


@settings(max_examples=15)
@given(st.permutations(range(len(HEADER))))
def test_columns_in_another_order_give_the_same_mapping(order: list[int]) -> None:
    assert suggestion_for(table([HEADER, *ROWS], order=order), "invoice").mapping == MAPPED


def test_a_german_table_below_a_title_is_read_as_it_is_meant() -> None:
    found = suggestion_for(table([["Export der Rechnungen"], [], HEADER, *ROWS]), "invoice")
    assert found.is_complete
    assert sources(found)["lines[].unit_price"] == "Preis"
    assert (found.mapping["format"]["separator"], found.mapping["format"]["decimals"]) == (";", "comma")
    body = table([["Export der Rechnungen"], [], HEADER, *ROWS])
    mapping = mapping_of(found)
    read = [one.document for one in read_all(body, mapping, scan(body, mapping).documents)]
    assert [(d.invoice_number, len(d.lines)) for d in read] == [("R-1", 2), ("R-2", 1)]
    assert [str(line.unit_price) for line in read[0].lines] == ["1200.50", "2.25"]
    assert read[0].lines[0].quantity.unit_of_measure == "EA"


def test_arithmetic_tells_quantity_and_price_where_names_do_not() -> None:
    rows = [["Invoice", "Date", "SKU", "F1", "F2", "F3"]]
    rows += [[f"R-{n}", "2026-02-03", f"X-{n}", f"{n}", f"{n}.50", f"{n * (n + 0.5):.2f}"] for n in range(1, 8)]
    found = suggestion_for(table(rows, ","), "invoice")
    assert (sources(found)["lines[].quantity.value"], sources(found)["lines[].unit_price"]) == ("F1", "F2")
    reasons = next(reading.reasons for reading in found.readings if reading.source == "F1")
    assert "F1 x F2 = F3" in reasons


def test_a_column_is_known_by_the_partners_own_orders() -> None:
    rows = [
        ["Invoice", "Date", "Field 7", "SKU", "Qty"],
        *([f"R-{n}", "2026-02-03", f"77{n}", "X-1", "2"] for n in range(5)),
    ]
    assert "purchase_order_number" not in sources(suggestion_for(table(rows, ","), "invoice"))
    known = Known(purchase_orders=frozenset(f"77{n}" for n in range(5)))
    found = suggestion_for(table(rows, ","), "invoice", known)
    assert sources(found)["purchase_order_number"] == "Field 7"


NOTICES = {
    "table": b"""Lieferschein;Lieferdatum;Bestellnummer;Pos;Artikelnr;Liefermenge;ME;NVE
L1;03.02.2026;4500;1;X-1;5;Stk;340123450000000018
L1;03.02.2026;4500;2;X-2;6;Stk;340123450000000018
L2;04.02.2026;4501;1;X-1;5;Stk;340123450000000025
""",
    "tree": b"""{"shipments": [{"shipmentNumber": "L1", "shipDate": "2026-02-03", "poNumber": "4500", "items":
    [{"lineNo": 1, "sku": "X-1", "qtyShipped": 5, "uom": "EA"},
    {"lineNo": 2, "sku": "X-2", "qtyShipped": 6, "uom": "EA"}]},
    {"shipmentNumber": "L2", "shipDate": "2026-02-04", "poNumber": "4501", "items":
    [{"lineNo": 1, "sku": "X-1", "qtyShipped": 5, "uom": "EA"}]}]}""",
}


@pytest.mark.parametrize("form", NOTICES)
def test_a_ship_notice_gets_the_levels_that_the_file_has(form: str) -> None:
    found = suggestion_for(NOTICES[form], "advance_ship_notice")
    mapping = mapping_of(found)
    read = list(read_all(NOTICES[form], mapping, scan(NOTICES[form], mapping).documents))
    assert [(one.document.shipment_identification, one.is_good) for one in read] == [("L1", True), ("L2", True)]
    kinds, items = [], []
    pending = list(read[0].document.levels)
    while pending:
        level = pending.pop(0)
        kinds.append(str(level.kind))
        items += [one.value for one in level.identifiers]
        pending += level.levels
    assert items == ["X-1", "X-2"]
    assert kinds == ["shipment", "order", *(["pack"] if form == "table" else []), "item", "item"]


def test_what_was_not_found_is_named_with_what_to_do() -> None:
    found = suggestion_for(table([["SKU", "Description"], ["X-1", "Tube"], ["X-2", "Valve"]], ","), "invoice")
    assert [one.path for one in found.missing] == ["invoice_number", "invoice_date", "lines[].quantity.value"]
    assert "ask the supplier" in found.missing[0].fix
    assert any("not found: invoice_number" in line for line in mapping_text(found, "invoice"))


def test_days_and_months_that_could_be_either_are_told() -> None:
    rows = [["Invoice", "Date", "SKU", "Qty"], ["R-1", "03/02/2026", "X-1", "2"], ["R-2", "04/02/2026", "X-1", "2"]]
    assert any("day or month" in note for note in suggestion_for(table(rows, ","), "invoice").notes)
    american = suggestion_for(table(rows, ","), "invoice", day_first=False)
    assert american.mapping["format"]["dates"] == ["mm/dd/yyyy"]


def test_a_file_of_a_standard_gets_the_mapping_that_comes_with_the_hub() -> None:
    body = b"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
      xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
      xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
      <cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-02-03</cbc:IssueDate>
      <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="EA">2</cbc:InvoicedQuantity>
      <cac:Item><cbc:Name>Tube</cbc:Name></cac:Item></cac:InvoiceLine></Invoice>"""
    assert suggestion_for(body, "invoice").ready == "ubl-invoice"


def test_what_no_mapping_can_be_suggested_for_says_so() -> None:
    with pytest.raises(Unreadable, match="PDF"):
        suggestion_for(b"%PDF-1.7 ...", "invoice")


def test_a_suggestion_is_put_into_a_profile_in_place_of_what_was_there() -> None:
    found = suggestion_for(table([HEADER, *ROWS]), "invoice")
    empty = profile_text(STARTS["tables"], Answers("lehmann", "Lehmann", documents=("invoice", "purchase_order")))
    once = profile_with(empty, found, "invoice")
    profile = load_profile_text(profile_with(once, found, "invoice"), "lehmann").require()
    assert set(profile.mappings) == {"invoice", "xlsx-purchase-order"}
    own, meant = profile.mappings["invoice"].model_dump(), mapping_of(found).model_dump()
    assert {name: own[name] for name in meant} == meant


FEW = 10
"""Suppliers of the fifty that are tried here; ``python -m tests.unit.channels.files.fifty_suppliers`` tries all."""


def test_made_up_suppliers_are_brought_live_without_an_edit() -> None:
    every = [brought_live(supplier) for supplier in fifty(count=FEW)]
    to_mend = {live.supplier.key: live.wrong for live in every if not live.is_right}
    assert to_mend == {}
    assert {live.supplier.form for live in every} == {"csv", "sheet", "fixed", "xml", "json"}
    assert max(live.lines for live in every) <= 160  # of four mappings


def test_real_files_mean_what_a_person_reads_in_them(shared_dir: Path) -> None:
    every = list(compared(shared_dir / "corpus" / "open"))
    assert len({one.file for one in every}) >= 15
    wrong = [f"{one.file} {one.name}: {one.ours} for {one.meant}" for one in every if not one.is_right]
    assert len(wrong) <= 0.05 * len(every), wrong


def test_real_tables_are_read_without_anybodys_hand(shared_dir: Path) -> None:
    folder = shared_dir / "corpus" / "open" / "csv"
    looked = [one for one in look_through(folder) if one.document is not None]
    read = [one for one in looked if one.way in ("ready", "suggested")]
    assert len(read) >= 0.8 * len(looked), [(one.path.name, one.reason) for one in looked if one not in read]


MAPPED = suggestion_for(table([HEADER, *ROWS]), "invoice").mapping
