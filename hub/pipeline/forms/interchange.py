"""One outbound X12 interchange: what compose writes for a partner, in the partner's release, separators and guide."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from canonical.application_advice import ApplicationAdvice
from canonical.document import Document, DocumentType
from canonical.finding import Finding
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.channel import Codec
from channels.errors import PayloadError
from channels.x12.acknowledging.acknowledgment import INTERCHANGE, ta1_segment
from channels.x12.acknowledging.answering import answer_release
from channels.x12.envelope import PartyId
from channels.x12.sets import SET_OF
from channels.x12.standards.tables import functional_identifiers
from channels.x12.writing.composing import ComposedSet, Form, compose
from channels.x12.writing.writer import GroupHeader, InterchangeHeader, TransactionSet, write, write_ta1
from hub.catalog import Catalog
from hub.pipeline.forms.outbound import Written
from hub.store.configuration.control_numbers import Drawing
from hub.store.schema.records import StoredDocument
from partners.pinned import Pinned

Kind = tuple[str, str]
"""Set type and release: the sets of one functional group."""


@dataclass(slots=True)
class OutboundInterchange:
    """One X12 interchange in the making: sets are added, a functional group for each type and release in the order of
    their first sets, then it is written. ``usage_indicator`` is ISA15 of all of them."""

    control_numbers: Drawing
    catalog: Catalog
    pinned: Pinned
    usage_indicator: str
    now: datetime
    form: Form | None = None
    _groups: dict[Kind, list[tuple[str, ComposedSet]]] = field(default_factory=dict)
    _ta1: tuple[str, FunctionalAcknowledgment] | None = None
    _answers: bool = False

    def place(self, document: Document) -> int | None:
        """The group that a business document would stand in, from 0; None when it takes another ISA12 than those that
        are inside."""
        form = self._form_of(document)
        if self.form is not None and form.interchange_version != self.form.interchange_version:
            return None
        kinds, kind = list(self._groups), (SET_OF.get(DocumentType(document.type), ""), form.release)
        return kinds.index(kind) if kind in kinds else len(kinds)

    def add(self, id: str, stored: StoredDocument, document: Document) -> tuple[Finding, ...]:
        """Adds a document's set. A TA1 stands alone."""
        answer = document if isinstance(document, FunctionalAcknowledgment) else None
        own = self._form_of(document)
        form = self.form or own
        if answer is not None and answer.interchange is not None:
            self.form, self._ta1 = form, (id, answer)
            return ()
        composed = compose(document, own, stored.set_type if answer else None)
        self.form, self._answers = form, self._answers or answer is not None
        self._groups.setdefault((composed.type, own.release), []).append((id, composed))
        return composed.changes

    def write(self) -> Written:
        """Draws the control numbers. Raises PayloadError when the partner's or our identity does not fit the
        envelope."""
        header = self._header(self._draw("interchange"))
        if self._ta1 is not None:
            id, answer = self._ta1
            return self._written(
                write_ta1(header, [ta1_segment(answer)]), {id: _numbers(header, None, INTERCHANGE, "")}
            )
        groups: list[tuple[GroupHeader, list[TransactionSet]]] = []
        numbers: dict[str, dict[str, str]] = {}
        for (set_type, release), sets in self._groups.items():
            group = self._group(set_type, release, self._draw("group"))
            groups.append((group, [composed.numbered(n) for n, (_, composed) in enumerate(sets, 1)]))
            numbers |= {id: _numbers(header, group, set_type, f"{n:04}") for n, (id, _) in enumerate(sets, 1)}
        return self._written(write(header, groups), numbers)

    def _written(self, body: bytes, numbers: dict[str, dict[str, str]]) -> Written:
        counted = {"identity": self.catalog.our_identity(self.pinned.partner).key}
        return Written(body, Codec.X12.content_type, "edi", {id: named | counted for id, named in numbers.items()})

    def _form_of(self, document: Document) -> Form:
        """An acknowledgment speaks the release of what it acknowledges; everything else the agreed one."""
        form = self.pinned.form(self.pinned.sending(document))
        if isinstance(document, FunctionalAcknowledgment):
            return form.for_answers(answer_release(document, self.pinned.partner.x12.release))
        return form.repeating_bad_values() if isinstance(document, ApplicationAdvice) else form

    def _draw(self, kind: str) -> int:
        span = self.pinned.partner.x12.control_numbers.range_of(kind)
        identity = self.catalog.our_identity(self.pinned.partner)
        return self.control_numbers.draw(self.pinned.key, identity.key, kind, span.first, span.last)

    def _header(self, control_number: int) -> InterchangeHeader:
        if self.form is None:
            raise PayloadError("the interchange holds nothing")
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        asks = self.pinned.partner.x12.acknowledgments.request
        return self.form.header(
            sender=PartyId(ours.qualifier, ours.id),
            receiver=PartyId(theirs.qualifier, theirs.id),
            control_number=control_number,
            created=self._local_now(),
            usage_indicator=self.usage_indicator,
            acknowledgment_requested=asks and self._ta1 is None and not self._answers,
        )

    def _group(self, set_type: str, release: str, control_number: int) -> GroupHeader:
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        return GroupHeader(
            functional_identifier=functional_identifiers()[set_type],
            sender=ours.application_code,
            receiver=theirs.application_code,
            control_number=control_number,
            created=self._local_now(),
            release=release,
        )

    def _local_now(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.pinned.partner.time_zone))


def _numbers(
    header: InterchangeHeader, group: GroupHeader | None, set_type: str, set_control_number: str
) -> dict[str, str]:
    """What the partner's answer names a set by; a TA1 stands in no group."""
    return {
        "interchange_control_number": f"{header.control_number:09}",
        "functional_identifier": group.functional_identifier if group else "",
        "group_control_number": f"{group.control_number:09}" if group else "",
        "set_type": set_type,
        "set_control_number": set_control_number,
    }
