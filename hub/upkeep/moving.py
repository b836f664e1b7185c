"""``hub store move``: a whole store out of one database into an empty one, or its blobs into another home.

All rows are written in one transaction of the new database, which is committed once what was written has been read
back and is what was read: a move that is broken off, whenever, has not happened, and is simply made again. The old
database is only read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hub.errors import OperationRefused
from hub.store import migration
from hub.store.errors import BitRot
from hub.store.kept import home
from hub.store.kept.address import FOLDER
from hub.store.kept.blobs import Blobs
from hub.store.maintenance import bulk, snapshot
from hub.store.moved_away import forget_moved, noted
from hub.store.schema.tables import metadata, nodes, schema_compatibility
from hub.store.store import Store, Tx
from hub.store.traffic import transmissions
from hub.store.trail import events
from hub.upkeep.blob_home import refuse_foreign

MOVED = "hub.moved"

BLOCK = 1 << 20

LEAVING_SECONDS = 5.0
"""How long a database may still count a connection that was closed."""


@dataclass(slots=True)
class Moved:
    """``tables`` are empty where only blobs were moved. ``blobs`` is where they lie now, ``copied`` how many went
    there; ``missing`` are hashes that had no sound bytes before."""

    tables: dict[str, bulk.Counted] = field(default_factory=dict)
    blobs: str = FOLDER
    copied: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


@contextmanager
def stopped(url: str, data_dir: Path) -> Iterator[Store]:
    """The store that is to be moved, with its lock. Raises OperationRefused while a hub uses it, or when its schema is
    not this version's; StoreInUse."""
    with _opened(url, data_dir) as store:
        with store.read() as tx:
            if migration.held(tx) != migration.newest():
                raise OperationRefused("the store is of another version: start this version's hub on it once")
        _refuse_hubs(store)
        yield store


MOVED_TABLES = [table for table in metadata.sorted_tables if table not in (nodes, schema_compatibility)]
"""All but what a database says of the nodes that work on it, and of its own schema."""


@contextmanager
def _opened(url: str, data_dir: Path) -> Iterator[Store]:
    store = Store(bulk.named(url, data_dir), data_dir)
    try:
        yield store
    finally:
        store.close()


def look_at(url: str, data_dir: Path) -> None:
    """Whether a store can be moved there; nothing is changed. Raises OperationRefused unless it is empty."""
    if not url and not (data_dir / "hub.db").exists():
        return
    with _opened(url, data_dir) as store:
        _refuse_hubs(store)
        with store.read() as tx:
            _refuse_full(tx)


def _refuse_full(tx: Tx) -> None:
    there = bulk.tables_there(tx)
    if foreign := there - set(metadata.tables) - {"alembic_version"}:
        raise OperationRefused(f"the database is not the hub's alone, it has a table {min(foreign)}: name an empty one")
    if there and migration.held(tx) != migration.newest():
        raise OperationRefused("the database holds a hub of another version: name an empty one")
    for table in MOVED_TABLES if there else ():
        if bulk.has_rows(tx, table):
            raise OperationRefused(f"the database is not empty, there is something in {table.name}: name an empty one")


@contextmanager
def emptied(url: str, data_dir: Path) -> Iterator[Store]:
    """The place that a store is to be moved to. Raises OperationRefused unless it is empty."""
    look_at(url, data_dir)
    if not url:
        forget_moved(data_dir)  # it was said of a store that is not there any more
    with _opened(url, data_dir) as store:
        yield store


def _refuse_hubs(store: Store) -> None:
    """A hub that has just been stopped is still there for the database, for a moment."""
    until = time.monotonic() + LEAVING_SECONDS
    while others := _other_hubs(store):
        if time.monotonic() >= until:
            raise OperationRefused(f"hubs are connected to the database ({others} connections): stop every node first")
        time.sleep(0.1)


def _other_hubs(store: Store) -> int:
    with store.read() as tx:
        return bulk.other_hubs(tx)


def count(source: Store) -> dict[str, int]:
    """Rows by table."""
    with source.read() as tx:
        return {table.name: bulk.count(tx, table) for table in MOVED_TABLES}


def move_rows(
    source: Store, target: Store, address: str | None, actor: str, now: datetime, progress: Callable[[int], None]
) -> dict[str, bulk.Counted]:
    """Every row, byte for byte; then the new store says where blobs lie, where that is an ``address`` of its own, and
    that it was moved. A SQLite store that was moved away from says so, too. Raises NotTaken."""
    target.migrate()
    with noted(source.data_dir, target.place, now) as note, source.read() as reading, target.begin() as tx:
        moved = {table.name: bulk.carry(reading, tx, table, progress) for table in MOVED_TABLES}
        snapshot.forget_claims(tx)
        if address is not None:
            home.note_home(tx, address, actor, now)
        told = {"before": source.dialect, "now": target.dialect, "rows": sum(one.rows for one in moved.values())}
        events.record(tx, MOVED, "hub", actor=actor, data=told, now=now)
        if source.dialect == "sqlite":
            note()
    with target.begin() as tx:
        bulk.take_stock(tx)
    return moved


def move_blobs(source: Store, address: str, progress: Callable[[int], None]) -> tuple[int, list[str]]:
    """Copies what rows name into another home, without what is there already; the old ones stay. Returns how many it
    copied, and the hashes that had no sound bytes. Raises OperationRefused when others lie there."""
    new = home.blobs_at(address, source.data_dir, caching=False)
    with source.read() as tx:
        named = transmissions.blobs_named(tx)
    there = new.names()
    refuse_foreign(there, named, address or FOLDER)
    missing = [digest for digest in sorted(named - there) if not _copied(source.blobs, new, digest, progress)]
    return len(named - there) - len(missing), missing


def _copied(old: Blobs, new: Blobs, digest: str, progress: Callable[[int], None]) -> bool:
    try:
        with old.open(digest) as body, new.incoming(inline_limit=-1) as incoming:
            for start in range(0, len(body), BLOCK):
                incoming.write(body[start : start + BLOCK])
            incoming.keep()
    except BitRot:
        return False
    progress(1)
    return True
