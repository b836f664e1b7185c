"""One outbound X12 interchange: what compose writes for a partner, in the partner's release, separators and guide."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from canonical.document import Document, DocumentType
from canonical.finding import Finding
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.x12.acknowledgment import ta1_segment
from channels.x12.composing import Form, compose
from channels.x12.envelope import PartyId
from channels.x12.tables import functional_identifiers
from channels.x12.writer import GroupHeader, InterchangeHeader, write, write_ta1
from hub.catalog import Catalog
from hub.pipeline.answers import answer_release
from hub.store import control_numbers
from hub.store.records import StoredDocument
from hub.store.store import Tx
from partners.agreement import Direction, DocumentAgreement
from partners.pinned import Pinned


@dataclass(slots=True)
class OutboundInterchange:
    """One X12 interchange for one document."""

    tx: Tx
    catalog: Catalog
    pinned: Pinned
    stored: StoredDocument
    document: Document
    now: datetime
    findings: list[Finding] = field(default_factory=list)

    def write(self) -> tuple[bytes, dict[str, str]]:
        """The bytes and the control numbers they carry. Raises PayloadError for what does not fit."""
        answer = self.document if isinstance(self.document, FunctionalAcknowledgment) else None
        if answer is not None and answer.interchange is not None:
            header = self._header(self._draw("interchange"))
            body = write_ta1(header, [ta1_segment(answer)])
            return body, self._numbers(header, None, "TA1", "")
        composed = compose(self.document, self.form, self.stored.set_type if answer else None)
        self.findings.extend(composed.changes)
        header = self._header(self._draw("interchange"))
        group = self._group(composed.type, self._draw("group"))
        body = write(header, [(group, [composed.numbered(1)])])
        return body, self._numbers(header, group, composed.type, "0001")

    def _numbers(
        self, header: InterchangeHeader, group: GroupHeader | None, set_type: str, number: str
    ) -> dict[str, str]:
        """What the partner's answer names it by; a TA1 stands in no group."""
        return {
            "interchange_control_number": _nine(header.control_number),
            "functional_identifier": group.functional_identifier if group else "",
            "group_control_number": _nine(group.control_number) if group else "",
            "set_type": set_type,
            "set_control_number": number,
        }

    @property
    def form(self) -> Form:
        """An acknowledgment speaks the release of what it acknowledges; everything else the agreed one."""
        form = self.pinned.form(self.agreement)
        if isinstance(self.document, FunctionalAcknowledgment):
            return form.for_answers(answer_release(self.document, self.pinned))
        return form

    @property
    def agreement(self) -> DocumentAgreement | None:
        return self.pinned.partner.agreement(DocumentType(self.document.type), Direction.OUTBOUND)

    def _draw(self, kind: str) -> int:
        span = self.pinned.partner.x12.control_numbers.range_of(kind)
        identity = self.catalog.our_identity(self.pinned.partner)
        return control_numbers.draw(self.tx, self.pinned.key, identity.key, kind, span.first, span.last)

    def _header(self, control_number: int) -> InterchangeHeader:
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        return self.form.header(
            sender=PartyId(ours.qualifier, ours.id),
            receiver=PartyId(theirs.qualifier, theirs.id),
            control_number=control_number,
            created=self._local_now(),
            usage_indicator=self.stored.usage_indicator,
            acknowledgment_requested=self.pinned.partner.x12.acknowledgments.request
            and not isinstance(self.document, FunctionalAcknowledgment),
        )

    def _group(self, set_type: str, control_number: int) -> GroupHeader:
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        return GroupHeader(
            functional_identifier=functional_identifiers()[set_type],
            sender=ours.application_code,
            receiver=theirs.application_code,
            control_number=control_number,
            created=self._local_now(),
            release=self.form.release,
        )

    def _local_now(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.pinned.partner.time_zone))


def _nine(number: int) -> str:
    return f"{number:09}"
