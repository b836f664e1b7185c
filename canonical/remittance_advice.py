"""A payment order or remittance advice: how money moves, and which invoices it pays with how much (X12 820)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from canonical.base import (
    CalendarDate,
    CanonicalModel,
    Code,
    CodedEnum,
    ExactDecimal,
    ExtensibleModel,
    Text,
    code_of,
    code_of_optional,
)
from canonical.business_document import BusinessDocument, NumberKind
from canonical.identifier import ItemIdentifier, PartyIdentifier
from canonical.invoice import InvoiceAllowanceOrCharge
from canonical.order import Subline
from canonical.party import Contact, Party
from canonical.quantity import Currency, QualifiedQuantity, Quantity
from canonical.reference import Message, QualifiedDate, Reference, ReferenceKind, references_of
from canonical.settlement import AdjustmentReason, CreditDebit, TransactionHandling


class PaymentMethod(CodedEnum):
    """How the money moves (X12 591)."""

    ACH = "ach", "ACH"
    CHECK = "check", "CHK"
    WIRE = "wire", "FWT", "FEW", "CWT", "SWT", "IWT"
    BANK_OPTION = "bank_option", "BOP"
    BOOK_ENTRY = "book_entry", "BKW"
    CREDIT_CARD = "credit_card", "CCC"
    CASH = "cash", "CAS"
    NO_PAYMENT = "no_payment", "NON"
    OTHER = "other"


class PaymentAction(CodedEnum):
    """What an amount is to the item it is paid on (X12 482)."""

    PAY_ITEM = "pay_item", "PI"
    ON_ACCOUNT = "on_account", "PO"
    ADJUSTMENT = "adjustment", "AJ"
    FINAL = "final", "FL"
    PARTIAL = "partial", "PP"
    PROGRESS = "progress", "PR"
    IN_ADVANCE = "in_advance", "PA"
    EVALUATED_RECEIPT = "evaluated_receipt", "ER"
    NOT_SPECIFIED = "not_specified", "NS"
    OTHER = "other"


class BankAccount(CanonicalModel):
    """An account at a bank: ``bank_qualifier`` X12 506 (01 ABA routing number, 02 BIC), ``account_type`` X12 569."""

    bank_qualifier: Code | None = None
    bank: Text | None = None
    account_type: Code | None = None
    account: Text | None = None


class Trace(ExtensibleModel):
    """By which number payment and remittance find each other (TRN): ``type_code`` X12 481."""

    type_code: Code
    number: Text
    originating_company: Text | None = None
    further_number: Text | None = None


class RemittanceLine(ExtensibleModel):
    """One line of an invoice that the payment speaks of (the IT1 loop)."""

    line_number: Text | None = None
    quantity: Quantity | None = None
    unit_price: ExactDecimal | None = None
    unit_price_basis: Code | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    quantities: tuple[QualifiedQuantity, ...] = ()
    references: tuple[Reference, ...] = ()
    allowances_and_charges: tuple[InvoiceAllowanceOrCharge, ...] = ()
    sublines: tuple[Subline, ...] = ()


class PaymentAdjustment(ExtensibleModel):
    """Money less or more than invoiced, and why (the ADX loop): below zero it lowers the payment. The number that
    explains it stands in ``explained_by``, of which ``explained_by_qualifier`` (X12 128) says what it is."""

    amount: ExactDecimal
    reason: AdjustmentReason
    reason_code: Code = code_of("reason")
    explained_by_qualifier: Code | None = None
    explained_by: Text | None = None
    messages: tuple[Message, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    references: tuple[Reference, ...] = ()
    lines: tuple[RemittanceLine, ...] = ()


class RemittanceItem(ExtensibleModel):
    """One invoice, credit note or other open item, and what is paid of it (the RMR loop).

    ``amount_paid`` is net of the discount and of ``adjustments``; ``invoice_amount`` is what the item was for before
    the discount; ``adjustment_amount`` with its ``adjustment_reason`` is the one that RMR itself states.
    """

    kind: ReferenceKind | None = None
    qualifier: Code | None = code_of_optional("kind")
    number: Text | None = None
    action: PaymentAction | None = None
    action_code: Code | None = code_of_optional("action")
    amount_paid: ExactDecimal | None = None
    invoice_amount: ExactDecimal | None = None
    discount_taken: ExactDecimal | None = None
    adjustment_reason: AdjustmentReason | None = None
    adjustment_reason_code: Code | None = code_of_optional("adjustment_reason")
    adjustment_amount: ExactDecimal | None = None
    messages: tuple[Message, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    lines: tuple[RemittanceLine, ...] = ()
    adjustments: tuple[PaymentAdjustment, ...] = ()

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """The order this item is, and those it refers to."""
        own = (self.number,) if self.kind is ReferenceKind.PURCHASE_ORDER and self.number else ()
        return (*own, *references_of(self.references, ReferenceKind.PURCHASE_ORDER))


class RemittanceEntity(ExtensibleModel):
    """For which entity, such as a branch or a factor's client, the items are settled (the ENT loop): ``entity`` and
    ``related_entity`` are X12 98. ``adjustments`` are of the payment, not of one item."""

    assigned_number: int | None = None
    entity: Code | None = None
    identifier: PartyIdentifier | None = None
    related_entity: Code | None = None
    related_identifier: PartyIdentifier | None = None
    reference_qualifier: Code | None = None
    reference: Text | None = None
    adjustments: tuple[PaymentAdjustment, ...] = ()
    items: tuple[RemittanceItem, ...] = ()


class RemittanceAdvice(BusinessDocument):
    """A payment with what it pays. ``credit_debit`` says whether the payer pushes the money (credit) or the payee draws
    it (debit), so ``originating_account`` is the payer's or the payee's; ``payment_format`` is X12 812 (CTX, CCP),
    ``business_function`` X12 1048. ``effective_date`` is when the money is to move."""

    type: Literal["remittance_advice"] = "remittance_advice"
    handling: TransactionHandling
    handling_code: Code = code_of("handling")
    amount: ExactDecimal
    credit_debit: CreditDebit
    credit_debit_code: Code = code_of("credit_debit")
    payment_method: PaymentMethod
    payment_method_code: Code = code_of("payment_method")
    payment_format: Code | None = None
    originating_account: BankAccount | None = None
    originating_company: Text | None = None
    originating_company_supplement: Text | None = None
    receiving_account: BankAccount | None = None
    effective_date: CalendarDate | None = None
    business_function: Code | None = None
    return_account: BankAccount | None = None
    trace: Trace | None = None
    currency: Currency | None = None
    messages: tuple[Message, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    parties: tuple[Party, ...] = ()
    entities: tuple[RemittanceEntity, ...] = ()

    def items(self) -> Iterator[RemittanceItem]:
        """Every item paid, whichever entity it is settled for."""
        return (item for entity in self.entities for item in entity.items)

    def document_number(self) -> str:
        """The trace number; without one the day of the payment."""
        if self.trace is not None:
            return self.trace.number
        return self.effective_date.isoformat() if self.effective_date else ""

    def distinction(self) -> tuple[str, ...]:
        """Payments without a trace number are told apart by what they come to."""
        return self.handling_code, format(self.amount, "f")

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def purchase_order_numbers(self) -> tuple[str, ...]:
        """Every order whose invoices are paid, header first, each once."""
        header = references_of(self.references, ReferenceKind.PURCHASE_ORDER)
        items = (number for item in self.items() for number in item.purchase_order_numbers())
        return tuple(dict.fromkeys([*header, *items]))

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        """The invoices that are paid."""
        paid = (item.number for item in self.items() if item.kind is ReferenceKind.INVOICE and item.number)
        return tuple((NumberKind.INVOICE, number) for number in dict.fromkeys(paid))
