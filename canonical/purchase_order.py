"""The purchase order (X12 850) and its change (X12 860): what a buyer orders, at what price, where and when."""

from __future__ import annotations

from typing import Literal

from canonical.base import CalendarDate, Code, CodedEnum, ExactDecimal, Text, code_of
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


class ChangeType(CodedEnum):
    """What is changed about a line (X12 670)."""

    ADD_ITEM = "add_item", "AI"
    DELETE_ITEM = "delete_item", "DI"
    CANCEL_ORDER = "cancel_order", "CF"
    REPLACEMENT_ITEM = "replacement_item", "RE"
    REPLACEMENT_ITEM_MODIFIED = "replacement_item_modified", "RM"
    TRANSFER_ITEM = "transfer_item", "TI"
    QUANTITY_INCREASE = "quantity_increase", "QI"
    QUANTITY_DECREASE = "quantity_decrease", "QD"
    PRICE = "price", "PC"
    PRICE_AND_QUANTITY = "price_and_quantity", "PQ"
    PRICE_AND_SCHEDULE = "price_and_schedule", "PR"
    QUANTITY_AND_SCHEDULE = "quantity_and_schedule", "RQ"
    PRICE_QUANTITY_AND_SCHEDULE = "price_quantity_and_schedule", "MU"
    SCHEDULE = "schedule", "RS"
    DATES = "dates", "CT", "RB"
    DATE_TERMS = "date_terms", "CB"
    TERMS = "terms", "CC"
    LINE_ALLOWANCE_OR_CHARGE = "line_allowance_or_charge", "CE"
    TOTAL_ALLOWANCE_OR_CHARGE = "total_allowance_or_charge", "CG"
    PACKING = "packing", "AA"
    SHIP_METHOD = "ship_method", "RA"
    LINE = "line", "CA"
    EVERYTHING = "everything", "RZ"
    NOTHING = "nothing", "NC"
    CHANGE_REJECTED = "change_rejected", "RC"
    CONFIRMATION = "confirmation", "OC", "OA"
    CONFIRMATION_CHANGED = "confirmation_changed", "CH", "CI"
    OTHER = "other"

    @property
    def ends_the_line(self) -> bool:
        return self in (ChangeType.DELETE_ITEM, ChangeType.CANCEL_ORDER)


class ChangedLine(OrderLine):
    """A line as it shall be (POC), with what is changed about it. Whether ``quantity`` is the new one or the difference
    is the partners' agreement; ``quantity_left_to_receive`` is in the same unit."""

    change: ChangeType
    change_code: Code = code_of("change")
    quantity_left_to_receive: ExactDecimal | None = None


class PurchaseOrderChange(OrderDocument):
    """A change that the buyer makes to an order. ``purpose`` says which: a cancellation ends the order as a whole, a
    change or a replacement lists lines. ``seller_reference`` is the seller's order number (BCH09), ``change_date`` the
    day of the change (BCH11); the codes are those of the order."""

    type: Literal["purchase_order_change"] = "purchase_order_change"
    order_type: PurchaseOrderType
    order_type_code: Code = code_of("order_type")
    change_order_sequence: Text | None = None
    request_reference: Text | None = None
    seller_reference: Text | None = None
    acknowledgment_date: CalendarDate | None = None
    change_date: CalendarDate | None = None
    contract_type: Code | None = None
    security_level: Code | None = None
    acknowledgment_requested: Code | None = None
    transaction_type: Code | None = None
    purchase_category: Code | None = None
    lines: tuple[ChangedLine, ...] = ()

    def distinction(self) -> tuple[str, ...]:
        """An order is changed many times: by number, and for those who do not number them, by day."""
        day = self.change_date.isoformat() if self.change_date else ""
        return self.release_number or "", self.change_order_sequence or "", day, self.purpose_code
