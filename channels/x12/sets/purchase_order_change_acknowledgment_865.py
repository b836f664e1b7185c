"""865 Purchase Order Change Acknowledgment/Request ⇄ ``PurchaseOrderChangeAcknowledgment``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.purchase_order import PurchaseOrderType
from canonical.purchase_order_acknowledgment import AcknowledgmentType, PurchaseOrderChangeAcknowledgment
from channels.x12.sets.binding import SetBinding, coded, day, segment
from channels.x12.sets.order_lines import CHANGED_LINES
from channels.x12.sets.purchase_order_acknowledgment_855 import ACKNOWLEDGMENTS
from channels.x12.sets.segments import CURRENCY, ORDER_TOTALS, PARTIES, TERMS

BINDING = SetBinding(
    "865",
    PurchaseOrderChangeAcknowledgment,
    segment(
        "BCA",
        purpose=coded("BCA01", Purpose),
        acknowledgment_type=coded("BCA02", AcknowledgmentType),
        purchase_order_number="BCA03",
        release_number="BCA04",
        change_order_sequence="BCA05",
        order_date=day("BCA06"),
        request_reference="BCA07",
        contract_number="BCA08",
        seller_reference="BCA09",
        acknowledgment_date=day("BCA10"),
        change_date=day("BCA11"),
        order_type=coded("BCA13", PurchaseOrderType),
        security_level="BCA14",
        transaction_type="BCA15",
    ),
    CURRENCY,
    *TERMS,
    PARTIES,
    CHANGED_LINES.containing(ACKNOWLEDGMENTS),
    ORDER_TOTALS,
)
