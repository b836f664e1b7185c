"""Work items: what a person must decide, one open item per key however many subjects wait for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select, text, update

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.ids import new_id
from hub.store.schema.records import WorkItem
from hub.store.schema.tables import work_item_subjects as subjects_table
from hub.store.schema.tables import work_items as table
from hub.store.store import Tx

ROWS = Rows(table, WorkItem, derived=frozenset({"subjects"}))

_OPEN = ROWS.select.where(table.c.open).order_by(table.c.seq)
_OPEN_KEYS = select(table.c.key).where(table.c.open, table.c.kind.in_(bindparam("kinds", expanding=True)))
_GET = ROWS.select.where(table.c.id == bindparam("id"))
_SUBJECTS = select(subjects_table.c.subject_id).where(subjects_table.c.work_item_id == bindparam("id"))
_CLOSE = update(table).where(table.c.open, table.c.key == bindparam("held_key"))
_OF_SUBJECT = (
    ROWS.select.join(subjects_table, subjects_table.c.work_item_id == table.c.id)
    .where(subjects_table.c.subject_id == bindparam("id"))
    .order_by(table.c.seq)
)


def raise_item(
    tx: Tx, kind: str, key: str, partner: str | None, summary: str, subjects: Iterable[str], now: datetime
) -> str:
    """The id of the open item with this key, made when there is none; the subjects join those it has.

    ``summary`` says in plain words what to decide; the newest one stays.
    """
    item = WorkItem(new_id("wi"), kind, key, partner, summary, now)
    insert = dialects.upsert(tx, table)
    statement = insert.on_conflict_do_update(
        index_elements=["key"], index_where=text("open"), set_={"summary": insert.excluded.summary}
    )
    item_id = str(tx.execute(statement.returning(table.c.id), ROWS.values(item)).scalar_one())
    if values := [{"work_item_id": item_id, "subject_id": subject} for subject in sorted(set(subjects))]:
        tx.execute(dialects.upsert(tx, subjects_table).on_conflict_do_nothing(), values)
    return item_id


def close(tx: Tx, key: str, now: datetime) -> bool:
    """Closes the open item with this key; False when there is none."""
    return tx.execute(_CLOSE, {"held_key": key, "open": False, "closed_at": now}).rowcount > 0


def get(tx: Tx, item_id: str) -> WorkItem | None:
    """Open or closed, with its subjects."""
    item = ROWS.first(tx, _GET, {"id": item_id})
    return _with_subjects(tx, item) if item else None


def open_items(tx: Tx) -> list[WorkItem]:
    """Oldest first, each with its subjects."""
    return [_with_subjects(tx, item) for item in ROWS.all(tx, _OPEN)]


def open_keys(tx: Tx, kinds: Collection[str]) -> set[str]:
    """The keys of the open items of some kinds."""
    return set(tx.execute(_OPEN_KEYS, {"kinds": sorted(kinds)}).scalars())


def of_subject(tx: Tx, subject_id: str) -> list[WorkItem]:
    """Open and closed ones that name a document, delivery or transmission."""
    return [_with_subjects(tx, item) for item in ROWS.all(tx, _OF_SUBJECT, {"id": subject_id})]


def _with_subjects(tx: Tx, item: WorkItem) -> WorkItem:
    return replace(item, subjects=tuple(sorted(tx.execute(_SUBJECTS, {"id": item.id}).scalars())))
