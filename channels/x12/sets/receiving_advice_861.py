"""861 Receiving Advice/Acceptance Certificate ⇄ ``ReceivingAdvice``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.receiving_advice import ReceivingAdvice, ReceivingAdviceType, ReceivingCondition
from channels.x12.sets.binding import Part, SetBinding, clock, coded, day, decimal, each, part, repeat, segment
from channels.x12.sets.order_lines import SUBLINES
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    CONTACTS,
    CURRENCY,
    DATES,
    DELIVERY_TERMS,
    DESCRIPTIONS,
    EQUIPMENT,
    INDUSTRY_CODES,
    LADING,
    MARKS,
    MEASUREMENTS,
    ORDER_REFERENCE,
    ORDER_TOTALS,
    PACKAGING,
    PARTIES,
    REFERENCES,
    ROUTING,
    SHIPPED_QUANTITY,
    identifiers,
)

_ORDERS = each("purchase_orders", "PRF", **ORDER_REFERENCE)


def _quantity(value: str, unit_of_measure: str) -> Part:
    """A quantity whose unit is the first component of a composite."""
    return part(value=decimal(value), unit_of_measure=f"{unit_of_measure}-1")


_LINES = each(
    "lines",
    "RCD",
    line_number="RCD01",
    received=_quantity("RCD02", "RCD03"),
    returned=_quantity("RCD04", "RCD05"),
    questioned=repeat(5, 3, quantity=_quantity("RCD06", "RCD07"), condition=coded("RCD08", ReceivingCondition)),
).containing(
    segment("SN1", shipped=part(**SHIPPED_QUANTITY)),
    segment("LIN", item_line_number="LIN01", identifiers=identifiers("LIN", 2, 15)),
    _ORDERS,
    CURRENCY,
    DESCRIPTIONS,
    PACKAGING,
    REFERENCES,
    CONTACTS,
    DATES,
    MEASUREMENTS,
    DELIVERY_TERMS,
    LADING,
    ROUTING,
    EQUIPMENT,
    ALLOWANCES_AND_CHARGES,
    MARKS,
    INDUSTRY_CODES,
    SUBLINES,
    PARTIES,
)

BINDING = SetBinding(
    "861",
    ReceivingAdvice,
    segment(
        "BRA",
        receiving_advice_number="BRA01",
        date=day("BRA02"),
        purpose=coded("BRA03", Purpose),
        advice_type=coded("BRA04", ReceivingAdviceType),
        time=clock("BRA05"),
        condition=coded("BRA06", ReceivingCondition),
        action_code="BRA07",
    ),
    CURRENCY,
    REFERENCES,
    CONTACTS,
    DATES,
    _ORDERS,
    LADING,
    ROUTING,
    EQUIPMENT,
    MEASUREMENTS,
    PARTIES,
    INDUSTRY_CODES,
    _LINES,
    ORDER_TOTALS,
)
