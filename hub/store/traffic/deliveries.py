"""Deliveries, the order among them, and the attempts to send them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, select, update

from hub import states
from hub.states import FOREMOST_DELIVERIES, OPEN_DELIVERIES, DeliveryStatus
from hub.store import told
from hub.store.engine import dialects
from hub.store.engine.rows import Many, Rows
from hub.store.errors import StaleLease, StaleStatus
from hub.store.ids import new_id
from hub.store.schema.records import SentSet, StoredAttempt, StoredDelivery, StoredEvent, Transmission
from hub.store.schema.tables import attempts, delivery_keys, documents, sent_sets, transmissions
from hub.store.schema.tables import deliveries as table
from hub.store.store import Tx
from hub.store.traffic.documents import add_keys, of_origin
from hub.store.trail.events import event

ROWS = Rows(table, StoredDelivery)

_KEYS_MANY = Many.inserts(delivery_keys, ("delivery_seq", "order_key", "target", "open", "place"))
_GET = ROWS.select.where(table.c.id == bindparam("id"))
_OF_DOCUMENT = ROWS.select.where(table.c.document_id == bindparam("id")).order_by(table.c.seq)
_ACKNOWLEDGED_BY = ROWS.select.where(
    table.c.acknowledged_by.is_not(None), table.c.acknowledged_by == bindparam("id")
).order_by(table.c.seq)
_STANDINGS = select(table.c.document_id, table.c.status).where(dialects.among(table.c.document_id, "ids"))
_OF_DEPARTURES = ROWS.select.where(dialects.among(table.c.departure_id, "ids")).order_by(table.c.seq)

OPEN = table.c.status.in_([dialects.inline(status.value) for status in OPEN_DELIVERIES])
"""Written as ix_deliveries_open has it."""

ENDED = table.c.status.in_(
    [dialects.inline(status.value) for status in (DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP)]
)
"""Written as ix_deliveries_ended has it."""

_UNPARK = update(table).where(dialects.among(table.c.waits_for, "held"))


_OF_KEY = (
    ROWS.select.join(documents, documents.c.id == table.c.document_id)
    .where(of_origin(bindparam("origin")), table.c.idempotency_key == bindparam("key"))
    .order_by(table.c.seq.desc())
    .limit(1)
)
_ORIGINS_OF = (
    select(table.c.id, documents.c.transmission_id, documents.c.replay_of)
    .join(table, table.c.document_id == documents.c.id)
    .where(dialects.among(table.c.id, "ids"))
)


def new(
    *,
    document_id: str,
    partner: str,
    target: str,
    idempotency_key: str,
    now: datetime,
    acknowledgment_due: datetime | None = None,
    batch: str | None = None,
    reason: str | None = None,
    place: int = 0,
) -> StoredDelivery:
    """A pending delivery not yet written, for ``record_many``. One of a batch is composed with the others of it;
    ``reason`` says what it waits for. It stands behind all that were written before, unless it takes the ``place`` of
    another (see ``order.place_of``)."""
    return StoredDelivery(
        id=new_id("dl"),
        document_id=document_id,
        partner=partner,
        target=target,
        idempotency_key=idempotency_key,
        status=DeliveryStatus.PENDING.value,
        created_at=now,
        acknowledgment_due=acknowledgment_due,
        batch=batch,
        reason=reason,
        place=place,
    )


def record(tx: Tx, *, order_keys: Iterable[str], **columns: Any) -> StoredDelivery:
    """Writes one pending delivery, with columns as in ``new``. It waits for earlier open ones to the same target that
    share an order key."""
    (written,) = record_many(tx, [(new(**columns), order_keys)])
    return written


def record_many(tx: Tx, deliveries: Sequence[tuple[StoredDelivery, Iterable[str]]]) -> list[StoredDelivery]:
    """Writes deliveries made by ``new`` with their order keys, in few statements, and returns them with ``seq``.

    The order given is the order in which they wait for each other.
    """
    numbers = ROWS.draw(tx, len(deliveries))
    numbered = zip(deliveries, numbers, strict=True)
    written = [one._replace(seq=number, place=one.place or number) for (one, _), number in numbered]
    ROWS.write_numbered(tx, written, numbers)
    each = zip(written, deliveries, strict=True)
    keys = ((one.seq, key, one.target, True, one.place) for one, (_, keys) in each for key in sorted(set(keys)))
    _KEYS_MANY.write(tx, keys)
    return written


def get(tx: Tx, delivery_id: str) -> StoredDelivery | None:
    return ROWS.first(tx, _GET, {"id": delivery_id})


def of_key(tx: Tx, key: str) -> StoredDelivery | None:
    """The newest delivery under an idempotency key, which begins with the origin of its document."""
    return ROWS.first(tx, _OF_KEY, {"origin": key.partition(".")[0], "key": key})


def move(tx: Tx, delivery: StoredDelivery, document_id: str) -> None:
    """Hands a delivery over to the document that a replay made of its own, with its key and its place in the order.
    Raises StaleStatus when it has changed since it was read."""
    held = {"held_seq": delivery.seq, "held_status": delivery.status}
    if tx.execute(_SET_STATUS, held | {"document_id": document_id}).rowcount == 0:
        raise StaleStatus(f"{delivery.id} is no longer {delivery.status}")


class Origin(NamedTuple):
    """Where the delivered document comes from: the transmission it came with, which joins everything that this set
    off, and whether a replay made it."""

    arrival: str
    replayed: bool


def origins_of(tx: Tx, delivery_ids: Sequence[str]) -> dict[str, Origin]:
    """By the id of the delivery."""
    found = tx.execute(_ORIGINS_OF, {"ids": delivery_ids})
    return {id: Origin(arrival, replay_of is not None) for id, arrival, replay_of in found}


def of_document(tx: Tx, document_id: str) -> list[StoredDelivery]:
    return ROWS.all(tx, _OF_DOCUMENT, {"id": document_id})


def standings(tx: Tx, document_ids: Iterable[str]) -> dict[str, DeliveryStatus]:
    """How far these documents have come; of one that goes to several targets see ``FOREMOST_DELIVERIES``. What is not
    delivered anywhere is not among them."""
    ids = list(document_ids)
    found: dict[str, DeliveryStatus] = {}
    for document_id, status in tx.execute(_STANDINGS, {"ids": ids}) if ids else ():
        known = found.get(document_id, status)
        found[document_id] = min(DeliveryStatus(status), DeliveryStatus(known), key=FOREMOST_DELIVERIES.index)
    return found


def acknowledged_by(tx: Tx, acknowledgment: str) -> list[StoredDelivery]:
    """What a partner's acknowledgment, by the id of its document, has closed."""
    return ROWS.all(tx, _ACKNOWLEDGED_BY, {"id": acknowledgment})


