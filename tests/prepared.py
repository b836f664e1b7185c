"""Stores made once and copied for each test, which is quicker than making each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.store.store import Store, Tx


@cache
def migrated_sqlite(fill: Callable[[Tx], object] | None = None) -> bytes:
    """A ``hub.db`` with the hub's schema and no rows but those that ``fill`` writes."""
    with TemporaryDirectory() as folder:
        store = Store("", Path(folder))
        try:
            store.migrate()
            if fill is not None:
                with store.begin() as tx:
                    fill(tx)
        finally:
            store.close()
        return (Path(folder) / "hub.db").read_bytes()


def fresh_store(url: str, data: Path) -> Store:
    """A migrated, empty store: a new file in ``data``, or the database of ``url``, which is so already."""
    if not url:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "hub.db").write_bytes(migrated_sqlite())
    return Store(url, data)
