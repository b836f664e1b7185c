"""Bells: who waits for something of theirs is woken when it comes, instead of asking again and again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress

WAITERS = 256
"""Who wait at one time."""

WAITERS_OF_ONE = 8
"""Who wait at one time for the same."""


class TooMany(Exception):
    """There are as many waiting as can be; the message is safe to show."""


class Bells:
    """Rung from any thread, listened to in event loops."""

    def __init__(self) -> None:
        self.relay: Callable[..., object] = lambda *names: None
        """Told of every ring: other nodes have bells of the same names."""
        self._lock = threading.Lock()
        self._waiters: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._count

    def ring(self, *names: str) -> None:
        """Wakes all who wait for one of these."""
        self.ring_here(*names)
        self.relay(*names)

    def ring_here(self, *names: str) -> None:
        """Those of this process."""
        with self._lock:
            woken = [waiter for name in names for waiter in self._waiters.get(name, ())]
        for loop, event in woken:
            with suppress(RuntimeError):  # its loop has ended, and the waiter with it
                loop.call_soon_threadsafe(event.set)

    def ring_all_here(self) -> None:
        """Whoever waits in this process looks again."""
        with self._lock:
            names = list(self._waiters)
        self.ring_here(*names)

    @contextmanager
    def listening(self, names: Collection[str]) -> Iterator[asyncio.Event]:
        """The event that is set by every ring from now on; who listens looks again after each. Raises TooMany."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._count >= WAITERS or any(len(self._waiters.get(name, ())) >= WAITERS_OF_ONE for name in names):
                raise TooMany("Too many requests wait already; ask again later, or without waiting.")
            self._count += 1
            for name in names:
                self._waiters.setdefault(name, []).append(waiter)
        try:
            yield waiter[1]
        finally:
            with self._lock:
                self._count -= 1
                for name in names:
                    self._waiters[name].remove(waiter)
                    if not self._waiters[name]:
                        del self._waiters[name]
