"""810 Invoice ⇄ ``Invoice``."""

from __future__ import annotations

from canonical.invoice import Invoice, InvoiceKind
from canonical.order import Purpose
from channels.x12.sets.binding import FieldSpec, SetBinding, coded, day, decimal, each, part, segment, with_decimals
from channels.x12.sets.order_lines import SUBLINES, priced_lines
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    CURRENCY,
    DESCRIPTIONS,
    DESTINATION_QUANTITIES,
    INSTRUCTIONS,
    MEASUREMENTS,
    ORDER_TOTALS,
    PACKAGING,
    PARTIES,
    QUANTITIES,
    TAXES,
    TERMS,
    quantity,
)

_CARRIER: dict[str, FieldSpec] = {
    "method": "CAD01",
    "equipment_initial": "CAD02",
    "equipment_number": "CAD03",
    "scac": "CAD04",
    "routing": "CAD05",
    "shipment_status": "CAD06",
    "reference_qualifier": "CAD07",
    "reference": "CAD08",
    "service_level": "CAD09",
}

_CHARGES = ALLOWANCES_AND_CHARGES.containing(TAXES)

_TERMS = tuple(term for term in TERMS if term not in (ALLOWANCES_AND_CHARGES, DESCRIPTIONS))
"""The terms but for those that start a loop here: a charge has its taxes, a line's description its measurements."""

_LINES = priced_lines("IT1").containing(
    *_TERMS,
    CURRENCY,
    QUANTITIES,
    each(
        "shipped",
        "IT3",
        quantity=quantity("IT301", "IT302"),
        status="IT303",
        quantity_difference=decimal("IT304"),
        change_reason="IT305",
    ),
    DESCRIPTIONS.containing(MEASUREMENTS),
    PACKAGING,
    DESTINATION_QUANTITIES,
    each("carriers", "CAD", **_CARRIER),
    _CHARGES,
    SUBLINES,
    PARTIES,
)

BINDING = SetBinding(
    "810",
    Invoice,
    segment(
        "BIG",
        invoice_date=day("BIG01"),
        invoice_number="BIG02",
        purchase_order_date=day("BIG03"),
        purchase_order_number="BIG04",
        release_number="BIG05",
        change_order_sequence="BIG06",
        kind=coded("BIG07", InvoiceKind),
        purpose=coded("BIG08", Purpose),
        action_code="BIG09",
        related_invoice_number="BIG10",
    ),
    *_TERMS,
    INSTRUCTIONS,
    CURRENCY,
    PARTIES,
    DESCRIPTIONS,
    _LINES,
    segment(
        "TDS",
        total_amount=with_decimals(2, "TDS01"),
        amount_subject_to_discount=with_decimals(2, "TDS02"),
        discounted_amount_due=with_decimals(2, "TDS03"),
        discount_amount=with_decimals(2, "TDS04"),
    ),
    segment("CAD", carrier=part(**_CARRIER)),
    _CHARGES,
    each(
        "shipments",
        "ISS",
        units_shipped=quantity("ISS01", "ISS02"),
        weight=quantity("ISS03", "ISS04"),
        volume=quantity("ISS05", "ISS06"),
        quantity=decimal("ISS07"),
        second_weight=decimal("ISS08"),
    ).containing(DESCRIPTIONS),
    ORDER_TOTALS,
)
