"""Events: what happened, in the transaction of the change it tells. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from hub.store import told
from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import StoredEvent
from hub.store.schema.tables import events as table
from hub.store.store import Tx

ROWS = Rows(table, StoredEvent)

_INSERT = insert(table)
_FEED = ROWS.select.where(table.c.position > bindparam("after")).order_by(table.c.position).limit(bindparam("count"))
_BEHIND = select(func.min(table.c.position)).where(table.c.position > bindparam("after"))
_NEWEST = select(func.max(table.c.position)).where(table.c.position.is_not(None))  # as its index has it
_CHOSEN = (
    ROWS.select.where(
        table.c.position > bindparam("after"),
        table.c.position <= bindparam("upto"),
        dialects.among(table.c.kind, "kinds"),
    )
    .order_by(table.c.position)
    .limit(bindparam("count"))
)
_CHOSEN_OF_PARTNERS = _CHOSEN.where(dialects.among(table.c.partner, "partners"))
_OF_SUBJECT = ROWS.select.where(table.c.subject_id == bindparam("id")).order_by(table.c.seq)


def event(
    kind: str,
    subject_id: str,
    *,
    now: datetime,
    transmission_id: str | None = None,
    partner: str | None = None,
    actor: str = "hub",
    data: dict[str, Any] | None = None,
) -> StoredEvent:
    """An event not yet written, for ``record_many``. ``kind`` is past tense: ``delivery.dead``."""
    return StoredEvent(now, kind, subject_id, transmission_id, partner, actor, data or {})


def record(
    tx: Tx,
    kind: str,
    subject_id: str,
    *,
    now: datetime,
    transmission_id: str | None = None,
    partner: str | None = None,
    actor: str = "hub",
    data: dict[str, Any] | None = None,
) -> None:
    """Writes one event. ``transmission_id`` joins everything that one arrival set off."""
    written = event(kind, subject_id, now=now, transmission_id=transmission_id, partner=partner, actor=actor, data=data)
    tx.execute(_INSERT, ROWS.values(written))
    told.note(tx, [written])


def record_many(tx: Tx, events: Iterable[StoredEvent]) -> None:
    """Writes many events at once, in their order."""
    if rows := list(events):
        ROWS.insert_many(tx, rows)
        told.note(tx, rows)


def of_subject(tx: Tx, subject_id: str) -> list[StoredEvent]:
    """Oldest first."""
    return ROWS.all(tx, _OF_SUBJECT, {"id": subject_id})


def feed(tx: Tx, after: int, limit: int) -> list[StoredEvent]:
    """Sealed events behind a position, in order: what comes later is always behind what was read."""
    return ROWS.all(tx, _FEED, {"after": after, "count": limit})


WINDOW = 20_000
"""Positions that one question looks through, however few of them are of the caller."""


def chosen(
    tx: Tx, after: int, limit: int, kinds: Collection[str], partners: Collection[str] | None
) -> tuple[list[StoredEvent], int]:
    """Sealed events behind a position that are of these kinds and partners, None for any and none; and the position up
    to which nothing more is. A short page says nothing of what comes behind it: the work of one question is bounded."""
    begin = tx.execute(_BEHIND, {"after": after}).scalar()
    if begin is None:
        return [], after
    upto = min(int(begin) + WINDOW - 1, newest(tx))
    asked = {"after": after, "upto": upto, "count": limit, "kinds": sorted(kinds)}
    if partners is None:
        found = ROWS.all(tx, _CHOSEN, asked)
    else:
        found = ROWS.all(tx, _CHOSEN_OF_PARTNERS, asked | {"partners": sorted(partners)})
    return found, found[-1].position or after if len(found) == limit else upto


def newest(tx: Tx) -> int:
    """The position at which the feed ends; 0 when nothing is sealed."""
    return int(tx.execute(_NEWEST).scalar() or 0)
