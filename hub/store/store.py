"""The Store: one database and the home of its blobs, opened once a process and used by all its threads."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.store import migration, told
from hub.store.engine import dialects
from hub.store.engine.failures import failure
from hub.store.engine.syncing import sync_folder
from hub.store.errors import DatabaseFailure, SchemaTooOld, StoreInUse, StoreUnavailable
from hub.store.ids import new_id
from hub.store.kept import home
from hub.store.kept.blobs import INLINE_LIMIT, Blobs, Incoming, Kept
from hub.store.kept.uploads import NODE_LOCK, UPLOADS, Uploads
from hub.store.moved_away import refuse_moved
from hub.store.schema.records import StoredEvent

if TYPE_CHECKING:
    from hub.store.engine.exchange import Exchange

__all__ = ["Kept", "Store", "Tx", "new_id"]

Tx = Connection
"""A transaction of ``Store.begin()`` or ``Store.read()``; every function of this package takes one."""


class Listener:
    """Who is told of what the store does; this one listens to nothing."""

    def committed(self, events: list[StoredEvent], seconds: float) -> None:
        """A writing transaction has told these events, and its commit took so long."""

    def failed(self) -> None:
        """Database or disk did not take or give something."""


class _TakenBack(Exception):
    """Ends a transaction whose outcome is not to be kept."""


@dataclass(slots=True)
class _Phase:
    committing: bool = False


class Store:
    """Thread-safe. ``url`` is empty for the embedded SQLite file in ``data_dir``, else an SQLAlchemy database URL.

    A writable opening of SQLite holds the lock of the data directory until ``close()``: raises StoreInUse when another
    process has it, MovedAway when the rows are elsewhere by now. ``writable=False`` reads beside a running node and
    needs a store that is up to date.
    Raises SchemaTooNew for a store that a newer hub has touched, SchemaTooOld for an outdated one opened for reading,
    StoreUnavailable when the database cannot be reached.
    """

    def __init__(self, url: str, data_dir: Path, *, writable: bool = True) -> None:
        if writable and not data_dir.is_dir():
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(data_dir.parent)
        location = dialects.database_url(url, data_dir)
        self.dialect = location.get_backend_name()
        self.place = location.set(drivername=self.dialect, password=None).render_as_string()
        self.listener = Listener()
        self.blobs: Blobs = home.blobs_at("", data_dir, caching=writable)
        self.uploads = Uploads(data_dir / UPLOADS)
        self.data_dir = data_dir
        self._writable = writable
        self._turn = threading.RLock()  # reentrant, so that a transaction inside another is an error and not a deadlock
        if self.dialect == "sqlite" and not writable and not Path(location.database or "").is_file():
            raise SchemaTooOld(f"there is no store at {location.database} yet: start the hub once")
        if writable and self.dialect == "sqlite":
            refuse_moved(data_dir)
        self._lock_file = _lock(data_dir / "hub.lock") if writable and self.dialect == "sqlite" else None
        self._engine = dialects.writing_engine(location, writable=writable)
        told.follow_savepoints(self._engine)
        self._reading = dialects.reading_engine(location, self._engine)
        self._writer: Tx | None = None
        try:
            with self._failures():
                self._check_schema()
            if writable:
                self.blobs.sweep()
        except BaseException:
            self.close()
            raise

    def _check_schema(self) -> None:
        with (self._engine if self._writable else self._reading).begin() as tx:
            current = migration.check(tx)
            if current:
                self._find_blobs(tx)
        if self._writable and self.dialect == "sqlite":
            self._writer = self._engine.connect()  # kept, which spares every transaction the pool
        if not self._writable and not current:
            raise SchemaTooOld(
                "the store is not there yet, or of an older version: start the hub once, which makes it so"
            )

    def migrate(self) -> None:
        """Brings the schema to this version's, from nothing or from any older version, in one transaction."""
        with self.begin() as tx:
            dialects.lock(tx, "migration")  # nodes that start together on one PostgreSQL take turns
            migration.upgrade(tx)
            self._find_blobs(tx)

    def _find_blobs(self, tx: Tx) -> None:
        """Where the rows say that they lie."""
        if address := home.home(tx):
            self.blobs = home.blobs_at(address, self.data_dir, caching=self._writable)

    def settle(self, address: str, by: str, now: datetime) -> None:
        """From now on blobs lie at ``address``, which is written down. Those that are there already are not moved."""
        self.blobs = home.blobs_at(address, self.data_dir, caching=True)
        with self.begin() as tx:
            home.note_home(tx, address, by, now)

    @contextmanager
    def begin(self, *, keep: bool = True) -> Iterator[Tx]:
        """A writing transaction: commits at the end, durably; rolls back when the block raises, and unless its outcome
        is to be kept: then it was only to be looked at, and nobody is told of it.

        On SQLite the whole process has one at a time, so it spans no network call and no computation worth mention;
        never open one inside another. Raises StoreUnavailable: CommitUnknown when the connection broke at its end, and
        StoreFull when there is no room.
        """
        if not self._writable:
            raise StoreUnavailable("this store was opened for reading only")
        with suppress(_TakenBack):
            with self._failures() as phase, self._transaction() as tx:
                events = told.begin(tx)
                yield tx
                if not keep:
                    raise _TakenBack
                done, phase.committing = time.perf_counter(), True
            self.listener.committed(events, time.perf_counter() - done)

    @contextmanager
    def _transaction(self) -> Iterator[Tx]:
        if self._writer is not None:
            with self._turn, self._writer.begin():
                yield self._writer
        else:
            with self._engine.begin() as tx:
                yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A snapshot of what is committed; writing in it fails. Raises StoreUnavailable."""
        with self._failures(), self._reading.begin() as tx:
            yield tx

    @contextmanager
    def _failures(self) -> Iterator[_Phase]:
        """Failures of the database in our words; a mistake of ours in a statement stays what it is."""
        phase = _Phase()
        try:
            yield phase
        except (*DatabaseFailure, PoolTimeout) as error:
            failed = failure(error, committing=phase.committing)
            if failed is None:
                raise
            self.listener.failed()
            raise failed from error

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """For bytes that arrive block by block, made safe by ``keep()`` before the transaction that records them; what
        was not kept is gone at the end. Raises StoreFull or StoreUnavailable when the disk does not take them."""
        try:
            with self.blobs.incoming() as incoming:
                yield incoming
        except StoreUnavailable:
            self.listener.failed()
            raise

    def keep(self, body: bytes) -> Kept:
        """Bytes that are in memory already, made safe; as ``incoming``."""
        if len(body) <= INLINE_LIMIT:
            return Kept(sha256(body).hexdigest(), len(body), body)
        with self.incoming() as incoming:
            incoming.write(body)
            return incoming.keep()

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """While a node works from the data directory. Raises StoreInUse when another does: they would take each other's
        claims for their own. On SQLite the store's own lock says so already."""
        with closing(_lock(self.data_dir / NODE_LOCK)):
            yield

    def now(self) -> datetime:
        """The time by the clock that all who work on this store share."""
        with self.read() as tx:
            return dialects.clock(tx)

    def exchange(self) -> Exchange | None:
        """Where this store's nodes tell each other of work; None on SQLite, which has one node."""
        if self.dialect != "postgresql":
            return None
        from hub.store.engine.exchange import Exchange  # here: it loads the driver of PostgreSQL

        return Exchange(self._engine.url)

    def notices(self) -> list[str]:
        """What an operator should know of the database engine under this store, in plain words."""
        with self.read() as tx:
            return dialects.notices(tx)

    def close(self) -> None:
        """Closes every connection and gives the data directory free."""
        self._reading.dispose()
        if self._writer is not None:
            self._writer.close()
        self._engine.dispose()  # the last connection writes the WAL back, and this is the one that may
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None


def _lock(path: Path) -> IO[str]:
    """Takes the lock that the kernel frees when the process ends, however it ends. The file tells people who has it."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise StoreInUse(f"the data directory {path.parent} is in use by {holder}: stop it first") from error
    file.truncate(0)
    file.write(f"process {os.getpid()}")
    file.flush()
    return file
