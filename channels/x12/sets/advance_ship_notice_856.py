"""856 Ship Notice/Manifest ⇄ ``AdvanceShipNotice``."""

from __future__ import annotations

from canonical.advance_ship_notice import AdvanceShipNotice, LevelKind
from canonical.order import Purpose
from channels.x12.sets.binding import SetBinding, clock, coded, day, each, part, segment
from channels.x12.sets.order_lines import SUBLINES
from channels.x12.sets.segments import (
    CURRENCY,
    DATES,
    DESTINATION_QUANTITIES,
    MARKS,
    ORDER_REFERENCE,
    ORDER_TOTALS,
    PACKAGING,
    PARTIES,
    SHIPPED_QUANTITY,
    TERMS,
    identifiers,
)

_LEVELS = (
    each("levels", "HL", kind=coded("HL03", LevelKind, "level_code"), child_code="HL04")
    .nested_by("HL01", "HL02", "levels")
    .containing(
        *TERMS,
        segment("LIN", line_number="LIN01", identifiers=identifiers("LIN", 2, 15)),
        segment("SN1", quantity=part(**SHIPPED_QUANTITY)),
        SUBLINES,
        segment("PRF", purchase_order=part(**ORDER_REFERENCE)),
        PACKAGING,
        MARKS,
        PARTIES,
        DESTINATION_QUANTITIES,
        CURRENCY,
    )
)

BINDING = SetBinding(
    "856",
    AdvanceShipNotice,
    segment(
        "BSN",
        purpose=coded("BSN01", Purpose),
        shipment_identification="BSN02",
        date=day("BSN03"),
        time=clock("BSN04"),
        structure_code="BSN05",
        transaction_type="BSN06",
        status_reason="BSN07",
    ),
    DATES,
    _LEVELS,
    ORDER_TOTALS,
)
