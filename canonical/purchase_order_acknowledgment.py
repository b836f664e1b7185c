"""What the seller answers to an order (X12 855) and to its change (X12 865), line by line."""

from __future__ import annotations

from typing import Literal

from canonical.base import CalendarDate, Code, CodedEnum, ExtensibleModel, Text, code_of, code_of_optional
from canonical.identifier import ItemIdentifier
from canonical.order import OrderDocument, OrderLine
from canonical.purchase_order import ChangedLine, PurchaseOrderType
from canonical.quantity import Quantity
from canonical.reference import QualifiedDate


class AcknowledgmentType(CodedEnum):
    """What the seller answers to the order as a whole (X12 587)."""

    ACCEPTED = "accepted", "AT", "AK"
    ACCEPTED_WITH_DETAIL = "accepted_with_detail", "AD"
    ACCEPTED_WITH_CHANGES = "accepted_with_changes", "AC", "AE"
    ON_HOLD = "on_hold", "AH"
    PRODUCT_REPLENISHMENT = "product_replenishment", "AP"
    REJECTED = "rejected", "RJ", "RD", "RF", "RN", "RV"
    REJECTED_WITH_COUNTER_OFFER = "rejected_with_counter_offer", "RO"
    OTHER = "other"


class LineStatus(CodedEnum):
    """What the seller answers to one line, or a part of its quantity (X12 668)."""

    ACCEPTED = "accepted", "IA", "AA"
    ACCEPTED_AND_SHIPPED = "accepted_and_shipped", "AC"
    ACCEPTED_FOR_SHIPMENT = "accepted_for_shipment", "AR"
    PARTIALLY_BACKORDERED = "partially_backordered", "BP"
    BACKORDERED = "backordered", "IB"
    RESCHEDULED = "rescheduled", "DR"
    CHANGED = "changed", "IC"
    PRICE_CHANGED = "price_changed", "IP"
    QUANTITY_CHANGED = "quantity_changed", "IQ"
    SUBSTITUTED = "substituted", "IS"
    PRICE_PENDING = "price_pending", "IE"
    DATE_PENDING = "date_pending", "SP"
    ON_HOLD = "on_hold", "IH", "IF", "IW"
    DELETED = "deleted", "ID"
    REJECTED = "rejected", "IR", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"
    OTHER = "other"


class LineAcknowledgment(ExtensibleModel):
    """The answer for a quantity of the line (ACK); ``identifiers`` name the item that replaces the ordered one."""

    status: LineStatus
    status_code: Code = code_of("status")
    quantity: Quantity | None = None
    date_qualifier: Code | None = None
    date: CalendarDate | None = None
    request_reference: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()


class AcknowledgmentLine(OrderLine):
    """A line of the order with what the seller answers to it."""

    acknowledgments: tuple[LineAcknowledgment, ...] = ()


class PurchaseOrderAcknowledgment(OrderDocument):
    """``order_date`` is the order's own date (BAK04), ``acknowledgment_date`` the seller's (BAK09)."""

    type: Literal["purchase_order_acknowledgment"] = "purchase_order_acknowledgment"
    acknowledgment_type: AcknowledgmentType
    acknowledgment_type_code: Code = code_of("acknowledgment_type")
    request_reference: Text | None = None
    seller_reference: Text | None = None
    acknowledgment_date: CalendarDate | None = None
    transaction_type: Code | None = None
    lines: tuple[AcknowledgmentLine, ...] = ()

    def distinction(self) -> tuple[str, ...]:
        """One order may be answered again on another day."""
        date = self.acknowledgment_date
        return self.release_number or "", date.isoformat() if date else "", self.purpose_code


class ChangeAcknowledgmentLine(ChangedLine):
    """A changed line with what the seller answers to it, or the change that the seller asks for."""

    acknowledgments: tuple[LineAcknowledgment, ...] = ()


class PurchaseOrderChangeAcknowledgment(OrderDocument):
    """The seller's answer to a change, or, without ``acknowledgment_type``, a change that the seller asks for.

    ``order_date`` is the order's own date (BCA06), ``acknowledgment_date`` that of the answer (BCA10), ``change_date``
    that of the change it answers (BCA11).
    """

    type: Literal["purchase_order_change_acknowledgment"] = "purchase_order_change_acknowledgment"
    acknowledgment_type: AcknowledgmentType | None = None
    acknowledgment_type_code: Code | None = code_of_optional("acknowledgment_type")
    order_type: PurchaseOrderType | None = None
    order_type_code: Code | None = code_of_optional("order_type")
    change_order_sequence: Text | None = None
    request_reference: Text | None = None
    seller_reference: Text | None = None
    acknowledgment_date: CalendarDate | None = None
    change_date: CalendarDate | None = None
    security_level: Code | None = None
    transaction_type: Code | None = None
    lines: tuple[ChangeAcknowledgmentLine, ...] = ()

    def distinction(self) -> tuple[str, ...]:
        """One change may be answered again on another day."""
        days = (day.isoformat() if day else "" for day in (self.change_date, self.acknowledgment_date))
        return self.release_number or "", self.change_order_sequence or "", *days, self.purpose_code