def of_departure(tx: Tx, departure_id: str) -> list[StoredDelivery]:
    return of_departures(tx, [departure_id])


def of_departures(tx: Tx, departure_ids: Sequence[str]) -> list[StoredDelivery]:
    """All that these carry."""
    return ROWS.all(tx, _OF_DEPARTURES, {"ids": departure_ids})


_SET_STATUS = update(table).where(table.c.seq == bindparam("held_seq"), table.c.status == bindparam("held_status"))
_SET_OPEN = update(delivery_keys).where(dialects.among(delivery_keys.c.delivery_seq, "held"))
_SETTLED = (DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP)


def set_status(
    tx: Tx, delivery: StoredDelivery, status: str, *, now: datetime, reason: str | None = None, **columns: Any
) -> StoredDelivery:
    """Moves a delivery on, and its order keys with it: they hold later ones back while it is pending, composed or dead.

    ``columns``: departure_id, changes, acknowledgment_due, acknowledged_by. Raises ForbiddenTransition for a status
    that cannot follow, StaleStatus when it has changed since it was read.
    """
    old, new = DeliveryStatus(delivery.status), DeliveryStatus(status)
    states.check(states.DELIVERIES, old, new)
    columns |= {"status": new.value, "reason": reason, "settled_at": now if new in _SETTLED else None}
    held = {"held_seq": delivery.seq, "held_status": delivery.status}
    if tx.execute(_SET_STATUS, held | columns).rowcount == 0:
        raise StaleStatus(f"{delivery.id} is no longer {delivery.status}")
    if (old in OPEN_DELIVERIES) != (new in OPEN_DELIVERIES):
        _set_open(tx, [delivery.seq], new in OPEN_DELIVERIES)
    return delivery._replace(**columns)


