"""replay: stored bytes through the pipeline again, as new rows linked to the old.

A document is worked again from the bytes of its transmission, under the profile of now or the one that it was received
under. A held one passes the holds that the person saw; a transmission that was refused or quarantined as a whole
arrives once more. To look at a replay is to do it and take it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from canonical.finding import Severity
from channels.x12.acknowledging.acknowledgment import INTERCHANGE
from hub.catalog import load_pinned
from hub.compute.port import ChildDied, TaskFailed
from hub.pipeline import acknowledge
from hub.pipeline.basis import Basis
from hub.pipeline.computing import PieceJob, scanned_now, worked_now
from hub.pipeline.effect import Effect, before, deliveries_after, lifted, new_answers
from hub.pipeline.forms.scanned import Documents
from hub.pipeline.outcome import Outcome
from hub.pipeline.partner_rules import Rules
from hub.pipeline.payload import differs
from hub.pipeline.piece import ANSWERS, CROSSWALK_REVISION, FilePlace, Piece
from hub.pipeline.record import write_document
from hub.pipeline.unpack import reopen
from hub.pipeline.work import Work
from hub.services import HubServices
from hub.states import KEPT_DELIVERIES, ArrivalStatus, DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.configuration import crosswalks
from hub.store.errors import NoBytes, StaleStatus
from hub.store.schema.records import StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.traffic.writing import Writing
from hub.store.trail import events, work_items
from partners.pinned import Pinned
from partners.problem import ConfigurationError


class NotReplayable(Exception):
    """The message says in plain words why not."""


class HasChanged(NotReplayable):
    """What the replay would do now is not what was shown."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who replays and why. ``more`` is kept beside it in the audit trail."""

    reason: str
    actor: str
    more: dict[str, Any] = field(default_factory=dict)


def replay_transmission(services: HubServices, old: Transmission, decision: Decision) -> Transmission:
    """The bytes of a refused or quarantined arrival arrive once more. Raises NotReplayable for any other."""
    if old.direction != "in" or old.status not in (ArrivalStatus.REJECTED, ArrivalStatus.QUARANTINED):
        raise NotReplayable(f"{old.id} is {old.status}: replay its documents instead.")
    now = services.clock()
    with _present():
        kept = services.store.keep(transmissions.body(services.store, old))
    with services.store.begin() as tx:
        new = transmissions.record(
            tx,
            direction="in",
            channel=old.channel,
            partner=old.partner,
            order_scope=old.order_scope,
            content_type=old.content_type,
            kept=kept,
            transport_id=old.transport_id,
            status=ArrivalStatus.RECEIVED,
            replay_of=old.id,
            now=now,
        )
        data = {"as": new.id, "reason": decision.reason} | decision.more
        actor = decision.actor
        events.record(tx, "transmission.replayed", old.id, transmission_id=old.id, actor=actor, data=data, now=now)
        for item in work_items.of_subject(tx, old.id):
            work_items.close(tx, item.key, now)
    services.wake()
    return new


@dataclass(frozen=True, slots=True)
class _Worked:
    transmission: Transmission
    piece: Piece
    outcome: Outcome
    crosswalk_revision: int


