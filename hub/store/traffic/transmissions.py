"""Transmissions: recorded once, then claimed and moved on only by the holder of the newest claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import accumulate
from mmap import mmap
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlalchemy import and_, bindparam, func, or_, select, update

from hub import states
from hub.states import ArrivalStatus, DepartureStatus
from hub.store.engine import dialects
from hub.store.engine.rows import Many, Rows
from hub.store.errors import BitRot, Pruned, StaleLease, StaleStatus
from hub.store.ids import new_id
from hub.store.kept.blobs import INLINE_LIMIT, Blobs
from hub.store.schema.records import Transmission
from hub.store.schema.tables import transmissions as table
from hub.store.store import Kept, Tx

ROWS = Rows(table, Transmission)
BRIEF = Rows(table, Transmission, derived=frozenset({"body"}))
"""Without the bytes."""

_GET = ROWS.select.where(table.c.id == bindparam("id"))
_HOLD_MANY = ROWS.select.where(dialects.among(table.c.id, "ids")).order_by(table.c.seq).with_for_update()


def new(
    *,
    direction: str,
    channel: str,
    partner: str | None,
    order_scope: str,
    content_type: str,
    status: str,
    now: datetime,
    body: bytes | None = None,
    kept: Kept | None = None,
    transport_id: str = "",
    file_name: str = "",
    target: str | None = None,
    idempotency_key: str | None = None,
    headers: dict[str, str] | None = None,
    due_at: datetime | None = None,
    replay_of: str | None = None,
    id: str | None = None,
    seq: int = 0,
) -> Transmission:
    """A transmission not yet written. Its bytes come as ``kept`` (``Store.keep``, called before the transaction), or as
    ``body`` when they are at most INLINE_LIMIT long; raises ValueError otherwise.

    ``transport_id`` and ``file_name`` are the other side's words: control characters in them are stored escaped.
    """
    if kept is None:
        if body is None or len(body) > INLINE_LIMIT:
            raise ValueError("keep() large bytes before the transaction")
        kept = Kept(sha256(body).hexdigest(), len(body), body)
    return Transmission(
        id=id or new_id("tr"),
        direction=direction,
        channel=channel,
        partner=partner,
        order_scope=order_scope,
        transport_id=_printable(transport_id),
        file_name=_printable(file_name),
        content_type=content_type,
        sha256=kept.sha256,
        size=kept.size,
        body=kept.inline,
        status=status,
        received_at=now,
        replay_of=replay_of,
        target=target,
        idempotency_key=idempotency_key,
        headers=headers,
        due_at=due_at,
        since=due_at,
        seq=seq,
    )


def record(tx: Tx, **columns: Any) -> Transmission:
    """Writes a new transmission; columns as in ``new``."""
    return ROWS.add(tx, new(**columns))


def record_many(tx: Tx, transmissions: Sequence[Transmission]) -> None:
    """Writes transmissions made by ``new``, in one statement."""
    ROWS.insert_many(tx, transmissions)


def _printable(name: str) -> str:
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def get(tx: Tx, transmission_id: str) -> Transmission | None:
    return ROWS.first(tx, _GET, {"id": transmission_id})


def hold(tx: Tx, transmission_id: str) -> Transmission:
    """The transmission as it is now, which nobody else changes or claims until this transaction ends."""
    (held,) = hold_many(tx, [transmission_id])
    return held


def hold_many(tx: Tx, ids: Sequence[str]) -> list[Transmission]:
    """``hold`` of several, in the order given; who holds several at once names them in the order of their ``seq``."""
    for id in ids:
        dialects.lock(tx, f"transmission:{id}")
    held = {one.id: one for one in ROWS.all(tx, _HOLD_MANY, {"ids": ids})}
    return [held[id] for id in ids]


class HasBlobs(Protocol):
    @property
    def blobs(self) -> Blobs: ...


@contextmanager
def opened(store: HasBlobs, transmission: Transmission) -> Iterator[bytes | mmap]:
    """The bytes as they came or as they leave, hash verified, large ones mapped instead of read. Raises BitRot,
    Pruned."""
    if transmission.pruned_at is not None:
        day = f"{transmission.pruned_at:%Y-%m-%d}"
        raise Pruned(f"the bytes of {transmission.id} were removed on {day}, as its retention says")
    if transmission.body is None:
        with store.blobs.open(transmission.sha256) as mapped:
            yield mapped
        return
    if sha256(transmission.body).hexdigest() != transmission.sha256:
        raise BitRot(f"the stored bytes of {transmission.id} have been damaged")
    yield transmission.body


def located(store: HasBlobs, transmission: Transmission) -> bytes | Path:
    """The same bytes, or for large ones the file that holds them, hash verified. Raises BitRot."""
    if transmission.body is None and transmission.pruned_at is None:
        return store.blobs.locate(transmission.sha256)
    return body(store, transmission)


def body(store: HasBlobs, transmission: Transmission) -> bytes:
    """The same bytes, all in memory."""
    with opened(store, transmission) as data:
        return bytes(data)


# ---- claims

UNFINISHED = table.c.status.in_([dialects.inline("received"), dialects.inline("processing")])
DUE = table.c.status == dialects.inline("due")
ENDED_OTHERWISE = table.c.status.in_(
    [dialects.inline(status) for status in ("rejected", "quarantined", "dead", "duplicate", "given_up")]
)
"""Written as the partial indexes have them."""
TROUBLED = and_(
    ENDED_OTHERWISE, table.c.status.in_([dialects.inline(status) for status in ("rejected", "quarantined", "dead")])
)
"""What a person looks for."""
_NO_LEASE = or_(table.c.lease_until.is_(None), table.c.lease_until <= bindparam("now"))


def _first_of_each_scope() -> Any:
    """The oldest unfinished arrival of every scope that has one, found by steps along ix_transmissions_arrivals:
    as many steps as scopes, however long their backlogs."""
    inner = table.alias("inner_arrivals")
    unfinished = inner.c.status.in_([dialects.inline("received"), dialects.inline("processing")])
    first = select(func.min(inner.c.order_scope).label("scope")).where(unfinished).cte("scopes", recursive=True)
    following = select(func.min(inner.c.order_scope)).where(unfinished, inner.c.order_scope > first.c.scope)
    scopes = first.union_all(select(following.scalar_subquery()).where(first.c.scope.is_not(None)))
    oldest = select(func.min(inner.c.seq)).where(unfinished, inner.c.order_scope == scopes.c.scope).scalar_subquery()
    return select(oldest.label("seq")).where(scopes.c.scope.is_not(None))


class _Waiting(NamedTuple):
    """An arrival that may be claimed. A ``small`` one is worked together with others."""

    seq: int
    scope: str
    size: int
    small: bool


_WAITING = select(
    table.c.seq,
    table.c.order_scope,
    table.c.size,
    table.c.body.is_not(None) & (table.c.status == dialects.inline(ArrivalStatus.RECEIVED.value)),
)
_NEXT_ARRIVALS = (
    _WAITING.where(table.c.seq.in_(_first_of_each_scope()), UNFINISHED, _NO_LEASE)
    .order_by(table.c.seq)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_IN_SCOPES = dialects.among(table.c.order_scope, "scopes")
_FOLLOWING = _WAITING.where(_IN_SCOPES, UNFINISHED).order_by(table.c.seq).limit(bindparam("count"))
_BUSY_SCOPES = select(table.c.order_scope).where(_IN_SCOPES, UNFINISHED, table.c.lease_until > bindparam("now"))
_TAKE_ARRIVALS = (
    update(table)
    .where(dialects.among(table.c.seq, "seqs"), UNFINISHED, _NO_LEASE)
    .values(fence=table.c.fence + 1, lease_owner=bindparam("owner"), lease_until=bindparam("until"))
    .returning(*ROWS.columns)
)


def claim_arrival(tx: Tx, owner: str, now: datetime, lease_seconds: float) -> Transmission | None:
    """The oldest arrival that may be worked now: received or processing, without a live lease, first of its scope.

    One scope is worked by one holder at a time, also across nodes. None when there is nothing to do.
    """
    found = claim_arrivals(tx, owner, now, lease_seconds, 1, 0)
    return found[0] if found else None


def claim_arrivals(
    tx: Tx, owner: str, now: datetime, lease_seconds: float, count: int, size: int
) -> list[Transmission]:
    """That one alone where it is large or under way already; else small ones, at most ``count``, together of about
    ``size`` bytes: the first of every scope that may be worked now, and what follows them there, each scope in order.
    """
    first = [_Waiting(*row) for row in tx.execute(_NEXT_ARRIVALS, {"now": now, "count": count})]
    if first and not first[0].small:
        first = first[:1]
    first = [one for one in first if one is first[0] or one.small]
    scopes = sorted({one.scope for one in first})
    for scope in scopes:
        dialects.lock(tx, f"scope:{scope}")  # two nodes may have found different rows of one scope
    found = first
    if first and first[0].small and len(first) < count:
        found = [*first, *_following(tx, first, scopes, count - len(first))]
    return _take_arrivals(tx, _within(found, size), owner, now, lease_seconds)


def _following(tx: Tx, first: Sequence[_Waiting], scopes: Sequence[str], count: int) -> Iterator[_Waiting]:
    """Small arrivals behind the first ones, of each scope up to the first that is not small."""
    ended, seqs = set[str](), {one.seq for one in first}
    for row in tx.execute(_FOLLOWING, {"scopes": scopes, "count": count + len(first)}):
        one = _Waiting(*row)
        if one.seq in seqs or one.scope in ended:
            continue
        if not one.small:
            ended.add(one.scope)
        else:
            yield one


def _within(found: Sequence[_Waiting], size: int) -> list[_Waiting]:
    sizes = accumulate((one.size for one in found), initial=0)
    return [one for one, before in zip(found, sizes, strict=False) if not before or before < size]


def _take_arrivals(
    tx: Tx, found: Sequence[_Waiting], owner: str, now: datetime, lease_seconds: float
) -> list[Transmission]:
    """Those of ``found`` whose scope nobody else holds by now, claimed."""
    if not found:
        return []
    busy = set(tx.execute(_BUSY_SCOPES, {"scopes": sorted({one.scope for one in found}), "now": now}).scalars())
    free = [one.seq for one in found if one.scope not in busy]
    if not free:
        return []
    until = now + timedelta(seconds=lease_seconds)
    values = {"seqs": free, "now": now, "owner": owner, "until": until}
    taken = {one.seq: one for one in ROWS.all(tx, _TAKE_ARRIVALS, values)}
    if len(taken) != len(free):
        raise StaleLease("one of the arrivals was claimed by another in between")
    return [taken[seq] for seq in free]


def release_own(tx: Tx, owner: str) -> int:
    """Gives the claims of ``owner`` back: for a restarted node, whose work nobody is doing. Returns how many."""
    return sum(
        tx.execute(
            update(table).where(condition, table.c.lease_owner == owner).values(lease_owner=None, lease_until=None)
        ).rowcount
        for condition in (UNFINISHED, DUE)
    )


def release(tx: Tx, claimed: Iterable[Transmission]) -> None:
    """Ends claims, those that took place, without anything having been done."""
    for one in claimed:
        held = (table.c.seq == one.seq, table.c.fence == one.fence, table.c.lease_owner == one.lease_owner)
        tx.execute(update(table).where(*held).values(lease_owner=None, lease_until=None))


_RENEW = Many(
    update(table)
    .where(
        table.c.seq == bindparam("held_seq"),
        table.c.fence == bindparam("held_fence"),
        table.c.lease_owner == bindparam("held_owner"),
    )
    .values(lease_until=bindparam("until")),
    ("until", "held_seq", "held_fence", "held_owner"),
)


def renew(tx: Tx, claimed: Iterable[Transmission], until: datetime) -> None:
    """Lets claims last until an instant. One that has ended, or is another's by now, is left as it is."""
    _RENEW.write(tx, ((until, one.seq, one.fence, one.lease_owner) for one in claimed))


