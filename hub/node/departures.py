"""Departures: claimed by ``dispatch`` and attempted side by side, so that no target waits for another."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import datetime
from functools import partial

from channels.errors import ChannelError, CredentialError
from hub.node.claims import Background, call, give_back
from hub.node.dispatch import Dispatch
from hub.node.senders import Senders
from hub.observe.context import bound
from hub.pipeline.deliver import Attempts
from hub.services import HubServices, Loop
from hub.store.errors import StaleLease, StoreUnavailable
from hub.store.schema.records import Transmission
from hub.store.traffic.deliveries import CORRELATION

LONGEST_SLEEP = 60.0
"""Seconds until the clock is asked again, which may jump."""

log = logging.getLogger(__name__)


class Departures:
    """What is on its way out of this node."""

    def __init__(self, services: HubServices, owner: str, background: Background) -> None:
        self._services = services
        self._background = background
        self._dispatch = Dispatch(services, owner)
        self._senders = Senders(services)
        self._attempts = Attempts(services)
        self._in_flight: Counter[str] = Counter()
        self._alarm: asyncio.TimerHandle | None = None

    async def close(self) -> None:
        self._ring_at(None)
        await self._senders.close()

    async def step(self) -> bool:
        """Starts the attempts that are due. False when none is, or enough is under way; the bell rings when the next
        may leave."""
        dispatched = await call(self._services, partial(self._dispatch.claim, dict(self._in_flight)))
        self._services.leases.begin(dispatched.claimed)
        for departure in dispatched.claimed:
            assert departure.target is not None
            self._in_flight[departure.target] += 1
            with bound(
                transmission=(departure.headers or {}).get(CORRELATION),
                departure=departure.id,
                target=departure.target,
                partner=departure.partner,
            ):
                self._background.start(self._attempt(departure, departure.target))
        self._ring_at(dispatched.following)
        return bool(dispatched.claimed)

    def _ring_at(self, instant: datetime | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if instant is not None:
            seconds = min((instant - self._services.clock()).total_seconds(), LONGEST_SLEEP)
            self._alarm = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._services.wake, Loop.DEPARTURES)

    async def _attempt(self, departure: Transmission, target: str) -> None:
        try:
            await self._deliver(departure, target)
        except StaleLease:
            log.warning("another node has taken over %s", departure.id)
        except StoreUnavailable as error:
            # What the target answered could not be written down: the attempt is repeated under the same key.
            log.warning("the store is not available, %s is sent again: %s", departure.id, error)
            self._background.start(give_back(self._services, departure))
        finally:
            self._services.leases.end([departure])
            self._in_flight[target] -= 1
        self._services.wake(Loop.COMPOSE, Loop.DEPARTURES)  # something may have waited for this one, or for its room

    async def _deliver(self, departure: Transmission, target: str) -> None:
        try:
            async with self._senders.lent(target) as sender:
                error = await self._attempts.deliver(departure, sender)
        except ChannelError as unusable:
            await call(self._services, partial(self._attempts.undeliverable, departure, unusable))
        else:
            if isinstance(error, CredentialError):
                await self._senders.forget(target)
