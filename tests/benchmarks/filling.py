"""A store with a million documents within minutes: orders that the pipeline has worked, copied by the database itself.

Every row of a worked order is copied with identifiers, numbers and hashes of its own, as finished work: what a hub
holds that has run for years. What is measured afterwards meets tables and indexes of that size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, inspect, text

from hub.store.store import Store, Tx
from hub.store.tables import metadata

COPIED = (
    "transmissions",
    "interchanges",
    "groups",
    "documents",
    "document_keys",
    "deliveries",
    "delivery_keys",
    "events",
)
STRIDE = 10_000
"""A copy's serial numbers lie behind those of the copy before: no original has more rows of one kind."""

AT_ONCE = 250
"""Copies in one transaction."""

_ID = re.compile(r"^[a-z]+_[0-9A-Z]{26}")
_COUNTED = frozenset({"seq", "document_seq", "delivery_seq", "place", "position"})
_NAMED = frozenset({"number", "value", "identity_key", "control_number"})
_FINISHED = (
    "UPDATE original_deliveries SET status = 'acknowledged', settled_at = created_at, waits_for = NULL",
    "UPDATE original_delivery_keys SET open = (1 = 0)",
)


def multiply(store: Store, until: int) -> None:
    """Copies what the store held when this was first called, until it holds ``until`` documents, or a few more."""
    with store.begin() as tx:
        _set_originals_aside(tx)
        statements = [_copying(tx, store.dialect, metadata.tables[name]) for name in COPIED]
        held, originals = (_count(tx, table) for table in ("documents", "original_documents"))
        newest = max(_newest(tx, metadata.tables[name]) for name in COPIED)
    first = newest // STRIDE + 1
    last = first + -(-(until - held) // originals)
    for begin in range(first, last, AT_ONCE):
        with store.begin() as tx:
            for statement in statements:
                tx.execute(text(statement), {"first": begin, "last": min(begin + AT_ONCE, last) - 1})
    with store.begin() as tx:
        for name in COPIED if store.dialect == "postgresql" else ():
            _go_on_counting(tx, metadata.tables[name])
        tx.execute(text("ANALYZE"))


def _count(tx: Tx, table: str) -> int:
    return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def _newest(tx: Tx, table: Table) -> int:
    return int(tx.execute(text(f"SELECT max(seq) FROM {table.name}")).scalar() or 0) if "seq" in table.c else 0  # noqa: S608


def _set_originals_aside(tx: Tx) -> None:
    if inspect(tx).has_table("original_documents"):
        return
    for name in COPIED:
        tx.execute(text(f"CREATE TABLE original_{name} AS SELECT * FROM {name}"))  # noqa: S608
    for statement in _FINISHED:
        tx.execute(text(statement))


def _go_on_counting(tx: Tx, table: Table) -> None:
    for column in table.columns:
        if column.name == "seq":
            sequence = f"pg_get_serial_sequence('{table.name}', 'seq')"
            tx.execute(text(f"SELECT setval({sequence}, (SELECT max(seq) FROM {table.name}))"))  # noqa: S608


def _copying(tx: Tx, dialect: str, table: Table) -> str:
    """The statement that copies a table's originals once for each number from ``first`` to ``last``."""
    row: dict[str, Any] = {}
    for found in tx.execute(table.select().limit(50)).mappings():
        row |= {name: value for name, value in found.items() if value is not None}
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(_value(dialect, column.name, row.get(column.name)) for column in table.columns)
    numbers = "WITH RECURSIVE n(n) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT n + 1 FROM n WHERE n < :last)"
    if dialect == "sqlite":
        return f"INSERT INTO {table.name} ({names}) {numbers} SELECT {values} FROM original_{table.name}, n"  # noqa: S608
    return f"{numbers} INSERT INTO {table.name} ({names}) SELECT {values} FROM original_{table.name}, n"  # noqa: S608


def _value(dialect: str, name: str, example: Any) -> str:
    padded = "printf('%08d', n)" if dialect == "sqlite" else "lpad(n::text, 8, '0')"
    if name in _COUNTED:
        return f"{name} + n * {STRIDE}"
    if name == "sha256":
        return f"{padded} || substr(sha256, 9)"
    if isinstance(example, str) and _ID.match(example):
        before = example.index("_") + 11  # the moment at which it was made stays
        return f"substr({name}, 1, {before - 1}) || {padded} || substr({name}, {before + 8})"
    return f"CASE {name} WHEN '' THEN '' ELSE {name} || '-' || n END" if name in _NAMED else name


def numbers(store: Store) -> Iterator[str]:
    """Purchase orders that are held, from all over the store."""
    with store.read() as tx:
        last = tx.execute(text("SELECT max(document_seq) FROM document_keys")).scalar_one()
        asked = text(
            "SELECT value FROM document_keys WHERE kind = 'purchase_order' AND document_seq >= :at "
            "ORDER BY document_seq LIMIT 1"
        )
        for place in range(1, 401):
            if (found := tx.execute(asked, {"at": last * place // 401})).rowcount != 0 and (value := found.scalar()):
                yield value