_FENCED = update(table).where(table.c.seq == bindparam("held_seq"), table.c.fence == bindparam("held_fence"))
_FROM_STATUS = update(table).where(table.c.seq == bindparam("held_seq"), table.c.status == bindparam("held_status"))


def fenced_update(tx: Tx, transmission: Transmission, **values: Any) -> Transmission:
    """Changes columns as the holder of a claim. A status other than processing ends the claim, also when it is the
    old one again: a departure that stays due, later.

    Raises StaleLease when the work was claimed by another since, ForbiddenTransition for a status that cannot follow.
    """
    values = _settled(transmission, values)
    held = {"held_seq": transmission.seq, "held_fence": transmission.fence}
    if tx.execute(_FENCED, held | values).rowcount == 0:
        raise StaleLease(f"{transmission.id} has been claimed by another since")
    return transmission._replace(**values)


def _settled(transmission: Transmission, values: dict[str, Any]) -> dict[str, Any]:
    if "status" in values:
        _check(transmission, values["status"])
        if values["status"] != ArrivalStatus.PROCESSING:
            values = values | {"lease_owner": None, "lease_until": None}
    return values


_HOLDING = (
    select(table.c.seq, table.c.fence)
    .where(dialects.among(table.c.seq, "seqs"))
    .order_by(table.c.seq)
    .with_for_update()
)


