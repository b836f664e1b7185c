"""A store with a million documents within minutes: a day that a hub has worked, copied by the database itself.

Every row that the day left behind, in every table that the pipeline writes, is copied as finished work: what a hub
holds that has run for two years. A copy has identifiers, numbers, keys and hashes of its own, its instants lie as far
back as its place among the copies says, and it belongs to other partners. Each fourth copy is of the very partners of
the day, so that these have much; all others share their control numbers, as real partners do, who each count from 1.
Indexes are kept while rows come in, so that they are as full, and as torn, as those of a hub that grew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Column, String, Table, Text, create_engine, text

from hub.store.engine import dialects
from hub.store.engine.columns import Instant
from hub.store.schema.tables import metadata
from hub.store.store import Store, Tx

COPIED = (
    "transmissions",
    "interchanges",
    "groups",
    "documents",
    "document_keys",
    "document_findings",
    "deliveries",
    "delivery_keys",
    "acknowledgments",
    "attempts",
    "sent_sets",
    "idempotency_keys",
    "events",
    "seals",
)
MARK = 7_777_000
"""Documents of the day to be copied are numbered behind this: its first four digits become the copy's."""

OURS = "00000"
"""How control numbers begin that the hub gave; the partners' own have the mark."""

MOST = 0x1FFF
"""Copies whose identifiers still sort before those of today."""

AT_ONCE = 50
"""Copies in one transaction."""

SPAN = timedelta(days=730)
OTHERS = 40
"""So many partners there are to each of the day."""

_COUNTED = {
    "seals": {"number", "first", "last"},
    "events": {"position"},
    "document_keys": {"document_seq"},
    "document_findings": {"document_seq"},
    "delivery_keys": {"delivery_seq", "place"},
    "deliveries": {"place"},
}
_SHARED = re.compile(r"control_number$")
_FINISHED = (
    "UPDATE original_deliveries SET status = 'acknowledged', settled_at = created_at, waits_for = NULL, "
    "acknowledgment_due = NULL WHERE acknowledgment_due IS NOT NULL",
    "UPDATE original_delivery_keys SET open = (1 = 0)",
)
_UNFINISHED = (
    "SELECT count(*) FROM transmissions WHERE status NOT IN ('processed', 'sent')",
    "SELECT count(*) FROM deliveries WHERE status NOT IN ('delivered', 'acknowledged')",
    "SELECT count(*) FROM events WHERE position IS NULL",
)


def unfinished(tx: Tx) -> int:
    """Rows of a day that cannot be copied yet."""
    return sum(int(tx.execute(text(statement)).scalar_one()) for statement in _UNFINISHED)


