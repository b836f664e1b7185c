from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from canonical.identifier import ItemIdentifier, ItemIdentifierKind, PartyIdentifier
from canonical.invoice import Invoice, InvoiceLine
from canonical.party import Party, PartyRole
from canonical.quantity import Quantity
from canonical.terms import Routing
from partners.crosswalk import Crosswalk, CrosswalkRow
from partners.crosswalk_csv import export_rows, import_rows
from partners.loader import load_profile_text
from partners.profile import CrosswalkSettings, CrosswalkUse, Role, TradingPartner
from tests.unit.partners.profiles import ACME


@cache
def acme() -> TradingPartner:
    return load_profile_text(ACME, "acme.yaml").require()


def profile(role: Role = Role.SUPPLIER, **uses: CrosswalkUse) -> TradingPartner:
    return acme().model_copy(update={"crosswalk": CrosswalkSettings(**uses), "role": role})


def row(name: str, partner_value: str, our_value: str, code_list: str = "") -> CrosswalkRow:
    return CrosswalkRow("acme", name, code_list, partner_value, our_value)


VENDOR, BUYER = ItemIdentifierKind.VENDOR_ITEM_NUMBER, ItemIdentifierKind.BUYER_ITEM_NUMBER


def invoice(unit: str = "PCE", item: str = "AC-M8", ship_to: str = "DOCK-7") -> Invoice:
    return Invoice(
        invoice_number="I1",
        invoice_date=datetime.date(2026, 3, 1),
        parties=(
            Party(role=PartyRole.SHIP_TO, identifier=PartyIdentifier(qualifier="91", value=ship_to)),
            Party(role=PartyRole.VENDOR, identifier=PartyIdentifier(qualifier="91", value="US")),
        ),
        routing=(Routing(method="ROAD"),),
        lines=(
            InvoiceLine(
                quantity=Quantity(value=Decimal(5), unit_of_measure=unit),
                identifiers=(ItemIdentifier(kind=VENDOR, value=item),),
            ),
        ),
    )


ROWS = [
    row("item", "AC-M8", "100-4711"),
    row("unit", "PCE", "EA"),
    row("location", "DOCK-7", "DC01"),
    row("code", "ROAD", "M", "ship_method"),
]


def test_every_list_is_applied_and_every_change_named() -> None:
    translated = Crosswalk(ROWS, profile()).to_ours(invoice())
    ours = translated.document
    assert isinstance(ours, Invoice)
    assert [(i.kind, i.value) for i in ours.lines[0].identifiers] == [(VENDOR, "AC-M8"), (BUYER, "100-4711")]
    assert ours.lines[0].quantity == Quantity(value=Decimal(5), unit_of_measure="EA", sender_unit_of_measure="PCE")
    assert ours.parties[0].identifier == PartyIdentifier(qualifier="91", value="DC01")
    assert ours.routing[0].method == "M"
    assert {(c.pointer, c.rule, c.old, c.new) for c in translated.changes} == {
        ("/lines/0/identifiers/1", "crosswalk:item", None, "100-4711"),
        ("/lines/0/quantity/unit_of_measure", "crosswalk:unit", "PCE", "EA"),
        ("/parties/0/identifier/value", "crosswalk:location", "DOCK-7", "DC01"),
        ("/routing/0/method", "crosswalk:code/ship_method", "ROAD", "M"),
    }
    assert translated.missing == ()


def test_without_rows_the_document_is_the_same_object() -> None:
    document = invoice()
    assert Crosswalk([], profile()).to_ours(document).document is document


def test_a_list_that_is_off_is_not_applied() -> None:
    off = profile(unit=CrosswalkUse.OFF, item=CrosswalkUse.OFF, location=CrosswalkUse.OFF, code=CrosswalkUse.OFF)
    document = invoice()
    assert Crosswalk(ROWS, off).to_ours(document).document is document


def test_a_missing_entry_of_a_required_list_is_one_work_item() -> None:
    document = invoice(item="AC-M9")
    document = document.model_copy(update={"lines": document.lines * 3})
    (missing,) = Crosswalk(ROWS, profile(item=CrosswalkUse.REQUIRED)).to_ours(document).missing
    assert missing.required
    assert missing.key == "crosswalk:item:acme:AC-M9"
    assert missing.finding.locator == "/lines/0/identifiers"
    assert missing.finding.fix == "add the row item,,AC-M9,(ours)"


def test_a_missing_entry_of_a_list_that_is_on_is_only_told() -> None:
    (missing,) = Crosswalk(ROWS, profile()).to_ours(invoice(unit="BX")).missing
    assert (missing.key, missing.required, missing.finding.severity) == ("crosswalk:unit:acme:BX", False, "info")


def test_only_the_ship_to_needs_a_location() -> None:
    crosswalk = Crosswalk([], profile(location=CrosswalkUse.REQUIRED))
    assert [m.key for m in crosswalk.to_ours(invoice()).missing] == ["crosswalk:location:acme:DOCK-7"]


def test_a_location_row_may_name_the_partners_qualifier() -> None:
    rows = [row("location", "DOCK-7", "DC01", "91"), row("location", "DOCK-7", "WRONG", "UL")]
    translated = Crosswalk(rows, profile()).to_ours(invoice()).document
    assert isinstance(translated, Invoice)
    assert translated.parties[0].identifier == PartyIdentifier(qualifier="92", value="DC01")
    back = Crosswalk(rows, profile()).to_partner(translated).document
    assert back == invoice()