class Replays:
    """Documents replayed one after the other; those of one arrival share the reading of its bytes."""

    def __init__(self, services: HubServices, basis: Basis = Basis.AS_NOW) -> None:
        self._services = services
        self._basis = basis
        self._opened: Work | None = None
        self._pieces: dict[int, Piece] = {}

    def look(self, old: StoredDocument) -> Effect:
        """What a replay of it would do; nothing is written. Raises NotReplayable."""
        worked = self._worked(old)
        with self._services.store.begin(keep=False) as tx:
            return self._apply(tx, old, worked, self._services.clock())

    def perform(self, old: StoredDocument, decision: Decision, expected: str | None = None) -> Effect:
        """Replays it. Raises NotReplayable when it has been replaced already or is an answer of ours, and HasChanged,
        with nothing written, when its effect has another fingerprint than is ``expected``."""
        worked = self._worked(old)
        now = self._services.clock()
        try:
            with self._services.store.begin() as tx:
                effect = self._apply(tx, old, worked, now)
                if expected is not None and effect.fingerprint != expected:
                    raise HasChanged("It would not become what was shown any more: look at it again.")
                self._tell(tx, effect, decision, now)
        except StaleStatus as stale:
            raise HasChanged(f"It has changed at this moment: look at it again ({stale}).") from stale
        self._services.wake()
        return effect

    def _apply(self, tx: Tx, old: StoredDocument, worked: _Worked, now: datetime) -> Effect:
        store, catalog, piece = self._services.store, self._services.catalog(), worked.piece
        was = before(tx, old)
        unchanged = old.canonical_hash == worked.outcome.canonical_hash
        kept = [one for one in was.deliveries if unchanged and one.status in KEPT_DELIVERIES]
        revised = any(differs(tx, store, catalog, one, now) for one in kept if one.target in worked.outcome.targets)
        _replace(tx, old, now)
        arrival = worked.transmission
        with Writing(tx) as writing:
            new = write_document(writing, arrival, piece, worked.outcome, now, replaces=old, revised=revised)
        changes = tuple(deliveries_after(tx, store, catalog, was, old, new, now))
        _end_deliveries(tx, old, now)
        if old.status == DocumentStatus.QUARANTINED and piece.x12 is not None:
            with Writing(tx) as writing:
                acknowledge.group(writing, arrival, piece.pinned, piece.x12, now)
        return Effect(
            old,
            new,
            piece.pinned.version,
            worked.crosswalk_revision,
            changes,
            *lifted(tx, was),
            new_answers(tx, was, old),
        )

    def _tell(self, tx: Tx, effect: Effect, decision: Decision, now: datetime) -> None:
        old, new = effect.old, effect.new
        data = {
            "as": new.id,
            "reason": decision.reason,
            "outcome": new.status,
            "profile": self._basis.value,
            "deliveries": {one.target: one.act.value for one in effect.deliveries},
        }
        events.record(
            tx,
            "document.replayed",
            old.id,
            transmission_id=old.transmission_id,
            partner=old.partner,
            actor=decision.actor,
            data=data | decision.more,
            now=now,
        )

    def _worked(self, old: StoredDocument) -> _Worked:
        """The document computed again. Raises NotReplayable, also when a child process dies over it."""
        _refuse_what_stands(old)
        computing = self._services.computing
        try:
            with _present():
                work = self._open(old)
                piece = self._piece(work, old)
                rules = self._rules(work, piece, old)
                outcome = worked_now(computing, PieceJob(work.body, piece, rules))
        except (ChildDied, TaskFailed) as fault:
            raise NotReplayable(f"The hub failed at working {old.id} again: {fault}.") from fault
        return _Worked(work.transmission, piece, outcome, rules.revision)

    def _open(self, old: StoredDocument) -> Work:
        if self._opened is not None and self._opened.transmission.id == old.transmission_id:
            return self._opened
        services = self._services
        with services.store.read() as tx:
            transmission = transmissions.get(tx, old.transmission_id)
        assert transmission is not None
        work = Work(services, transmission, services.catalog(), transmissions.located(services.store, transmission))
        work.version = transmission.profile_version if self._basis is Basis.AS_RECEIVED else None
        if not work.stands_alone():
            work.scanned = scanned_now(services.computing, work.scan_job())
        with services.store.read() as tx:
            reopen(work, tx)
        self._opened, self._pieces = work, {piece.ordinal: piece for piece in work.pieces()}
        return work

    def _piece(self, work: Work, old: StoredDocument) -> Piece:
        found = self._pieces.get(old.set_ordinal or 0)
        if isinstance(work.scanned, Documents):
            _expect_same_place(work, found, old)
        if found is None:
            raise NotReplayable(f"{old.id} stands in an interchange that is not worked.")
        piece = replace(found, released=frozenset((f["code"], f["locator"]) for f in _holding(old)))
        if self._basis is Basis.AS_RECEIVED:
            piece.pinned = self._pinned_then(piece.pinned.key, _first_of(work, old))
        return piece

    def _pinned_then(self, partner: str, first: StoredDocument) -> Pinned:
        with self._services.store.read() as tx:
            pinned = load_pinned(tx, partner, first.profile_version or 0)
        if pinned is None:
            raise NotReplayable(f"The profile that {first.id} was received under is not kept: replay it as now.")
        return pinned

    def _rules(self, work: Work, piece: Piece, old: StoredDocument) -> Rules:
        rules = work.rules(piece.pinned)
        if self._basis is Basis.AS_NOW:
            return rules
        first, partner = _first_of(work, old), piece.pinned.key
        with self._services.store.read() as tx:
            if first.canonical_hash is not None:
                revision = first.envelope.get(CROSSWALK_REVISION, 0)
            else:  # it came to no document, and so to no crosswalk
                revision = crosswalks.revision_at(tx, partner, first.created_at)
            rows = crosswalks.rows_of_revision(tx, partner, revision)
        return replace(rules, rows=tuple(rows), revision=revision)


