"""The loops of a node. Nothing is decided here: the steps decide.

A claim that a killed node left behind is taken back at its restart, and before each step the clock is looked at: it
may have been set.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial

from hub.node.arrivals import Arrivals
from hub.node.claims import Background, call, node_name
from hub.node.clock import WallClock
from hub.node.departures import Departures
from hub.node.timekeeper import Timekeeper
from hub.pipeline.compose import compose_due
from hub.services import HubServices, Loop, nobody
from hub.store import timers, transmissions
from hub.store.errors import StoreUnavailable

IDLE_SECONDS = 0.5
"""How long a loop without work waits when nobody rings: other processes and other nodes ring no bell here."""

ARRIVALS_AT_ONCE = 3
"""Claims of arrivals worked side by side, of different partners."""

GRACE_SECONDS = 25.0
"""How long a stop waits for what is under way. What is cut off then is given back, and tried again by another node or
after the restart."""

TURN_SECONDS, ARRIVAL_SECONDS = 60.0, 600.0
"""How long a loop may take for one turn, and one that works arrivals for one chunk of them, before it is stuck."""

log = logging.getLogger(__name__)


class Node:
    """One process's share of the work."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._owner = node_name(services)
        self._clock = WallClock(services, self._owner)
        self._background = Background()
        self._arrivals = Arrivals(services, self._owner, self._background)
        self._departures = Departures(services, self._owner, self._background)
        self._timekeeper = Timekeeper(services, self._owner, self._background)
        self._bells: Mapping[Loop, list[asyncio.Event]] = {loop: [] for loop in Loop}

    async def run(self, stop: asyncio.Event) -> None:
        """Works until ``stop`` is set, then finishes what is under way or gives it back."""
        self._services.wake = partial(_call_soon, asyncio.get_running_loop(), self._ring)
        await self._take_back_claims(stop)
        steps: list[tuple[Loop, str, Callable[[], Awaitable[bool]]]] = [
            (Loop.COMPOSE, "compose", self._compose),
            (Loop.DEPARTURES, "departures", self._departures.step),
            (Loop.TIMERS, "timers", self._timekeeper.step),
        ]
        for number in range(1, ARRIVALS_AT_ONCE + 1):
            steps.append((Loop.ARRIVALS, f"arrivals {number}", self._arrivals.step))
        loops = [asyncio.create_task(self._repeat(loop, name, step, stop)) for loop, name, step in steps]
        await stop.wait()
        self._ring()
        until = time.monotonic() + GRACE_SECONDS
        await asyncio.wait(loops, timeout=GRACE_SECONDS)
        for loop_left in loops:
            loop_left.cancel()
        await self._background.finish(until - time.monotonic())
        await self._departures.close()
        await self._timekeeper.close()
        self._services.wake = nobody
        with suppress(StoreUnavailable):  # then other nodes wait until the leases run out
            await call(self._services, self._take_back)

    async def _take_back_claims(self, stop: asyncio.Event) -> None:
        """Tries until the store answers: what a killed node held would wait for its lease otherwise."""
        while not stop.is_set():
            try:
                await call(self._services, self._take_back)
                await self._clock.begin()
                return
            except StoreUnavailable as error:
                log.warning("the store is not available, trying again: %s", error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    def _take_back(self) -> None:
        with self._services.store.begin() as tx:
            transmissions.release_own(tx, self._owner)
            timers.release_own(tx, self._owner)

    def _ring(self, *loops: Loop) -> None:
        for loop in loops or Loop:
            for bell in self._bells[loop]:
                bell.set()

    async def _repeat(self, loop: Loop, name: str, step: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Runs a step as long as it finds work, then rests until somebody rings."""
        watch = self._services.watch
        watch.begin(name, ARRIVAL_SECONDS if loop is Loop.ARRIVALS else TURN_SECONDS)
        bell = asyncio.Event()
        self._bells[loop].append(bell)
        while not stop.is_set():
            watch.turn()
            bell.clear()
            try:
                await self._clock.look()
                busy = await step()
            except StoreUnavailable as error:
                log.warning("the store is not available, trying again: %s", error, extra={"loop": name})
                busy = False
            except Exception:
                log.exception("a step failed, trying again", extra={"loop": name})
                busy = False
            if not busy and not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), IDLE_SECONDS)
        watch.end()

    async def _compose(self) -> bool:
        composed = await call(self._services, partial(compose_due, self._services))
        if composed:
            self._ring(Loop.DEPARTURES)
        return composed > 0


def _call_soon(loop: asyncio.AbstractEventLoop, ring: Callable[..., None], *loops: Loop) -> None:
    loop.call_soon_threadsafe(ring, *loops)
