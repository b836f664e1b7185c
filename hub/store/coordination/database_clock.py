"""The clock that all nodes on one database share: the database's own."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from hub.store.engine import dialects
from hub.store.store import Store

AT_ONCE_SECONDS = 0.5
"""An answer that took longer tells too little."""


class DatabaseClock:
    """Leases, pauses and due instants are compared by many machines, whose own clocks may be apart. So each asks the
    database's now and then, and follows it by monotonic time in between. Thread-safe by doing one assignment.

    Raises StoreUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ahead = time.time() - time.monotonic()
        self.look()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(time.monotonic() + self._ahead, UTC)

    def look(self) -> None:
        """Asks the database. Blocking. Raises StoreUnavailable."""
        with self._store.read() as tx:
            before = time.monotonic()
            now = dialects.clock(tx)
            after = time.monotonic()
        if after - before < AT_ONCE_SECONDS:
            self._ahead = now.timestamp() - (before + after) / 2
