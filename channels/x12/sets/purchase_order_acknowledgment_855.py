"""855 Purchase Order Acknowledgment ⇄ ``PurchaseOrderAcknowledgment``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.purchase_order_acknowledgment import AcknowledgmentType, LineStatus, PurchaseOrderAcknowledgment
from channels.x12.sets.binding import SetBinding, coded, day, each, segment
from channels.x12.sets.order_lines import LINES
from channels.x12.sets.segments import CURRENCY, DATES, ORDER_TOTALS, PARTIES, TERMS, identifiers, quantity

ACKNOWLEDGMENTS = each(
    "acknowledgments",
    "ACK",
    status=coded("ACK01", LineStatus),
    quantity=quantity("ACK02", "ACK03"),
    date_qualifier="ACK04",
    date=day("ACK05"),
    request_reference="ACK06",
    identifiers=identifiers("ACK", 7, 10),
).containing(DATES)
"""What the seller answers to a line."""

BINDING = SetBinding(
    "855",
    PurchaseOrderAcknowledgment,
    segment(
        "BAK",
        purpose=coded("BAK01", Purpose),
        acknowledgment_type=coded("BAK02", AcknowledgmentType),
        purchase_order_number="BAK03",
        order_date=day("BAK04"),
        release_number="BAK05",
        request_reference="BAK06",
        contract_number="BAK07",
        seller_reference="BAK08",
        acknowledgment_date=day("BAK09"),
        transaction_type="BAK10",
    ),
    CURRENCY,
    *TERMS,
    PARTIES,
    LINES.containing(ACKNOWLEDGMENTS),
    ORDER_TOTALS,
)
