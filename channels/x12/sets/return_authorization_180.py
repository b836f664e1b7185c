"""180 Return Merchandise Authorization and Notification ⇄ ``ReturnAuthorization``."""

from __future__ import annotations

from canonical.identifier import ItemIdentifierKind
from canonical.order import Purpose
from canonical.reference import ReferenceKind
from canonical.return_authorization import Disposition, ResponseReason, ReturnAuthorization, ReturnReason
from channels.x12.sets.binding import (
    SetBinding,
    clock,
    coded,
    day,
    decimal,
    each,
    integer,
    part,
    repeat_at,
    segment,
    texts,
)
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    AMOUNTS,
    CONTACTS,
    DATES,
    DESCRIPTIONS,
    DESTINATION_QUANTITIES,
    INDUSTRY_CODES,
    INSTRUCTIONS,
    LADING,
    MEASUREMENTS,
    ORDER_REFERENCE,
    PARTIES,
    QUANTITIES,
    ROUTING,
    quantity,
)

_REFERENCES = each("references", "N9", kind=coded("N901", ReferenceKind, "qualifier"), value="N902", description="N903")

_DECISION = segment(
    "RDR",
    decision=part(
        disposition=coded("RDR01", Disposition),
        reason=coded("RDR02", ReturnReason),
        response_reason=coded("RDR03", ResponseReason),
        description="RDR04",
        used="RDR05",
    ),
)

_ORDER = segment("PRF", purchase_order=part(**ORDER_REFERENCE))

_CONDITIONS = each(
    "conditions",
    "CRC",
    category="CRC01",
    applies="CRC02",
    indicators=texts("CRC03", "CRC04", "CRC05", "CRC06", "CRC07"),
)

_UNITS = each("units", "LX", number=integer("LX01")).containing(_REFERENCES, DATES, PARTIES, INDUSTRY_CODES)

_LINES = each(
    "lines",
    "BLI",
    identifiers=repeat_at((1, 8, 10, 12), kind=coded("BLI01", ItemIdentifierKind, "qualifier"), value="BLI02"),
    quantity=quantity("BLI03", "BLI04"),
    price_identifier="BLI05",
    unit_price=decimal("BLI06"),
    price_unit="BLI07",
    options=texts("BLI14", "BLI15", "BLI16", "BLI17"),
    frequency="BLI18",
).containing(
    _REFERENCES,
    DESCRIPTIONS,
    _DECISION,
    ALLOWANCES_AND_CHARGES,
    AMOUNTS,
    MEASUREMENTS,
    _CONDITIONS,
    INSTRUCTIONS,
    _ORDER,
    DATES,
    ROUTING,
    DESTINATION_QUANTITIES,
    INDUSTRY_CODES,
    PARTIES,
    QUANTITIES.containing(AMOUNTS, DATES, PARTIES, INDUSTRY_CODES, _UNITS),
)

BINDING = SetBinding(
    "180",
    ReturnAuthorization,
    segment(
        "BGN",
        purpose=coded("BGN01", Purpose),
        reference_number="BGN02",
        date=day("BGN03"),
        time=clock("BGN04"),
        time_zone="BGN05",
        original_reference_number="BGN06",
        transaction_type="BGN07",
        action_code="BGN08",
        security_level="BGN09",
    ),
    _DECISION,
    _ORDER,
    DATES,
    _REFERENCES,
    CONTACTS,
    ALLOWANCES_AND_CHARGES,
    segment(
        "G38", claim=part(amount=decimal("G3801"), payment_method="G3802", disposition=coded("G3803", Disposition))
    ),
    LADING,
    ROUTING,
    INSTRUCTIONS,
    INDUSTRY_CODES,
    PARTIES,
    _LINES,
)
