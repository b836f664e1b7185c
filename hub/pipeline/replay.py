"""replay: stored bytes through the pipeline again, as new rows linked to the old.

A document is worked again from the bytes of its transmission, under the profile of now. A held one passes the holds
that the person saw; a transmission that was refused or quarantined as a whole arrives once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from canonical.finding import Severity
from channels.x12.acknowledging.acknowledgment import INTERCHANGE
from hub.compute.port import ChildDied, TaskFailed
from hub.pipeline import acknowledge
from hub.pipeline.computing import Job, scanned_now, worked_now
from hub.pipeline.outcome import Outcome
from hub.pipeline.piece import ANSWERS, Piece
from hub.pipeline.record import write_document
from hub.pipeline.unpack import Work, is_x12, reopen
from hub.services import HubServices
from hub.states import ArrivalStatus, DeliveryStatus, DocumentStatus
from hub.store import deliveries, documents, events, transmissions, work_items
from hub.store.errors import NoBytes
from hub.store.records import StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.writing import Writing


class NotReplayable(Exception):
    """The message says in plain words why not."""


def replay_transmission(services: HubServices, old: Transmission, *, reason: str, actor: str) -> Transmission:
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
        data = {"as": new.id, "reason": reason}
        events.record(tx, "transmission.replayed", old.id, transmission_id=old.id, actor=actor, data=data, now=now)
        for item in work_items.of_subject(tx, old.id):
            work_items.close(tx, item.key, now)
    services.wake()
    return new


def replay_document(services: HubServices, old: StoredDocument, *, reason: str, actor: str) -> StoredDocument:
    """One document again. Raises NotReplayable when it has been replaced already, or is an acknowledgment."""
    if old.status == DocumentStatus.REPLACED:
        raise NotReplayable(f"{old.id} was replayed already: replay the newest one of its line.")
    if old.type == "functional_acknowledgment" and old.direction == "outbound":
        raise NotReplayable(f"{old.id} is an acknowledgment of ours: resend it instead.")
    if ANSWERS in old.envelope:
        raise NotReplayable(f"{old.id} is an answer of ours: resend it instead.")
    if old.set_type == INTERCHANGE:
        raise NotReplayable(f"{old.id} is a TA1, which stands outside any set: its first reading holds.")
    with services.store.read() as tx:
        transmission = transmissions.get(tx, old.transmission_id)
    assert transmission is not None
    with _present():
        body = transmissions.located(services.store, transmission)
    work = Work(services, transmission, services.catalog(), body)
    piece, outcome = _worked(work, old)
    now = services.clock()
    with services.store.begin() as tx, Writing(tx) as writing:
        _retire(tx, old, now)
        new = write_document(writing, transmission, piece, outcome, now, replaces=old)
        if old.status == DocumentStatus.QUARANTINED and piece.place is not None:
            acknowledge.group(writing, transmission, piece.pinned, piece.place, now)
        data = {"as": new.id, "reason": reason, "outcome": new.status}
        events.record(
            tx,
            "document.replayed",
            old.id,
            transmission_id=transmission.id,
            partner=old.partner,
            actor=actor,
            data=data,
            now=now,
        )
    services.wake()
    return new


@contextmanager
def _present() -> Iterator[None]:
    try:
        yield
    except NoBytes as error:
        raise NotReplayable(f"There is nothing to replay: {error}.") from error


def _worked(work: Work, old: StoredDocument) -> tuple[Piece, Outcome]:
    """The document computed again. Raises NotReplayable when a child process dies over it."""
    computing, size = work.services.computing, work.transmission.size
    try:
        scanned = scanned_now(computing, Job(work.body, size)) if is_x12(work.transmission) else None
        with work.services.store.read() as tx:
            reopen(work, scanned, tx)
        piece = next(_piece_of(work, old))
        piece.released = frozenset((f["code"], f["locator"]) for f in _holding(old))
        return piece, worked_now(computing, Job(work.body, size, piece, work.rules(piece.pinned)))
    except (ChildDied, TaskFailed) as fault:
        raise NotReplayable(f"The hub failed at processing {old.id} again: {fault}.") from fault


def _piece_of(work: Work, old: StoredDocument) -> Iterator[Piece]:
    for piece in work.pieces():
        if old.set_ordinal is None or piece.ordinal == old.set_ordinal:
            yield piece


def _holding(old: StoredDocument) -> list[dict[str, str]]:
    """The findings that a person had before their eyes when they released the document."""
    if old.status != DocumentStatus.HELD:
        return []
    return [f | {"locator": f.get("locator", "")} for f in old.findings if f["severity"] != Severity.INFO]


def _retire(tx: Tx, old: StoredDocument, now: datetime) -> None:
    """The old document makes way: what of it has not left yet will not leave any more. Raises NotReplayable when
    another replay was quicker."""
    current = documents.get(tx, old.id)
    if current is None or current.status != old.status:
        raise NotReplayable(f"{old.id} has changed since: look at it again.")
    documents.set_status(tx, old.id, DocumentStatus.REPLACED, old.reason)
    for delivery in deliveries.of_document(tx, old.id):
        if delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.DEAD):
            deliveries.set_status(tx, delivery, DeliveryStatus.GIVEN_UP, now=now, reason="replaced by a replay")
    for item in work_items.of_subject(tx, old.id):
        if item.key.endswith(old.id):
            work_items.close(tx, item.key, now)
