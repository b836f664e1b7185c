"""The lines of orders and of their acknowledgments, and what those of invoices share with them."""

from __future__ import annotations

from canonical.purchase_order import ChangeType
from canonical.reference import DateKind
from channels.x12.sets.binding import Segment, clock, coded, day, decimal, each, part
from channels.x12.sets.segments import (
    CURRENCY,
    DESTINATION_QUANTITIES,
    PACKAGING,
    PARTIES,
    QUANTITIES,
    REFERENCES,
    TERMS,
    identifiers,
    quantity,
)


def priced_lines(name: str) -> Segment:
    """The lines of an order (PO1) or of an invoice (IT1), whose elements are the same."""
    return each(
        "lines",
        name,
        line_number=f"{name}01",
        quantity=quantity(f"{name}02", f"{name}03"),
        unit_price=decimal(f"{name}04"),
        unit_price_basis=f"{name}05",
        identifiers=identifiers(name, 6, 10),
    )


ITEM_DETAILS = each(
    "item_details",
    "PO3",
    change_reason="PO301",
    date=day("PO302"),
    price_identifier="PO303",
    unit_price=decimal("PO304"),
    unit_price_basis="PO305",
    quantity=quantity("PO306", "PO307"),
    description="PO308",
)

SCHEDULES = each(
    "schedules",
    "SCH",
    quantity=quantity("SCH01", "SCH02"),
    entity="SCH03",
    entity_name="SCH04",
    kind=coded("SCH05", DateKind, "qualifier"),
    date=day("SCH06"),
    time=clock("SCH07"),
    until_qualifier="SCH08",
    until_date=day("SCH09"),
    until_time=clock("SCH10"),
    request_reference="SCH11",
).containing(REFERENCES)

SUBLINES = each(
    "sublines",
    "SLN",
    subline_number="SLN01",
    parent_subline_number="SLN02",
    relationship="SLN03",
    quantity=part(value=decimal("SLN04"), unit_of_measure="SLN05-1"),
    unit_price=decimal("SLN06"),
    unit_price_basis="SLN07",
    price_relationship="SLN08",
    identifiers=identifiers("SLN", 9, 10),
).containing(*TERMS, ITEM_DETAILS, PACKAGING, QUANTITIES, PARTIES)

_LINE_CONTENTS = (
    *TERMS,
    CURRENCY,
    each("item_identifications", "LIN", line_number="LIN01", identifiers=identifiers("LIN", 2, 15)),
    ITEM_DETAILS,
    PACKAGING,
    QUANTITIES,
    PARTIES,
    DESTINATION_QUANTITIES,
    SCHEDULES,
    SUBLINES,
)

LINES = priced_lines("PO1").containing(*_LINE_CONTENTS)

CHANGED_LINES = each(
    "lines",
    "POC",
    line_number="POC01",
    change=coded("POC02", ChangeType),
    quantity=part(value=decimal("POC03"), unit_of_measure="POC05-1"),
    quantity_left_to_receive=decimal("POC04"),
    unit_price=decimal("POC06"),
    unit_price_basis="POC07",
    identifiers=identifiers("POC", 8, 10),
).containing(*_LINE_CONTENTS)
