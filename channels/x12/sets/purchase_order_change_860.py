"""860 Purchase Order Change ⇄ ``PurchaseOrderChange``."""

from __future__ import annotations

from canonical.order import Purpose
from canonical.purchase_order import PurchaseOrderChange, PurchaseOrderType
from channels.x12.sets.binding import SetBinding, coded, day, segment
from channels.x12.sets.order_lines import CHANGED_LINES
from channels.x12.sets.segments import CURRENCY, ORDER_TOTALS, PARTIES, TERMS

BINDING = SetBinding(
    "860",
    PurchaseOrderChange,
    segment(
        "BCH",
        purpose=coded("BCH01", Purpose),
        order_type=coded("BCH02", PurchaseOrderType),
        purchase_order_number="BCH03",
        release_number="BCH04",
        change_order_sequence="BCH05",
        order_date=day("BCH06"),
        request_reference="BCH07",
        contract_number="BCH08",
        seller_reference="BCH09",
        acknowledgment_date=day("BCH10"),
        change_date=day("BCH11"),
        contract_type="BCH12",
        security_level="BCH13",
        acknowledgment_requested="BCH14",
        transaction_type="BCH15",
        purchase_category="BCH16",
    ),
    CURRENCY,
    *TERMS,
    PARTIES,
    CHANGED_LINES,
    ORDER_TOTALS,
)
