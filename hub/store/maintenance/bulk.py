"""Whole tables out of one database and into another, of either kind.

Here a row is what SQLite holds of it, whichever database it comes from: instants are texts of fixed width, JSON is text
as it was written, truth values are 0 and 1. So rows of two databases can be compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.types import NullType

from hub.store.engine import dialects
from hub.store.engine.columns import Instant, Json
from hub.store.errors import StoreError

Row: TypeAlias = tuple[Any, ...]

MOVER = "supplier-hub-move"
"""What the connections of a move are called, so that they are told from those of a hub."""


class NotTaken(StoreError):
    """The database does not take a row, or gives it back otherwise; the message says of which table, and why."""


AT_A_TIME = 50
"""Rows that a server sends at once: the largest hold a document of some megabytes."""

INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US'


def read(tx: Connection, table: Table) -> Iterator[Row]:
    """Every row, in no order, a few in memory at a time."""
    columns = [_plain(column, tx.dialect.name) for column in table.columns]
    found = tx.execute(select(*columns).execution_options(yield_per=AT_A_TIME))
    return (tuple(row) for row in found)


def _plain(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    if dialect != "sqlite":
        if isinstance(column.type, Instant):
            return func.to_char(func.timezone("UTC", column), INSTANT).concat(literal("+00:00"))
        if column.type is Json:
            return cast(column, Text)
        if isinstance(column.type, Boolean):
            return cast(column, Integer)
    return type_coerce(column, NullType())


def write(tx: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Writes rows as ``read`` gives them, one after the other as they come. Raises NotTaken."""
    try:
        _write(tx, table, rows)
    except (psycopg.Error, sqlite3.Error) as error:
        raise NotTaken(f"a row of {table.name} is not taken: {str(error).strip()[:500]}") from error


def _write(tx: Connection, table: Table, rows: Iterable[Row]) -> None:
    connection: Any = tx.connection.driver_connection
    if tx.dialect.name == "sqlite":
        connection.executemany(str(insert(table).compile(dialect=tx.dialect)), rows)
        return
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for row in rows:
            copy.write_row(row)


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of a table, and a hash over them."""

    rows: int
    sha256: str


def carry(source: Connection, target: Connection, table: Table, progress: Callable[[int], None]) -> Counted:
    """Writes a table's rows into another database, reads them back and compares; the numbers that are given next go on
    behind the last. ``progress`` is told of each row. Raises NotTaken."""
    there, back = Tally(), Tally()
    write(target, table, _told(there.over(read(source, table)), progress))
    for _ in back.over(read(target, table)):
        pass
    if (there.rows, there.digest) != (back.rows, back.digest):
        raise NotTaken(f"{table.name}: what was read back is not what was written")
    go_on_behind(target, table, last_given(source, table))
    return Counted(there.rows, there.digest)


def _told(rows: Iterator[Row], progress: Callable[[int], None]) -> Iterator[Row]:
    for row in rows:
        yield row
        progress(1)


class Tally:
    """How many rows there were, and a hash of all of them that does not depend on their order: the sum of theirs."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, counted as they pass."""
        for row in rows:
            self.rows += 1
            self._sum += int.from_bytes(sha256(repr(row).encode("utf-8", "surrogatepass")).digest())
            yield row

    @property
    def digest(self) -> str:
        return f"{self._sum % (1 << 256):064x}"


def go_on_behind(tx: Connection, table: Table, last: int) -> None:
    """Has the numbers that the database gives go on behind ``last``. SQLite goes on behind its newest row."""
    if tx.dialect.name != "sqlite" and last:
        tx.execute(select(func.setval(_sequence(table), last)))


def last_given(tx: Connection, table: Table) -> int:
    """The last number that the database gave to a table, 0 where it gave none or gives none."""
    if not gives_numbers(table):
        return 0
    newest = int(tx.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one())
    if tx.dialect.name == "sqlite":
        return newest
    drawn = tx.execute(select(func.pg_sequence_last_value(_sequence(table)))).scalar()
    return max(newest, int(drawn or 0))


def gives_numbers(table: Table) -> bool:
    """Whether the database numbers its rows."""
    return table.autoincrement_column is not None


def _sequence(table: Table) -> ColumnElement[Any]:
    return cast(func.pg_get_serial_sequence(table.name, "seq"), REGCLASS)


def named(url: str, data_dir: Path) -> str:
    """The URL of a database as a move connects to it."""
    location = dialects.database_url(url, data_dir)
    if dialects.is_sqlite(location):
        return url
    return location.update_query_dict({"application_name": MOVER}).render_as_string(hide_password=False)


def tables_there(tx: Connection) -> set[str]:
    return set(inspect(tx).get_table_names())


def has_rows(tx: Connection, table: Table) -> bool:
    return tx.execute(select(literal(1)).select_from(table).limit(1)).first() is not None


def count(tx: Connection, table: Table) -> int:
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def other_hubs(tx: Connection) -> int:
    """Connections of hubs to this database, of whatever machine; none can be told of SQLite, which has a lock."""
    if tx.dialect.name == "sqlite":
        return 0
    return int(tx.execute(text(_OTHERS)).scalar_one())


def take_stock(tx: Connection) -> None:
    """Has PostgreSQL look at its tables, so that it plans by what is in them now."""
    if tx.dialect.name != "sqlite":
        tx.execute(text("ANALYZE"))


_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'supplier-hub' AND pid <> pg_backend_pid()
"""
