"""An application advice: what an application accepted or refused of the documents it received, and why (X12 824).

A functional acknowledgment speaks of syntax; this speaks of content.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from canonical.base import CalendarDate, ClockTime, Code, CodedEnum, ExtensibleModel, Text, code_of
from canonical.business_document import BusinessDocument, NumberKind
from canonical.error_condition import ErrorCondition
from canonical.order import Purpose
from canonical.party import Contact, Party
from canonical.quantity import MonetaryAmount, QualifiedQuantity
from canonical.reference import IndustryCode, Message, QualifiedDate, Reference, ReferenceKind, references_of


class ApplicationVerdict(CodedEnum):
    """What became of a document or of a part of it (X12 110); the code's first letter says of what: T transaction set,
    I item, B batch, G functional group."""

    ACCEPTED = "accepted", "TA", "IA", "BA", "GA"
    ACCEPTED_WITH_CHANGES = "accepted_with_changes", "TC", "IC", "BC", "GC"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors", "TE", "IE", "BE", "GE"
    PARTIALLY_ACCEPTED = "partially_accepted", "TP", "IP", "BP", "GP"
    ON_HOLD = "on_hold", "TH", "GH"
    REJECTED = "rejected", "TR", "IR", "BR", "GR"
    OTHER = "other"


class RelatedData(ExtensibleModel):
    """Data that explains an error (RED): ``identification`` is X12 1609, ``code`` of the list that ``code_list``
    (X12 1270) of ``agency`` (X12 559) names."""

    description: Text | None = None
    identification: Code | None = None
    agency: Code | None = None
    source: Text | None = None
    code_list: Code | None = None
    code: Text | None = None


class ApplicationError(ExtensibleModel):
    """One thing that is wrong (the TED loop), and where: which segment, counted from ST = 1, and which of its
    elements."""

    condition: ErrorCondition
    condition_code: Code = code_of("condition")
    message: Text | None = None
    segment: Code | None = None
    segment_position: int | None = Field(default=None, ge=0)
    element_position: int | None = Field(default=None, ge=0)
    component: int | None = Field(default=None, ge=0, description="Which component of a composite (since 005010)")
    repetition: int | None = Field(default=None, ge=0, description="Which repetition (since 005010)")
    data_element: Code | None = Field(default=None, description="Data element number")
    bad_value: Text | None = None
    new_value: Text | None = None
    messages: tuple[Message, ...] = ()
    related: tuple[RelatedData, ...] = ()


class AdvisedCode(IndustryCode):
    """A code that says what was decided or why, with the data that explains it (LQ and RED)."""

    related: tuple[RelatedData, ...] = ()


class AdvisedCodes(ExtensibleModel):
    """Codes of one source (the LM loop): ``agency`` is X12 559."""

    agency: Code
    source: Text | None = None
    codes: tuple[AdvisedCode, ...] = ()


class AdvisedDocument(ExtensibleModel):
    """A document, or a part of it, and what became of it (the OTI loop).

    ``number`` is what the document is known by, ``kind`` and ``qualifier`` say what number that is. Control numbers,
    ``sender_code``, ``receiver_code`` (GS02, GS03), ``date`` and ``time`` are of the envelope it came in;
    ``transaction_set`` is ST01, ``release`` GS08. ``application_type`` is X12 346, ``status_reason`` X12 641.
    """

    verdict: ApplicationVerdict
    verdict_code: Code = code_of("verdict")
    kind: ReferenceKind
    qualifier: Code = code_of("kind")
    number: Text
    sender_code: Text | None = None
    receiver_code: Text | None = None
    date: CalendarDate | None = None
    time: ClockTime | None = None
    group_control_number: Code | None = None
    transaction_set_control_number: Code | None = None
    transaction_set: Code | None = None
    release: Code | None = None
    purpose_code: Code | None = None
    transaction_type: Code | None = None
    application_type: Code | None = None
    action_code: Code | None = None
    handling_code: Code | None = None
    status_reason: Code | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[MonetaryAmount, ...] = ()
    quantities: tuple[QualifiedQuantity, ...] = ()
    errors: tuple[ApplicationError, ...] = ()
    codes: tuple[AdvisedCodes, ...] = ()


class ApplicationAdvice(BusinessDocument):
    """What became of documents. ``answered_number`` (BGN06) is what the advice as a whole answers; ``transaction_type``
    is X12 640, ``action_code`` X12 306, ``security_level`` X12 786."""

    type: Literal["application_advice"] = "application_advice"
    purpose: Purpose = Purpose.ORIGINAL
    purpose_code: Code = code_of("purpose")
    advice_number: Text
    date: CalendarDate
    time: ClockTime | None = None
    time_zone: Code | None = None
    answered_number: Text | None = None
    transaction_type: Code | None = None
    action_code: Code | None = None
    security_level: Code | None = None
    parties: tuple[Party, ...] = ()
    documents: tuple[AdvisedDocument, ...] = ()

    @property
    def rejects_something(self) -> bool:
        refused = ApplicationVerdict.REJECTED, ApplicationVerdict.PARTIALLY_ACCEPTED
        return any(document.verdict in refused for document in self.documents)

    def document_number(self) -> str:
        return self.advice_number

    def distinction(self) -> tuple[str, ...]:
        return self.date.isoformat(), self.purpose_code

    def all_parties(self) -> tuple[Party, ...]:
        return self.parties

    def purchase_order_numbers(self) -> tuple[str, ...]:
        return self._numbers(ReferenceKind.PURCHASE_ORDER)

    def known_numbers(self) -> tuple[tuple[NumberKind, str], ...]:
        """The invoices and shipments it speaks of."""
        kinds = {NumberKind.INVOICE: ReferenceKind.INVOICE, NumberKind.SHIPMENT: ReferenceKind.SHIPMENT}
        return tuple((name, number) for name, kind in kinds.items() for number in self._numbers(kind))

    def _numbers(self, kind: ReferenceKind) -> tuple[str, ...]:
        own = [document.number for document in self.documents if document.kind is kind]
        referred = (number for document in self.documents for number in references_of(document.references, kind))
        return tuple(dict.fromkeys([*own, *referred]))
