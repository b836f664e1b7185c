"""What the store does when the database does not: it says so by name, keeps what was committed, and heals by itself."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import InvalidRequestError

from hub.store import transmissions
from hub.store.errors import StoreUnavailable
from hub.store.store import Store
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


def test_a_full_disk_is_named_and_loses_nothing_that_was_told(embedded: Store) -> None:
    kept = record(embedded)
    limit_pages(embedded, 1)  # SQLite takes the present size when that is more
    with pytest.raises(StoreUnavailable, match="full"):
        record(embedded, count=200)
    assert has(embedded, kept)
    limit_pages(embedded, 1_000_000)
    assert has(embedded, record(embedded, count=200))
    embedded.close()


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


def test_a_reader_beside_the_writer_sees_what_is_committed_and_writes_nothing(embedded: Store, tmp_path: Path) -> None:
    reader = Store("", tmp_path / "data", writable=False)
    assert has(reader, record(embedded))
    with pytest.raises(StoreUnavailable, match="reading only"):
        record(reader)
    reader.close()
    embedded.close()
