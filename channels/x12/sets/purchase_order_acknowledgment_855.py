"""855 Purchase Order Acknowledgment ⇄ ``PurchaseOrderAcknowledgment``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.purchase_order_acknowledgment import AcknowledgmentType, PurchaseOrderAcknowledgment
from channels.x12.sets.binding import SetBinding, coded, day, segment
from channels.x12.sets.order_lines import ACKNOWLEDGMENTS, LINES
from channels.x12.sets.segments import CURRENCY, ORDER_TOTALS, PARTIES, TERMS

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
