"""The purchase order (X12 850): what a buyer orders, at what price, where and when it is to be delivered."""

from __future__ import annotations

from typing import Literal

from canonical.base import Code, CodedEnum, code_of
from canonical.order import OrderDocument, OrderLine


class PurchaseOrderType(CodedEnum):
    """What sort of order it is (X12 92)."""

    STAND_ALONE = "stand_alone", "SA"
    NEW_ORDER = "new_order", "NE"
    DROP_SHIP = "drop_ship", "DS"
    BLANKET_FIRM = "blanket_firm", "BK"
    BLANKET_ESTIMATED = "blanket_estimated", "BE"
    RELEASE = "release", "RL"
    REORDER = "reorder", "RE"
    RUSH = "rush", "RO"
    EMERGENCY = "emergency", "EO"
    STANDING = "standing", "ST"
    CONSIGNED = "consigned", "CN"
    PROMOTION = "promotion", "PR"
    NEW_STORE = "new_store", "NS"
    SAMPLE = "sample", "SP"
    SERVICE = "service", "SS"
    PURCHASE_ORDER = "purchase_order", "KN"
    CHANGE = "change", "CP"
    CONFIRMATION = "confirmation", "CF"
    INFORMATION_COPY = "information_copy", "IN"
    OTHER = "other"


class PurchaseOrder(OrderDocument):
    """``acknowledgment_requested`` is X12 587, which answer the buyer wants; ``transaction_type`` X12 640."""

    type: Literal["purchase_order"] = "purchase_order"
    order_type: PurchaseOrderType
    order_type_code: Code = code_of("order_type")
    acknowledgment_requested: Code | None = None
    invoice_type: Code | None = None
    contract_type: Code | None = None
    purchase_category: Code | None = None
    security_level: Code | None = None
    transaction_type: Code | None = None
    lines: tuple[OrderLine, ...] = ()
