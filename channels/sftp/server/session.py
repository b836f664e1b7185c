"""One SFTP session: requests come over a channel of asyncssh, and their answers go back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import asyncssh

from channels.sftp.server.mailbox import Blocking
from channels.sftp.server.requests import Requests
from channels.sftp.server.wire import PACKET_LIMIT, Malformed, Request

HELD = 1024 * 1024
"""Bytes of requests that wait their turn; their sender is held back beyond that."""

TOGETHER = 32
"""Blocks of data that are read or written in one go."""

_OF_DATA = frozenset((Request.READ, Request.WRITE))


class SftpSession(asyncssh.SSHServerSession[bytes]):
    """A channel that carries SFTP and nothing else.

    A client that closes the channel or whose connection breaks has closed no file by it, even where its request to do
    so was on its way: what was not answered is not taken.
    """

    def __init__(
        self, requests: Requests, run: Blocking, refused: Callable[[str], None], seen: Callable[[], None]
    ) -> None:
        """``refused`` is told of what else is asked for on the channel, ``seen`` is called at each sign of life."""
        self._requests = requests
        self._run = run
        self._refused = refused
        self._seen = seen
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._buffer = bytearray()
        self._ended = self._lost = self._paused = False
        self._came = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._serving: asyncio.Task[None] | None = None

    @property
    def over(self) -> bool:
        return self._lost or (self._serving is not None and self._serving.done())

    async def stop(self) -> None:
        """Finishes the request that is under way, and takes no other."""
        self._buffer.clear()
        self._ended = True
        self._came.set()
        if self._serving is not None:
            await asyncio.wait([self._serving])

    # ---- what asyncssh calls

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        self._refused("a terminal")
        return False

    def shell_requested(self) -> bool:
        self._refused("a shell")
        return False

    def exec_requested(self, command: str) -> bool:
        self._refused("a command")
        return False

    def subsystem_requested(self, subsystem: str) -> bool:
        if subsystem != "sftp":
            self._refused("another subsystem")
        return subsystem == "sftp"

    def session_started(self) -> None:
        self._serving = asyncio.ensure_future(self._serve())

    def data_received(self, data: bytes, datatype: Any) -> None:
        if self._ended:
            return
        self._seen()
        self._buffer += data
        self._came.set()
        if len(self._buffer) > HELD and not self._paused and self._channel is not None:
            self._paused = True
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        """What came before is still answered."""
        self._ended = True
        self._came.set()
        return True

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._came.set()
        self._drained.set()

    # ---- the session itself

    async def _serve(self) -> None:
        try:
            while packets := await self._next():
                answers = await self._run(partial(self._requests.answer_all, packets))
                self._seen()
                self._send(answers)
                await self._drained.wait()
        except Malformed:
            self._refused("what is no SFTP")
        finally:
            await self._run(self._requests.abandon)
            if not self._lost and self._channel is not None:
                self._channel.exit(0)

    def _send(self, answers: bytes) -> None:
        if not self._lost and self._channel is not None:
            self._channel.write(answers)

    async def _next(self) -> list[bytes]:
        """The next request, or blocks of data that follow one another; none when there will be no more. Raises
        Malformed."""
        while not self._lost:
            if packets := self._complete():
                return packets
            if self._ended:
                break
            self._came.clear()
            self._resume()
            await self._came.wait()
        return []

    def _complete(self) -> list[bytes]:
        packets: list[bytes] = []
        start = 0
        while len(packets) < TOGETHER and len(self._buffer) >= start + 5:
            length = int.from_bytes(self._buffer[start : start + 4])
            if not 0 < length <= PACKET_LIMIT:
                raise Malformed("a request of that length is none")
            if len(self._buffer) < start + 4 + length:
                break
            packets.append(bytes(self._buffer[start + 4 : start + 4 + length]))
            start += 4 + length
            if packets[-1][0] not in _OF_DATA:
                break
        del self._buffer[:start]
        return packets

    def _resume(self) -> None:
        if self._paused and self._channel is not None:
            self._paused = False
            self._channel.resume_reading()