def test_a_number_that_the_sender_gave_is_not_replaced() -> None:
    document = invoice()
    given_both = (*document.lines[0].identifiers, ItemIdentifier(kind=BUYER, value="OWN"))
    document = document.model_copy(
        update={"lines": (document.lines[0].model_copy(update={"identifiers": given_both}),)}
    )
    translated = Crosswalk([row("item", "AC-M8", "100-4711")], profile()).to_ours(document)
    assert translated.document is document


def test_of_a_customer_the_buyer_number_is_theirs() -> None:
    document = invoice()
    theirs = (ItemIdentifier(kind=BUYER, value="AC-M8"),)
    document = document.model_copy(update={"lines": (document.lines[0].model_copy(update={"identifiers": theirs}),)})
    translated = Crosswalk([row("item", "AC-M8", "100-4711")], profile(Role.CUSTOMER)).to_ours(document).document
    assert isinstance(translated, Invoice)
    assert translated.lines[0].identifiers[1] == ItemIdentifier(kind=VENDOR, value="100-4711")


def test_going_out_a_missing_entry_names_our_value() -> None:
    document = invoice(unit="EA")
    (missing,) = Crosswalk([], profile(unit=CrosswalkUse.REQUIRED)).to_partner(document).missing
    assert missing.key == "crosswalk:unit:acme:ours:EA"
    assert missing.finding.fix == "add the row unit,,(acme's),EA"


VALUES = st.sampled_from(["A", "B", "C", "PCE", "EA", "DOCK-7", "DC01", "ROAD", "M"])


@given(st.dictionaries(VALUES, VALUES), VALUES, VALUES)
def test_to_ours_and_back_restores_what_the_partner_wrote(rows: dict[str, str], unit: str, location: str) -> None:
    """Also where several partner values mean one of ours: the unit by the sender's code kept beside it, the others only
    where the rows tell them apart."""
    unique = {value: key for key, value in reversed(rows.items())}
    entries = [row("unit", key, value) for key, value in rows.items()]
    entries += [row("location", key, value) for value, key in unique.items()]
    crosswalk = Crosswalk(entries, profile(item=CrosswalkUse.OFF, code=CrosswalkUse.OFF))
    document = invoice(unit=unit, ship_to=location)
    there = crosswalk.to_ours(document).document
    back = crosswalk.to_partner(there).document
    assert isinstance(back, Invoice)
    if unit in rows:
        assert back.lines[0].quantity == document.lines[0].quantity
    if location in unique.values():
        assert back.parties[0] == document.parties[0]


def test_csv_is_read_back_as_it_was_written() -> None:
    text = export_rows(ROWS)
    assert text.startswith("list,code_list,partner_value,our_value\r\n")
    read = import_rows(text.encode(), "acme", "acme.csv")
    assert read.problems == ()
    assert sorted(read.rows, key=str) == sorted(ROWS, key=str)


def test_no_cell_of_an_export_is_a_formula() -> None:
    rows = [row("item", value, value) for value in ("=1+1", "+1", "-1", "@SUM(A1)", "'=x", "'", "x=1")]
    text = export_rows(rows)
    cells = [cell.strip('"') for line in text.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    assert set(import_rows(text.encode(), "acme", "x.csv").rows) == set(rows)


CELL = st.text(st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(CELL.map(str.strip).filter(bool), CELL.map(str.strip).filter(bool), max_size=5))
def test_any_value_survives_the_spreadsheet(values: dict[str, str]) -> None:
    rows = [row("item", key[:120].strip(), value[:120].strip()) for key, value in values.items()]
    read = import_rows(export_rows(rows).encode(), "acme", "x.csv")
    assert set(rows) == set(read.rows) or len({r.partner_value for r in rows}) < len(rows)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_rows_or_problems(content: bytes) -> None:
    read = import_rows(content, "acme", "x.csv")
    assert read.problems or not read.rows


@given(st.text(max_size=200))
def test_any_text_below_the_header_ends_in_rows_or_problems(text: str) -> None:
    import_rows(f"list,code_list,partner_value,our_value\n{text}".encode("utf-8", "surrogatepass"), "acme", "x.csv")


def test_every_problem_of_a_csv_is_named_with_its_line() -> None:
    content = (
        "list,code_list,partner_value,our_value\n"
        "itm,,A,B\n"
        "item,x,A,B\n"
        "code,ship_metod,A,B\n"
        "\n"
        'unit,,"",EA\n'
        "unit,, PCE,EA\n"
        'item,,"two\nlines",B\n'
        "unit,,PCE,EA\n"
        "unit,,PCE,PC\n"
    )
    found = import_rows(content.encode(), "acme", "x.csv").problems
    assert [(p.line, p.message, p.fix) for p in found] == [
        (2, "list itm is not one of item, unit, location, code", "did you mean item?"),
        (3, "code_list has no meaning for item", "leave it empty"),
        (
            4,
            "code_list ship_metod is not one of ship_method, packaging, allowance_or_charge, tax_type, payment_terms, "
            "currency",
            "did you mean ship_method?",
        ),
        (6, "partner_value is empty", None),
        (7, "partner_value has blanks around it: ' PCE'", "remove them"),
        (8, "partner_value holds control characters: two\\nlines", None),
        (11, "unit PCE stands in line 10 already", "keep one of them"),
    ]


def test_a_quote_that_never_ends_does_not_swallow_the_rest() -> None:
    content = 'list,code_list,partner_value,our_value\nitem,,"A,B\n' + "item,,C,D\n" * 1000
    read = import_rows(content.encode(), "acme", "x.csv")
    assert read.rows == ()
    assert "not CSV" in read.problems[0].message
