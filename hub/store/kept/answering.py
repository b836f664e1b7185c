"""What is known of storage that is asked over a network: whether it answers, since when not, and who waits for it.

Whoever waits holds one of the few threads that all of the hub's work shares. So only some may wait at one time, nobody
begins to while another has waited for too long, and for a while after a failure nobody asks at all: all of these are
told at once to come again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.store.errors import BlobsAway, StoreError
from hub.store.kept.blobs import Trouble

WAITING = 8
"""Threads that may wait for the storage, of those that the hub has for everything."""

CROWDED_SECONDS = 2.0
"""How long one more waits for its turn."""

SLOW_SECONDS = 15.0
"""After so long for one block it is told that the storage does not answer."""

ASKED_SECONDS = 5.0
"""How long it is relied on what a look has shown."""

REMEMBERED_SECONDS = 60.0
"""A failure is told for so long, unless the same is asked again meanwhile and goes well."""


@dataclass(slots=True)
class _Failure:
    says: str
    since: datetime
    seen: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    thread: int
    since: float
    due: float


class Answering:
    """Thread-safe. ``place`` is the storage's name for people."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._mutex = threading.Lock()
        self._turns = threading.BoundedSemaphore(WAITING)
        self._waiting: dict[object, _Waiting] = {}
        self._failures: dict[bool, _Failure] = {}
        self._rests = (0.0, "")
        self._looking: tuple[float, threading.Thread] | None = None

    @contextmanager
    def asked(self, *, taking: bool, blocks: int) -> Iterator[None]:
        """While the storage is to take or to give so many blocks. Raises BlobsAway at once where that is hopeless."""
        until, why = self._rests
        if time.monotonic() < until:
            raise BlobsAway(why)
        mark, mine = object(), threading.get_ident()
        with self._mutex:
            inside = any(one.thread == mine for one in self._waiting.values())
            late = self._late(besides=mine)
        if late is not None:
            raise BlobsAway(late.says)
        if not inside and not self._turns.acquire(timeout=CROWDED_SECONDS):
            why = f"{self._place} is slow: as many wait for it as may"
            self.failed(why, taking=taking)
            raise BlobsAway(why)
        now = time.monotonic()
        with self._mutex:
            self._waiting[mark] = _Waiting(mine, now, now + SLOW_SECONDS * blocks)
        try:
            yield
        finally:
            with self._mutex:
                del self._waiting[mark]
            if not inside:
                self._turns.release()

    def went_well(self, *, taking: bool) -> None:
        """It has taken, or given, what it was asked."""
        with self._mutex:
            self._failures.pop(taking, None)

    def failed(self, why: str, *, taking: bool, rest: float = 0.0) -> None:
        """It has not; for ``rest`` seconds nobody is to ask."""
        now = time.monotonic()
        with self._mutex:
            before = self._failures.get(taking)
            since = before.since if before is not None else datetime.now(UTC)
            self._failures[taking] = _Failure(why, since, now)
            if rest:
                self._rests = now + rest, why

    def trouble(self) -> Trouble | None:
        """What is wrong with it, as far as it is known."""
        now = time.monotonic()
        with self._mutex:
            recent = [one for one in self._failures.values() if now - one.seen < REMEMBERED_SECONDS]
            if recent:
                newest = max(recent, key=lambda one: one.seen)
                return Trouble(newest.says, min(one.since for one in recent))
            return self._late()

    def look(self, probe: Callable[[], None], seconds: float) -> Trouble | None:
        """The same, after ``probe`` has asked the storage anew, or ``seconds`` have passed."""
        with self._mutex:
            known = self._looking
            if known is None or not (known[1].is_alive() or time.monotonic() - known[0] < ASKED_SECONDS):
                known = time.monotonic(), threading.Thread(target=_quietly, args=[probe], name="storage", daemon=True)
                known[1].start()
                self._looking = known
        known[1].join(seconds)
        return self.trouble()

    def _late(self, besides: int | None = None) -> Trouble | None:
        """What is known of who waits for too long; for who has the mutex."""
        now = time.monotonic()
        since = [one.since for one in self._waiting.values() if one.due < now and one.thread != besides]
        if not since:
            return None
        seconds = now - min(since)
        begun = datetime.fromtimestamp(time.time() - seconds, UTC)
        return Trouble(f"{self._place} has given no answer for {seconds:.0f} seconds", begun)


def _quietly(probe: Callable[[], None]) -> None:
    """What comes of it is noted where it is asked."""
    with suppress(StoreError):
        probe()
