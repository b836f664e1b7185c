"""Whether the store takes a write, tried with one that nobody reads."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from hub.store import migration
from hub.store.coordination import timers
from hub.store.errors import SchemaTooNew
from hub.store.store import Store

PROBE = "probe"
"""A timer that is never due: the row that is written."""

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def write(store: Store, now: datetime) -> None:
    """Commits a row. Raises StoreUnavailable."""
    with store.begin() as tx:
        timers.set(tx, PROBE, socket.gethostname()[:64], _NEVER, {"at": now.isoformat()})


def schema(store: Store) -> tuple[bool, str]:
    """Whether this version may work on the schema, and its revision: a newer node may have raised it meanwhile."""
    with store.read() as tx:
        try:
            migration.check_beside(tx)
        except SchemaTooNew as error:
            return False, str(error)
        return True, f"revision {migration.held(tx)}"
