"""An invoice or credit: what is asked to be paid, for which goods, under which order (X12 810)."""

from __future__ import annotations

from typing import Literal

from canonical.base import CalendarDate, Code, CodedEnum, ExactDecimal, ExtensibleModel, Text, code_of_optional
from canonical.business_document import BusinessDocument, NumberKind
from canonical.order import DestinationQuantity, Item, Purpose, Subline, Terms, Totals
from canonical.party import Party
from canonical.quantity import Currency, Measurement, Quantity
from canonical.reference import ReferenceKind, references_of
from canonical.terms import AllowanceOrCharge, Description, Tax


class InvoiceKind(CodedEnum):
    """Which way the money goes (X12 640)."""

    INVOICE = "invoice", "DI", "CI", "CD", "PR", "DO", "FB", "FD", "PA", "PB", "PP", "RE", "SV", "VJ"
    DEBIT_MEMO = "debit_memo", "DR", "CF"
    CREDIT = "credit", "CR", "CN", "CE", "CG", "CC", "MC", "FC"
    OTHER = "other"


class ItemShipped(ExtensibleModel):
    """What became of an invoiced item (IT3): ``status`` X12 368, ``change_reason`` X12 371."""

    quantity: Quantity | None = None
    status: Code | None = None
    quantity_difference: ExactDecimal | None = None
    change_reason: Code | None = None


class CarrierDetail(ExtensibleModel):
    """How the goods travelled (CAD): ``method`` X12 91, ``scac`` the carrier, ``reference_qualifier`` X12 128."""

    method: Code | None = None
    equipment_initial: Code | None = None
    equipment_number: Text | None = None
    scac: Code | None = None
    routing: Text | None = None
    shipment_status: Code | None = None
    reference_qualifier: Code | None = None
    reference: Text | None = None
    service_level: Code | None = None


class InvoiceShipment(ExtensibleModel):
    """Size of the shipment that is invoiced (ISS)."""

    units_shipped: Quantity | None = None
    weight: Quantity | None = None
    volume: Quantity | None = None
    quantity: ExactDecimal | None = None
    second_weight: ExactDecimal | None = None
    descriptions: tuple[Description, ...] = ()


class InvoiceAllowanceOrCharge(AllowanceOrCharge):
    """An allowance or charge with the taxes on it (the SAC loop)."""

    taxes: tuple[Tax, ...] = ()


class InvoiceDescription(Description):
    """A description with the measurements that belong to it (the PID loop)."""

    measurements: tuple[Measurement, ...] = ()


class InvoiceLine(Item):
    """One invoiced item (IT1). ``unit_price`` is per unit of ``quantity``, or as ``unit_price_basis`` says."""

    line_number: Text | None = None
    currency: Currency | None = None
    shipped: tuple[ItemShipped, ...] = ()
    carriers: tuple[CarrierDetail, ...] = ()
    descriptions: tuple[InvoiceDescription, ...] = ()
    allowances_and_charges: tuple[InvoiceAllowanceOrCharge, ...] = ()
    destination_quantities: tuple[DestinationQuantity, ...] = ()
    sublines: tuple[Subline, ...] = ()

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Orders that this line names itself."""
        return references_of(self.references, ReferenceKind.PURCHASE_ORDER)


class Invoice(Terms, BusinessDocument):
    """An invoice or credit note; without ``kind`` it is a plain invoice. ``total_amount`` is what is owed before any
    discount (TDS01), in the document's currency; ``action_code`` is X12 306."""

    type: Literal["invoice"] = "invoice"
    kind: InvoiceKind | None = None
    kind_code: Code | None = code_of_optional("kind")
    purpose: Purpose | None = None
    purpose_code: Code | None = code_of_optional("purpose")
    action_code: Code | None = None
    invoice_number: Text
    invoice_date: CalendarDate
    related_invoice_number: Text | None = None
    purchase_order_number: Text | None = None
    purchase_order_date: CalendarDate | None = None
    release_number: Text | None = None
    change_order_sequence: Text | None = None
    currency: Currency | None = None
    parties: tuple[Party, ...] = ()
    lines: tuple[InvoiceLine, ...] = ()
    total_amount: ExactDecimal | None = None
    amount_subject_to_discount: ExactDecimal | None = None
    discounted_amount_due: ExactDecimal | None = None
    discount_amount: ExactDecimal | None = None
    carrier: CarrierDetail | None = None
    allowances_and_charges: tuple[InvoiceAllowanceOrCharge, ...] = ()
    shipments: tuple[InvoiceShipment, ...] = ()
    totals: Totals | None = None

    @property
    def is_credit(self) -> bool:
        return self.kind is InvoiceKind.CREDIT

    def document_number(self) -> str:
        return self.invoice_number

    def distinction(self) -> tuple[str, ...]:
        return (self.purpose_code or "",)

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        return ((NumberKind.INVOICE, self.invoice_number),)

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order the invoice names, header first, each once."""
        header = [self.purchase_order_number] if self.purchase_order_number else []
        lines = (number for line in self.lines for number in line.purchase_order_numbers())
        referred = references_of(self.references, ReferenceKind.PURCHASE_ORDER)
        return tuple(dict.fromkeys([*header, *referred, *lines]))
