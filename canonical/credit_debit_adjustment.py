"""A credit or debit adjustment: what is claimed back or granted on an invoice, for which goods and why (X12 812)."""

from __future__ import annotations

from typing import Literal

from canonical.base import (
    CalendarDate,
    Code,
    ExactDecimal,
    ExtensibleModel,
    Text,
    code_of,
    code_of_optional,
)
from canonical.business_document import BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier
from canonical.order import Purpose
from canonical.party import Contact, Party
from canonical.quantity import Currency, Price, Quantity
from canonical.reference import IndustryCodes, Note, QualifiedDate, ReferenceKind, references_of
from canonical.settlement import AdjustmentReason, CreditDebit, TransactionHandling
from canonical.terms import AllowanceOrCharge, DeliveryTerms, Packaging, PaymentTerms


class AdjustedShipment(ExtensibleModel):
    """The shipment that is adjusted (SHD): what was shipped and received, in one unit; ``method`` X12 91, ``scac`` the
    carrier, ``status`` X12 368."""

    shipped: ExactDecimal | None = None
    received: ExactDecimal | None = None
    unit_of_measure: Code | None = None
    weight: Quantity | None = None
    volume: Quantity | None = None
    price_bracket: Text | None = None
    method: Code | None = None
    scac: Code | None = None
    status: Code | None = None
    reference_qualifier: Code | None = None
    reference: Text | None = None


class AdjustedStore(ExtensibleModel):
    """The part of an adjustment that belongs to one store (the N11 loop)."""

    store_number: Text
    location: Text | None = None
    reference: Text | None = None
    parties: tuple[Party, ...] = ()


class AdjustmentLine(ExtensibleModel):
    """One reason with its amount (the CDD loop). ``amount`` has no sign: ``credit_debit`` says which way it goes.
    ``unit_price_difference`` is between the ``prices``, of which the price identifier (X12 236) says which is which."""

    reason: AdjustmentReason
    reason_code: Code = code_of("reason")
    credit_debit: CreditDebit
    credit_debit_code: Code = code_of("credit_debit")
    line_number: Text | None = None
    amount: ExactDecimal | None = None
    price_bracket: Text | None = None
    quantity: Quantity | None = None
    unit_price_difference: ExactDecimal | None = None
    prices: tuple[Price, ...] = ()
    message: Text | None = None
    item_line_number: Text | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    packaging: tuple[Packaging, ...] = ()
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    notes: tuple[Note, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    stores: tuple[AdjustedStore, ...] = ()


class CreditDebitAdjustment(BusinessDocument):
    """A credit or debit, claimed (``handling`` requests an adjustment) or granted. ``amount`` is what all of it comes
    to in the direction of ``credit_debit``; ``transaction_type`` is X12 640, ``action_code`` X12 306."""

    type: Literal["credit_debit_adjustment"] = "credit_debit_adjustment"
    adjustment_number: Text
    date: CalendarDate
    handling: TransactionHandling
    handling_code: Code = code_of("handling")
    amount: ExactDecimal
    credit_debit: CreditDebit
    credit_debit_code: Code = code_of("credit_debit")
    invoice_date: CalendarDate | None = None
    invoice_number: Text | None = None
    vendor_order_number: Text | None = None
    purchase_order_date: CalendarDate | None = None
    purchase_order_number: Text | None = None
    purpose: Purpose | None = None
    purpose_code: Code | None = code_of_optional("purpose")
    transaction_type: Code | None = None
    reference_qualifier: Code | None = None
    reference: Text | None = None
    action_code: Code | None = None
    currency: Currency | None = None
    notes: tuple[Note, ...] = ()
    contacts: tuple[Contact, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    delivery_terms: tuple[DeliveryTerms, ...] = ()
    shipments: tuple[AdjustedShipment, ...] = ()
    allowances_and_charges: tuple[AllowanceOrCharge, ...] = ()
    parties: tuple[Party, ...] = ()
    industry_codes: tuple[IndustryCodes, ...] = ()
    lines: tuple[AdjustmentLine, ...] = ()

    @property
    def is_credit(self) -> bool:
        return self.credit_debit is CreditDebit.CREDIT

    def document_number(self) -> str:
        return self.adjustment_number

    def distinction(self) -> tuple[str, ...]:
        return self.credit_debit_code, self.purpose_code or ""

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order the adjustment names, header first, each once."""
        return self._numbers(self.purchase_order_number, ReferenceKind.PURCHASE_ORDER)

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        """The invoices that are adjusted."""
        return tuple(
            (NumberKind.INVOICE, number) for number in self._numbers(self.invoice_number, ReferenceKind.INVOICE)
        )

    def _numbers(self, own: str | None, kind: ReferenceKind) -> tuple[str, ...]:
        noted = (notes for notes in (self.notes, *(line.notes for line in self.lines)))
        found = (number for notes in noted for number in references_of(notes, kind))
        return tuple(dict.fromkeys([*([own] if own else []), *found]))
