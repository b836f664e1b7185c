"""The listening port of our SFTP server: who may connect at all, and for how long."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime

import asyncssh

from channels.sftp.server.algorithms import algorithms, key_pairs
from channels.sftp.server.guessing import Guessing
from channels.sftp.server.mailbox import Blocking, Mailboxes
from channels.sftp.server.settings import SftpDoorSettings
from channels.sftp.server.sign_in import Observer, SignIn

WATCH_SECONDS = 2.0
"""How often it is asked whether those who are inside still may be, and have not fallen asleep."""

FULL_SECONDS = 1.0
"""How long no connection is taken when the process has no handle left for one."""

NAME = "SupplierHub"

logging.getLogger("asyncssh").setLevel(logging.CRITICAL)  # it quotes what clients say; what matters we tell

log = logging.getLogger(__name__)


class SftpDoor:
    """Our SFTP server, from ``open`` to ``close``. ``around`` is entered for each connection: log lines of it then
    carry its id."""

    def __init__(
        self,
        settings: SftpDoorSettings,
        host_keys: Sequence[asyncssh.SSHKey],
        mailboxes: Mailboxes,
        run: Blocking,
        observer: Observer,
        around: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._settings = settings
        self._host_keys = list(host_keys)
        self._mailboxes = mailboxes
        self._run = run
        self._observer = observer
        self._around = around
        self._guessing = Guessing()
        self._numbers = itertools.count(1)
        self._sockets: list[socket.socket] = []
        self._loops: list[asyncio.Task[None]] = []
        self._connections: dict[asyncio.Task[None], SignIn] = {}
        self._addresses: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Connections at the moment, signed in or not."""
        return len(self._connections)

    @property
    def listening(self) -> bool:
        """False when something has ended that should go on for as long as the door is open."""
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    async def open(self) -> int:
        """Listens, and returns the port. Raises OSError."""
        if self._settings.port is None:
            raise ValueError("there is a door only where there is a port")
        for family, kind, protocol, _, address in await asyncio.get_running_loop().getaddrinfo(
            self._settings.host, self._settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listening = socket.socket(family, kind, protocol)
            self._sockets.append(listening)
            listening.setblocking(False)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(address)
            listening.listen(128)
        self._loops = [asyncio.create_task(self._accept(listening)) for listening in self._sockets]
        self._loops.append(asyncio.create_task(self._watch()))
        return int(self._sockets[0].getsockname()[1])

    async def close(self, seconds: float) -> None:
        """Nobody else gets in; requests that are under way have so long to end, then all are cut off."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        for listening in self._sockets:
            listening.close()
        inside = list(self._connections.items())
        finishing = [asyncio.ensure_future(sign_in.finish()) for _, sign_in in inside]
        if finishing:
            await asyncio.wait(finishing, timeout=seconds)
        for connection, sign_in in inside:
            sign_in.cut("The hub is stopping. Connect again later.")
            connection.cancel()
        await asyncio.gather(*(connection for connection, _ in inside), return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, peer = await loop.sock_accept(listening)
            except ConnectionError:  # it was gone before it was taken
                continue
            except OSError as error:
                log.warning("no SFTP connection is taken at the moment: %s", error.strerror)
                await asyncio.sleep(FULL_SECONDS)
                continue
            address = str(peer[0])
            if not self._has_room(address):
                connected.close()
                continue
            self._addresses[address] += 1
            sign_in = SignIn(
                self._mailboxes, self._run, self._observer, self._guessing, self._settings.attempts, address
            )
            with self._around(f"sftp-{next(self._numbers)}"):
                connection = asyncio.create_task(self._serve(connected, sign_in))
            self._connections[connection] = sign_in
            connection.add_done_callback(lambda done, address=address: self._ended(done, address))  # type: ignore[misc]

    def _has_room(self, address: str) -> bool:
        """Asked before a single byte is read, so that it costs nothing to be refused."""
        if self.count >= self._settings.connections:
            self._observer.turned_away("", address, "connections")
            return False
        if self._addresses[address] >= self._settings.connections_per_address:
            self._observer.turned_away("", address, "connections of the address")
            return False
        return True

    def _ended(self, connection: asyncio.Task[None], address: str) -> None:
        del self._connections[connection]
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    async def _serve(self, connected: socket.socket, sign_in: SignIn) -> None:
        """A connection's whole life."""
        try:
            connection = await asyncssh.run_server(
                connected,
                server_factory=lambda: sign_in,
                server_host_keys=key_pairs(self._host_keys),
                server_version=NAME,
                login_timeout=self._settings.login_seconds,
                encoding=None,
                line_editor=False,
                allow_pty=False,
                allow_scp=False,
                x11_forwarding=False,
                agent_forwarding=False,
                gss_host=None,
                kbdint_auth=False,
                **algorithms(older_clients=self._settings.older_clients),
            )
            await connection.wait_closed()
        except (asyncssh.Error, OSError, TimeoutError) as error:
            log.debug("an SFTP connection ended before anybody signed in: %s", type(error).__name__)
        except Exception:
            log.exception("an SFTP connection failed")
        finally:
            sign_in.cut("")
            await sign_in.finish()
            connected.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for sign_in in list(self._connections.values()):
                who = sign_in.who
                if who is None:
                    continue
                with suppress(Exception):  # the store may be away: nobody is cut off for that
                    if not await self._run(lambda who=who: who.allowed(self._mailboxes, datetime.now(UTC))):  # type: ignore[misc]
                        sign_in.cut("This mailbox is not open to you any more.")
                        continue
                if time.monotonic() - sign_in.seen_at > self._settings.idle_seconds:
                    sign_in.cut("Nothing was asked for too long.")
