"""What the store does when the database does not: it says so by name, keeps what was committed, and heals by itself."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.store.engine import dialects
from hub.store.errors import StoreFull, StoreUnavailable
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.store.rows_for_tests import arrival


def record(store: Store, count: int = 1) -> str:
    with store.begin() as tx:
        return [arrival(tx, body=b"x" * 5000) for _ in range(count)][-1].id


def has(store: Store, transmission_id: str) -> bool:
    with store.read() as tx:
        return transmissions.get(tx, transmission_id) is not None


def limit_pages(store: Store, pages: int) -> None:
    """A full disk as SQLite meets it: the file may not grow beyond this many pages."""
    with store.begin() as tx:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def embedded(tmp_path: Path) -> Store:
    store = Store("", tmp_path / "data")
    store.migrate()
    return store


@pytest.mark.own_stores("a limit of SQLite's file")
def test_a_full_disk_is_named_and_loses_nothing_that_was_told(embedded: Store) -> None:
    kept = record(embedded)
    limit_pages(embedded, 1)  # SQLite takes the present size when that is more
    with pytest.raises(StoreFull, match="full"):
        record(embedded, count=200)
    assert has(embedded, kept)
    limit_pages(embedded, 1_000_000)
    assert has(embedded, record(embedded, count=200))
    embedded.close()


@pytest.mark.own_stores("SQLite has one writing connection")
def test_a_transaction_inside_another_is_an_error_and_not_a_deadlock(embedded: Store) -> None:
    with pytest.raises(InvalidRequestError), embedded.begin(), embedded.begin():
        pass
    assert has(embedded, record(embedded))
    embedded.close()


def test_a_restarted_server_costs_one_error(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url, tmp_path / "data")
    store.migrate()
    kept = record(store)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StoreUnavailable):
        record(store)
    assert has(store, kept)
    assert has(store, record(store))
    store.close()


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Store(f"postgresql://nobody@/nothing?host={tmp_path}", tmp_path / "data")


@pytest.mark.own_stores("SQLite's WAL")
def test_a_reader_finds_all_that_a_killed_writer_committed_and_leaves_the_wal_to_the_next(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from hub.store.store import Store; "
        "from tests.integration.store.rows_for_tests import arrival; "
        "store = Store('', Path(sys.argv[1])); store.migrate()\n"
        "with store.begin() as tx: print(arrival(tx).id, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    wal = tmp_path / "hub.db-wal"
    before = wal.stat().st_size
    reader = Store("", tmp_path, writable=False)
    assert has(reader, killed.stdout.strip())
    reader.close()
    assert wal.stat().st_size == before > 0, "only the writing connection moves the WAL into the database"
    Store("", tmp_path).close()
    assert not wal.exists()


@pytest.mark.own_stores("SQLite has one writing connection")
def test_a_reading_connection_cannot_write_and_there_is_no_second_one_that_can(embedded: Store) -> None:
    with embedded.read() as tx:
        tx.exec_driver_sql("PRAGMA query_only = OFF")
        with pytest.raises(OperationalError, match="readonly"):
            tx.exec_driver_sql("DELETE FROM transmissions")
    with pytest.raises(PoolTimeout):
        embedded._engine.connect()
    embedded.close()


@pytest.mark.own_stores("SQLite has one writing connection")
def test_another_process_is_refused_as_a_second_writer(embedded: Store, tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from hub.store.store import Store; Store('', Path(sys.argv[1]))"
    data = str(tmp_path / "data")
    refused = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert f"in use by process {os.getpid()}" in refused.stderr
    embedded.close()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), True),
        ((3, 53, 0), False),
        ((3, 60, 1), False),
    ],
)
def test_releases_of_sqlite_with_the_wal_reset_defect_are_known(version: tuple[int, ...], affected: bool) -> None:
    assert dialects.wal_reset_defect(version) is affected


def test_the_operator_is_told_what_the_engine_may_lose(store: Store) -> None:
    """The test's own PostgreSQL runs without fsync; SQLite is whatever this Python brings."""
    told = store.notices()
    if store.dialect == "postgresql":
        assert any("fsync = off" in notice for notice in told)
    else:
        assert bool(told) == dialects.wal_reset_defect(sqlite3.sqlite_version_info)


def test_every_session_commits_durably_whatever_the_servers_default(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url, tmp_path / "data")
    with psycopg.connect(postgres_url) as other:
        assert other.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with store.begin() as tx:
        assert tx.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    store.close()


def test_a_reader_beside_the_writer_sees_what_is_committed_and_writes_nothing(
    store: Store, migrated_url: str, tmp_path: Path
) -> None:
    reader = Store(migrated_url, tmp_path / "data", writable=False)
    assert has(reader, record(store))
    with pytest.raises(StoreUnavailable, match="reading only"):
        record(reader)
    reader.close()
