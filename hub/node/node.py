"""The loops of a node. Nothing is decided here: the steps decide.

A claim that a killed node left behind is taken back at its restart. Before each step the clock is looked at, which may
have been set, and a sign of life given that is overdue. A loop that nobody wakes looks by itself: of what other
processes and other nodes do it may hear nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial

from hub.node.arrivals import Arrivals
from hub.node.claims import Background, call, node_name
from hub.node.clock import WallClock
from hub.node.departures import Departures
from hub.node.life import Life
from hub.node.timekeeper import Timekeeper
from hub.pipeline.compose import compose_due
from hub.roles import EVERY_ROLE, Role
from hub.services import CONFIGURATION, CREDENTIALS, HubServices, Loop, nobody, silent
from hub.store.coordination import timers
from hub.store.engine.exchange import EVERYTHING, Exchange
from hub.store.errors import SchemaTooNew, StoreUnavailable
from hub.store.traffic import transmissions
from hub.timers import SWEEP_SECONDS
from hub.upkeep import sweeping

IDLE_SECONDS = 0.5
"""How long a loop without work waits when nobody rings."""

HEARING_SECONDS = 2.0
"""The same where other nodes ring, of loops that wait for others' work and not for an instant."""

ARRIVALS_AT_ONCE = 3
"""Claims of arrivals worked side by side, of different partners."""

GRACE_SECONDS = 25.0
"""How long a stop waits for what is under way. What is cut off then is given back, and tried again by another node or
after the restart."""

LOOPS: Mapping[Role, tuple[Loop, ...]] = {
    Role.INTAKE: (),
    Role.PIPELINE: (Loop.ARRIVALS, Loop.COMPOSE),
    Role.DELIVER: (Loop.DEPARTURES,),
    Role.TIMERS: (Loop.TIMERS,),
}
"""What a node of each role runs."""

BOX = "box:"
"""Before the name of a box, it tells other nodes that something was put into it."""

TURN_SECONDS, ARRIVAL_SECONDS = 60.0, 600.0
"""How long a loop may take for one turn, and one that works arrivals for one chunk of them, before it is stuck."""

log = logging.getLogger(__name__)


class Node:
    """One process's share of the work. ``exchange`` is where it hears of other nodes, if there are any."""

    def __init__(
        self, services: HubServices, roles: Collection[Role] = EVERY_ROLE, exchange: Exchange | None = None
    ) -> None:
        self._services = services
        self._exchange = exchange
        self._loops = frozenset(loop for role in roles for loop in LOOPS[role])
        self._owner = node_name(services.data_dir)
        self._life = Life(services, self._owner, roles)
        self._clock = WallClock(services, self._owner)
        self._background = Background()
        self._arrivals = Arrivals(services, self._owner, self._background)
        self._departures = Departures(services, self._owner, self._background)
        self._timekeeper = Timekeeper(services, self._owner, self._background)
        self._bells: Mapping[Loop, list[asyncio.Event]] = {loop: [] for loop in Loop}

    async def run(self, stop: asyncio.Event) -> None:
        """Works until ``stop`` is set, then finishes what is under way or gives it back. Raises SchemaTooNew when
        another node has made of the store what this version cannot work on."""
        self._services.wake = partial(_call_soon, asyncio.get_running_loop(), self._wake)
        await self._take_back_claims(stop)
        beside = [asyncio.create_task(self._life.keep()), asyncio.create_task(self._tidy()), *self._exchanging()]
        steps: list[tuple[Loop, str, Callable[[], Awaitable[bool]]]] = [
            (Loop.COMPOSE, "compose", self._compose),
            (Loop.DEPARTURES, "departures", self._departures.step),
            (Loop.TIMERS, "timers", self._timekeeper.step),
        ]
        for number in range(1, ARRIVALS_AT_ONCE + 1):
            steps.append((Loop.ARRIVALS, f"arrivals {number}", self._arrivals.step))
        loops = [asyncio.create_task(self._repeat(*step, stop)) for step in steps if step[0] in self._loops]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((stopping, *beside), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        self._ring()
        until = time.monotonic() + GRACE_SECONDS
        if loops:  # a node that only takes in has none
            await asyncio.wait(loops, timeout=GRACE_SECONDS)
        for loop_left in loops:
            loop_left.cancel()
        await self._background.finish(until - time.monotonic())
        await self._departures.close()
        await self._timekeeper.close()
        self._services.wake, self._services.tell, self._services.offered.relay = nobody, silent, silent
        with suppress(StoreUnavailable):  # then other nodes wait until the leases run out
            await call(self._services, self._take_back)
            await self._life.end()
        if self._exchange is not None:
            self._exchange.stop()
        await _ended(beside)

    def _exchanging(self) -> list[asyncio.Task[None]]:
        exchange = self._exchange
        if exchange is None:
            return []
        self._services.tell = exchange.say
        self._services.offered.relay = lambda *boxes: exchange.say(*(BOX + box for box in boxes))
        return [asyncio.create_task(exchange.run(self._hear))]

    def _hear(self, word: str) -> None:
        """What another node says. A word that only a newer version knows says nothing."""
        if word == EVERYTHING:
            self._services.read_anew()
            self._services.offered.ring_all_here()
            self._ring()
        elif word == CONFIGURATION:
            self._services.read_anew()
            self._ring()
        elif word == CREDENTIALS:
            self._services.credentials.forget()
        elif word.startswith(BOX):
            self._services.offered.ring_here(word.removeprefix(BOX))
        elif word in set(Loop):
            self._ring(Loop(word))

    async def _take_back_claims(self, stop: asyncio.Event) -> None:
        """Tries until the store answers: what a killed node held would wait for its lease otherwise."""
        while not stop.is_set():
            try:
                await self._life.look()
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

    async def _tidy(self) -> None:
        """What lies in this node's own folders is its own to sweep, whoever has the sweeper's timer."""
        while True:
            try:
                await call(self._services, partial(sweeping.tidy, self._services))
            except Exception:
                log.exception("left-over files stay for another hour")
            await asyncio.sleep(SWEEP_SECONDS)

    def _wake(self, *loops: Loop) -> None:
        self._ring(*loops)
        if self._exchange is not None:
            self._exchange.say(*(loops or Loop))

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
                await self._life.look()
                await self._clock.look()
                busy = await step()
            except StoreUnavailable as error:
                log.warning("the store is not available, trying again: %s", error, extra={"loop": name})
                busy = False
            except SchemaTooNew:
                break  # its end is the node's, which the signs of life bring about
            except Exception:
                log.exception("a step failed, trying again", extra={"loop": name})
                busy = False
            if not busy and not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), self._idle(loop))
        watch.end()

    def _idle(self, loop: Loop) -> float:
        hearing = self._exchange is not None and self._exchange.hears
        return HEARING_SECONDS if hearing and loop is not Loop.TIMERS else IDLE_SECONDS

    async def _compose(self) -> bool:
        composed = await call(self._services, partial(compose_due, self._services))
        if composed:
            self._wake(Loop.DEPARTURES)
        return composed > 0


def _call_soon(loop: asyncio.AbstractEventLoop, ring: Callable[..., None], *loops: Loop) -> None:
    loop.call_soon_threadsafe(ring, *loops)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    """Cuts tasks off that would go on for ever. Raises what one has failed with before."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