def multiply(url: str, data_dir: Path, until: int) -> None:
    """Copies all that a store holds, which is finished, until it holds ``until`` documents, or a few more. Nobody else
    may have it open. It is left as one that has grown: looked through by the planner's own upkeep, and on disk."""
    location = dialects.database_url(url, data_dir)
    engine = create_engine(location, isolation_level="AUTOCOMMIT")
    with engine.connect() as tx:
        tx.execution_options(isolation_level="AUTOCOMMIT")
        if waiting := unfinished(tx):
            raise RuntimeError(f"{waiting} rows of the day are not finished")
        _hasten(tx)
        _set_originals_aside(tx)
        held = _count(tx, "documents")
        last = -(-(until - held) // held)
        if last > MOST:
            raise RuntimeError(f"a day of {held} documents is too short for {until}")
        copying = _Copying(tx, last)
        statements = [text(copying.statement(metadata.tables[name])) for name in COPIED]
        for begin in range(1, last + 1, AT_ONCE):
            tx.execute(text("BEGIN"))
            for statement in statements:
                tx.execute(statement, {"first": begin, "last": min(begin + AT_ONCE - 1, last)})
            tx.execute(text("COMMIT"))
        _settle(tx)
    engine.dispose()


def _hasten(tx: Tx) -> None:
    """What is filled in has not to outlive a failure of the machine; until the connection ends."""
    sqlite = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -2000000")
    for statement in sqlite if tx.dialect.name == "sqlite" else ("SET synchronous_commit = off",):
        tx.execute(text(statement))


def _settle(tx: Tx) -> None:
    for name in COPIED:
        tx.execute(text(f"DROP TABLE original_{name}"))
        if tx.dialect.name == "postgresql" and "seq" in metadata.tables[name].c:
            sequence = f"pg_get_serial_sequence('{name}', 'seq')"
            tx.execute(text(f"SELECT setval({sequence}, (SELECT max(seq) FROM {name}))"))  # noqa: S608
    sqlite = ("PRAGMA wal_checkpoint(TRUNCATE)",)
    for statement in sqlite if tx.dialect.name == "sqlite" else ("VACUUM (ANALYZE)", "CHECKPOINT"):
        tx.execute(text(statement))


def _count(tx: Tx, table: str) -> int:
    return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def _set_originals_aside(tx: Tx) -> None:
    for name in COPIED:
        tx.execute(text(f"CREATE TABLE original_{name} AS SELECT * FROM {name}"))  # noqa: S608
    for statement in _FINISHED:
        tx.execute(text(statement))


class _Copying:
    """The statements that copy each table's originals once for each number from ``first`` to ``last``."""

    def __init__(self, tx: Tx, copies: int) -> None:
        self._tx = tx
        self._sqlite = tx.dialect.name == "sqlite"
        self._seconds_a_copy = int(SPAN.total_seconds()) // copies
        self._copies = copies
        self._stride = 1 + max(self._newest(table, column) for table, column in _counted())
        ids = tx.execute(text("SELECT min(substr(id, 4, 5)), max(substr(id, 4, 5)) FROM transmissions")).one()
        if ids[0] != ids[1]:
            raise RuntimeError(f"the day began at {ids[0]} and ended at {ids[1]}: make another")
        self._made = str(ids[0])
        self._partners = [
            str(key)
            for key in tx.execute(text("SELECT DISTINCT partner FROM transmissions WHERE partner <> ''")).scalars()
        ]

    def _newest(self, table: str, column: str) -> int:
        return int(self._tx.execute(text(f'SELECT max("{column}") FROM {table}')).scalar() or 0)  # noqa: S608

    def statement(self, table: Table) -> str:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(self._value(column) for column in table.columns)
        numbers = "WITH RECURSIVE n(n) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT n + 1 FROM n WHERE n < :last)"
        insert = f"INSERT INTO {table.name} ({names})"
        order = "ORDER BY n, o.seq" if "seq" in table.c else "ORDER BY n"
        select = f"SELECT {values} FROM n CROSS JOIN original_{table.name} AS o {order}"  # noqa: S608
        return f"{insert} {numbers} {select}" if self._sqlite else f"{numbers} {insert} {select}"

    def _value(self, column: Column[object]) -> str:
        own = f'o."{column.name}"'
        if (column.table.name, column.name) in _counted():
            return f"{own} + n * {self._stride}"
        if isinstance(column.type, Instant):
            return self._earlier(own)
        if column.name == "sha256":
            drawn = f"((n * 2654435761 + {self._number('o.seq')} * 40503) % 4294967296)"
            eight = f"printf('%08x', {drawn})" if self._sqlite else f"lpad(to_hex({drawn}), 8, '0')"
            return f"{eight} || substr({own}, 9)"
        if not isinstance(column.type, String | Text) or column.name in ("canonical", "provenance"):
            return own
        return self._renamed(column, own)

    def _number(self, column: str) -> str:
        return column if self._sqlite else f"CAST({column} AS bigint)"

    def _earlier(self, own: str) -> str:
        if not self._sqlite:
            return f"{own} - (({self._copies} - n) * {self._seconds_a_copy}) * interval '1 second'"
        seconds = f"'-' || (({self._copies} - n) * {self._seconds_a_copy}) || ' seconds'"
        return f"strftime('%Y-%m-%dT%H:%M:%S', substr({own}, 1, 19), {seconds}) || substr({own}, 20)"

    def _renamed(self, column: Column[object], own: str) -> str:
        """Text with the identifiers, numbers and partners of the copy in place of the original's."""
        value, mark = own, str(MARK)[:4]
        if column.name == "value":
            ours = f"replace({own}, '{OURS}', '9' || {self._shared()})"
            value = f"CASE o.kind WHEN 'control_number' THEN {ours} ELSE {own} END"
        found = {part for part in (self._made, mark, *self._partners) if self._has(column, part)}
        if self._made in found:
            hexadecimal = "printf('%04X', n)" if self._sqlite else "upper(lpad(to_hex(n), 4, '0'))"
            value = f"replace({value}, '_{self._made}', '_0' || {hexadecimal})"
        if mark in found:
            value = f"replace({value}, '{mark}', {self._mark(column)})"
        elif _SHARED.search(column.name):
            value = f"replace({value}, '{OURS}', '9' || {self._shared()})"
        for partner in sorted(found.intersection(self._partners)):
            suffix = f"CASE n % 4 WHEN 0 THEN '' ELSE '-' || (n % {OTHERS}) END"
            value = f"replace({value}, '{partner}', '{partner}' || {suffix})"
        return value

    def _mark(self, column: Column[object]) -> str:
        shared, own = self._shared(), f"'P' || {self._padded('n')}"
        if column.name == "value":
            return f"CASE o.kind WHEN 'control_number' THEN {shared} ELSE {own} END"
        return shared if _SHARED.search(column.name) else own

    def _shared(self) -> str:
        """The copy's part of control numbers, by which the partners of the day have others than all else."""
        return self._padded(f"(CASE n % 4 WHEN 0 THEN 5000 + n / 4 ELSE 1000 + n / {OTHERS} END)")

    def _padded(self, number: str) -> str:
        return f"printf('%04d', {number})" if self._sqlite else f"lpad({number}::text, 4, '0')"

    def _has(self, column: Column[object], part: str) -> bool:
        sought = f'SELECT count(*) FROM original_{column.table.name} WHERE "{column.name}" LIKE :part'  # noqa: S608
        return bool(self._tx.execute(text(sought), {"part": f"%{part}%"}).scalar())


@cache
def _counted() -> frozenset[tuple[str, str]]:
    own = {(name, "seq") for name in COPIED if "seq" in metadata.tables[name].c}
    return frozenset(own | {(table, column) for table, columns in _COUNTED.items() for column in columns})


def numbers(store: Store) -> Iterator[str]:
    """Purchase orders that are held, from all over the store."""
    with store.read() as tx:
        last = tx.execute(text("SELECT max(document_seq) FROM document_keys")).scalar_one()
        asked = text(
            "SELECT value FROM document_keys WHERE kind = 'purchase_order' AND document_seq >= :at "
            "ORDER BY document_seq LIMIT 1"
        )
        for place in range(1, 401):
            if value := tx.execute(asked, {"at": last * place // 401}).scalar():
                yield value
