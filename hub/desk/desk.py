"""The desk: all that a door may ask of the hub, always bound to the one principal its credential names (promise 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from canonical.finding import Finding, Severity
from channels.channel import Codec
from channels.secret import SecretReference
from channels.settings import ApiSettings
from channels.x12.explain import tree_record
from hub.catalog import channel_id
from hub.desk.acknowledgments import OwnAcknowledgments
from hub.desk.events import OwnEvents
from hub.desk.outbox import OwnOutbox
from hub.desk.ownership import Ownership
from hub.desk.transmissions import OwnTransmissions
from hub.errors import NotAllowed, OperationRefused
from hub.inspection.stored import stored_tree
from hub.notifications import OwnNotifications
from hub.operator import operations, replays
from hub.operator.replays import Confirmed, Detail, Done, Preview
from hub.operator.selection import Selection, to_replay
from hub.pipeline.admission import UNKNOWN_SENDER
from hub.pipeline.basis import Basis
from hub.pipeline.confirm import Word, confirm
from hub.pipeline.rehearse import Rehearsal, note_dry_run, rehearse
from hub.pipeline.replay import Decision
from hub.principal import Principal
from hub.services import HubServices, Loop
from hub.store.errors import Overtaken
from hub.store.inbound import idempotency
from hub.store.inbound.arrivals import Arriving, Taken, order_scope
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.store.kept.blobs import Kept
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter, Trace
from hub.store.schema.records import StoredDelivery, StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries as delivery_rows
from hub.store.traffic import documents as document_rows
from hub.store.traffic import transmissions
from hub.store.trail import refusals
from hub.submission.refusal import Refused
from hub.submission.submission import Submission, parse_submission
from partners.duplicates import OnDuplicate
from partners.pinned import Pinned


@dataclass(frozen=True, slots=True)
class Accepted:
    """The bytes are on disk. ``first`` is what the same bytes from the same partner came as before, if they did;
    ``refused`` when the partner's profile then has them rejected."""

    transmission: Transmission
    first: Transmission | None = None
    refused: bool = False

    @property
    def transmission_id(self) -> str:
        """Under which it is told what becomes of them."""
        return self.transmission.id

    @property
    def duplicate_of(self) -> str | None:
        return self.first.id if self.first else None


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request whose every repetition gets the first answer, and how its door words that."""

    key: RequestKey
    accepted: Callable[[Accepted], Answer]
    refused: Callable[[Refused], Answer]


@dataclass(frozen=True, slots=True)
class Door:
    """Where documents come in: of a partner, or of several whose envelopes say whose they are. Where there are
    ``secrets``, what is posted is signed with one of them."""

    channel: str
    partner: str | None
    codec: Codec
    secrets: tuple[SecretReference, ...] = ()

    @property
    def order_scope(self) -> str:
        return order_scope(self.channel, self.partner)


@dataclass(frozen=True, slots=True)
class DocumentPage:
    documents: list[StoredDocument]
    next_cursor: int | None


class Desk:
    """One principal's view of the hub. Synchronous; called through the services' executor."""

    def __init__(self, services: HubServices, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    @property
    def _own(self) -> Ownership:
        return Ownership(self._principal, self._services.catalog())

    def door(self, codec: Codec) -> Door:
        """Where documents in this form come in. Raises NotAllowed for a principal that has no HTTP door for it."""
        kind = self._principal.kind
        if kind == "gateway" or (kind == "system" and codec is Codec.JSON):
            return Door(self._own.door, None, codec)
        return _door(self._pinned(), codec)

    def file_door(self, forms: Sequence[Codec]) -> Door:
        """Where a file comes in that is in one of these forms: the first for which there is a door. What canonical
        documents in a file are of only a partner's own door tells. Raises NotAllowed."""
        refusal = NotAllowed("This credential sends canonical documents one by one.")
        for codec in forms:
            try:
                if codec is not Codec.JSON or self._principal.kind == "partner":
                    return self.door(codec)
            except NotAllowed as error:
                refusal = error
        raise refusal

    def accept(
        self, body: bytes | Kept, name: str, repeatable: Repeatable | None = None, forms: Sequence[Codec] = (Codec.X12,)
    ) -> Accepted | Answer:
        """A file; under a key that was used, the first answer. ``name`` is what its sender calls it. Raises as
        ``file_door``, and Mismatch for a key that another request has used."""
        return self._receive(body, name, self.file_door(forms), repeatable)

    def accept_file(self, body: Kept, name: str, channel: str) -> Accepted:
        """A file that this partner put into a channel of its own, by the channel's id. Raises NotAllowed."""
        accepted = self._receive(body, name, self._own_channel(channel), None)
        if not isinstance(accepted, Accepted):
            raise TypeError("without a key nothing was answered before")
        return accepted

    def accept_once(
        self, body: bytes, name: str, channel: str, codec: Codec, repeatable: Repeatable
    ) -> Accepted | Answer:
        """As ``accept_file``, in a form of its own, and under a key: its every repetition gets the first answer."""
        return self._receive(body, name, self._own_channel(channel, codec), repeatable)

    def accept_document(
        self, body: bytes, transport_id: str, repeatable: Repeatable | None = None
    ) -> Accepted | Answer:
        """A canonical document; as ``accept``. Raises Refused with every problem: one row of it is kept, no bytes."""
        if repeatable is not None and (answer := self._answered(repeatable.key)) is not None:
            return answer
        try:
            door = self._document_door(body)
        except Refused as refusal:
            self._keep_refusal(body, refusal, repeatable)
            raise
        return self._receive(body, transport_id, door, repeatable)

    def rehearse(self, body: bytes, name: str = "", forms: Sequence[Codec] = (Codec.X12,)) -> Rehearsal:
        """What would become of a file. Raises as ``accept``, and OperationRefused for more than a dry run takes."""
        return self._rehearsed(body, self.file_door(forms), name)

    def rehearse_file(self, body: bytes, name: str, channel: str, codec: Codec) -> Rehearsal:
        """What would become of a file in a channel of this partner's own, of many documents the first. Raises as
        ``rehearse``."""
        return self._rehearsed(body, self._own_channel(channel, codec), name, preview=True)

    def rehearse_document(self, body: bytes) -> Rehearsal:
        """What would become of a canonical document. Raises as ``accept_document``; no row of a refusal is kept."""
        return self._rehearsed(body, self._document_door(body))

    def transmission(self, transmission_id: str) -> Trace | None:
        """The whole trace of a transmission of this principal; None for another's, as for one that is not there."""
        with self._services.store.read() as tx:
            trace = search.trace(tx, transmission_id)
        return self._own.told(trace) if trace and self._own.has_transmission(trace.transmission) else None

    def brought(self, transmission_id: str) -> tuple[Transmission, bytes] | None:
        """An arrival of this principal with its bytes as they came; None for another's. Raises NoBytes."""
        with self._services.store.read() as tx:
            arrival = transmissions.get(tx, transmission_id)
        if arrival is None or arrival.direction != "in" or not self._own.has_transmission(arrival):
            return None
        return arrival, transmissions.body(self._services.store, arrival)

    def document(self, document_id: str) -> Trace | None:
        """The trace of a document of this principal, or None."""
        with self._services.store.read() as tx:
            trace = search.trace(tx, document_id)
            found = next((d for d in trace.documents if d.id == document_id), None) if trace else None
            own = found is not None and self._own.has_document(tx, found)
        return self._own.told(trace) if trace and own else None

    def tree(self, trace: Trace, document: StoredDocument) -> dict[str, Any] | None:
        """The set as it was read, for a document that no canonical form carries; None when it is too large to show."""
        tree = stored_tree(self._services.store, trace.transmission, document)
        return tree_record(tree) if tree is not None else None

    def outbox(self, credential: str = "") -> OwnOutbox:
        """What lies ready for this principal, or was sent to it by whichever channel. ``credential`` is the id of the
        key with which it comes, for the record."""
        return OwnOutbox(self._services, self._principal, self._own.boxes, credential)

    def acknowledgments(self) -> OwnAcknowledgments:
        """What was acknowledged to this principal, and by it."""
        return OwnAcknowledgments(self._services, self._own)

    def transmissions(self) -> OwnTransmissions:
        """What this partner sent and was sent, to be looked through."""
        return OwnTransmissions(self._services, self._own.partners)

    def events(self) -> OwnEvents:
        """What happened, as far as this principal is told."""
        return OwnEvents(self._services, self._own)

    def notifications(self) -> OwnNotifications:
        """What the webhooks of this principal were notified of."""
        return OwnNotifications(self._services, self._principal)

    def confirm(self, key: str, said: Word, reason: str, *, dry_run: bool = False) -> StoredDelivery | None:
        """What this system says of a delivery that it was handed, by its idempotency key, and how the delivery stands
        then; None for a key that is none of its own. Raises Contradiction, and NotAllowed for a partner."""
        if self._principal.kind != "system":
            raise NotAllowed("Only a system of hub.yaml confirms deliveries.")
        found = confirm(self._services, self._principal.subject, key, said, reason, keep=not dry_run)
        if found is not None and dry_run:
            self._note_dry_run(found.id, found.partner, {"operation": "confirm", "outcome": found.status})
        return found

    def resend(self, key: str, reason: str, *, dry_run: bool = False) -> StoredDelivery | None:
        """Has this system sent again what it was sent under an idempotency key; None for a key that is none of its own.
        Raises OperationRefused, and NotAllowed for a partner."""
        return self._decide(operations.resend_one, "resend", key, reason, dry_run=dry_run)

    def give_up(self, key: str, reason: str, *, dry_run: bool = False) -> StoredDelivery | None:
        """Ends a delivery to this system that is a dead letter or was not composed yet; as ``resend``."""
        return self._decide(operations.give_up_one, "give up", key, reason, dry_run=dry_run)

    def _decide(
        self, act: Callable[[Tx, str, Decision, datetime], str], name: str, key: str, reason: str, *, dry_run: bool
    ) -> StoredDelivery | None:
        catalog, system = self._services.catalog(), self._system()
        with self._services.store.read() as tx:
            delivery = delivery_rows.of_key(tx, key)
        if delivery is None or catalog.system_of_target(delivery.target) != system:
            return None
        with self._services.store.begin(keep=not dry_run) as tx:
            act(tx, delivery.id, Decision(reason, str(self._principal)), self._services.clock())
            found = delivery_rows.get(tx, delivery.id)
        if dry_run and found is not None:
            self._note_dry_run(found.id, found.partner, {"operation": name, "outcome": found.status})
        self._services.wake()
        return found

    def preview_replay(self, wanted: Selection, basis: Basis, details: int) -> tuple[Preview, list[Detail]]:
        """What a replay of this system's own documents would do, the first of them in full. Raises OperationRefused
        when none is meant, and NotAllowed for a partner."""
        self._system()
        with self._services.store.read() as tx:
            theirs = wanted if wanted.ids else wanted.model_copy(update={"direction": "outbound"})
            ids = [id for id in to_replay(tx, theirs, replays.LIMIT) if self._owns(tx, id)]
        if not ids:
            raise OperationRefused(f"No document of yours fits: {wanted.in_words()}.")
        shown = replays.preview(self._services, Selection(ids=tuple(ids)), basis, actor=str(self._principal))
        return shown, replays.details(self._services, shown, 0, details)

    def replay(self, preview_id: str) -> tuple[Preview, Done]:
        """What was shown to this system, and what has come of it. Raises OperationRefused, as for one that is not
        there, for another's."""
        shown = replays.shown(self._services, preview_id)
        if shown.actor != str(self._principal):
            raise OperationRefused("There is no preview of this id.")
        return shown, replays.done_of(self._services, shown)

    def confirm_replay(self, preview_id: str, reason: str, seconds: float, *, dry_run: bool = False) -> Confirmed:
        """Does what was shown to this system, or looks whether it still would come of it; raises as ``replay``."""
        self.replay(preview_id)
        if dry_run:
            found = replays.look_again(self._services, preview_id, seconds=seconds)
            self._note_dry_run(preview_id, None, {"operation": "replay", "looked_at": len(found.outcomes)})
            return found
        actor = str(self._principal)
        return replays.confirm(self._services, preview_id, reason=reason, actor=actor, seconds=seconds)

    def documents(self, wanted: DocumentFilter, numbers: Mapping[str, str]) -> DocumentPage:
        """This principal's documents, newest first: those that fit and name all of ``numbers``, by NumberKind, as such.
        A page may be short: a next cursor says that older rows have not been looked at."""
        partners = None if self._principal.kind == "system" else tuple(sorted(self._own.partners))
        wanted = replace(wanted, text=next(iter(numbers.values()), None), partners=partners)
        with self._services.store.read() as tx:
            rows = search.documents(tx, wanted)
            own = [row for row in rows if self._own.has_document(tx, row) and _names(tx, row, numbers)]
        return DocumentPage(own, rows[-1].seq if len(rows) == wanted.limit else None)

    def _rehearsed(self, body: bytes, door: Door, name: str = "", *, preview: bool = False) -> Rehearsal:
        for again in (True, True, False):
            try:
                found = rehearse(self._services, door.channel, door.partner, door.codec, body, name, preview=preview)
                break
            except Overtaken:  # what it repeats has come in at this moment: now it is recognised
                if not again:
                    raise
        arrival = found.trace.transmission
        told = {"channel": door.channel, "bytes": arrival.size, "sha256": arrival.sha256, "outcome": arrival.status}
        self._note_dry_run(arrival.id, door.partner, told)
        return replace(found, trace=self._own.told(found.trace))

    def _note_dry_run(self, subject: str, partner: str | None, told: dict[str, Any]) -> None:
        note_dry_run(self._services, str(self._principal), subject, partner, told)

    def _document_door(self, body: bytes) -> Door:
        """Where a canonical document comes in. Raises Refused and NotAllowed."""
        door = self.door(Codec.JSON)
        submission = parse_submission(body, names_partner=door.partner is None)
        return replace(door, partner=self._named(submission)) if door.partner is None else door

    def _system(self) -> str:
        if self._principal.kind != "system":
            raise NotAllowed("Only a system of hub.yaml has something done again.")
        return self._principal.subject

    def _owns(self, tx: Tx, id: str) -> bool:
        document, arrival = document_rows.get(tx, id), transmissions.get(tx, id)
        own_arrival = arrival is not None and arrival.channel == self._own.door
        return own_arrival or (document is not None and self._own.has_document(tx, document))

    def _own_channel(self, channel: str, codec: Codec | None = None) -> Door:
        pinned = self._pinned()
        settings = next((c for c in pinned.partner.channels if channel_id(pinned.partner, c) == channel), None)
        if settings is None:
            raise NotAllowed("This door is not there any more.")
        return Door(channel, pinned.key, codec or settings.codec)

    def _pinned(self) -> Pinned:
        """The partner whose door this is."""
        pinned = self._services.catalog().profiles.get(self._principal.subject)
        if self._principal.kind != "partner" or pinned is None:
            raise NotAllowed("This credential cannot send partner documents.")
        return pinned

    def _named(self, submission: Submission) -> str:
        """The partner that a document names: whom it is for when a system sends it, whom it is from when a gateway
        does. Raises NotAllowed and Refused where hub.yaml does not let it."""
        catalog, door, named = self._services.catalog(), self._own.door, submission.partner or ""
        allowed = catalog.partners_of_channel(door)
        if self._principal.kind == "system":
            system = catalog.system_of(door)
            if system is None:
                raise NotAllowed("This system is not in hub.yaml any more.")
            if submission.document.type not in system.documents:
                raise NotAllowed(f"hub.yaml does not let {system.key} send {submission.document.type} documents.")
            allowed = frozenset(catalog.profiles if "*" in system.partners else system.partners)
        if named not in allowed & catalog.profiles.keys():
            raise Refused((_unknown_partner(named, self._principal.kind),))
        return named

    def _receive(
        self, body: bytes | Kept, transport_id: str, door: Door, repeatable: Repeatable | None
    ) -> Accepted | Answer:
        services = self._services
        arriving = Arriving(
            door.channel,
            door.partner,
            door.codec.content_type,
            transport_id,
            services.store.keep(body) if isinstance(body, bytes) else body,
            actor=str(self._principal),
            now=services.clock(),
        )
        if repeatable is not None:
            worded = repeatable.accepted
            arriving = replace(arriving, key=repeatable.key, answer=lambda taken: worded(self._accepted(taken)))
        (outcome,) = services.intake.take([arriving])
        if isinstance(outcome, Mismatch):
            raise outcome
        if isinstance(outcome, Answer):
            return outcome
        services.wake(Loop.ARRIVALS)
        return self._accepted(outcome)

    def _accepted(self, taken: Taken) -> Accepted:
        profile = self._services.catalog().profiles.get(taken.transmission.partner or "")
        rejects = profile is not None and profile.partner.duplicates.content is OnDuplicate.REJECT
        return Accepted(taken.transmission, taken.first, refused=rejects and taken.first is not None)

    def _answered(self, key: RequestKey) -> Answer | None:
        with self._services.store.read() as tx:
            answer = idempotency.answered(tx, [key]).get(key)
        if isinstance(answer, Mismatch):
            raise answer
        return answer

    def _keep_refusal(self, body: bytes, refusal: Refused, repeatable: Repeatable | None) -> None:
        now = self._services.clock()
        with self._services.store.begin() as tx:
            refusals.record(
                tx,
                subject=str(self._principal),
                sha256=sha256(body).hexdigest(),
                size=len(body),
                reason=str(refusal),
                now=now,
            )
            if repeatable is not None:
                idempotency.keep(tx, {repeatable.key: repeatable.refused(refusal)}, now)


def _names(tx: Tx, document: StoredDocument, numbers: Mapping[str, str]) -> bool:
    """Whether the document names each number as this kind of number, and not as another."""
    if not numbers:
        return True
    named = {(kind, value.upper()) for kind, value in document_rows.keys_of(tx, document.seq)}
    return all((kind, number.upper()) in named for kind, number in numbers.items())


def _unknown_partner(named: str, kind: str) -> Finding:
    return Finding(
        code=UNKNOWN_SENDER,
        severity=Severity.ERROR,
        locator="/partner",
        message=f"There is no such partner for this {kind}.",
        value=named,
        fix=f"Use the key of an applied profile that hub.yaml names for this {kind}.",
    )


def _door(pinned: Pinned, codec: Codec) -> Door:
    """The partner's API channel for documents in this form."""
    doors = [c for c in pinned.partner.channels if isinstance(c, ApiSettings) and c.codec is codec]
    if not doors:
        raise NotAllowed(f"Your profile has no API channel for {codec.value} documents.")
    secrets = doors[0].signature.secrets if doors[0].signature else ()
    return Door(channel_id(pinned.partner, doors[0]), pinned.key, codec, secrets)
