"""The timekeeper: claims the timers that are due, and has each kind of them do its work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial

from channels.errors import ChannelError
from hub import timers as schedule
from hub.node.claims import Background, call, claiming, insist
from hub.node.confirmations import Confirmations
from hub.node.consumers import Consumers
from hub.node.polls import Polls
from hub.node.relay import Relay
from hub.observe.context import bound
from hub.operator import scheduled
from hub.pipeline import batch, confirm, notify, offer
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.errors import StaleLease, StoreUnavailable
from hub.store.schema.records import Timer
from hub.upkeep import audit, expiry, retention, sweeping

Work = Callable[[HubServices, Timer], None]
"""Blocking work of a claimed timer. Raises StaleLease when it notices that the claim was lost."""

SETTLING: Mapping[str, Work] = {
    batch.TIMER: batch.compose_batch,
    scheduled.TIMER: scheduled.apply_due,
}
"""Kind → what its timer does once; it says itself, in its own transaction, whether the timer is due again."""

RECURRING: Mapping[str, Work] = {
    schedule.OVERDUE: schedule.raise_overdue,
    schedule.UNFETCHED: offer.raise_waiting,
    schedule.SEAL: audit.seal_events,
    schedule.NOTIFY: notify.notify,
    schedule.RETENTION: retention.prune,
    schedule.SWEEP: sweeping.sweep,
    schedule.EXPIRY: expiry.warn,
}
"""Kind → what its timer does each time; ``hub.timers.schedules`` says how often. Polls of channels come besides."""

log = logging.getLogger(__name__)


class Timekeeper:
    """What this node does by the clock."""

    def __init__(self, services: HubServices, owner: str, background: Background) -> None:
        self._services = services
        self._owner = owner
        self._background = background
        self._polls = Polls(services)
        self._confirmations = Confirmations(services)
        self._relay = Relay(services)
        self._consumers = Consumers(services)
        self._armed: tuple[tuple[str, int], ...] = ()
        self._recurring: dict[str, Callable[[Timer], Awaitable[bool]]] = {
            schedule.POLL: lambda timer: self._polls.poll(timer.key, timer),
            schedule.RELAY: self._relay.relay,
            schedule.CONSUME: lambda timer: self._consumers.consume(timer.key),
            **{kind: partial(self._do, work) for kind, work in RECURRING.items()},
        }

    async def close(self) -> None:
        await self._polls.close()
        await self._confirmations.close()
        await self._relay.close()
        await self._consumers.close()

    async def step(self) -> bool:
        """Starts what is due next. False when nothing is."""
        catalog = self._services.catalog()
        if catalog.fingerprint != self._armed:
            await call(self._services, partial(schedule.arm, self._services, schedule.schedules(catalog)))
            await self._polls.keep(catalog)
            self._armed = catalog.fingerprint
        timer = await call(self._services, self._claim)
        if timer is None:
            return False
        with bound(timer=timer.kind, channel=timer.key if timer.kind == schedule.POLL else None):
            self._background.start(self._held(timer))
        return True

    def _claim(self) -> Timer | None:
        timer: Timer | None = None
        lease = self._services.catalog().lease.total_seconds()
        with claiming(self._services, lambda tx: timers.release(tx, timer)), self._services.store.begin() as tx:
            timer = timers.claim_due(tx, self._owner, self._services.clock(), lease)
        return timer

    async def _do(self, work: Work, timer: Timer) -> bool:
        """Whether it was done: not when another node has the timer, or somebody moved it."""
        with suppress(StaleLease):
            await call(self._services, partial(work, self._services, timer))
            return True
        return False

    async def _held(self, timer: Timer) -> None:
        with self._services.leases.held(timer):
            await self._on_time(timer)

    async def _on_time(self, timer: Timer) -> None:
        try:
            if timer.kind == confirm.TIMER:
                await self._confirmations.on_time(timer)
            elif timer.kind in SETTLING:
                await self._do(SETTLING[timer.kind], timer)
            else:
                await self._recur(timer)
        except StoreUnavailable as error:
            log.warning("the store is not available, %s %s comes again: %s", timer.kind, timer.key, error)
            await asyncio.sleep(1)
            await insist(self._services, partial(self._give_back, timer))

    def _give_back(self, timer: Timer) -> None:
        """Frees a claim that would rest until its lease ends; one that was settled meanwhile is none."""
        with self._services.store.begin() as tx:
            timers.release(tx, timer)

    async def _recur(self, timer: Timer) -> None:
        """What is no longer scheduled ends with its timer."""
        wanted = {(s.kind, s.key): s for s in schedule.schedules(self._services.catalog())}
        recurring = wanted.get((timer.kind, timer.key))
        failed = True
        try:
            if recurring is not None:
                failed = not await self._recurring[timer.kind](timer)
        except ChannelError as error:
            log.warning("%s of %s failed: %s", timer.kind, timer.key, error.detail)
        except StaleLease:
            log.warning("another node has taken over %s %s", timer.kind, timer.key)
        finally:
            await insist(self._services, partial(self._settle, timer, recurring, failed))

    def _settle(self, timer: Timer, recurring: schedule.Schedule | None, failed: bool) -> None:
        due = recurring.next_due(self._services.clock(), failed=failed) if recurring else None
        with suppress(StaleLease), self._services.store.begin() as tx:
            timers.settle(tx, timer, due)
