"""The desk: all that a door may ask of the hub, always bound to the one principal its credential names (promise 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from canonical.finding import Finding, Severity
from channels.channel import Codec
from channels.ports import Arrival
from channels.settings import ApiSettings
from channels.x12.explain import tree_record
from hub.catalog import CHANNEL_PREFIX, SYSTEM_DOOR, channel_id
from hub.explanation import stored_tree
from hub.pipeline.receive import receive
from hub.services import HubServices
from hub.store import documents as document_rows
from hub.store import refusals, search, transmissions
from hub.store.records import StoredDocument
from hub.store.search import DocumentFilter, Trace
from hub.store.store import Tx
from hub.submission import Refused, Submission, parse_submission
from partners.pinned import Pinned


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a partner by its key, or one of our systems by its name in hub.yaml."""

    kind: Literal["partner", "system"]
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The bytes are on disk; what becomes of them is told under this id."""

    transmission_id: str
    received_at: datetime
    duplicate_of: str | None = None  # the same bytes came before, as this transmission


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """Bytes that were composed for a partner, as they were frozen."""

    body: bytes
    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class DocumentPage:
    documents: list[StoredDocument]
    next_cursor: int | None


class NotAllowed(Exception):
    """The credential is good, but this door is not open to it. The message is safe to show."""


class Desk:
    """One principal's view of the hub. Synchronous; called through the services' executor."""

    def __init__(self, services: HubServices, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    def accept(self, body: bytes, transport_id: str) -> Accepted:
        """Raw X12. Raises NotAllowed for a principal whose profile has no HTTP door for it."""
        pinned = self._pinned()
        channel = _door(pinned, Codec.X12)
        return self._receive(body, Codec.X12.content_type, transport_id, pinned.key, channel)

    def accept_document(self, body: bytes, transport_id: str) -> Accepted:
        """A canonical document. Raises Refused with every problem (one row of it is kept, no bytes) or NotAllowed."""
        from_system = self._principal.kind == "system"
        try:
            submission = parse_submission(body, from_system=from_system)
            if from_system:
                partner, channel = self._addressed(submission), self._system_door()
            else:
                pinned = self._pinned()
                partner, channel = pinned.key, _door(pinned, Codec.JSON)
        except Refused as refusal:
            self._keep_refusal(body, refusal)
            raise
        return self._receive(body, Codec.JSON.content_type, transport_id, partner, channel)

    def transmission(self, transmission_id: str) -> Trace | None:
        """The whole trace of a transmission of this principal; None for another's, as for one that is not there."""
        return self._own(transmission_id)

    def document(self, document_id: str) -> Trace | None:
        """The trace that a document of this principal belongs to, or None."""
        return self._own(document_id)

    def tree(self, trace: Trace, document: StoredDocument) -> dict[str, Any] | None:
        """The set as it was read, for a document that no canonical form carries; None when it is too large to show."""
        tree = stored_tree(self._services.store, trace.transmission, document)
        return tree_record(tree) if tree is not None else None

    def open(self, departure_id: str) -> OutboxItem | None:
        """What was sent to this partner, or waits in its outbox, as the bytes they are; None for anything else."""
        with self._services.store.read() as tx:
            departure = transmissions.get(tx, departure_id)
        if departure is None or departure.direction != "out" or self._principal.kind != "partner":
            return None
        if departure.partner != self._principal.subject or not (departure.target or "").startswith(CHANNEL_PREFIX):
            return None
        body = transmissions.body(self._services.store, departure)
        return OutboxItem(body, departure.content_type, departure.file_name)

    def documents(self, kind: str, number: str, before_seq: int | None, limit: int) -> DocumentPage:
        """This principal's documents, newest first; with ``kind`` (a NumberKind) those that name
        ``number`` as such. A page may be short: a next cursor says that older rows have not been looked at."""
        partner = self._principal.subject if self._principal.kind == "partner" else None
        wanted = DocumentFilter(text=number, partner=partner, before_seq=before_seq, limit=limit)
        with self._services.store.read() as tx:
            rows = search.documents(tx, wanted)
            own = [row for row in rows if self._is_own(tx, row) and (not kind or _names(tx, row, kind, number))]
        return DocumentPage(own, rows[-1].seq if len(rows) == limit else None)

    def _is_own(self, tx: Tx, document: StoredDocument) -> bool:
        if self._principal.kind == "partner":
            return document.partner == self._principal.subject
        transmission = transmissions.get(tx, document.transmission_id)
        return transmission is not None and transmission.channel == self._system_door()

    def _own(self, any_id: str) -> Trace | None:
        with self._services.store.read() as tx:
            trace = search.trace(tx, any_id)
        if trace is None:
            return None
        if self._principal.kind == "partner":
            return trace if trace.transmission.partner == self._principal.subject else None
        return trace if trace.transmission.channel == self._system_door() else None

    def _pinned(self) -> Pinned:
        """The partner whose door this is."""
        pinned = self._services.catalog().profiles.get(self._principal.subject)
        if self._principal.kind != "partner" or pinned is None:
            raise NotAllowed("This credential cannot send partner documents.")
        return pinned

    def _addressed(self, submission: Submission) -> str:
        """The partner that a system's document is for, where hub.yaml lets that system send it."""
        partner = submission.partner or ""
        catalog = self._services.catalog()
        system = next((s for s in catalog.settings.systems if s.key == self._principal.subject), None)
        if system is None:
            raise NotAllowed("This system is not in hub.yaml any more.")
        if submission.document.type not in system.documents:
            raise NotAllowed(f"hub.yaml does not let {system.key} send {submission.document.type} documents.")
        allowed = "*" in system.partners or partner in system.partners
        if partner not in catalog.profiles or not allowed:
            raise Refused(
                (
                    Finding(
                        code="PARTNER-UNKNOWN",
                        severity=Severity.ERROR,
                        locator="/partner",
                        message="There is no such partner for this system.",
                        value=partner,
                        fix="Use the key of an applied profile that hub.yaml lets this system send to.",
                    ),
                )
            )
        return partner

    def _system_door(self) -> str:
        return f"{SYSTEM_DOOR}/{self._principal.subject}"

    def _receive(self, body: bytes, content_type: str, transport_id: str, partner: str, channel: str) -> Accepted:
        services = self._services
        arrival = Arrival(channel, body, content_type, transport_id)
        stored = receive(services.store, arrival, partner=partner, actor=str(self._principal), now=services.clock())
        services.wake()
        with services.store.read() as tx:
            first = transmissions.find_same_bytes(tx, partner, stored.sha256, stored.seq)
        return Accepted(stored.id, stored.received_at, first.id if first else None)

    def _keep_refusal(self, body: bytes, refusal: Refused) -> None:
        with self._services.store.begin() as tx:
            refusals.record(
                tx,
                subject=str(self._principal),
                sha256=sha256(body).hexdigest(),
                size=len(body),
                reason=str(refusal),
                now=self._services.clock(),
            )


def _names(tx: Tx, document: StoredDocument, kind: str, number: str) -> bool:
    """Whether the document names this number as this kind of number, and not as another."""
    return any(k == kind and value.upper() == number.upper() for k, value in document_rows.keys_of(tx, document.seq))


def _door(pinned: Pinned, codec: Codec) -> str:
    """The partner's API channel for documents in this form."""
    doors = [c for c in pinned.partner.channels if isinstance(c, ApiSettings) and c.codec is codec]
    if not doors:
        raise NotAllowed(f"Your profile has no API channel for {codec.value} documents.")
    return channel_id(pinned.partner, doors[0])
