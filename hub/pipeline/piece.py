"""A piece: one document on its way through the steps, filled in by each in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from canonical.document import Document, DocumentType
from canonical.finding import Finding, Severity, Verdict
from channels.channel import Codec
from channels.files.records import UNKNOWN as UNKNOWN_ARRIVAL
from channels.files.records import Arrival, FileSpan
from channels.x12.envelope import Group, Interchange, SetSpan
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import Grammar
from channels.x12.judging.judge import Judgement
from channels.x12.sets import DOCUMENT_OF
from channels.x12.standards.identity import business_number
from hub.document_kinds import UNKNOWN, kind_of_set
from hub.states import DocumentStatus
from partners.agreement import Direction, DocumentAgreement
from partners.pinned import Pinned

if TYPE_CHECKING:
    from canonical.application_advice import AdvisedDocument

_TYPES = {kind.value: kind for kind in DocumentType}

CROSSWALK_REVISION = "crosswalk_revision"
"""In a document's envelope: which state of the partner's crosswalk it was turned into our terms with."""

ANSWERS = "answers"
"""In the envelope of a document that we made ourselves: the document that it answers."""


class X12Place(NamedTuple):
    """Where in its transmission an X12 document stands."""

    interchange: Interchange
    group: Group
    span: SetSpan
    interchange_id: str
    group_id: str
    last_in_group: bool = False

    def alone(self) -> X12Place:
        """The same without its neighbours: what the envelopes hold beside this set, and what is wrong with them."""
        interchange = self.interchange._replace(groups=(), ta1=(), findings=())
        return self._replace(interchange=interchange, group=self.group._replace(sets=()))


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where in its transmission a document of any other form stands. ``mapping`` is the profile's that reads it, none
    for canonical JSON; ``size`` about how many bytes it takes; ``arrival`` how the file came."""

    span: FileSpan
    size: int
    mapping: str = ""
    arrival: Arrival = UNKNOWN_ARRIVAL


@dataclass(slots=True)
class Piece:
    """One document under way. Reading fills the verdict and the canonical document (``judge`` and ``translate``, where
    it is X12), ``check`` and ``route`` the status and where it goes. ``usage_indicator`` is ISA15: P, T or I."""

    pinned: Pinned
    direction: str
    usage_indicator: str
    ordinal: int = 0
    place: X12Place | FilePlace | None = None  # None for what we made ourselves
    codec: Codec = Codec.X12
    names_partner: bool = False  # a canonical document that was posted with its partner beside it
    verdict: Verdict = Verdict.ACCEPTED
    grammar: Grammar | None = None
    judgement: Judgement | None = None
    faults: list[Fault] = field(default_factory=list)
    segment_count: int | None = None
    findings: list[Finding] = field(default_factory=list)
    document: Document | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    crosswalk_revision: int = 0
    released: frozenset[tuple[str, str]] = frozenset()  # holds a person let pass, by code and locator
    missing: list[tuple[str, str]] = field(default_factory=list)  # work item key, summary: crosswalk entries to add
    status: DocumentStatus = DocumentStatus.ROUTED
    reason: str | None = None
    targets: tuple[str, ...] = ()
    advised: AdvisedDocument | None = None  # what an application advice says of a rejected document
    answers: str | None = None  # the document that this one, made by us, answers
    _agreed: tuple[DocumentType, DocumentAgreement | None] | None = field(default=None, init=False, repr=False)

    @property
    def x12(self) -> X12Place | None:
        """Where it stands, if it came as X12."""
        return self.place if isinstance(self.place, X12Place) else None

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        match self.place:
            case X12Place(span=span):
                return span.length
            case FilePlace(size=size):
                return size
        return 0

    def refuse(self, reason: str) -> None:
        self.status, self.reason = DocumentStatus.REJECTED, reason

    def hold(self, reason: str) -> None:
        self.status, self.reason = DocumentStatus.HELD, reason

    @property
    def document_type(self) -> DocumentType | None:
        """What it is, known from the set even where no document could be made."""
        if self.document is not None:
            return _TYPES[self.document.type]
        if isinstance(self.place, FilePlace):
            mapping = self.pinned.partner.mappings.get(self.place.mapping)
            return mapping.document if mapping else None
        return DOCUMENT_OF.get(self.place.span.type) if self.place else None

    @property
    def kind(self) -> str:
        """What it is stored as."""
        if self.document is not None or self.x12 is None:
            return self.document_type or UNKNOWN
        return kind_of_set(self.x12.span.type) if self.grammar is not None else UNKNOWN

    @property
    def only_kept(self) -> bool:
        """A set that is judged, acknowledged and shown, but that no canonical document carries."""
        return self.x12 is not None and self.grammar is not None and self.document_type is None

    @property
    def number(self) -> str:
        """What people call it."""
        if self.document is not None:
            return self.document.document_number()
        if isinstance(self.place, FilePlace):
            return self.place.span.key
        if self.judgement is None or self.x12 is None:
            return ""
        return business_number(self.x12.group.release, self.x12.span.type, self.judgement.rows)

    @property
    def agreement(self) -> DocumentAgreement | None:
        """What is agreed with the partner about this type in this direction. Every step asks, and the type is known
        before the document is: looked up once."""
        kind = self.document_type
        if kind is None:
            return None
        if self._agreed is None or self._agreed[0] is not kind:
            self._agreed = kind, self.pinned.partner.agreement(kind, Direction(self.direction))
        return self._agreed[1]

    @property
    def answers_us(self) -> bool:
        """A partner's acknowledgment: reconcile ends its way, no check and no route."""
        return self.direction == "inbound" and self.document_type is DocumentType.FUNCTIONAL_ACKNOWLEDGMENT

    @property
    def goes_on(self) -> bool:
        """Whether the next step has something to do."""
        return self.status is DocumentStatus.ROUTED

    def note(
        self, code: str, severity: Severity, message: str, *, fix: str | None = None, value: str | None = None
    ) -> None:
        """A finding on the document as a whole."""
        self.findings.append(Finding(code=code, severity=severity, message=message, fix=fix, value=value))

    def envelope(self) -> dict[str, Any]:
        """What travels beside the document: who sent it to whom under which numbers, never part of its content."""
        found: dict[str, Any] = {"usage_indicator": self.usage_indicator}
        if self.answers:
            found[ANSWERS] = self.answers
        if self.crosswalk_revision:
            found[CROSSWALK_REVISION] = self.crosswalk_revision
        if (place := self.x12) is not None:
            source, group, span = place.interchange, place.group, place.span
            found |= {
                "sender": {"qualifier": source.sender.qualifier, "id": source.sender.id},
                "receiver": {"qualifier": source.receiver.qualifier, "id": source.receiver.id},
                "interchange_control_number": source.control_number,
                "group_control_number": group.control_number,
                "transaction_set_control_number": span.control_number,
                "transaction_set": span.type,
                "release": group.release,
            }
        return found
