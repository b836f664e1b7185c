"""What a transaction tells, handed on once it is committed: nobody hears of what was rolled back, whole or in part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, event

from hub.store.schema.records import StoredEvent

_TOLD, _MARKS = "told", "told at savepoint"


def begin(tx: Connection) -> list[StoredEvent]:
    """The list that fills while the transaction lasts."""
    told: list[StoredEvent] = []
    tx.info[_TOLD], tx.info[_MARKS] = told, []
    return told


def note(tx: Connection, events: Iterable[StoredEvent]) -> None:
    """Tells of something that is, or is not, a row of its own."""
    if _TOLD in tx.info:
        tx.info[_TOLD].extend(events)


def follow_savepoints(engine: Engine) -> None:
    """Has what a savepoint takes back unsaid. Savepoints end in the reverse of their order."""

    @event.listens_for(engine, "savepoint")
    def mark(tx: Connection, _name: str | None) -> None:
        tx.info[_MARKS].append(len(tx.info[_TOLD]))

    @event.listens_for(engine, "release_savepoint")
    def keep(tx: Connection, _name: str, _context: Any) -> None:
        tx.info[_MARKS].pop()

    @event.listens_for(engine, "rollback_savepoint")
    def unsay(tx: Connection, _name: str, _context: Any) -> None:
        del tx.info[_TOLD][tx.info[_MARKS].pop() :]
