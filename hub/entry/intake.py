"""receive, at all doors: bytes and their row are on disk before the sender is told (promise 1). Many arrivals share
one commit, and none is begun that there is no room for.

A flood is answered at the door, with when to come again, instead of in memory: a request to the API is refused, a file
stays where its sender put it.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from hub.settings import IntakeSettings
from hub.store.coordination import timers
from hub.store.grouped import Grouped
from hub.store.inbound import arrivals
from hub.store.inbound.arrivals import Arriving, Outcome
from hub.store.schema.records import Timer
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import refusals, work_items

BACKLOG_SECONDS = 1.0
"""How long a counted backlog is relied on."""


class Shortage(StrEnum):
    """Whose limit is reached."""

    PARTNER = "partner"  # this sender's own
    HUB = "hub"  # that of all senders together
    DISK = "disk"


class NoRoom(Exception):
    """Nothing more is taken in just now; the message says why, ``seconds`` when it is worth to come again."""

    def __init__(self, shortage: Shortage, message: str, seconds: int) -> None:
        super().__init__(message)
        self.shortage = shortage
        self.seconds = seconds


class Intake:
    """Thread-safe. ``settings`` gives the limits in force."""

    def __init__(self, store: Store, data_dir: Path, settings: Callable[[], IntakeSettings]) -> None:
        self._store = store
        self._data_dir = data_dir
        self._settings = settings
        self._grouped: Grouped[Arriving, Outcome] = Grouped(store, arrivals.write)
        self._mutex = threading.Lock()
        self._count: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._at_work: set[tuple[str, str]] = set()
        self._backlogs: dict[str, tuple[float, int]] = {}

    def take(self, arriving: Sequence[Arriving]) -> list[Outcome]:
        """Returns when all of them are on disk, in their order and in one commit that others may share. Blocking."""
        return self._grouped.take(arriving)

    def refuse(
        self, channel: str, name: str, reason: str, *, partner: str | None, now: datetime, held: Timer | None = None
    ) -> None:
        """A file that is not even read, such as one above the size limit: one row and a work item are kept, no bytes.
        ``held`` as in Arriving. Blocking."""
        subject = f"channel:{channel}"
        with self._store.begin() as tx:
            if held is not None:
                timers.hold(tx, held)
            refusals.record(tx, subject=subject, sha256="", size=0, reason=f"{name}: {reason}", now=now)
            summary = f"The file {name} of {subject} was refused unread: {reason}"
            work_items.raise_item(tx, "refused-file", f"refused-file:{subject}:{name}"[:300], partner, summary, [], now)

    def look(self, scope: str, size: int, *, coming: int = 1) -> None:
        """Whether an arrival of ``size`` bytes could be kept and worked. ``scope`` is its order scope: the partner.
        ``coming`` is 0 where none is at hand yet. Raises NoRoom, and StoreUnavailable when the backlog cannot be
        looked at. Blocking."""
        limits = self._settings()
        self._look_at_disk(limits, size)
        self._look_at_backlog(limits, scope, coming)

    @contextmanager
    def room(self, scope: str, size: int) -> Iterator[None]:
        """Room for one more arrival of ``size`` bytes while the block runs. Raises NoRoom."""
        limits = self._settings()
        whose = (
            (Shortage.PARTNER, scope, limits.partner_in_flight, limits.partner_in_flight_bytes),
            (Shortage.HUB, "", limits.in_flight, limits.in_flight_bytes),
        )
        with self._mutex:
            for shortage, name, count, total in whose:
                busy = self._count[name]
                if busy >= count or (busy and self._bytes[name] + size > total):
                    raise NoRoom(shortage, _IN_FLIGHT[shortage], 2)
            for _, name, _, _ in whose:
                self._count[name] += 1
                self._bytes[name] += size
        try:
            yield
        finally:
            with self._mutex:
                for name in (scope, ""):
                    self._count[name] -= 1
                    self._bytes[name] -= size
                    if not self._count[name]:
                        del self._count[name], self._bytes[name]

    @contextmanager
    def exclusively(self, scope: str, key: str) -> Iterator[None]:
        """While the block runs, another request with the key raises AtWork. An empty key is no key."""
        name = (scope, key)
        with self._mutex:
            if key and name in self._at_work:
                raise AtWork
            self._at_work.add(name)
        try:
            yield
        finally:
            with self._mutex:
                self._at_work.discard(name)

    def _look_at_disk(self, limits: IntakeSettings, size: int) -> None:
        free = shutil.disk_usage(self._data_dir).free
        if free - size < limits.disk_floor_bytes:
            raise NoRoom(Shortage.DISK, f"The hub's disk has only {free:,} bytes left.", 60)

    def _look_at_backlog(self, limits: IntakeSettings, scope: str, coming: int) -> None:
        """Arrivals that are stored and not worked: more of them would only wait, and hide from their sender that
        nothing moves."""
        now = time.monotonic()
        counted, backlog = self._backlogs.get(scope, (0.0, 0))
        if now - counted >= BACKLOG_SECONDS or not counted:
            with self._store.read() as tx:
                backlog = transmissions.backlog(tx, scope, limits.partner_backlog)
            counted = now
        if backlog >= limits.partner_backlog:
            self._backlogs[scope] = (counted, backlog)
            raise NoRoom(Shortage.PARTNER, f"{backlog:,} earlier arrivals of this sender wait to be worked.", 30)
        self._backlogs[scope] = (counted, backlog + coming)


class AtWork(Exception):
    """A request with this key is being worked at this moment."""


_IN_FLIGHT = {
    Shortage.PARTNER: "More is arriving from this sender at this moment than is taken at one time.",
    Shortage.HUB: "More is arriving at this moment than is taken at one time.",
}
