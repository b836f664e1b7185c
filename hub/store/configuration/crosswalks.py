"""Crosswalk rows: the partner's words for our items, units, locations and codes, with every change kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import CrosswalkRow
from hub.store.schema.tables import crosswalk_history as history_table
from hub.store.schema.tables import crosswalk_rows as table
from hub.store.store import Tx

ROWS = Rows(table, CrosswalkRow)

_OF_PARTNER = ROWS.select.where(table.c.partner == bindparam("partner")).order_by(
    table.c.list, table.c.code_list, table.c.partner_value
)
_REVISION = select(func.max(history_table.c.revision)).where(history_table.c.partner == bindparam("partner"))
_HISTORY = (
    select(*(column for column in history_table.c if column.name not in ("seq", "partner")))
    .where(history_table.c.partner == bindparam("partner"))
    .order_by(history_table.c.seq.desc())
    .limit(bindparam("count"))
)
_UNTIL = (
    select(history_table.c.list, history_table.c.code_list, history_table.c.partner_value, history_table.c.new_value)
    .where(history_table.c.partner == bindparam("partner"), history_table.c.revision <= bindparam("revision"))
    .order_by(history_table.c.seq)
)
_REVISION_AT = select(func.max(history_table.c.revision)).where(
    history_table.c.partner == bindparam("partner"), history_table.c.changed_at <= bindparam("instant")
)
_DELETE = delete(table).where(
    table.c.partner == bindparam("held_partner"),
    table.c.list == bindparam("held_list"),
    table.c.code_list == bindparam("held_code_list"),
    table.c.partner_value == bindparam("held_value"),
)

Key = tuple[str, str, str]
"""list, code_list, partner_value."""


def rows(tx: Tx, partner: str) -> list[CrosswalkRow]:
    return ROWS.all(tx, _OF_PARTNER, {"partner": partner})


def revision(tx: Tx, partner: str) -> int:
    """Rises with every change; 0 when there never was a row."""
    return int(tx.execute(_REVISION, {"partner": partner}).scalar() or 0)


def revision_at(tx: Tx, partner: str, instant: datetime) -> int:
    """The revision that held at an instant; 0 when there was no row yet."""
    return int(tx.execute(_REVISION_AT, {"partner": partner, "instant": instant}).scalar() or 0)


def rows_of_revision(tx: Tx, partner: str, revision: int) -> list[CrosswalkRow]:
    """The rows as they were at a revision, in the order of ``rows``."""
    held: dict[Key, str] = {}
    for *key, value in tx.execute(_UNTIL, {"partner": partner, "revision": revision}):
        if value is None:
            held.pop((key[0], key[1], key[2]), None)
        else:
            held[key[0], key[1], key[2]] = value
    return [CrosswalkRow(*key, value) for key, value in sorted(held.items())]


def history(tx: Tx, partner: str, limit: int = 200) -> list[dict[str, Any]]:
    """Changes, newest first: revision, list, code_list, partner_value, old_value, new_value, changed_at, changed_by."""
    return [dict(row) for row in tx.execute(_HISTORY, {"partner": partner, "count": limit}).mappings()]


def replace(tx: Tx, partner: str, wanted: Iterable[CrosswalkRow], by: str, now: datetime) -> int:
    """Makes ``wanted`` the partner's rows, removing others, and returns the revision, unchanged if nothing changed."""
    return _change(tx, partner, wanted, by, now, remove_others=True)


def merge(tx: Tx, partner: str, wanted: Iterable[CrosswalkRow], by: str, now: datetime) -> int:
    """Adds or changes rows, leaving others, and returns the revision, unchanged if nothing changed."""
    return _change(tx, partner, wanted, by, now, remove_others=False)


def _change(
    tx: Tx, partner: str, wanted: Iterable[CrosswalkRow], by: str, now: datetime, *, remove_others: bool
) -> int:
    dialects.lock(tx, f"crosswalk:{partner}")
    old = {_key(row): row.our_value for row in rows(tx, partner)}
    new = {_key(row): row.our_value for row in wanted}
    written = {key: value for key, value in new.items() if old.get(key) != value}
    removed = sorted(old.keys() - new.keys()) if remove_others else []
    number = revision(tx, partner)
    if not written and not removed:
        return number
    number += 1
    if removed:
        tx.execute(_DELETE, [_held(partner, key) for key in removed])
    if written:
        upsert = dialects.upsert(tx, table)
        changed = {"our_value": upsert.excluded.our_value, "revision": upsert.excluded.revision}
        statement = upsert.on_conflict_do_update(
            index_elements=["partner", "list", "code_list", "partner_value"], set_=changed
        )
        tx.execute(
            statement,
            [
                {"partner": partner, **_named(key), "our_value": value, "revision": number}
                for key, value in written.items()
            ],
        )
    told = {"partner": partner, "revision": number, "changed_at": now, "changed_by": by}
    tx.execute(
        insert(history_table),
        [
            {**told, **_named(key), "old_value": old.get(key), "new_value": written.get(key)}
            for key in (*written, *removed)
        ],
    )
    return number


def _key(row: CrosswalkRow) -> Key:
    return row.list, row.code_list, row.partner_value


def _named(key: Key) -> dict[str, str]:
    return dict(zip(("list", "code_list", "partner_value"), key, strict=True))


def _held(partner: str, key: Key) -> dict[str, str]:
    return {"held_partner": partner, "held_list": key[0], "held_code_list": key[1], "held_value": key[2]}
