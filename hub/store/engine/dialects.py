"""Where SQLite and PostgreSQL differ. Everything else in this package is the same code on both."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pydantic_core
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Executable,
    Integer,
    Interval,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit survives power loss
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -8192",
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MB: a page that many commits change goes to its place the more rarely
)
SQLITE_READERS = 8

POSTGRES_CONNECTIONS, POSTGRES_OVERFLOW = 12, 8
"""One for each thread of the store's executor, and some for what runs beside it."""
WAIT_SECONDS = 10

POSTGRES_CONNECTING = {
    "application_name": "supplier-hub",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",  # a server that vanished is noticed within seconds
}
POSTGRES_VANISHED = (
    # The other way round, unless the server has times of its own: it waits for hours, with all locks held, for a node
    # that vanished while it was being sent something.
    "SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES ('tcp_user_timeout', '15000'), "
    "('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) "
    "AS wanted (name, value) USING (name) WHERE source = 'default'"
)
POSTGRES_SESSION = (
    POSTGRES_VANISHED,
    # a server may be set up to say "committed" before it is; here it must not
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
POSTGRES_PATIENCE = {
    # what a node that hangs has locked becomes free, unless the server has a time of its own for that
    True: "SELECT set_config(name, '20s', false) FROM pg_settings "
    "WHERE name = 'idle_in_transaction_session_timeout' AND setting = '0'",
    # who only reads locks nothing
    False: "SET idle_in_transaction_session_timeout = 0",
}
"""By whether the process writes."""

# sqlite3 looks for an adapter of every NULL and every blob that it binds, in four places, before it takes them as they
# are. Rows here have many of both: told in the first place that they stay what they are, it takes half as long.
sqlite3.register_adapter(type(None), dict[None, None]().get)
sqlite3.register_adapter(bytes, bytes)

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """ASCII, so that a lone surrogate or a NUL in a hostile value is an escape and no database refuses it."""
    if value == []:
        return "[]"
    try:
        text = pydantic_core.to_json(value)  # a fifth of the time, but it keeps what is not ASCII
    except pydantic_core.PydanticSerializationError:  # a lone surrogate
        return _encode(value)
    return text.decode() if text.isascii() else _encode(value)


def database_url(url: str, data_dir: Path) -> URL:
    """The URL with its driver; an empty one means the embedded SQLite file in the data directory."""
    if not url:
        return URL.create("sqlite+pysqlite", database=str(data_dir / "hub.db"))
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+pysqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    return parsed.set(drivername=drivers.get(parsed.drivername, parsed.drivername))


def writing_engine(url: URL, *, writable: bool = True) -> Engine:
    """The engine whose transactions may write: one connection on SQLite, a pool on PostgreSQL. It stands below that of
    a process that only reads, too."""
    if is_sqlite(url):
        return _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, pragmas=SQLITE_PRAGMAS)
    missing = {name: value for name, value in POSTGRES_CONNECTING.items() if name not in url.query}
    engine = create_engine(
        url.update_query_dict(missing),
        json_serializer=to_json,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=POSTGRES_OVERFLOW,
        pool_timeout=WAIT_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        for statement in (*POSTGRES_SESSION, POSTGRES_PATIENCE[writable]):
            connection.execute(statement)
        connection.autocommit = False

    return engine


def reading_engine(url: URL, writing: Engine) -> Engine:
    """The engine whose transactions see one unchanging snapshot and cannot write. On SQLite its connections are opened
    read-only, so that they never move the WAL into the database either: only the writing connection may (see
    ``wal_reset_defect``)."""
    if not is_sqlite(url):
        return writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    location = Path(url.database or "").absolute().as_uri()
    connect = partial(sqlite3.connect, f"{location}?mode=ro", uri=True, check_same_thread=False)
    pragmas = (*SQLITE_PRAGMAS[1:], "PRAGMA query_only = ON")
    return _sqlite_engine(url, begin="BEGIN", pool_size=SQLITE_READERS, pragmas=pragmas, connect=connect)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite_engine(
    url: URL,
    *,
    begin: str,
    pool_size: int,
    pragmas: Sequence[str],
    connect: Callable[[], sqlite3.Connection] | None = None,
) -> Engine:
    """SQLAlchemy's recipe: the driver's own transaction handling is switched off and BEGIN is sent by us."""
    database = url.database or ""
    engine = create_engine(
        url,
        json_serializer=to_json,
        creator=connect or partial(sqlite3.connect, database, check_same_thread=False),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS if pool_size > 1 else 0,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def wal_reset_defect(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can damage a database that two connections write or checkpoint at once: every release with a
    WAL (3.7.0) up to 3.51.2, and the withdrawn 3.52.0. One writing connection is safe with any (sqlite.org/wal.html).
    """
    return (3, 7) <= version < (3, 51, 3) or (3, 52) <= version < (3, 53)


def notices(tx: Connection) -> list[str]:
    """What an operator should know of the engine, in plain words; nothing where all is well."""
    if tx.dialect.name == "sqlite":
        return (
            [_WAL_RESET_NOTICE.format(sqlite3.sqlite_version)] if wal_reset_defect(sqlite3.sqlite_version_info) else []
        )
    settings = dict(
        tx.execute(select(*(func.current_setting(name).label(name) for name in _MUST_BE_ON))).mappings().one()
    )
    return [_OFF_NOTICE.format(name) for name, value in settings.items() if value != "on"]


_MUST_BE_ON = ("fsync", "full_page_writes")
_OFF_NOTICE = (
    "The PostgreSQL server runs with {} = off: when its machine fails, documents that were answered for can be lost. "
    "Switch it on."
)
_WAL_RESET_NOTICE = (
    "SQLite {} has a defect (WAL reset, mended in 3.51.3) that can damage a database which two connections write at "
    "once. The hub writes by one connection only and lets no other hub process write, so it is safe; let no other "
    "program write to hub.db."
)


def upsert(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects spell it alike."""
    return upsert_of(tx.dialect.name, table)


def upsert_of(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same for a statement that is made once for each dialect, as ``tx.dialect`` is named: making one costs ten
    times what it costs to run it."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def moved(tx: Connection, column: ColumnElement[Any], seconds: int) -> ColumnElement[Any]:
    """The instant in a column, so many seconds later, or earlier when negative."""
    if tx.dialect.name != "sqlite":
        return column + literal(timedelta(seconds=seconds), Interval)
    written = type_coerce(column, Text)
    to_the_second = func.strftime("%Y-%m-%dT%H:%M:%S", func.substr(written, 1, 19), f"{seconds:+d} seconds")
    return to_the_second.concat(func.substr(written, 20))


class Values(TypeDecorator[Collection[Any]]):
    """Many values as one parameter: an array, where there are arrays, else a JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.of))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return to_json(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class _Among(FunctionElement[bool]):
    inherit_cache = True  # and no type: SQLAlchemy would compare a Boolean with 1, and no index is used for that


@compiles(_Among, "sqlite")
def _among_in_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are SQLAlchemy's own text


@compiles(_Among, "postgresql")
def _among_in_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a column has one of the values that are bound to ``name``. The statement is the same however many there
    are: made, sent and planned once, where ``in_`` is made anew for each number of them."""
    of = BigInteger if isinstance(column.type, Integer) else Text
    return _Among(column, bindparam(name, type_=Values(of)))


class _Aside(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Aside, "sqlite")
def _aside_in_sqlite(element: _Aside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses.clauses[0], **options)}"


@compiles(_Aside, "postgresql")
def _aside_in_postgresql(element: _Aside, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses.clauses[0], **options)


def aside(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, of which SQLite is to take no index: it knows nothing of how many rows have a value, and another
    index of the same statement leaves fewer. PostgreSQL counts them itself."""
    return _Aside(column)


def draw(tx: Connection, table: Table, count: int) -> Sequence[int]:
    """The next numbers of a table whose key ``seq`` the database gives, in their order: nobody else gets them."""
    if not count:
        return ()
    last, following = _drawing(table)
    if tx.dialect.name == "sqlite":  # has one writer, so the next rows are this transaction's
        first = int(tx.execute(last).scalar() or 0) + 1
        return range(first, first + count)
    return [int(drawn) for drawn in tx.execute(following, {"count": count}).scalars()]


@cache
def _drawing(table: Table) -> tuple[Executable, Executable]:
    number = func.nextval(func.pg_get_serial_sequence(table.name, "seq"))
    return select(func.max(table.c.seq)), select(number).select_from(func.generate_series(1, bindparam("count")))


def lock(tx: Connection, name: str) -> None:
    """Makes transactions that lock the same name run one after the other, until commit.

    SQLite has one writer, so there is nothing to do.
    """
    if tx.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        tx.execute(select(func.pg_advisory_xact_lock(bindparam("number"))), {"number": number})


def clock(tx: Connection) -> datetime:
    """The time by the database's clock; on SQLite that is this machine's."""
    if tx.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def damage(tx: Connection) -> list[str]:
    """What the database finds wrong with its own pages and indexes. PostgreSQL looks where its extension amcheck was
    made; its page checksums, where they are on, speak up whenever a page is read."""
    try:
        if tx.dialect.name == "sqlite":
            return [line for (line,) in tx.exec_driver_sql("PRAGMA integrity_check") if line != "ok"]
        if tx.execute(text("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")).scalar():
            tx.execute(text(_CHECK_INDEXES)).all()
    except DBAPIError as error:
        return [str(error.orig)]
    return []


_CHECK_INDEXES = """
SELECT bt_index_check(index.oid) FROM pg_class AS index
JOIN pg_am ON pg_am.oid = index.relam AND pg_am.amname = 'btree'
JOIN pg_namespace ON pg_namespace.oid = index.relnamespace AND pg_namespace.nspname = current_schema()
WHERE index.relkind = 'i'
"""


def as_text(instant: ColumnElement[Any]) -> ColumnElement[str]:
    """An instant as the text that SQLite keeps it as; its first ten characters are the day."""
    return cast(type_coerce(instant, Text), Text)


def inline(value: str) -> BindParameter[str]:
    """A constant written into the statement itself, which the planner needs to choose a partial index."""
    return literal(value, literal_execute=True)
