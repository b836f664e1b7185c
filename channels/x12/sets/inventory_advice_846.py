"""846 Inventory Inquiry/Advice ⇄ ``InventoryAdvice``."""

from __future__ import annotations

from canonical.inventory_advice import InventoryAdvice, InventoryReportType, StockKind
from canonical.order import Purpose
from channels.x12.sets.binding import SetBinding, clock, coded, day, decimal, each, part, segment
from channels.x12.sets.order_lines import SCHEDULES, SUBLINES
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    CONTACTS,
    CURRENCY,
    DATES,
    DESCRIPTIONS,
    DESTINATION_QUANTITIES,
    INDUSTRY_CODES,
    MARKS,
    MEASUREMENTS,
    ORDER_TOTALS,
    PARTIES,
    PRICES,
    REFERENCES,
    identifiers,
)

_UNIT_PRICES = each("unit_prices", "UIT", unit_of_measure="UIT01-1", price=decimal("UIT02"), basis="UIT03")

_LEAD_TIMES = each("lead_times", "LDT", code="LDT01", number=decimal("LDT02"), period="LDT03", date=day("LDT04"))

_CONTRACT = segment(
    "CS",
    contract=part(
        contract_number="CS01",
        change_order_sequence="CS02",
        release_number="CS03",
        reference_qualifier="CS04",
        reference="CS05",
        purchase_order_number="CS06",
    ),
)

_QUANTITIES = each(
    "quantities",
    "QTY",
    kind=coded("QTY01", StockKind, "qualifier"),
    quantity=part(value=decimal("QTY02"), unit_of_measure="QTY03-1"),
    text="QTY04",
).containing(_UNIT_PRICES, MEASUREMENTS, _LEAD_TIMES, DATES, SCHEDULES, INDUSTRY_CODES)

_LINES = each("lines", "LIN", line_number="LIN01", identifiers=identifiers("LIN", 2, 15)).containing(
    DESCRIPTIONS,
    MEASUREMENTS,
    DATES,
    PRICES,
    CURRENCY,
    ALLOWANCES_AND_CHARGES,
    REFERENCES,
    CONTACTS,
    DESTINATION_QUANTITIES,
    MARKS,
    _UNIT_PRICES,
    _CONTRACT,
    _LEAD_TIMES,
    INDUSTRY_CODES,
    SUBLINES,
    _QUANTITIES,
    PARTIES,
)

BINDING = SetBinding(
    "846",
    InventoryAdvice,
    segment(
        "BIA",
        purpose=coded("BIA01", Purpose),
        report_type=coded("BIA02", InventoryReportType),
        reference_number="BIA03",
        date=day("BIA04"),
        time=clock("BIA05"),
        action_code="BIA06",
    ),
    CURRENCY,
    DATES,
    REFERENCES,
    CONTACTS,
    MEASUREMENTS,
    INDUSTRY_CODES,
    PARTIES,
    _LINES,
    ORDER_TOTALS,
)
