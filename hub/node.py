"""The node: claims what is to be done and does it, until it is told to stop.

Loops that each claim their own kind of work: arrivals through the pipeline, deliveries to compose, departures to
send, timers. A claim that a killed node left behind is taken back at its restart. Nothing is decided here: the steps
decide.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

from channels.errors import ChannelError
from hub import timers as schedule
from hub.pipeline import batch, flow
from hub.pipeline.compose import compose_due
from hub.pipeline.deliver import deliver, undeliverable
from hub.polls import Polls
from hub.senders import Senders
from hub.services import CLAIM_SECONDS, HubServices
from hub.store import timers, transmissions
from hub.store.errors import StaleLease, StoreUnavailable
from hub.store.records import Timer, Transmission

T = TypeVar("T")

DEPARTURE_LEASE = 900.0
TIMER_LEASE = 300.0
"""Seconds a claim lasts, longer than any attempt may take."""

IDLE_SECONDS = 0.5
"""How long a loop without work waits when nobody rings: other processes and other nodes ring no bell here."""

ARRIVALS_AT_ONCE = 3
"""Arrivals of different partners worked side by side, so that one large file holds nobody else up."""

PER_TARGET = 4
"""Departures on their way to one target at the same time; a slow target holds no more than these."""

IN_FLIGHT = 32
POLL_LIMIT = 200
GRACE_SECONDS = 20.0
"""How long a stop waits for attempts that are under way; what is cut off is tried again after the restart."""

log = logging.getLogger(__name__)


def _call_soon(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(ring)


def node_name(services: HubServices) -> str:
    """The same after a restart, so that a node recognises its own claims."""
    return f"{socket.gethostname()}:{services.data_dir.resolve()}"[-64:]


def process_pending(services: HubServices, owner: str) -> int:
    """Works every arrival that is waiting, one after another; returns how many."""
    count = 0
    while (claimed := claim_one(services, owner)) is not None:
        process_one(services, claimed)
        count += 1
    return count


def claim_one(services: HubServices, owner: str) -> Transmission | None:
    """The arrival to work next, claimed, or None."""
    with services.store.begin() as tx:
        return transmissions.claim_arrival(tx, owner, services.clock(), CLAIM_SECONDS)


def process_one(services: HubServices, claimed: Transmission) -> None:
    """Works a claimed arrival to its end. Raises StoreUnavailable; then it is to be given back."""
    try:
        flow.process(services, claimed)
    except StaleLease:
        log.warning("another node has taken over %s", claimed.id)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("arrival %s could not be worked", claimed.id)
        flow.quarantine(services, claimed, error)


class Node:
    """One process's share of the work."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._owner = node_name(services)
        self._senders = Senders(services)
        self._polls = Polls(services)
        self._bells: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[str] = Counter()
        self._armed: tuple[tuple[str, int], ...] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until ``stop`` is set, then finishes what is under way."""
        loop = asyncio.get_running_loop()
        self._services.wake = partial(_call_soon, loop, self._ring)
        await self._call(self._take_back)
        steps: list[Callable[[], Awaitable[bool]]] = [self._compose, self._send, self._keep_time]
        steps += [self._process] * ARRIVALS_AT_ONCE
        loops = [asyncio.create_task(self._repeat(step, stop)) for step in steps]
        await stop.wait()
        self._ring()
        await asyncio.gather(*loops)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await self._senders.close()
        self._services.wake = lambda: None

    def _take_back(self) -> None:
        with self._services.store.begin() as tx:
            transmissions.release_own(tx, self._owner)
            timers.release_own(tx, self._owner)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    async def _repeat(self, step: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Runs a step as long as it finds work, then rests until somebody rings."""
        bell = asyncio.Event()
        self._bells.append(bell)
        while not stop.is_set():
            bell.clear()
            try:
                busy = await step()
            except StoreUnavailable as error:
                log.warning("the store is not available, trying again: %s", error)
                busy = False
            except Exception:
                log.exception("a step failed, trying again")
                busy = False
            if not busy and not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), IDLE_SECONDS)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._services.executor, work)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work in the background failed", exc_info=error)

    # ---- arrivals and composing

    async def _process(self) -> bool:
        claimed = await self._call(partial(claim_one, self._services, self._owner))
        if claimed is None:
            return False
        try:
            await self._call(partial(process_one, self._services, claimed))
        except StoreUnavailable as error:
            log.warning("the store is not available, %s is worked again: %s", claimed.id, error)
            self._start(self._give_back(claimed))
        return True

    async def _compose(self) -> bool:
        composed = await self._call(partial(compose_due, self._services))
        if composed:
            self._ring()
        return composed > 0

    # ---- departures

    async def _send(self) -> bool:
        if len(self._tasks) >= IN_FLIGHT:
            return False
        departure = await self._call(self._claim_departure)
        if departure is None:
            return False
        assert departure.target is not None
        self._in_flight[departure.target] += 1
        self._start(self._attempt(departure, departure.target))
        return True

    def _claim_departure(self) -> Transmission | None:
        instant = time.monotonic()
        busy = {target for target, count in self._in_flight.items() if count >= PER_TARGET}
        busy |= {target for target, until in self._services.paused.items() if until > instant}
        with self._services.store.begin() as tx:
            return transmissions.claim_departure(tx, self._owner, self._services.clock(), DEPARTURE_LEASE, busy)

    async def _attempt(self, departure: Transmission, target: str) -> None:
        try:
            paused_until = await self._deliver(departure, target)
        except StaleLease:
            log.warning("another node has taken over %s", departure.id)
            return
        except StoreUnavailable as error:
            # What the target answered could not be written down: the attempt is repeated under the same key.
            log.warning("the store is not available, %s is sent again: %s", departure.id, error)
            await self._give_back(departure)
            return
        finally:
            self._in_flight[target] -= 1
        if paused_until is not None:
            pause = (paused_until - self._services.clock()).total_seconds()
            self._services.paused[target] = time.monotonic() + pause
        else:
            self._services.paused.pop(target, None)
        self._ring()

    async def _deliver(self, departure: Transmission, target: str) -> datetime | None:
        try:
            sender, policy = await self._senders.of(target)
        except ChannelError as error:
            return await self._call(partial(undeliverable, self._services, departure, error))
        return await deliver(self._services, departure, sender, policy)

    async def _give_back(self, claimed: Transmission) -> None:
        """Frees a claim as soon as the store answers again, instead of when the lease runs out."""
        while True:
            await asyncio.sleep(1)
            with suppress(StoreUnavailable):
                await self._call(partial(self._free, claimed))
                return

    def _free(self, claimed: Transmission) -> None:
        with self._services.store.begin() as tx, suppress(StaleLease):
            transmissions.fenced_update(tx, claimed, lease_owner=None, lease_until=None)
        self._services.wake()

    # ---- timers

    async def _keep_time(self) -> bool:
        catalog = self._services.catalog()
        if catalog.fingerprint != self._armed:
            await self._call(partial(schedule.arm, self._services, schedule.schedules(catalog)))
            self._armed = catalog.fingerprint
        timer = await self._call(self._claim_timer)
        if timer is None:
            return False
        self._start(self._on_time(timer))
        return True

    def _claim_timer(self) -> Timer | None:
        with self._services.store.begin() as tx:
            return timers.claim_due(tx, self._owner, self._services.clock(), TIMER_LEASE)

    async def _on_time(self, timer: Timer) -> None:
        if timer.kind == batch.TIMER:
            with suppress(StaleLease):  # another node has it, or somebody moved it
                await self._call(partial(batch.compose_batch, self._services, timer))
            self._ring()
            return
        wanted = {(s.kind, s.key): s for s in schedule.schedules(self._services.catalog())}
        recurring = wanted.get((timer.kind, timer.key))
        failed = True
        try:
            if recurring is not None and timer.kind == schedule.POLL:
                failed = not await self._polls.poll(timer.key)
            elif recurring is not None and timer.kind == schedule.OVERDUE:
                await self._call(partial(schedule.raise_overdue, self._services))
                failed = False
        except ChannelError as error:
            log.warning("%s of %s failed: %s", timer.kind, timer.key, error.detail)
        finally:
            with suppress(StaleLease):
                await self._call(partial(self._settle, timer, recurring, failed))

    def _settle(self, timer: Timer, recurring: schedule.Schedule | None, failed: bool) -> None:
        due = recurring.next_due(self._services.clock(), failed=failed) if recurring else None
        with self._services.store.begin() as tx:
            timers.settle(tx, timer, due)
