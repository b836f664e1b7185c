"""The clock on the wall, as a node follows it.

Pauses and leases are spans of time that are written down as instants. When the clock is set, they would last as much
longer or end at once: so they are moved with it, before anything else is claimed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from functools import partial

from hub import timers as schedule
from hub.node.claims import call
from hub.services import HubServices
from hub.store.coordination import clock, timers

STEP_SECONDS = 1.0
"""By so much it may differ from monotonic time between two looks before it counts as set."""

AT_ONCE_SECONDS = 0.1
"""Within that both are read."""

LATE_SECONDS = 30.0
"""Within that is written what had read the clock before it was set."""

APART = timedelta(seconds=30)
"""By so much the clocks of two nodes may differ."""

log = logging.getLogger(__name__)


class WallClock:
    """Tells a clock that was set from one that goes."""

    def __init__(self, services: HubServices, owner: str) -> None:
        self._services = services
        self._owner = owner
        self._offset = self._measured()
        self._following = asyncio.Lock()
        self._late: tuple[float, int] | None = None  # when what was under way is written, and by how much it was set

    async def look(self) -> None:
        """To be awaited before each step. Raises StoreUnavailable, and then the next look does what was to be done."""
        if not self._set_by() and not self._late_by():
            return
        async with self._following:
            if by := self._set_by():
                await call(self._services, partial(self._follow, by))
                self._offset += by
                if by < -2 * LATE_SECONDS:
                    self._late = time.monotonic() + LATE_SECONDS, by
            elif by := self._late_by():
                await call(self._services, partial(self._follow_up, by))
                self._late = None

    async def begin(self) -> None:
        """To be awaited once: the clock may have been set back while no node ran."""
        async with self._following:
            await call(self._services, self._resume)

    def _measured(self) -> float:
        """How far the wall is ahead of monotonic time; taken anew when this thread did not run in between."""
        while True:
            before = time.monotonic()
            wall = self._services.clock().timestamp()
            if time.monotonic() - before < AT_ONCE_SECONDS:
                return wall - before

    def _set_by(self) -> int:
        """Seconds by which it was set since the last look. What little it strays is taken as it comes."""
        measured = self._measured()
        by = measured - self._offset
        if abs(by) >= STEP_SECONDS:
            return round(by)
        self._offset = measured
        return 0

    def _late_by(self) -> int:
        return self._late[1] if self._late is not None and time.monotonic() >= self._late[0] else 0

    def _follow_up(self, by: int) -> None:
        with self._services.store.begin() as tx:
            clock.follow_up(tx, by, self._services.clock(), timedelta(seconds=2 * LATE_SECONDS))
        self._services.wake()

    def _follow(self, by: int) -> None:
        way = "back" if by < 0 else "forward"
        log.warning("the clock was set %s by %d seconds: what was planned by it moves with it", way, abs(by))
        with self._services.store.begin() as tx:
            clock.follow(tx, by, self._services.clock(), self._owner)
        self._services.wake()

    def _resume(self) -> None:
        """The hub seals every few seconds: an earlier instant than it last did comes of a clock that was set back."""
        with self._services.store.read() as tx:
            sealing = timers.get(tx, schedule.SEAL, "")
        now = self._services.clock()
        last = sealing.due_at - timedelta(seconds=schedule.SEAL_SECONDS) if sealing else now
        if last - now > APART:
            self._follow(-int((last - now).total_seconds()))
