"""Departures as work: which targets have some due, how many are under way to each, and claims on them.

Targets are found by steps along an index, and a claim looks at its own target alone: however long the backlog of one
is, no other pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from hub.store.engine import dialects
from hub.store.engine.rows import Many
from hub.store.schema.records import Transmission
from hub.store.schema.tables import transmissions as table
from hub.store.store import Tx
from hub.store.traffic.transmissions import DUE, ROWS

_FREE = or_(table.c.lease_until.is_(None), table.c.lease_until <= bindparam("now"))


def _first_of_each_target() -> Any:
    inner = table.alias("inner_departures")
    due = inner.c.status == dialects.inline("due")
    first = select(func.min(inner.c.target).label("target")).where(due).cte("targets", recursive=True)
    following = select(func.min(inner.c.target)).where(due, inner.c.target > first.c.target).scalar_subquery()
    targets = first.union_all(select(following).where(first.c.target.is_not(None)))
    earliest = select(func.min(table.c.due_at)).where(DUE, table.c.target == targets.c.target, _FREE).scalar_subquery()
    return select(targets.c.target, earliest.label("due_at")).where(targets.c.target.is_not(None))


_WAITING = _first_of_each_target()
_UNDER_WAY = (
    select(table.c.target, func.count())
    .where(DUE, table.c.lease_until.is_not(None), table.c.lease_until > bindparam("now"))
    .group_by(table.c.target)
)
_NEXT = (
    ROWS.select.where(DUE, table.c.target == bindparam("target"), table.c.due_at <= bindparam("now"), _FREE)
    .order_by(table.c.due_at, table.c.seq)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Many(
    update(table)
    .where(table.c.seq == bindparam("held_seq"), table.c.fence == bindparam("held_fence"))
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), fence=bindparam("following")),
    ("owner", "until", "following", "held_seq", "held_fence"),
)


def waiting(tx: Tx, now: datetime) -> list[tuple[str, datetime]]:
    """Every target that something waits for and nobody has claimed, with the instant at which the first of it is due;
    that may lie ahead."""
    return [(target, due_at) for target, due_at in tx.execute(_WAITING, {"now": now}) if due_at is not None]


def under_way(tx: Tx, now: datetime) -> dict[str, int]:
    """How many departures of each target are claimed, by whichever node."""
    return {str(target): count for target, count in tx.execute(_UNDER_WAY, {"now": now})}


def due(tx: Tx, target: str, now: datetime, count: int) -> list[Transmission]:
    """The departures of a target that nobody has claimed, those due for longest first; on PostgreSQL nobody else is
    given them until this transaction ends."""
    return ROWS.all(tx, _NEXT, {"target": target, "now": now, "count": count})


def claim(tx: Tx, found: Sequence[tuple[Transmission, datetime]], owner: str) -> list[Transmission]:
    """Claims what ``due`` gave in this transaction, each until an instant of its own."""
    _CLAIM.write(tx, ((owner, until, one.fence + 1, one.seq, one.fence) for one, until in found))
    return [one._replace(fence=one.fence + 1, lease_owner=owner, lease_until=until) for one, until in found]


def take_turns(tx: Tx) -> None:
    """Nodes that claim at the same moment claim one after the other: each counts what the others have."""
    dialects.lock(tx, "departures")


_PULL_FORWARD = update(table).where(
    DUE,
    table.c.target == bindparam("held_target"),
    table.c.due_at > bindparam("instant"),
    table.c.lease_until.is_(None),
)


def pull_forward(tx: Tx, target: str, now: datetime) -> None:
    """Makes everything that waits for a target due now."""
    tx.execute(_PULL_FORWARD, {"held_target": target, "instant": now, "due_at": now})
