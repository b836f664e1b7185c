"""What was planned by a clock that has been set since: instants that stand for spans of time move with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, true, update

from hub.store import dialects
from hub.store.store import Tx
from hub.store.tables import target_states, timers, transmissions
from hub.store.transmissions import DUE, UNFINISHED

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
    """The clock was set by so many seconds, back when negative, and shows ``now``. What ``owner`` has claimed stays
    claimed as long as it would have. Set forward, nothing is older by it than it is, and what is due early stays so.
    Set back, nothing rests longer, and no claim of another lasts longer than one can."""
    for table, rows in _LEASES:
        _move(tx, table, table.c.lease_until, seconds, rows & (table.c.lease_owner == owner))
    if seconds >= 0:
        _move(tx, transmissions, transmissions.c.since, seconds, DUE)
        return
    tx.execute(update(transmissions).where(DUE, transmissions.c.since > now).values(since=now))
    for table, column, rows in _PAUSES:
        _move(tx, table, column, seconds, rows & (column > now))
    for table, rows in _LEASES:
        too_long = table.c.lease_until > now + LONGEST_LEASE
        tx.execute(update(table).where(rows & too_long).values(lease_until=now + LONGEST_LEASE))


def _move(tx: Tx, table: Table, column: Column[Any], seconds: int, rows: ColumnElement[bool]) -> None:
    tx.execute(update(table).where(rows).values({column.name: dialects.moved(tx, column, seconds)}))
