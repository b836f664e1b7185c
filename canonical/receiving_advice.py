"""A receiving advice: what arrived of a shipment, how much and in which condition (X12 861, receipts of a WMS)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from canonical.advance_ship_notice import Mark, OrderReference, ShippedQuantity
from canonical.base import (
    CalendarDate,
    CanonicalModel,
    ClockTime,
    Code,
    CodedEnum,
    ExtensibleModel,
    Text,
    code_of,
    code_of_optional,
)
from canonical.business_document import BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier
from canonical.order import Purpose, Subline, Totals
from canonical.party import Contact, Party
from canonical.quantity import Currency, Measurement, Quantity
from canonical.reference import IndustryCodes, QualifiedDate, Reference, ReferenceKind, references_of
from canonical.terms import (
    AllowanceOrCharge,
    DeliveryTerms,
    Description,
    Equipment,
    Lading,
    Packaging,
    Routing,
)


class ReceivingAdviceType(CodedEnum):
    """At which point of the receipt it was written (X12 962)."""

    RECEIVING_DOCK = "receiving_dock", "1"
    POST_RECEIPT = "post_receipt", "2"
    DISPOSITION = "disposition", "3"
    ACCEPTANCE_CERTIFICATE = "acceptance_certificate", "8"
    INTERMEDIATE_POINT = "intermediate_point", "R"
    OTHER = "other"


class ReceivingCondition(CodedEnum):
    """What is the matter with a quantity (X12 412)."""

    DAMAGED = "damaged", "01"
    SHORT = "short", "02"
    OVER = "over", "03"
    QUALITY_PROBLEM = "quality_problem", "04"
    INCORRECT_PRODUCT = "incorrect_product", "05"
    NONSTANDARD_CONTAINER = "nonstandard_container", "06"
    GOOD = "good", "07"
    REJECTED = "rejected", "08"
    ON_HOLD = "on_hold", "09"
    SCRAPPED = "scrapped", "10"
    CUMULATIVE_ADJUSTED = "cumulative_adjusted", "11"
    OVER_RETURNED = "over_returned", "12"
    WITHOUT_SHIP_NOTICE_UNPROCESSED = "without_ship_notice_unprocessed", "13"
    WITHOUT_SHIP_NOTICE = "without_ship_notice", "14"
    NOT_RECEIVED = "not_received", "16"
    OTHER = "other"


class QuestionedQuantity(CanonicalModel):
    """A part of the quantity, and what is the matter with it (RCD06 to RCD20)."""

    quantity: Quantity
    condition: ReceivingCondition
    condition_code: Code = code_of("condition")


class ReceivedLine(ExtensibleModel):
    """One item as it was received (the RCD loop).

    ``received`` is what was received or accepted, ``returned`` what goes back; ``questioned`` says of which quantities
    there is more to say. Whether ``received`` includes those is the sender's habit: nothing here adds them up.
    ``shipped`` is what the ship notice announced. ``line_number`` is the receiver's, ``item_line_number`` (LIN01) the
    item's, as a rule that of the order.
    """

    line_number: Text | None = None
    received: Quantity | None = None
    returned: Quantity | None = None
    questioned: tuple[QuestionedQuantity, ...] = ()
    shipped: ShippedQuantity | None = None
    item_line_number: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    purchase_orders: tuple[OrderReference, ...] = ()
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    currency: Currency | None = None
    descriptions: tuple[Description, ...] = ()
    packaging: tuple[Packaging, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    delivery_terms: tuple[DeliveryTerms, ...] = ()
    lading: tuple[Lading, ...] = ()
    routing: tuple[Routing, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    marks: tuple[Mark, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    sublines: tuple[Subline, ...] = ()
    parties: tuple[Party, ...] = ()

    @property
    def damaged(self) -> Quantity | None:
        return self.quantity_in(ReceivingCondition.DAMAGED)

    @property
    def short(self) -> Quantity | None:
        """What is missing of the shipped quantity."""
        return self.quantity_in(ReceivingCondition.SHORT, ReceivingCondition.NOT_RECEIVED)

    @property
    def over(self) -> Quantity | None:
        """What came beyond the shipped quantity, kept or sent back."""
        return self.quantity_in(ReceivingCondition.OVER, ReceivingCondition.OVER_RETURNED)

    @property
    def rejected(self) -> Quantity | None:
        """What was refused: for its quality, as the wrong product, or without a reason."""
        refused = ReceivingCondition.REJECTED, ReceivingCondition.QUALITY_PROBLEM, ReceivingCondition.INCORRECT_PRODUCT
        return self.quantity_in(*refused)

    def quantity_in(self, *conditions: ReceivingCondition) -> Quantity | None:
        """The sum of the questioned quantities in these conditions, None where there are none. It is in the unit of the
        first; what is in another unit stands in ``questioned`` alone, and the check ``receipt-units`` tells of it."""
        found = [entry.quantity for entry in self.questioned if entry.condition in conditions]
        if not found:
            return None
        same = (q.value for q in found if q.unit_of_measure == found[0].unit_of_measure)
        return found[0].model_copy(update={"value": sum(same, Decimal(0))})

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Orders that this line names itself."""
        orders = (order.purchase_order_number for order in self.purchase_orders)
        return (*orders, *references_of(self.references, ReferenceKind.PURCHASE_ORDER))


class ReceivingAdvice(BusinessDocument):
    """What was received, of one or several shipments and orders. ``condition`` is of the shipment as a whole,
    ``action_code`` X12 306."""

    type: Literal["receiving_advice"] = "receiving_advice"
    purpose: Purpose = Purpose.ORIGINAL
    purpose_code: Code = code_of("purpose")
    receiving_advice_number: Text
    date: CalendarDate
    time: ClockTime | None = None
    advice_type: ReceivingAdviceType
    advice_type_code: Code = code_of("advice_type")
    condition: ReceivingCondition | None = None
    condition_code: Code | None = code_of_optional("condition")
    action_code: Code | None = None
    currency: Currency | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    purchase_orders: tuple[OrderReference, ...] = ()
    lading: tuple[Lading, ...] = ()
    routing: tuple[Routing, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    parties: tuple[Party, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    lines: tuple[ReceivedLine, ...] = ()
    totals: Totals | None = None

    def document_number(self) -> str:
        return self.receiving_advice_number

    def distinction(self) -> tuple[str, ...]:
        """One receipt is told of at the dock and again when it is put away."""
        return self.advice_type_code, self.purpose_code

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order the advice names, header first, each once."""
        header = (order.purchase_order_number for order in self.purchase_orders)
        referred = references_of(self.references, ReferenceKind.PURCHASE_ORDER)
        lines = (number for line in self.lines for number in line.purchase_order_numbers())
        return tuple(dict.fromkeys([*header, *referred, *lines]))

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        """The shipments it speaks of."""
        lines = (number for line in self.lines for number in references_of(line.references, ReferenceKind.SHIPMENT))
        shipments = dict.fromkeys([*references_of(self.references, ReferenceKind.SHIPMENT), *lines])
        return tuple((NumberKind.SHIPMENT, number) for number in shipments)
