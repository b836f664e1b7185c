"""Tries: how often a child process died over one set of an arrival. Kept as long as the arrival is under way."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import bindparam, delete

from hub.store import told
from hub.store.engine import dialects
from hub.store.schema.tables import tries as table
from hub.store.store import Tx
from hub.store.trail.events import event

WHOLE = -1
"""In place of a set's ordinal: the scan of the whole arrival."""

DIED = "child.died"
"""Told of every death that is counted, and no event of its own: the arrival's outcome is."""

_FORGET = delete(table).where(table.c.transmission_id == bindparam("held_id"))


def count(tx: Tx, transmission_id: str, set_ordinal: int, reason: str) -> int:
    """Counts one more, and returns how many there were by now. ``reason`` says how the child died."""
    insert = dialects.upsert(tx, table)
    again = {"count": table.c.count + 1, "reason": insert.excluded.reason}
    statement = insert.on_conflict_do_update(index_elements=["transmission_id", "set_ordinal"], set_=again)
    values = {"transmission_id": transmission_id, "set_ordinal": set_ordinal, "count": 1, "reason": reason}
    number = int(tx.execute(statement.returning(table.c.count), values).scalar_one())
    data = {"because": reason, "number": number}
    told.note(tx, [event(DIED, transmission_id, transmission_id=transmission_id, data=data, now=datetime.now(UTC))])
    return number


def forget(tx: Tx, transmission_id: str) -> None:
    """The arrival has come to its end."""
    tx.execute(_FORGET, {"held_id": transmission_id})
