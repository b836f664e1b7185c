"""The order among deliveries: which waits for which, and what nothing holds back.

A delivery waits for every open one to the same target that shares a key with it and stands before it. Where it stands
is its ``place``, the number it was written with. What a replay makes takes the place of what it replaces.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, or_, select, tuple_, update

from hub.states import DeliveryStatus
from hub.store.engine import dialects
from hub.store.schema.records import StoredDelivery
from hub.store.schema.tables import deliveries as table
from hub.store.schema.tables import delivery_keys, documents
from hub.store.store import Tx
from hub.store.traffic.deliveries import OPEN, ROWS
from hub.store.traffic.documents import of_origin

PAGE, PAGES = 50, 10
"""How many candidates are looked at together, and how often in one transaction."""

_PENDING = table.c.status == dialects.inline(DeliveryStatus.PENDING.value)
_IN_ORDER = table.c.place, table.c.seq
_AFTER = tuple_(*_IN_ORDER) > tuple_(bindparam("after_place"), bindparam("after_seq"))
_seqs: BindParameter[list[int]] = bindparam("seqs", expanding=True)

_mine, _earlier = delivery_keys.alias("mine"), delivery_keys.alias("earlier")
_waits_for_earlier = (
    (_earlier.c.target == _mine.c.target)
    & (_earlier.c.order_key == _mine.c.order_key)
    & (tuple_(_earlier.c.place, _earlier.c.delivery_seq) < tuple_(_mine.c.place, _mine.c.delivery_seq))
    & _earlier.c.open
)

# ---- what leaves on its own

_CANDIDATES = (
    ROWS.select.where(
        _PENDING,
        table.c.batch.is_(None),
        table.c.waits_for.is_(None),  # up to here written as ix_deliveries_candidates has it
        table.c.target.not_in(bindparam("skipped", expanding=True)),
        _AFTER,
    )
    .order_by(*_IN_ORDER)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_WHAT_HOLDS = (
    select(_mine.c.delivery_seq, func.max(_earlier.c.delivery_seq))
    .join(_earlier, _waits_for_earlier)
    .where(_mine.c.delivery_seq.in_(_seqs))
    .group_by(_mine.c.delivery_seq)
)
_STILL_OPEN = (
    select(delivery_keys.c.delivery_seq)
    .where(delivery_keys.c.delivery_seq.in_(_seqs), delivery_keys.c.open)
    .with_for_update(read=True)
)
_PARK = update(table).where(table.c.seq == bindparam("held_seq"))


def next_composable(
    tx: Tx, now: datetime, skip_targets: Collection[str] = frozenset(), limit: int = 50
) -> list[StoredDelivery]:
    """Pending deliveries in order that nothing holds back. One that is found held back is put aside until what holds it
    is no longer open: a long backlog is read once, not with every question.

    Call it in the writing transaction that composes them: on PostgreSQL the rows stay locked until its end and another
    node is given others.
    """
    found: list[StoredDelivery] = []
    values: dict[str, Any] = {"skipped": sorted(skip_targets), "count": max(limit, PAGE)}
    after = _before_all()
    for _ in range(PAGES):
        page = ROWS.all(tx, _CANDIDATES, values | after)
        held = _held_aside(tx, page)
        found += [delivery for delivery in page if delivery.seq not in held]
        if len(found) >= limit or len(page) < values["count"]:
            break
        after = _behind(page[-1])
    return found[:limit]


def _before_all() -> dict[str, int]:
    return {"after_place": 0, "after_seq": 0}


def _behind(delivery: StoredDelivery) -> dict[str, int]:
    return {"after_place": delivery.place, "after_seq": delivery.seq}


def _held_aside(tx: Tx, page: Sequence[StoredDelivery]) -> dict[int, int]:
    """Those that an earlier one holds back, each with the last that does; they are put aside while it is open for sure:
    whoever closes it meanwhile waits for this transaction, or this one for it."""
    held = {int(seq): int(by) for seq, by in tx.execute(_WHAT_HOLDS, {"seqs": [delivery.seq for delivery in page]})}
    if held:
        still = set(tx.execute(_STILL_OPEN, {"seqs": sorted(set(held.values()))}).scalars())
        if values := [{"held_seq": seq, "waits_for": by} for seq, by in held.items() if by in still]:
            tx.execute(_PARK, values)
    return held


# ---- what leaves with others

_WAITS = (table.c.batch.is_not(None), _PENDING)
"""Written as ix_deliveries_batch has it."""

_OF_BATCH = (
    ROWS.select.where(*_WAITS, table.c.batch == bindparam("batch"), _AFTER)
    .order_by(*_IN_ORDER)
    .limit(bindparam("count"))
)
_COUNT_BATCH = select(func.count()).where(*_WAITS, table.c.batch == bindparam("batch"))
_KEYS_OF = select(delivery_keys.c.delivery_seq, delivery_keys.c.order_key).where(
    delivery_keys.c.delivery_seq.in_(_seqs)
)
_before = table.alias("before")
_HELD_FROM_OUTSIDE = (
    select(_mine.c.delivery_seq)
    .distinct()
    .join(_earlier, _waits_for_earlier)
    .join(_before, _before.c.seq == _earlier.c.delivery_seq)
    .where(
        _mine.c.delivery_seq.in_(_seqs),
        or_(
            _before.c.batch.is_(None),
            _before.c.batch != bindparam("batch"),
            _before.c.status != DeliveryStatus.PENDING.value,
        ),
    )
)


def of_batch(tx: Tx, batch: str, after: StoredDelivery | None = None, limit: int = 100) -> list[StoredDelivery]:
    """The pending deliveries of a batch, in order, behind ``after``."""
    behind = _behind(after) if after else _before_all()
    return ROWS.all(tx, _OF_BATCH, {"batch": batch, "count": limit} | behind)


def waiting_in(tx: Tx, batch: str) -> int:
    """How many deliveries a batch holds."""
    return int(tx.execute(_COUNT_BATCH, {"batch": batch}).scalar_one())


def held_from_outside(tx: Tx, batch: str, seqs: Sequence[int]) -> frozenset[int]:
    """Those that wait for an earlier open delivery which is not pending in the batch itself."""
    return frozenset(tx.execute(_HELD_FROM_OUTSIDE, {"batch": batch, "seqs": list(seqs)}).scalars())


def keys_of(tx: Tx, seqs: Sequence[int]) -> dict[int, frozenset[str]]:
    """The order keys of deliveries."""
    found: dict[int, set[str]] = {}
    for seq, key in tx.execute(_KEYS_OF, {"seqs": list(seqs)}):
        found.setdefault(seq, set()).add(key)
    return {seq: frozenset(keys) for seq, keys in found.items()}


# ---- replays

_PLACE = (
    select(func.min(table.c.place))
    .join(documents, documents.c.id == table.c.document_id)
    .where(of_origin(bindparam("origin")), table.c.target == bindparam("to"), OPEN)
)
_BEHIND = (
    select(_mine.c.delivery_seq)
    .distinct()
    .join(_earlier, _waits_for_earlier)
    .join(table, table.c.seq == _mine.c.delivery_seq)
    .where(table.c.status == DeliveryStatus.PENDING.value)
)
_BEHIND_THESE = _BEHIND.where(_earlier.c.delivery_seq.in_(_seqs))
_HELD_BACK = _BEHIND.where(_mine.c.delivery_seq.in_(_seqs))


def place_of(tx: Tx, origin_id: str, target: str) -> int:
    """Where a document of this line stands that has not arrived at the target yet; 0 when none of it is under way."""
    return int(tx.execute(_PLACE, {"origin": origin_id, "to": target}).scalar() or 0)


def waiting_behind(tx: Tx, seqs: Collection[int]) -> frozenset[int]:
    """The pending deliveries that one of these, while it is open, holds back."""
    return frozenset(tx.execute(_BEHIND_THESE, {"seqs": list(seqs)}).scalars())


def held_back(tx: Tx, seqs: Collection[int]) -> frozenset[int]:
    """Those that wait for any earlier open one."""
    return frozenset(tx.execute(_HELD_BACK, {"seqs": list(seqs)}).scalars())
