"""Failures of the database in the hub's own words."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.store.engine.syncing import end_process
from hub.store.errors import CommitUnknown, Deadlock, StoreFull, StoreUnavailable

_NOT_SYNCED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC")
_NO_ROOM = ("SQLITE_FULL", "53100")
"""SQLite's name for it, and PostgreSQL's SQLSTATE."""
_DEADLOCK = "40P01"


def failure(
    error: DBAPIError | PendingRollbackError | PoolTimeout, *, committing: bool = False
) -> StoreUnavailable | None:
    """What it means that the database failed, None for a mistake of ours in a statement. ``committing``: at the end of
    a transaction, where a lost connection leaves open whether it took place.

    An fsync that failed under SQLite ends the process.
    """
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("no database connection became free in time")
    if isinstance(error, PendingRollbackError):
        return StoreUnavailable("the connection broke in the middle of a transaction")
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    if code in _NOT_SYNCED:
        end_process(f"the database's fsync failed: {error.orig}")
    if code in _NO_ROOM:
        return StoreFull(f"there is no room for it: {error.orig}")
    if code == _DEADLOCK:
        return Deadlock(f"transactions waited for each other: {error.orig}")
    if committing and error.connection_invalidated:
        return CommitUnknown(f"the connection broke while the database committed: {error.orig}")
    if type(error) is DatabaseError:  # none of its kinds: the file itself is at fault
        return StoreUnavailable(f"the database is damaged or none of ours: {error.orig}")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return StoreUnavailable(f"the database does not answer: {error.orig}")
    return None
