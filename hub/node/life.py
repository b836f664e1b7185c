"""Signs of life: what a node tells the others at short intervals, and looks at by the way.

With each of them it renews the leases of what it works at, reads the clock that all share, frees what another has
locked that hangs, and asks whether the schema is still one that its version may work on. A node that cannot give any
loses its work to others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version

from hub.leases import Claim
from hub.node.claims import call
from hub.roles import Role, in_words
from hub.services import HubServices
from hub.store import migration
from hub.store.coordination import nodes, timers
from hub.store.coordination.database_clock import DatabaseClock
from hub.store.coordination.nodes import NodeRow
from hub.store.errors import StoreUnavailable
from hub.store.schema.records import Timer, Transmission
from hub.store.store import Tx
from hub.store.traffic import transmissions

SIGNS = 6
"""In the time of one lease."""

log = logging.getLogger(__name__)


class Life:
    """Of one node, from its start to its stop."""

    def __init__(self, services: HubServices, owner: str, roles: Collection[Role]) -> None:
        self._services = services
        self._owner = owner
        self._roles = in_words(roles)
        self._started = services.clock()
        self._seconds = 1.0  # between two signs
        self._signed = -float("inf")
        self._signing = asyncio.Lock()

    async def look(self) -> None:
        """To be awaited before anything is claimed: a node whose sign is overdue, since the store was away or the
        process stood still, renews what it holds before it or its like may take it for abandoned.

        Raises StoreUnavailable, and SchemaTooNew when this version may work on the store no more."""
        if self._overdue():
            async with self._signing:
                if self._overdue():
                    await call(self._services, self._sign)
                    self._signed = time.monotonic()

    async def keep(self) -> None:
        """Gives signs until it is cancelled. Raises SchemaTooNew."""
        while True:
            with suppress(StoreUnavailable):
                await self.look()
            await asyncio.sleep(self._seconds / 2)

    async def end(self) -> None:
        """The last sign: this node has stopped as it should. One that is under way comes before it, and none after.
        Raises StoreUnavailable."""
        async with self._signing:
            self._signed = float("inf")
            await call(self._services, self._leave)

    def _overdue(self) -> bool:
        return time.monotonic() - self._signed >= self._seconds

    def _sign(self) -> None:
        services = self._services
        if isinstance(services.clock, DatabaseClock):
            services.clock.look()
        lease = services.catalog().lease
        self._seconds = lease.total_seconds() / SIGNS
        aging = services.leases.aging(self._seconds)
        with services.store.begin() as tx:
            migration.check_beside(tx)
            nodes.free_locks(tx)
            nodes.sign(tx, self._row())
            _renew(tx, aging, services.clock() + lease)
        services.leases.renewed(aging)

    def _row(self) -> NodeRow:
        return NodeRow(
            name=self._owner,
            roles=self._roles,
            version=version("supplier-hub")[:40],
            schema=migration.newest(),
            url=self._services.watch.url,
            started_at=self._started,
            seen_at=self._services.clock(),
        )

    def _leave(self) -> None:
        with self._services.store.begin() as tx:
            nodes.leave(tx, self._owner)


def _renew(tx: Tx, aging: Collection[Claim], until: datetime) -> None:
    transmissions.renew(tx, [one for one in aging if isinstance(one, Transmission)], until)
    timers.renew(tx, [one for one in aging if isinstance(one, Timer)], until)