def hold_claims(tx: Tx, claimed: Sequence[Transmission]) -> None:
    """Keeps others from claiming what is claimed here until this transaction ends: to be called before anything else
    of it is written, so that another holder's rows are met by nobody. Raises StaleLease."""
    fences = {row.seq: row.fence for row in tx.execute(_HOLDING, {"seqs": [one.seq for one in claimed]})}
    lost = next((one for one in claimed if fences.get(one.seq) != one.fence), None)
    if lost is not None:
        raise StaleLease(f"{lost.id} has been claimed by another since")


def fenced_updates(tx: Tx, changes: Sequence[tuple[Transmission, dict[str, Any]]]) -> None:
    """``fenced_update`` of many, in few statements."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for transmission, values in changes:
        change = _settled(transmission, values)
        columns = tuple(sorted(change, key=_PLACES.__getitem__))
        row = (*(change[column] for column in columns), transmission.seq, transmission.fence)
        alike.setdefault(columns, []).append(row)
    for columns, rows in alike.items():
        if _fenced_many(columns).write(tx, rows) != len(rows):
            raise StaleLease(f"one of {len(rows)} arrivals has been claimed by another since")


_PLACES = {column.name: place for place, column in enumerate(table.columns)}


@cache
def _fenced_many(columns: tuple[str, ...]) -> Many:
    statement = _FENCED.values({column: bindparam(column) for column in columns})
    return Many(statement, (*columns, "held_seq", "held_fence"))


def set_status(tx: Tx, transmission: Transmission, status: str, **values: Any) -> Transmission:
    """Changes the status from outside a claim, as a person does: resend, replay, give up. A change ends the claim.

    Raises StaleStatus when it has changed since it was read, ForbiddenTransition for a status that cannot follow.
    """
    _check(transmission, status)
    values["status"] = status
    if status != transmission.status:
        values |= {"lease_owner": None, "lease_until": None}
    held = {"held_seq": transmission.seq, "held_status": transmission.status}
    if tx.execute(_FROM_STATUS, held | values).rowcount == 0:
        raise StaleStatus(f"{transmission.id} is no longer {transmission.status}")
    return transmission._replace(**values)


_SENT = ("status", "reason", "finished_at", "lease_owner", "lease_until")
_SET_SENT = Many(_FROM_STATUS.values({name: bindparam(name) for name in _SENT}), (*_SENT, "held_seq", "held_status"))


def sent_many(tx: Tx, departures: Sequence[Transmission], now: datetime) -> None:
    """``set_status`` of departures that the other side has, in one statement."""
    for departure in departures:
        _check(departure, DepartureStatus.SENT)
    rows = [(DepartureStatus.SENT.value, None, now, None, None, one.seq, one.status) for one in departures]
    if _SET_SENT.write(tx, rows) != len(rows):
        raise StaleStatus(f"one of {len(rows)} departures is no longer what it was")


def _check(transmission: Transmission, status: str) -> None:
    if status == transmission.status:
        return
    if transmission.direction == "in":
        states.check(states.ARRIVALS, ArrivalStatus(transmission.status), ArrivalStatus(status))
    else:
        states.check(states.DEPARTURES, DepartureStatus(transmission.status), DepartureStatus(status))


# ---- questions

_NEWEST_ARRIVAL = ROWS.select.where(table.c.direction == "in").order_by(table.c.seq.desc()).limit(1)
_PAGE = ROWS.select.where(table.c.seq > bindparam("after")).order_by(table.c.seq).limit(bindparam("count"))
_BACKLOG = select(func.count()).select_from(
    select(table.c.seq)
    .where(UNFINISHED, table.c.order_scope == bindparam("order_scope"))
    .limit(bindparam("at_most"))
    .subquery()
)
_waiting = (
    select(table.c.size)
    .where(UNFINISHED, table.c.order_scope == bindparam("order_scope"))
    .limit(bindparam("at_most"))
    .subquery()
)
_WAITING = select(func.count().label("files"), func.coalesce(func.sum(_waiting.c.size), 0).label("bytes"))
_OF_CHANNEL = (
    BRIEF.select.where(table.c.partner == bindparam("partner"), table.c.channel == bindparam("channel"))
    .order_by(table.c.seq.desc())
    .limit(bindparam("count"))
)


def page(tx: Tx, after_seq: int, limit: int = 100) -> list[Transmission]:
    """All there are, in and out, oldest first, from behind ``after_seq`` on."""
    return ROWS.all(tx, _PAGE, {"after": after_seq, "count": limit})


def blobs_named(tx: Tx) -> set[str]:
    """The hashes of all bytes that are kept as blobs."""
    return set(
        tx.execute(
            select(table.c.sha256).where(table.c.body.is_(None), table.c.pruned_at.is_(None)).distinct()
        ).scalars()
    )


def newest_arrival(tx: Tx) -> Transmission | None:
    return ROWS.first(tx, _NEWEST_ARRIVAL)


def last_seq(tx: Tx) -> int:
    """The number of the newest; 0 when there are none."""
    return int(tx.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one())


def backlog(tx: Tx, order_scope: str, at_most: int) -> int:
    """How many arrivals of this scope are not worked to their end; counts no further than ``at_most``."""
    return int(tx.execute(_BACKLOG, {"order_scope": order_scope, "at_most": at_most}).scalar_one())


def waiting(tx: Tx, order_scope: str, at_most: int) -> tuple[int, int]:
    """The same, and how many bytes they have together."""
    found = tx.execute(_WAITING, {"order_scope": order_scope, "at_most": at_most}).one()
    return int(found.files), int(found.bytes)


def of_channel(tx: Tx, partner: str, channel: str, limit: int) -> list[Transmission]:
    """What came and left through a channel of a partner, without its bytes, the newest first."""
    return BRIEF.all(tx, _OF_CHANNEL, {"partner": partner, "channel": channel, "count": limit})
