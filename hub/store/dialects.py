"""Where SQLite and PostgreSQL differ. Everything else in this package is the same code on both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, Table, bindparam, create_engine, event, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit survives power loss
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -32768",
)
POOL_SIZE = 8

_to_json = partial(json.dumps, ensure_ascii=True, separators=(",", ":"))
"""ASCII, so that a lone surrogate or a NUL in a hostile value is an escape and no database refuses it."""


def database_url(url: str, data_dir: Path) -> URL:
    """The URL with its driver; an empty one means the embedded SQLite file in the data directory."""
    if not url:
        return URL.create("sqlite+pysqlite", database=str(data_dir / "hub.db"))
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+pysqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    return parsed.set(drivername=drivers.get(parsed.drivername, parsed.drivername))


def writing_engine(url: URL) -> Engine:
    """The engine whose transactions may write: one connection on SQLite, a pool on PostgreSQL."""
    if not is_sqlite(url):
        return create_engine(url, json_serializer=_to_json, pool_size=POOL_SIZE, max_overflow=POOL_SIZE)
    return _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, pragmas=SQLITE_PRAGMAS)


def reading_engine(url: URL, writing: Engine) -> Engine:
    """The engine whose transactions see one unchanging snapshot and cannot write."""
    if not is_sqlite(url):
        return writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    pragmas = (*SQLITE_PRAGMAS[1:], "PRAGMA query_only = ON")
    return _sqlite_engine(url, begin="BEGIN", pool_size=POOL_SIZE, pragmas=pragmas)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite_engine(url: URL, *, begin: str, pool_size: int, pragmas: Sequence[str]) -> Engine:
    """SQLAlchemy's recipe: the driver's own transaction handling is switched off and BEGIN is sent by us."""
    engine = create_engine(
        url,
        json_serializer=_to_json,
        connect_args={"check_same_thread": False},
        pool_size=pool_size,
        max_overflow=0,
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


def upsert(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects spell it alike."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def lock(tx: Connection, name: str) -> None:
    """Makes transactions that lock the same name run one after the other, until commit.

    SQLite has one writer, so there is nothing to do.
    """
    if tx.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        tx.execute(select(func.pg_advisory_xact_lock(bindparam("number"))), {"number": number})


def inline(value: str) -> BindParameter[str]:
    """A constant written into the statement itself, which the planner needs to choose a partial index."""
    return literal(value, literal_execute=True)
