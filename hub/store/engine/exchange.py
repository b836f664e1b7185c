"""What the nodes on one PostgreSQL tell each other by LISTEN and NOTIFY: that there is work, or something to read anew.

Nothing rests on it: whoever missed a word finds the work when it looks by itself. Words are sent on a connection of
their own and not in the transactions that they tell of: the server makes commits with a NOTIFY wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import AsyncConnection
from sqlalchemy.engine import URL

from hub.store.engine.dialects import POSTGRES_CONNECTING, POSTGRES_VANISHED

CHANNEL = "supplier_hub"

GATHER_SECONDS = 0.005
"""What is said within it is sent together."""

ALIVE_SECONDS = 5.0
"""So often a connection on which nothing is heard is tried, and so long it may take to answer."""

AGAIN_SECONDS = 1.0
"""From a connection that broke to the next."""

WORDS_BYTES = 7000
"""Of one message, of which PostgreSQL takes less than 8000."""

EVERYTHING = "everything"
"""In place of more words than one message takes, and of those that may have been missed."""

log = logging.getLogger(__name__)


class Exchange:
    """One node's. ``say`` is thread-safe; the rest belongs to one event loop."""

    def __init__(self, url: URL) -> None:
        missing = {name: value for name, value in POSTGRES_CONNECTING.items() if name not in url.query}
        plain = url.set(drivername="postgresql").update_query_dict(missing)
        self._conninfo = plain.render_as_string(hide_password=False)
        self._own = uuid4().hex[:12]
        self._waiting: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._said = asyncio.Event()
        self._connections: set[AsyncConnection] = set()
        self._stopped = False
        self.hears = False
        """Whether it listens at this moment, as far as is known."""

    def say(self, *words: str) -> None:
        """Tells the other nodes, soon. Words hold no space."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the node with it
                self._loop.call_soon_threadsafe(self._gather, words)

    async def run(self, heard: Callable[[str], None]) -> None:
        """Listens and tells until ``stop``. ``heard`` is called with each word of another node, and with
        EVERYTHING whenever words may have been missed."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(lambda connection: self._listen(connection, heard)))
                group.create_task(self._repeat(self._tell))
        finally:
            self._loop = None

    def stop(self) -> None:
        """To be called in its loop; ``run`` returns soon."""
        self._stopped = True
        self._said.set()
        for connection in self._connections:
            _break_off(connection)

    def _gather(self, words: tuple[str, ...]) -> None:
        self._waiting |= {*words}
        self._said.set()

    async def _repeat(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        while not self._stopped:
            try:
                connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
                self._connections.add(connection)
                try:
                    await _within(connection, connection.execute(POSTGRES_VANISHED))
                    await work(connection)
                finally:
                    self._connections.discard(connection)
                    await connection.close()
            except (psycopg.Error, OSError) as error:
                if not self._stopped:
                    log.info("the nodes' exchange is interrupted: %s", type(error).__name__)
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self, connection: AsyncConnection, heard: Callable[[str], None]) -> None:
        await _within(connection, connection.execute(f"LISTEN {CHANNEL}"))
        heard(EVERYTHING)
        self.hears = True
        try:
            while not self._stopped:
                async for notice in connection.notifies(timeout=ALIVE_SECONDS):
                    who, _, words = notice.payload.partition(" ")
                    if who != self._own:
                        for word in words.split():
                            heard(word)
                await _within(connection, connection.execute("SELECT 1"))
        finally:
            self.hears = False

    async def _tell(self, connection: AsyncConnection) -> None:
        while not self._stopped:
            await self._said.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._said.clear()
            if not self._waiting:
                continue
            words, self._waiting = " ".join(sorted(self._waiting)), set()
            if len(words.encode()) > WORDS_BYTES:
                words = EVERYTHING
            telling = connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._own} {words}"))
            await _within(connection, telling)


async def _within(connection: AsyncConnection, asking: Coroutine[Any, Any, object]) -> None:
    """Waits for an answer for as long as one may take; then the connection is broken off, which ends the asking. To
    cancel it instead would have psycopg wait for the server all the same."""
    late = asyncio.get_running_loop().call_later(ALIVE_SECONDS, _break_off, connection)
    try:
        await asking
    finally:
        late.cancel()


def _break_off(connection: AsyncConnection) -> None:
    """Whoever waits for it is told at once that it is gone."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
