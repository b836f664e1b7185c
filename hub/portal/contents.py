"""What a document says, in the few words that tell a person whether it is the right one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from canonical.advance_ship_notice import AdvanceShipNotice
from canonical.document import Document, parse_document
from canonical.identifier import ItemIdentifier, ItemIdentifierKind
from canonical.party import PartyRole
from canonical.quantity import Quantity
from channels.portal.desk import Contents, Line

LINES_SHOWN = 200
NAMED = 5
"""Purchase orders that are named; the rest is counted."""

_NAMES = (
    ItemIdentifierKind.BUYER_ITEM_NUMBER,
    ItemIdentifierKind.VENDOR_ITEM_NUMBER,
    ItemIdentifierKind.SKU,
    ItemIdentifierKind.GTIN_14,
    ItemIdentifierKind.GTIN_13,
    ItemIdentifierKind.GTIN_12,
)
"""By which of its numbers a product is called, the first that a line has."""

_DATES = (
    ("invoice_date", "Invoice date"),
    ("acknowledgment_date", "Date"),
    ("order_date", "Order date"),
    ("date", "Date"),
)
_PLACES = (PartyRole.SHIP_TO, PartyRole.SHIP_FROM, PartyRole.BILL_TO)


def contents_of(canonical: str | None) -> Contents:
    """``canonical`` is a document's JSON; of a document without there is nothing to say."""
    if canonical is None:
        return Contents()
    document = parse_document(canonical)
    lines = list(_lines(document))
    facts = [*_orders(document), *_dates(document), *_places(document), *_quantities(lines), *_totals(document)]
    return Contents(tuple(facts), tuple(line for line, _ in lines[:LINES_SHOWN]), len(lines))


def _orders(document: Document) -> Iterator[tuple[str, str]]:
    found = [one for one in document.purchase_order_numbers() if one != document.document_number()]
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        yield ("Purchase order" if len(found) == 1 else "Purchase orders"), ", ".join(found[:NAMED]) + more


def _dates(document: Document) -> Iterator[tuple[str, str]]:
    for field, label in _DATES:
        if value := getattr(document, field, None):
            yield label, value.isoformat()
            return


def _places(document: Document) -> Iterator[tuple[str, str]]:
    seen: set[PartyRole] = set()
    for party in document.all_parties():
        if party.role in _PLACES and party.role not in seen:
            seen.add(party.role)
            city = party.address.city if party.address else None
            number = party.identifier.value if party.identifier else None
            told = ", ".join(filter(None, (party.name or number, city)))
            if told:
                yield party.role.replace("_", " ").capitalize(), told


def _quantities(lines: Iterable[tuple[Line, Quantity | None]]) -> Iterator[tuple[str, str]]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for _, quantity in lines:
        if quantity is not None:
            sums[quantity.unit_of_measure or ""] += quantity.value
    if sums:
        yield "Quantity in all", ", ".join(f"{_number(value)} {unit}".strip() for unit, value in sorted(sums.items()))


def _totals(document: Document) -> Iterator[tuple[str, str]]:
    currency = getattr(document, "currency", None)
    code = currency.code if currency is not None else ""
    total = getattr(document, "total_amount", None)
    if total is None:
        amounts = getattr(document, "total_amounts", ())
        total = next((one.amount for one in amounts if one.qualifier == "TT"), None)
    if total is not None:
        yield "Total", f"{total:,f} {code}".strip()


def _lines(document: Document) -> Iterator[tuple[Line, Quantity | None]]:
    if isinstance(document, AdvanceShipNotice):
        for shipped in document.iter_items():
            yield _line(shipped.item, shipped.shipped)
        return
    for line in getattr(document, "lines", ()):
        yield _line(line, _quantity(line))


def _quantity(line: Any) -> Quantity | None:
    found = getattr(line, "quantity", None)
    if found is None:
        found = next((one.quantity for one in getattr(line, "quantities", ()) if one.quantity), None)
    return found if isinstance(found, Quantity) else None


def _line(line: Any, quantity: Quantity | None) -> tuple[Line, Quantity | None]:
    descriptions = (one.text for one in getattr(line, "descriptions", ()) if one.text)
    price = getattr(line, "unit_price", None)
    told = Line(
        number=getattr(line, "line_number", None) or "",
        item=_item(getattr(line, "identifiers", ())),
        description=next(descriptions, ""),
        quantity=_number(quantity.value) if quantity else "",
        unit=(quantity.unit_of_measure or "") if quantity else "",
        price=_number(price) if price is not None else "",
    )
    return told, quantity


def _item(identifiers: Iterable[ItemIdentifier]) -> str:
    named: dict[ItemIdentifierKind, str] = {}
    for one in identifiers:
        named.setdefault(one.kind, one.value)
    return next((named[kind] for kind in _NAMES if kind in named), next(iter(named.values()), ""))


def _number(value: Decimal) -> str:
    return f"{value:,f}"
