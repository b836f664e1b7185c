"""856 Ship Notice/Manifest ⇄ ``AdvanceShipNotice``."""

from __future__ import annotations

from canonical.advance_ship_notice import AdvanceShipNotice, LevelKind, MarkKind
from canonical.order import Purpose
from channels.x12.sets.binding import SetBinding, clock, coded, day, decimal, each, part, segment
from channels.x12.sets.order_lines import SUBLINES
from channels.x12.sets.segments import (
    CURRENCY,
    DATES,
    DESTINATION_QUANTITIES,
    ORDER_TOTALS,
    PACKAGING,
    PARTIES,
    TERMS,
    identifiers,
    quantity,
)

_ORDER = segment(
    "PRF",
    purchase_order=part(
        purchase_order_number="PRF01",
        release_number="PRF02",
        change_order_sequence="PRF03",
        date=day("PRF04"),
        line_number="PRF05",
        contract_number="PRF06",
        type_code="PRF07",
    ),
)

_QUANTITY = segment(
    "SN1",
    quantity=part(
        line_number="SN101",
        shipped=quantity("SN102", "SN103"),
        shipped_to_date=decimal("SN104"),
        ordered=quantity("SN105", "SN106"),
        returnable_load="SN107",
        status="SN108",
    ),
)

_LEVELS = (
    each("levels", "HL", kind=coded("HL03", LevelKind, "level_code"), child_code="HL04")
    .nested_by("HL01", "HL02", "levels")
    .containing(
        *TERMS,
        segment("LIN", line_number="LIN01", identifiers=identifiers("LIN", 2, 15)),
        _QUANTITY,
        SUBLINES,
        _ORDER,
        PACKAGING,
        each(
            "marks",
            "MAN",
            kind=coded("MAN01", MarkKind, "qualifier"),
            value="MAN02",
            last_value="MAN03",
            also=part(kind=coded("MAN04", MarkKind, "qualifier"), value="MAN05", last_value="MAN06"),
        ),
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