_COMPOSED = ("status", "reason", "departure_id", "changes", "acknowledgment_due")
_SET_COMPOSED = Many(
    _SET_STATUS.values({name: bindparam(name) for name in _COMPOSED}), (*_COMPOSED, "held_seq", "held_status")
)
Composed = tuple[StoredDelivery, str, list[Any] | None, datetime | None]
"""A delivery, the departure that carries it, what its rules changed, and when its acknowledgment is due."""


def compose_many(tx: Tx, composed: Sequence[Composed]) -> None:
    """``set_status`` of pending deliveries that were composed, in one statement."""
    rows = []
    for delivery, departure_id, changes, due in composed:
        states.check(states.DELIVERIES, DeliveryStatus(delivery.status), DeliveryStatus.COMPOSED)
        rows.append((DeliveryStatus.COMPOSED.value, None, departure_id, changes, due, delivery.seq, delivery.status))
    if _SET_COMPOSED.write(tx, rows) != len(rows):
        raise StaleStatus(f"one of {len(rows)} deliveries is no longer what it was")


_DELIVERED = ("status", "reason", "acknowledgment_due")
_SET_DELIVERED = Many(
    _SET_STATUS.values({name: bindparam(name) for name in _DELIVERED}), (*_DELIVERED, "held_seq", "held_status")
)


def delivered_many(tx: Tx, arrived: Sequence[tuple[StoredDelivery, datetime | None]]) -> list[StoredDelivery]:
    """``set_status`` of open deliveries that have arrived, each with the instant when its acknowledgment is due."""
    rows, moved, new = list[tuple[Any, ...]](), list[StoredDelivery](), DeliveryStatus.DELIVERED
    for delivery, due in arrived:
        states.check(states.DELIVERIES, DeliveryStatus(delivery.status), new)
        rows.append((new.value, None, due, delivery.seq, delivery.status))
        moved.append(delivery._replace(status=new.value, reason=None, acknowledgment_due=due))
    if _SET_DELIVERED.write(tx, rows) != len(rows):
        raise StaleStatus(f"one of {len(rows)} deliveries is no longer what it was")
    if moved:
        _set_open(tx, [one.seq for one in moved], False)
    return moved


def _set_open(tx: Tx, seqs: Sequence[int], open: bool) -> None:
    """Whether deliveries hold later ones back; those that were put aside for them are candidates again."""
    tx.execute(_SET_OPEN, {"held": seqs, "open": open})
    if not open:
        tx.execute(_UNPARK, {"held": seqs, "waits_for": None})


_DEAD = ROWS.select.where(OPEN, table.c.status == dialects.inline(DeliveryStatus.DEAD.value)).order_by(
    table.c.seq.desc()
)


def let_pass(tx: Tx, delivery: StoredDelivery) -> None:
    """Later deliveries that share a key with this one no longer wait for it."""
    _set_open(tx, [delivery.seq], False)


def dead(
    tx: Tx, *, partner: str | None = None, target: str | None = None, before_seq: int | None = None, limit: int = 100
) -> list[StoredDelivery]:
    """Dead letters, newest first; ``before_seq`` continues a page."""
    statement = _DEAD.limit(limit)
    if partner is not None:
        statement = statement.where(table.c.partner == partner)
    if target is not None:
        statement = statement.where(table.c.target == target)
    if before_seq is not None:
        statement = statement.where(table.c.seq < before_seq)
    return ROWS.all(tx, statement)


