"""Tries: how often a child process died over one set of an arrival. Kept as long as the arrival is under way."""

from __future__ import annotations

from sqlalchemy import bindparam, delete

from hub.store import dialects
from hub.store.store import Tx
from hub.store.tables import tries as table

WHOLE = -1
"""In place of a set's ordinal: the scan of the whole arrival."""

_FORGET = delete(table).where(table.c.transmission_id == bindparam("held_id"))


def count(tx: Tx, transmission_id: str, set_ordinal: int, reason: str) -> int:
    """Counts one more, and returns how many there were by now. ``reason`` says how the child died."""
    insert = dialects.upsert(tx, table)
    again = {"count": table.c.count + 1, "reason": insert.excluded.reason}
    statement = insert.on_conflict_do_update(index_elements=["transmission_id", "set_ordinal"], set_=again)
    values = {"transmission_id": transmission_id, "set_ordinal": set_ordinal, "count": 1, "reason": reason}
    return int(tx.execute(statement.returning(table.c.count), values).scalar_one())


def forget(tx: Tx, transmission_id: str) -> None:
    """The arrival has come to its end."""
    tx.execute(_FORGET, {"held_id": transmission_id})
