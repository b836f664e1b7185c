"""850 Purchase Order ⇄ ``PurchaseOrder``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.purchase_order import PurchaseOrder, PurchaseOrderType
from channels.x12.sets.binding import SetBinding, coded, day, segment
from channels.x12.sets.order_lines import LINES
from channels.x12.sets.segments import CURRENCY, ORDER_TOTALS, PARTIES, TERMS

BINDING = SetBinding(
    "850",
    PurchaseOrder,
    segment(
        "BEG",
        purpose=coded("BEG01", Purpose),
        order_type=coded("BEG02", PurchaseOrderType),
        purchase_order_number="BEG03",
        release_number="BEG04",
        order_date=day("BEG05"),
        contract_number="BEG06",
        acknowledgment_requested="BEG07",
        invoice_type="BEG08",
        contract_type="BEG09",
        purchase_category="BEG10",
        security_level="BEG11",
        transaction_type="BEG12",
    ),
    CURRENCY,
    *TERMS,
    PARTIES,
    LINES,
    ORDER_TOTALS,
)