_OVERDUE = (
    ROWS.select.where(
        table.c.status == dialects.inline(DeliveryStatus.DELIVERED.value),
        table.c.acknowledgment_due < bindparam("now"),
    )
    .order_by(table.c.acknowledgment_due)
    .limit(1000)
)


_UNANSWERED = (
    select(table.c.id)
    .where(
        table.c.status == dialects.inline(DeliveryStatus.DELIVERED.value),
        table.c.acknowledgment_due.is_not(None),
    )
    .order_by(table.c.seq)
)


def unanswered(tx: Tx) -> list[str]:
    """Delivered, with an agreed acknowledgment that has not come, due or not."""
    return list(tx.execute(_UNANSWERED).scalars())


def overdue(tx: Tx, now: datetime) -> list[StoredDelivery]:
    """Delivered, with an agreed acknowledgment that has not come in time; longest overdue first."""
    return ROWS.all(tx, _OVERDUE, {"now": now})


# ---- attempts

CORRELATION = "X-Hub-Transmission"
"""The header that names the arrival which a delivery goes back to: the correlation id of all that it set off."""

ATTEMPT_ENDED = "attempt.ended"
"""Told of every attempt that ends, and no event of its own: its row says it all."""

ATTEMPTS = Rows(attempts, StoredAttempt)
_COUNT_ATTEMPT = Many(
    update(transmissions)
    .where(transmissions.c.seq == bindparam("held_seq"), transmissions.c.fence == bindparam("held_fence"))
    .values(attempts=bindparam("number")),
    ("number", "held_seq", "held_fence"),
)
_OPEN_ATTEMPT = Many.inserts(attempts, ("departure_id", "number", "started_at"))
_CLOSE_ATTEMPT = Many(
    update(attempts)
    .where(attempts.c.departure_id == bindparam("held_id"), attempts.c.number == bindparam("held_number"))
    .values({name: bindparam(name) for name in ("ended_at", "outcome", "status", "detail")}),
    ("ended_at", "outcome", "status", "detail", "held_id", "held_number"),
)
_OPEN_ATTEMPTS = select(attempts.c.departure_id, attempts.c.number, attempts.c.started_at).where(
    dialects.among(attempts.c.departure_id, "ids"), attempts.c.ended_at.is_(None)
)
_ATTEMPTS_OF = ATTEMPTS.select.where(attempts.c.departure_id == bindparam("id")).order_by(attempts.c.number)


def open_attempts(tx: Tx, departures: Sequence[Transmission], now: datetime) -> list[Transmission]:
    """Writes the next attempt of claimed departures before anything is sent; its number, from 1, is their ``attempts``
    from then on. Raises StaleLease."""
    opened = [one._replace(attempts=one.attempts + 1) for one in departures]
    if _COUNT_ATTEMPT.write(tx, ((one.attempts, one.seq, one.fence) for one in opened)) != len(opened):
        raise StaleLease(f"one of {len(opened)} departures has been claimed by another since")
    _OPEN_ATTEMPT.write(tx, ((one.id, one.attempts, now) for one in opened))
    return opened


class AttemptEnd(NamedTuple):
    """How an attempt ended: delivered, awaiting, transient, permanent or credential, and what was answered."""

    departure: Transmission
    number: int
    outcome: str
    status: str | None
    detail: str | None
    at: datetime


def close_attempts(tx: Tx, ends: Sequence[AttemptEnd]) -> None:
    """Writes how open attempts ended. A closed one keeps its end."""
    open = {
        (id, number): begun
        for id, number, begun in tx.execute(_OPEN_ATTEMPTS, {"ids": sorted({end.departure.id for end in ends})})
    }
    closed = [end for end in ends if (end.departure.id, end.number) in open]
    rows = ((end.at, end.outcome, end.status, end.detail, end.departure.id, end.number) for end in closed)
    _CLOSE_ATTEMPT.write(tx, rows)
    told.note(tx, [_ended(end, open[end.departure.id, end.number]) for end in closed])


