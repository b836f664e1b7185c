"""What the loops share: who claims, calls into the store, work in the background, and giving a claim back."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from hub.services import HubServices
from hub.store.errors import CommitUnknown, StaleLease, StoreUnavailable
from hub.store.schema.records import Transmission
from hub.store.store import Tx
from hub.store.traffic import transmissions

T = TypeVar("T")

LONGEST_NAME = 64
"""Characters that a lease has room for."""

FREE_SECONDS = 10.0
"""How long a claim of which nobody knows is looked for; then its lease runs out."""

log = logging.getLogger(__name__)


def node_name(data_dir: Path) -> str:
    """The same after a restart, so that a node recognises its own claims, and no other node's."""
    name = f"{socket.gethostname()}:{data_dir.resolve()}"
    return name if len(name) <= LONGEST_NAME else f"{name[-47:]}~{sha256(name.encode()).hexdigest()[:16]}"


async def call(services: HubServices, work: Callable[[], T]) -> T:
    """Runs what blocks, such as a transaction, on the executor that every loop shares."""
    return await asyncio.get_running_loop().run_in_executor(services.executor, work)


async def insist(services: HubServices, work: Callable[[], None]) -> None:
    """Does what blocks, again and again until the store takes it. For what may be done twice: of a commit that broke
    off nobody knows whether it took place."""
    while True:
        with suppress(StoreUnavailable):
            await call(services, work)
            return
        await asyncio.sleep(1)


async def give_back(services: HubServices, claimed: Transmission) -> None:
    """Frees a claim as soon as the store answers again, instead of when the lease runs out."""
    await asyncio.sleep(1)
    await insist(services, partial(_free, services, claimed))


@contextmanager
def claiming(services: HubServices, free: Callable[[Tx], object]) -> Iterator[None]:
    """A claim whose commit broke off is given back: nobody would know of it before its lease ran out. ``free`` does so
    where the rows say that it took place, and waits for a transaction that has not ended yet."""
    try:
        yield
    except CommitUnknown:
        deadline = time.monotonic() + FREE_SECONDS
        while time.monotonic() < deadline:
            with suppress(StoreUnavailable), services.store.begin() as tx:
                free(tx)
                break
            time.sleep(0.2)
        raise


def _free(services: HubServices, claimed: Transmission) -> None:
    with services.store.begin() as tx, suppress(StaleLease):
        transmissions.fenced_update(tx, claimed, lease_owner=None, lease_until=None)
    services.wake()


class Background:
    """Work that a loop has begun and does not wait for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def finish(self, seconds: float) -> None:
        """Waits this long for what is under way, then cuts it off."""
        tasks = set(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, seconds))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work in the background failed", exc_info=error)
