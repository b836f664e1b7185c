"""Timers: what is due at an instant, claimed like all work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, or_, select, update
from sqlalchemy import delete as sql_delete

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.errors import StaleLease
from hub.store.schema.records import Timer
from hub.store.schema.tables import timers as table
from hub.store.store import Tx

ROWS = Rows(table, Timer)

_IS = (table.c.kind == bindparam("held_kind"), table.c.key == bindparam("held_key"))
_HELD = (*_IS, table.c.fence == bindparam("held_fence"))
AFFINITY = timedelta(seconds=3)
"""So long a timer that is due is left to the node that had it last: it still knows the place that it polls."""

_DUE = (
    ROWS.select.where(
        table.c.due_at <= bindparam("now"),
        or_(table.c.lease_until.is_(None), table.c.lease_until <= bindparam("now")),
        or_(
            table.c.lease_owner.is_(None),
            table.c.lease_owner == bindparam("owner"),
            table.c.due_at <= bindparam("overdue"),
        ),
    )
    .order_by(table.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEXT = select(
    select(func.min(table.c.due_at)).where(table.c.lease_until.is_(None)).scalar_subquery(),
    select(func.min(table.c.lease_until)).scalar_subquery(),
)


def set(tx: Tx, kind: str, key: str, due_at: datetime, payload: dict[str, Any] | None = None) -> None:
    """Makes or moves the timer. A claim on it ends, and what its holder writes afterwards is refused."""
    insert = dialects.upsert(tx, table)
    moved = {
        "due_at": insert.excluded.due_at,
        "payload": insert.excluded.payload,
        "lease_owner": None,
        "lease_until": None,
        "fence": table.c.fence + 1,
    }
    values = {"kind": kind, "key": key, "due_at": due_at, "payload": payload}
    tx.execute(insert.on_conflict_do_update(index_elements=["kind", "key"], set_=moved), values)


def arm(tx: Tx, kind: str, key: str, due_at: datetime) -> None:
    """Makes the timer, or lets it be due at ``due_at`` when that is sooner. Whoever holds it has to wait for this
    transaction, or this one for it: what is written beside it is seen by the next claim."""
    insert = dialects.upsert(tx, table).values(kind=kind, key=key, due_at=due_at)
    sooner = case((table.c.due_at < insert.excluded.due_at, table.c.due_at), else_=insert.excluded.due_at)
    tx.execute(insert.on_conflict_do_update(index_elements=["kind", "key"], set_={"due_at": sooner}))


def hold(tx: Tx, timer: Timer) -> None:
    """Keeps others from arming a claimed timer until this transaction ends. Raises StaleLease."""
    _held_update(tx, timer, {"fence": timer.fence})


def renew(tx: Tx, claimed: Iterable[Timer], until: datetime) -> None:
    """Lets claims last until an instant. One that has ended, or is another's by now, is left as it is. In one order,
    as whoever else writes several: nodes wait for each other, and not in a circle."""
    for timer in sorted(claimed, key=lambda one: (one.kind, one.key)):
        held = update(table).where(*_HELD, table.c.lease_owner == bindparam("held_owner"))
        tx.execute(held, _holder(timer) | {"held_owner": timer.lease_owner, "lease_until": until})


def note(tx: Tx, timer: Timer, payload: dict[str, Any]) -> None:
    """Writes down how far a claimed timer's work has come. Raises StaleLease."""
    _held_update(tx, timer, {"payload": payload})


def get(tx: Tx, kind: str, key: str) -> Timer | None:
    return ROWS.first(tx, ROWS.select.where(*_IS), {"held_kind": kind, "held_key": key})


def of_kind(tx: Tx, kind: str) -> list[Timer]:
    """Every timer of a kind, the soonest first."""
    return ROWS.all(tx, ROWS.select.where(table.c.kind == kind).order_by(table.c.due_at, table.c.key))


def claim_due(tx: Tx, owner: str, now: datetime, lease_seconds: float) -> Timer | None:
    """The timer due for longest, or None."""
    found = ROWS.first(tx, _DUE, {"now": now, "owner": owner, "overdue": now - AFFINITY})
    if found is None:
        return None
    claim: dict[str, Any] = {
        "lease_owner": owner,
        "lease_until": now + timedelta(seconds=lease_seconds),
        "fence": found.fence + 1,
    }
    _held_update(tx, found, claim)
    return replace(found, **claim)


def settle(tx: Tx, timer: Timer, next_due_at: datetime | None) -> None:
    """Ends a claim: the timer is due again at ``next_due_at``, or gone. Its row still says who had it. Raises
    StaleLease."""
    if next_due_at is not None:
        _held_update(tx, timer, {"due_at": next_due_at, "lease_until": None})
    elif tx.execute(sql_delete(table).where(*_HELD), _holder(timer)).rowcount == 0:
        raise StaleLease(f"the timer {timer.kind} {timer.key} has been claimed or moved since")


def _held_update(tx: Tx, timer: Timer, values: dict[str, Any]) -> None:
    if tx.execute(update(table).where(*_HELD), _holder(timer) | values).rowcount == 0:
        raise StaleLease(f"the timer {timer.kind} {timer.key} has been claimed or moved since")


def _holder(timer: Timer) -> dict[str, Any]:
    return {"held_kind": timer.kind, "held_key": timer.key, "held_fence": timer.fence}


def delete(tx: Tx, kind: str, key: str) -> None:
    """Removes the timer, claimed or not; nothing happens when there is none."""
    tx.execute(sql_delete(table).where(*_IS), {"held_kind": kind, "held_key": key})


def release_own(tx: Tx, owner: str) -> int:
    """Gives the claims of ``owner`` back: for a restarted node. Returns how many."""
    statement = update(table).where(table.c.lease_owner == bindparam("held_owner"))
    return tx.execute(statement, {"held_owner": owner, "lease_owner": None, "lease_until": None}).rowcount


def release(tx: Tx, timer: Timer | None) -> None:
    """Ends a claim, where it took place, without anything having been done."""
    if timer is not None:
        held = update(table).where(*_HELD, table.c.lease_owner == bindparam("held_owner"))
        values = {"held_owner": timer.lease_owner, "lease_owner": None, "lease_until": None}
        tx.execute(held, _holder(timer) | values)


def next_due(tx: Tx) -> datetime | None:
    """When the next timer may be claimed; it may lie in the past."""
    return min((instant for instant in tx.execute(_NEXT).one() if instant is not None), default=None)
