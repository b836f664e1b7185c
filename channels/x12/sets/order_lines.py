"""The PO1 loop, which the purchase order and its acknowledgment share."""

from __future__ import annotations

from canonical.purchase_order import ChangeType
from canonical.reference import DateKind
from channels.x12.sets.binding import clock, coded, day, decimal, each, part
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

LINES = each(
    "lines",
    "PO1",
    line_number="PO101",
    quantity=quantity("PO102", "PO103"),
    unit_price=decimal("PO104"),
    unit_price_basis="PO105",
    identifiers=identifiers("PO1", 6, 10),
).containing(*_LINE_CONTENTS)

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