def _ended(end: AttemptEnd, begun: datetime) -> StoredEvent:
    data = {
        "target": end.departure.target,
        "number": end.number,
        "outcome": end.outcome,
        "seconds": (end.at - begun).total_seconds(),
        "status": end.status,
    }
    arrival = (end.departure.headers or {}).get(CORRELATION)
    partner = end.departure.partner
    return event(ATTEMPT_ENDED, end.departure.id, transmission_id=arrival, partner=partner, data=data, now=end.at)


def attempts_of(tx: Tx, departure_id: str) -> list[StoredAttempt]:
    return ATTEMPTS.all(tx, _ATTEMPTS_OF, {"id": departure_id})


def spent(tx: Tx, departure_id: str, since: datetime) -> int:
    """How many attempts count against the retry policy: those begun since then, unless they were not let in."""
    return sum(a.started_at >= since and a.outcome != "credential" for a in attempts_of(tx, departure_id))


# ---- sent sets

SENT_SETS = Rows(sent_sets, SentSet)
_OF_GROUP = SENT_SETS.select.where(
    sent_sets.c.partner == bindparam("partner"),
    sent_sets.c.functional_identifier == bindparam("functional_identifier"),
    sent_sets.c.group_control_number == bindparam("group_control_number"),
)
_OF_INTERCHANGE = SENT_SETS.select.where(
    sent_sets.c.partner == bindparam("partner"),
    sent_sets.c.interchange_control_number == bindparam("interchange_control_number"),
)


def record_sent_sets(tx: Tx, sets: Sequence[tuple[SentSet, int]]) -> None:
    """Writes the control numbers that composed deliveries left under, each with the ``seq`` of its document; composed
    anew, the new numbers replace the old.

    The documents are found by their interchange control numbers from then on.
    """
    if sets:
        tx.execute(_put_sent_set(tx.dialect.name), [SENT_SETS.values(sent) for sent, _ in sets])
        add_keys(tx, [(seq, [("control_number", sent.interchange_control_number)]) for sent, seq in sets])


@cache
def _put_sent_set(dialect: str) -> Executable:
    statement = dialects.upsert_of(dialect, sent_sets)
    changed = {column.name: statement.excluded[column.name] for column in SENT_SETS.columns}
    del changed["delivery_id"]
    return statement.on_conflict_do_update(index_elements=["delivery_id"], set_=changed)


Whose = Callable[[], str | None]
"""The key of the identity of ours that an acknowledgment is for; asked where several count under the same number."""


def sent_sets_of_group(
    tx: Tx, partner: str, functional_identifier: str, group_control_number: str, whose: Whose = lambda: None
) -> list[SentSet]:
    """The sets of the newest departure with this group: control numbers come again after they wrap."""
    values = {
        "partner": partner,
        "functional_identifier": functional_identifier,
        "group_control_number": group_control_number,
    }
    return _newest(SENT_SETS.all(tx, _OF_GROUP, values), whose)


def sent_sets_of_interchange(
    tx: Tx, partner: str, interchange_control_number: str, whose: Whose = lambda: None
) -> list[SentSet]:
    """The sets of the newest departure with this interchange control number."""
    values = {"partner": partner, "interchange_control_number": interchange_control_number}
    return _newest(SENT_SETS.all(tx, _OF_INTERCHANGE, values), whose)


def _newest(sent: list[SentSet], whose: Whose) -> list[SentSet]:
    if len({one.identity for one in sent}) > 1 and (identity := whose()) is not None:
        sent = [one for one in sent if one.identity == identity] or sent
    latest = max((s.departure_id for s in sent), default="")
    return sorted((s for s in sent if s.departure_id == latest), key=lambda s: s.set_control_number)
