"""What the relay and the consumers of NATS have in common: patience with a server that is away, and telling of it."""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial

from channels.errors import ChannelError
from hub.node.claims import call
from hub.services import HubServices
from hub.store.errors import StoreUnavailable
from hub.store.trail import work_items

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between two attempts to reach a server: twice as many after each, up to the longest."""

TURN_SECONDS = 20.0
"""How long one claim is worked at; then others may have it."""

log = logging.getLogger(__name__)


class Patience:
    """Of one stream. ``kind`` and ``key`` are those of its work item, which is open while the stream is in trouble."""

    def __init__(self, services: HubServices, kind: str, key: str, says: str) -> None:
        self._services = services
        self._kind, self._key, self._says = kind, key, says
        self._failures = 0
        self._quiet_until = 0.0
        self._told: str | None = ""  # nothing yet: an item of before a restart may be open

    @property
    def waits(self) -> bool:
        """Whether it is too early for another attempt."""
        return asyncio.get_running_loop().time() < self._quiet_until

    async def failed(self, error: ChannelError) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures) * random.uniform(0.8, 1.2)
        self._failures = min(self._failures + 1, 16)
        self._quiet_until = asyncio.get_running_loop().time() + pause
        await self._tell(error.detail)

    async def succeeded(self) -> None:
        self._failures = 0
        await self._tell(None)

    async def _tell(self, trouble: str | None) -> None:
        if trouble == self._told:
            return
        if trouble is not None:
            log.warning("%s: %s", self._says, trouble)
        try:
            await call(self._services, partial(self._record, trouble))
        except StoreUnavailable as error:
            log.warning("this cannot be shown: %s", error)
        else:
            self._told = trouble

    def _record(self, trouble: str | None) -> None:
        now = self._services.clock()
        with self._services.store.begin() as tx:
            if trouble is None:
                work_items.close(tx, self._key, now)
            else:
                work_items.raise_item(tx, self._kind, self._key, None, f"{self._says}: {trouble}", [], now)
