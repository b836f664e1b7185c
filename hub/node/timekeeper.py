"""The timekeeper: claims the timers that are due, and has each kind of them do its work."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from channels.errors import ChannelError
from hub import timers as schedule
from hub.node.claims import Background, call
from hub.node.polls import Polls
from hub.pipeline import batch
from hub.services import HubServices
from hub.store import timers
from hub.store.errors import StaleLease
from hub.store.records import Timer

LEASE = 300.0
"""Seconds a claim lasts."""

log = logging.getLogger(__name__)


class Timekeeper:
    """What this node does by the clock."""

    def __init__(self, services: HubServices, owner: str, background: Background) -> None:
        self._services = services
        self._owner = owner
        self._background = background
        self._polls = Polls(services)
        self._armed: tuple[tuple[str, int], ...] = ()

    async def step(self) -> bool:
        """Starts what is due next. False when nothing is."""
        catalog = self._services.catalog()
        if catalog.fingerprint != self._armed:
            await call(self._services, partial(schedule.arm, self._services, schedule.schedules(catalog)))
            self._armed = catalog.fingerprint
        timer = await call(self._services, self._claim)
        if timer is None:
            return False
        self._background.start(self._on_time(timer))
        return True

    def _claim(self) -> Timer | None:
        with self._services.store.begin() as tx:
            return timers.claim_due(tx, self._owner, self._services.clock(), LEASE)

    async def _on_time(self, timer: Timer) -> None:
        if timer.kind == batch.TIMER:
            with suppress(StaleLease):  # another node has it, or somebody moved it
                await call(self._services, partial(batch.compose_batch, self._services, timer))
            self._services.wake()
            return
        wanted = {(s.kind, s.key): s for s in schedule.schedules(self._services.catalog())}
        recurring = wanted.get((timer.kind, timer.key))
        failed = True
        try:
            if recurring is not None and timer.kind == schedule.POLL:
                failed = not await self._polls.poll(timer.key)
            elif recurring is not None and timer.kind == schedule.OVERDUE:
                await call(self._services, partial(schedule.raise_overdue, self._services))
                failed = False
        except ChannelError as error:
            log.warning("%s of %s failed: %s", timer.kind, timer.key, error.detail)
        finally:
            with suppress(StaleLease):
                await call(self._services, partial(self._settle, timer, recurring, failed))

    def _settle(self, timer: Timer, recurring: schedule.Schedule | None, failed: bool) -> None:
        due = recurring.next_due(self._services.clock(), failed=failed) if recurring else None
        with self._services.store.begin() as tx:
            timers.settle(tx, timer, due)
