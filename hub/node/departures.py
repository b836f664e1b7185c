"""Departures: composed when due, claimed, and attempted side by side, so that no target waits for another."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime
from functools import partial

from channels.errors import ChannelError
from hub.node.claims import Background, call, give_back
from hub.node.senders import Senders
from hub.observe.context import bound
from hub.pipeline.compose import CORRELATION
from hub.pipeline.deliver import deliver, undeliverable
from hub.services import HubServices
from hub.store import transmissions
from hub.store.errors import StaleLease, StoreUnavailable
from hub.store.records import Transmission

LEASE = 900.0
"""Seconds a claim lasts, longer than any attempt may take."""

PER_TARGET = 4
"""Departures on their way to one target at the same time; a slow target holds no more than these."""

IN_FLIGHT = 32

log = logging.getLogger(__name__)


class Departures:
    """What is on its way out of this node."""

    def __init__(self, services: HubServices, owner: str, background: Background) -> None:
        self._services = services
        self._owner = owner
        self._background = background
        self._senders = Senders(services)
        self._in_flight: Counter[str] = Counter()

    async def close(self) -> None:
        await self._senders.close()

    async def step(self) -> bool:
        """Starts the next attempt that is due. False when there is none, or enough is under way."""
        if len(self._background) >= IN_FLIGHT:
            return False
        departure = await call(self._services, self._claim)
        if departure is None:
            return False
        assert departure.target is not None
        self._in_flight[departure.target] += 1
        with bound(
            transmission=(departure.headers or {}).get(CORRELATION),
            departure=departure.id,
            target=departure.target,
            partner=departure.partner,
        ):
            self._background.start(self._attempt(departure, departure.target))
        return True

    def _claim(self) -> Transmission | None:
        instant = time.monotonic()
        busy = {target for target, count in self._in_flight.items() if count >= PER_TARGET}
        busy |= {target for target, until in self._services.paused.items() if until > instant}
        with self._services.store.begin() as tx:
            return transmissions.claim_departure(tx, self._owner, self._services.clock(), LEASE, busy)

    async def _attempt(self, departure: Transmission, target: str) -> None:
        try:
            paused_until = await self._deliver(departure, target)
        except StaleLease:
            log.warning("another node has taken over %s", departure.id)
            return
        except StoreUnavailable as error:
            # What the target answered could not be written down: the attempt is repeated under the same key.
            log.warning("the store is not available, %s is sent again: %s", departure.id, error)
            await give_back(self._services, departure)
            return
        finally:
            self._in_flight[target] -= 1
        if paused_until is not None:
            pause = (paused_until - self._services.clock()).total_seconds()
            self._services.paused[target] = time.monotonic() + pause
        else:
            self._services.paused.pop(target, None)
        self._services.wake()

    async def _deliver(self, departure: Transmission, target: str) -> datetime | None:
        try:
            sender, policy = await self._senders.of(target)
        except ChannelError as error:
            return await call(self._services, partial(undeliverable, self._services, departure, error))
        return await deliver(self._services, departure, sender, policy)
