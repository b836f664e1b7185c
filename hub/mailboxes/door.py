"""Our SFTP server as part of a node: with its host keys, what it tells the log, and what it counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import TypeVar

from channels.secret import SecretUnavailable
from channels.sftp.server.door import SftpDoor
from channels.sftp.server.host_keys import HostKey, given_keys, own_keys
from channels.sftp.server.mailbox import SignedIn
from hub.mailboxes.directory import Directory
from hub.observe.context import bound
from hub.observe.metrics import Metrics
from hub.services import HubServices

TURN_SECONDS, SILENT_SECONDS = 2.0, 60.0
"""How often the door says that it listens, and for how long it may be silent."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Told:
    """Implements ``channels.sftp.server.sign_in.Observer``."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def signed_in(self, who: SignedIn) -> None:
        self._metrics.sftp("signed_in")
        fields = {"partner": who.mailbox.partner, "channel": who.mailbox.channel, "peer": who.address}
        log.info("signed in by SFTP with a %s", who.credential.kind, extra=fields)

    def turned_away(self, user: str, address: str, why: str) -> None:
        self._metrics.sftp("turned_away")
        log.warning("an SFTP sign-in was turned away: %s", why, extra={"user": user, "peer": address})

    def refused(self, who: SignedIn, what: str) -> None:
        self._metrics.sftp("refused")
        fields = {"partner": who.mailbox.partner, "channel": who.mailbox.channel, "peer": who.address}
        log.warning("refused by SFTP: %s", what, extra=fields)

    def left(self, who: SignedIn, why: str) -> None:
        fields = {"partner": who.mailbox.partner, "channel": who.mailbox.channel, "peer": who.address}
        log.info("the SFTP connection has ended%s", f": {why}" if why else "", extra=fields)


@asynccontextmanager
async def serve_mailboxes(services: HubServices, seconds: float) -> AsyncIterator[None]:
    """The server of hub.yaml, while the block runs. Requests that are under way at the end have so long to finish.
    Raises OSError when it cannot listen, and for host keys that cannot be had."""
    settings = services.settings.sftp
    run = partial(_in_store, services)
    door = SftpDoor(settings, host_keys(services), Directory(services), run, Told(services.metrics), _of)
    port = await door.open()
    services.watch.listening["sftp"] = f"{settings.host} port {port}"
    log.info("mailboxes are open by SFTP", extra={"port": port})
    watching = asyncio.create_task(_watch(services, door))
    try:
        yield
    finally:
        watching.cancel()
        services.watch.listening.pop("sftp")
        await door.close(seconds)


async def _watch(services: HubServices, door: SftpDoor) -> None:
    """A door that has stopped listening is missed by /healthz, as a loop that stands still."""
    services.watch.begin("sftp", SILENT_SECONDS)
    try:
        while True:
            if door.listening:
                services.watch.turn()
            await asyncio.sleep(TURN_SECONDS)
    finally:
        services.watch.end()


def host_keys(services: HubServices) -> list[HostKey]:
    """Those that hub.yaml refers to, or this data directory's own. Raises OSError when they cannot be had."""
    given = services.settings.sftp.host_keys
    try:
        if given:
            return given_keys([reference.read().get_secret_value() for reference in given])
        return own_keys(services.data_dir)
    except (SecretUnavailable, ValueError) as error:
        raise OSError(f"the SFTP server has no host key: {error}") from error


def _of(connection: str) -> AbstractContextManager[None]:
    return bound(connection=connection)


def _in_store(services: HubServices, work: Callable[[], T]) -> Awaitable[T]:
    """Shielded: a client that goes away cuts no transaction's answer short, the work ends by itself."""
    return asyncio.shield(asyncio.get_running_loop().run_in_executor(services.executor, work))
