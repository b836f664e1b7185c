"""What a trading partner's translator said of an interchange or group: received, and fit to be read (997, 999, TA1).

It speaks of syntax alone; whether an order is confirmed is the purchase order acknowledgment's matter.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from canonical.base import CanonicalModel, Code, CodedEnum, ExtensibleModel, code_of
from canonical.business_document import BusinessDocument
from canonical.party import Party


class AcknowledgmentVerdict(CodedEnum):
    """The other side's verdict (X12 715, 717 and I17). Only a group is partially accepted: some sets were rejected.
    M, W and X (failed authentication, assurance or decryption) are rejections too."""

    ACCEPTED = "accepted", "A"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors", "E"
    PARTIALLY_ACCEPTED = "partially_accepted", "P"
    REJECTED = "rejected", "R", "M", "W", "X"
    OTHER = "other"


class AcknowledgedInterchange(CanonicalModel):
    """The interchange that is acknowledged. Date and time stand as its ISA wrote them (YYMMDD, HHMM), since a wrong
    date must be answered too."""

    control_number: Code = Field(description="ISA13 (TA101)")
    date: Code | None = Field(default=None, description="ISA09 (TA102)")
    time: Code | None = Field(default=None, description="ISA10 (TA103)")


class AcknowledgedGroup(ExtensibleModel):
    """The functional group that is acknowledged."""

    functional_identifier: Code = Field(description="GS01 (AK101), e.g. PO")
    control_number: Code = Field(description="GS06 (AK102)")
    release: Code | None = Field(default=None, description="GS08 (AK103, since 005010)")


class Context(ExtensibleModel):
    """What helps to find an error, or made it one (CTX of a 999): a named value of the document such as
    ``SITUATIONAL TRIGGER``, and the place of the segment and element that is meant."""

    name: str | None = Field(
        default=None, description="CTX01-1; absent where CTX01 repeats, then it is among the extras"
    )
    reference: str | None = Field(default=None, description="The named value (CTX01-2)")
    segment: Code | None = Field(default=None, description="CTX02")
    position: int | None = Field(default=None, ge=1, description="Counted from ST = 1 (CTX03)")
    loop: Code | None = Field(default=None, description="CTX04")
    element: int | None = Field(default=None, ge=1, description="Which element of the segment (CTX05-1)")
    component: int | None = Field(default=None, ge=1, description="CTX05-2")
    repetition: int | None = Field(default=None, ge=1, description="CTX05-3")
    data_element: Code | None = Field(default=None, description="Data element number (CTX06-1)")
    data_component: Code | None = Field(default=None, description="Data element number of a component (CTX06-2)")


class ElementNote(ExtensibleModel):
    """One element in error (AK4, IK4)."""

    position: int = Field(ge=1, description="Which element of the segment (AK401-1)")
    component: int | None = Field(default=None, ge=1, description="Which component of a composite (AK401-2)")
    repetition: int | None = Field(default=None, ge=1, description="Which repetition (AK401-3, since 005010)")
    data_element: Code | None = Field(default=None, description="Data element number (AK402)")
    code: Code = Field(description="X12 723 (AK403), e.g. 7 invalid code value; X12 621 in a 999 (IK403)")
    value: str | None = Field(default=None, max_length=99, description="Copy of the bad value (AK404)")
    contexts: tuple[Context, ...] = Field(default=(), max_length=10, description="999 only")


class SegmentNote(ExtensibleModel):
    """One segment in error (AK3, IK3)."""

    segment: Code = Field(description="Segment identifier (AK301)")
    position: int = Field(ge=1, description="Counted from ST = 1 (AK302)")
    loop: Code | None = Field(default=None, description="Loop identifier (AK303)")
    code: Code | None = Field(
        default=None, description="X12 720 (AK304), e.g. 3 mandatory segment missing; X12 620 in a 999 (IK304)"
    )
    contexts: tuple[Context, ...] = Field(default=(), max_length=10, description="999 only")
    elements: tuple[ElementNote, ...] = ()


class AcknowledgedTransactionSet(ExtensibleModel):
    """The verdict on one transaction set (AK2 to AK5, IK5)."""

    transaction_set: Code = Field(description="ST01 (AK201), e.g. 850")
    control_number: Code = Field(description="ST02 (AK202)")
    implementation: Code | None = Field(default=None, description="ST03 (AK203, since 005010)")
    verdict: AcknowledgmentVerdict
    verdict_code: Code = code_of("verdict")
    codes: tuple[Code, ...] = Field(default=(), max_length=5, description="X12 718 (AK502 to AK506), 618 in a 999")
    segments: tuple[SegmentNote, ...] = ()


class FunctionalAcknowledgment(BusinessDocument):
    """What is acknowledged: an ``interchange`` (TA1), or a ``group`` (997, 999) with those of its sets that it lists.

    ``codes`` are X12 716 (AK905 to AK909) for a group, the note code I18 (TA105) for an interchange.
    """

    type: Literal["functional_acknowledgment"] = "functional_acknowledgment"
    interchange: AcknowledgedInterchange | None = None
    group: AcknowledgedGroup | None = None
    verdict: AcknowledgmentVerdict
    verdict_code: Code = code_of("verdict")
    codes: tuple[Code, ...] = Field(default=(), max_length=5)
    sets_included: int | None = Field(default=None, ge=0, description="As the group's trailer said (AK902)")
    sets_received: int | None = Field(default=None, ge=0, description="AK903")
    sets_accepted: int | None = Field(default=None, ge=0, description="AK904")
    transaction_sets: tuple[AcknowledgedTransactionSet, ...] = ()

    @model_validator(mode="after")
    def _acknowledges_one_thing(self) -> Self:
        if (self.interchange is None) == (self.group is None):
            raise ValueError("an acknowledgment is of an interchange or of a group")
        return self

    def document_number(self) -> str:
        acknowledged = self.group or self.interchange
        return acknowledged.control_number if acknowledged else ""

    def distinction(self) -> tuple[str, ...]:
        return (self.group.functional_identifier if self.group else "TA1",)

    def all_parties(self) -> tuple[Party, ...]:
        return ()
