"""What the store raises. The messages are for people and hold no secret."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, PendingRollbackError


class StoreError(Exception):
    """Root of the store's errors."""


class StoreUnavailable(StoreError):
    """The database or the disk did not take or give the data now: full, locked, unreachable.

    Whether an interrupted commit happened is unknown: look by key before doing it again.
    """


class StoreFull(StoreUnavailable):
    """The disk or the database has no room for it. Nothing of it was kept; once there is room all goes on."""


class BlobsAway(StoreUnavailable):
    """The storage that larger bytes lie in does not answer, or refuses the hub."""


class CommitUnknown(StoreUnavailable):
    """The connection broke while the server committed: it may have done so or not. Only a look by key tells."""


class Deadlock(StoreUnavailable):
    """Transactions waited for each other, and this one was taken back so that the others could go on."""


class Overtaken(StoreUnavailable):
    """Another arrival with the same content was written at the same moment: worked again, this one is recognised."""


DatabaseFailure = (DBAPIError, PendingRollbackError)
"""What a statement raises inside a transaction, and every later one once its connection has broken; ``Store.begin()``
turns it into StoreUnavailable. Code that catches everything else lets it pass."""


class StoreInUse(StoreError):
    """Another process has this data directory open for writing."""


class SchemaTooNew(StoreError):
    """The store was made by a newer version of the hub."""


class SchemaTooOld(StoreError):
    """The store has not been brought to this version's schema, and this opening may not do it."""


class MovedAway(StoreError):
    """The store was moved to another database, and this one is not to be served any more."""


class NoBytes(StoreError):
    """The bytes of a row cannot be given, now or ever; the message says why."""


class BitRot(NoBytes):
    """Stored bytes no longer have the hash they were stored under."""


class Pruned(NoBytes):
    """Retention removed the bytes."""


class NotWhole(StoreError):
    """An upload has gaps: its sender has not sent all of it."""


class StaleLease(StoreError):
    """Someone else has claimed the work since: this holder's result must not be written."""


class StaleStatus(StoreError):
    """The row left the expected status in the meantime."""


class StaleVersion(StoreError):
    """The store's configuration is newer than the one that a change was based on."""