def _expect_same_place(work: Work, found: Piece | None, old: StoredDocument) -> None:
    """Another mapping may find other documents in the same file. Raises NotReplayable."""
    counted = work.scanned.documents if work.scanned else 0
    span = found.place.span if found is not None and isinstance(found.place, FilePlace) else None
    moved = span is None or old.byte_offset not in (None, span.offset) or old.byte_length not in (None, span.length)
    if moved or counted != work.transmission.sets:
        raise NotReplayable(
            f"The mapping of now finds other documents in this file, {counted} instead of {work.transmission.sets}: "
            f"replay {old.id} as received, or have the file sent again."
        )


def _first_of(work: Work, old: StoredDocument) -> StoredDocument:
    with work.services.store.read() as tx:
        return documents.get(tx, old.origin_id) or old


def _refuse_what_stands(old: StoredDocument) -> None:
    if old.status == DocumentStatus.REPLACED:
        raise NotReplayable(f"{old.id} was replayed already: replay the newest one of its line.")
    if old.type == "functional_acknowledgment" and old.direction == "outbound":
        raise NotReplayable(f"{old.id} is an acknowledgment of ours: resend it instead.")
    if ANSWERS in old.envelope:
        raise NotReplayable(f"{old.id} is an answer of ours: resend it instead.")
    if old.set_type == INTERCHANGE:
        raise NotReplayable(f"{old.id} is a TA1, which stands outside any set: its first reading holds.")


@contextmanager
def _present() -> Iterator[None]:
    try:
        yield
    except NoBytes as error:
        raise NotReplayable(f"There is nothing to replay: {error}.") from error
    except ConfigurationError as error:
        raise NotReplayable(f"The profile of then cannot be read any more: {error}. Replay it as now.") from error


def _holding(old: StoredDocument) -> list[dict[str, str]]:
    """The findings that a person had before their eyes when they released the document."""
    if old.status != DocumentStatus.HELD:
        return []
    return [f | {"locator": f.get("locator", "")} for f in old.findings if f["severity"] != Severity.INFO]


def _replace(tx: Tx, old: StoredDocument, now: datetime) -> None:
    """The old document makes way, and so do the work items for which nothing waits any more. Raises NotReplayable when
    another replay was quicker."""
    current = documents.get(tx, old.id)
    if current is None or current.status != old.status:
        raise HasChanged("It has changed since: look at it again.")
    documents.set_status(tx, old.id, DocumentStatus.REPLACED, old.reason)
    for item in work_items.of_subject(tx, old.id):
        if item.key.endswith(old.id) or (item.open and documents.all_replaced(tx, item.subjects)):
            work_items.close(tx, item.key, now)


def _end_deliveries(tx: Tx, old: StoredDocument, now: datetime) -> None:
    """What of the old document has not left, and was not handed over to the new one, will not leave any more."""
    reason = "replaced by a replay"
    for delivery in deliveries.of_document(tx, old.id):
        if delivery.status not in (DeliveryStatus.PENDING, DeliveryStatus.DEAD):
            continue
        deliveries.set_status(tx, delivery, DeliveryStatus.GIVEN_UP, now=now, reason=reason)
        work_items.close(tx, f"unfit:{delivery.id}", now)
        if delivery.departure_id is not None:
            _end_departure(tx, delivery.departure_id, now)


def _end_departure(tx: Tx, departure_id: str, now: datetime) -> None:
    """A dead departure none of whose deliveries anybody waits for any more."""
    departure = transmissions.hold(tx, departure_id)
    carried = deliveries.of_departure(tx, departure_id)
    if departure.status == DepartureStatus.DEAD and all(one.status != DeliveryStatus.DEAD for one in carried):
        transmissions.set_status(tx, departure, DepartureStatus.GIVEN_UP, finished_at=now)
        work_items.close(tx, f"dead:{departure_id}", now)
