"""The whole database as one consistent copy, made beside whoever writes, and brought back from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import URL

from hub.store.engine import dialects
from hub.store.engine.syncing import sync
from hub.store.errors import StoreError
from hub.store.schema.tables import timers, transmissions
from hub.store.store import Store, Tx

PAGES = 2000
"""Pages of SQLite that are copied at a time."""


class SnapshotRefused(StoreError):
    """The copy cannot be made or brought back; the message says what to use instead."""


def copy(store: Store, url: str, target: Path, progress: Callable[[int], None]) -> None:
    """Writes what is committed now into the file ``target``, durably. ``progress`` is told how many pages were copied,
    where that is known."""
    if store.dialect == "sqlite":
        _copy_sqlite(store, target, progress)
    else:
        _client("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    with target.open("rb") as file:
        sync(file.fileno())


def _copy_sqlite(store: Store, target: Path, progress: Callable[[int], None]) -> None:
    """The transaction holds one snapshot, so a writer neither waits nor makes the copy start again."""
    done = 0

    def copied(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        progress(total - remaining - done)
        done = total - remaining

    written = sqlite3.connect(target)
    try:
        with store.read() as tx:
            tx.exec_driver_sql("SELECT count(*) FROM alembic_version").all()
            source: Any = tx.connection.driver_connection
            source.backup(written, pages=PAGES, progress=copied, sleep=0)
        written.execute("PRAGMA journal_mode = DELETE")  # one file, whole in itself
    finally:
        written.close()


def bring_back(copy: Path, url: str, data_dir: Path) -> None:
    """Makes the database of an empty data directory, or the empty database of ``url``, from a copy."""
    location = dialects.database_url(url, data_dir)
    if dialects.is_sqlite(location):
        shutil.copyfile(copy, data_dir / "hub.db")
        with (data_dir / "hub.db").open("rb") as file:
            sync(file.fileno())
        return
    _refuse_tables(location)
    _client("pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(copy))


def _refuse_tables(location: URL) -> None:
    engine = dialects.writing_engine(location)
    try:
        with engine.begin() as tx:
            if inspect(tx).get_table_names():
                raise SnapshotRefused("the database is not empty: name one that is")
    finally:
        engine.dispose()


def _client(program: str, url: str, *words: str) -> None:
    """Runs a client of PostgreSQL. The password goes by the environment: a command line can be read by others."""
    if shutil.which(program) is None:
        raise SnapshotRefused(
            f"{program} is not installed here. Install PostgreSQL's client programs of the server's version, or back "
            "the database up by its own means (pg_basebackup and the archive of its log, for any point in time)"
        )
    location = dialects.database_url(url, Path())
    password = str(location.password or "")
    plain = location.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    run = subprocess.run(
        [program, f"--dbname={plain}", *words], env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise SnapshotRefused(f"{program} failed: {run.stderr.strip()[-1000:]}")


def forget_claims(tx: Tx) -> None:
    """Nobody works on what the copy says is being worked on."""
    for table in (transmissions, timers):
        free = table.update().where(table.c.lease_owner.is_not(None))
        tx.execute(free.values(lease_owner=None, lease_until=None))
