"""Arrivals: claimed in order, one partner's at a time, and worked to their end."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

from hub.compute.port import ComputingUnavailable
from hub.node.claims import Background, call, claiming, give_back
from hub.observe.context import bound
from hub.pipeline import flow
from hub.pipeline.scan import quarantine
from hub.services import HubServices
from hub.store.errors import NoBytes, StaleLease, StaleStatus, StoreUnavailable
from hub.store.schema.records import Transmission
from hub.store.traffic import transmissions

TOGETHER = 500
TOGETHER_BYTES = 1_000_000
"""Small arrivals that are claimed at once and share their transactions."""

UNAVAILABLE = (StoreUnavailable, ComputingUnavailable)
"""What says nothing about an arrival: it is worked again as soon as that can be."""

log = logging.getLogger(__name__)


def process_pending(services: HubServices, owner: str) -> int:
    """Works every arrival that is waiting; returns how many."""
    count = 0
    while claimed := claim(services, owner):
        under_way = UnderWay(services, claimed)
        while under_way.step():
            pass
        count += len(claimed)
    return count


def claim(services: HubServices, owner: str) -> list[Transmission]:
    """The arrivals to work next, claimed: a large one alone, or small ones together."""
    claimed: list[Transmission] = []
    lease = services.catalog().lease.total_seconds()
    with (
        suppress(StaleLease),
        claiming(services, lambda tx: transmissions.release(tx, claimed)),
        services.store.begin() as tx,
    ):
        now = services.clock()
        claimed += transmissions.claim_arrivals(tx, owner, now, lease, TOGETHER, TOGETHER_BYTES)
    return claimed


class UnderWay:
    """Claimed arrivals being worked. ``again``: one that a first time came to nothing."""

    def __init__(self, services: HubServices, claimed: Sequence[Transmission], *, again: bool = False) -> None:
        self.claimed = claimed
        self._services = services
        self._again = again
        self._steps = self._all()

    def step(self) -> bool:
        """Works the next chunk. False when there is none. Raises UNAVAILABLE: then they are to be given back."""
        self._services.watch.turn()
        only = self.claimed[0] if len(self.claimed) == 1 else None
        with bound(transmission=only.id, partner=only.partner) if only else bound(arrivals=len(self.claimed)):
            return next(self._steps, False)

    def _all(self) -> Iterator[bool]:
        try:
            for _ in flow.process(self._services, self.claimed):
                yield True
        except UNAVAILABLE:
            raise
        except Exception as error:
            if len(self.claimed) > 1 or (isinstance(error, StaleStatus) and not self._again):
                log.warning("worked again, each by itself: %d arrivals", len(self.claimed), exc_info=error)
                for one in self._still_held():
                    yield from UnderWay(self._services, [one], again=True)._all()
            elif isinstance(error, StaleLease):
                log.warning("another node has taken over %s", self.claimed[0].id)
            else:
                self._put_aside(self.claimed[0], error)

    def _still_held(self) -> list[Transmission]:
        """Those that are neither done nor taken over, as they are by now."""
        with self._services.store.read() as tx:
            current = [transmissions.get(tx, one.id) for one in self.claimed]
        pairs = zip(self.claimed, current, strict=True)
        return [now for was, now in pairs if now and (now.fence, now.lease_owner) == (was.fence, was.lease_owner)]

    def _put_aside(self, one: Transmission, error: Exception) -> None:
        log.error("arrival %s could not be worked", one.id, exc_info=error)
        if isinstance(error, NoBytes):
            reason = f"Nothing of this transmission was worked: {error}. Have it sent again, or restore a backup."
        else:
            reason = f"The hub could not process this transmission ({type(error).__name__}). Its bytes are kept."
        quarantine(self._services, one, reason)


class Arrivals:
    """What this node works. A large arrival goes on a chunk at a time, between which others have their turn."""

    def __init__(self, services: HubServices, owner: str, background: Background) -> None:
        self._services = services
        self._owner = owner
        self._background = background
        self._begun: deque[UnderWay] = deque()
        self._looking = asyncio.Lock()
        self._found_none = -math.inf  # when the last look began that found nothing

    async def step(self) -> bool:
        """Works a chunk of what is claimed now, and one of what has waited longest. False when there is neither."""
        claimed = await self._claim()
        turns = [UnderWay(self._services, claimed)] if claimed else []
        if self._begun:
            turns.append(self._begun.popleft())
        for under_way in turns:
            await self._work(under_way)
        return bool(turns)

    async def _claim(self) -> list[Transmission]:
        """Of the loops that are woken together one looks at a time, and what it did not find the others do not look
        for: each look is a writing transaction."""
        woken = time.monotonic()
        async with self._looking:
            if self._found_none >= woken:
                return []
            began = time.monotonic()
            claimed = await call(self._services, partial(claim, self._services, self._owner))
            self._services.leases.begin(claimed)
            if not claimed:
                self._found_none = began
            return claimed

    async def _work(self, under_way: UnderWay) -> None:
        goes_on = False
        try:
            goes_on = await call(self._services, under_way.step)
        except UNAVAILABLE as error:
            log.warning("%d arrivals are worked again: %s", len(under_way.claimed), error)
            self._give_back(under_way)
        finally:
            if goes_on:
                self._begun.append(under_way)
            else:
                self._services.leases.end(under_way.claimed)

    def _give_back(self, under_way: UnderWay) -> None:
        for one in under_way.claimed:
            self._background.start(give_back(self._services, one))
