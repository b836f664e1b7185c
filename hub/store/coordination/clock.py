"""What was planned by a clock that has been set since: instants that stand for spans of time move with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, true, update

from hub.store.engine import dialects
from hub.store.schema.tables import target_states, timers, transmissions
from hub.store.store import Tx
from hub.store.traffic.transmissions import DUE, UNFINISHED

LONGEST_LEASE = timedelta(minutes=15)
"""No claim lasts longer."""

_PAUSES: tuple[tuple[Table, Column[Any], ColumnElement[bool]], ...] = (
    (transmissions, transmissions.c.due_at, DUE),
    (target_states, target_states.c.probe_at, true()),
    (target_states, target_states.c.hold_until, true()),
    (timers, timers.c.due_at, true()),
)
"""Where the end of a pause is written, and in which rows."""

_LEASES: tuple[tuple[Table, ColumnElement[bool]], ...] = (
    (transmissions, DUE),
    (transmissions, UNFINISHED),
    (timers, true()),
)


def follow(tx: Tx, seconds: int, now: datetime, owner: str) -> None:
    """The clock was set by so many seconds, back when negative, and shows ``now``. Set forward, nothing is older by it
    than it is, what ``owner`` has claimed stays claimed, and what is due early stays so. Set back, nothing rests the
    longer, and no claim lasts longer than one can.

    Something may have been written since it was set: what cannot be told from what was written before is due early."""
    longest = now + LONGEST_LEASE
    if seconds >= 0:
        for table, rows in _LEASES:
            own = rows & (table.c.lease_owner == owner) & table.c.lease_until.is_not(None)
            tx.execute(update(table).where(own).values(lease_until=longest))
        before = transmissions.c.since <= now - timedelta(seconds=seconds)
        _move(tx, transmissions, transmissions.c.since, seconds, DUE & before)
        return
    for table, rows in _LEASES:
        tx.execute(update(table).where(rows & (table.c.lease_until > longest)).values(lease_until=longest))
    tx.execute(update(transmissions).where(DUE, transmissions.c.since > now).values(since=now))
    _shorten(tx, seconds, now)


def follow_up(tx: Tx, seconds: int, now: datetime, within: timedelta) -> None:
    """After ``follow`` of a clock that was set back, ``within`` this long: what had read it before and was written
    since."""
    _shorten(tx, seconds, now - timedelta(seconds=seconds) - within)


def _shorten(tx: Tx, seconds: int, beyond: datetime) -> None:
    for table, column, rows in _PAUSES:
        _move(tx, table, column, seconds, rows & (column > beyond))


def _move(tx: Tx, table: Table, column: Column[Any], seconds: int, rows: ColumnElement[bool]) -> None:
    tx.execute(update(table).where(rows).values({column.name: dialects.moved(tx, column, seconds)}))
