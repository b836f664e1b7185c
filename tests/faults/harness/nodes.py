"""Nodes: real processes, forked from one that has everything loaded."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

START_SECONDS = 60.0
LISTENS = re.compile(rb"listens at (http://\S+)")


@dataclass
class Node:
    """A process that runs ``hub serve``. ``started`` is when it said that it listens, in seconds since the epoch."""

    pid: int
    log: Path
    ended: asyncio.Future[int] = field(repr=False)
    url: str = ""
    started: float = 0.0

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    def kill(self) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Stands still, at whatever it is, until ``go_on``."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)

    @property
    def stands_still(self) -> bool:
        """Whether it is paused, by others or at a point of its own."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text() if self.alive else ""
        except OSError:  # it has just ended
            return False
        return stat.rpartition(")")[2].split()[:1] == ["T"]

    async def stop(self) -> int:
        """A clean stop; returns its exit status."""
        os.kill(self.pid, signal.SIGTERM)
        return await asyncio.wait_for(asyncio.shield(self.ended), START_SECONDS)

    async def listening(self) -> bool:
        """Returns when it answers requests; False when it has ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while self.alive:
            if found := LISTENS.search(self.log.read_bytes()):
                self.url, self.started = found[1].decode(), time.time()
                return True
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            await asyncio.sleep(0.01)
        return False


class ForkServer:
    """See ``forkserver.py``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked: list[asyncio.Future[tuple[int, asyncio.Future[int]]]] = []
        self._endings: dict[int, asyncio.Future[int]] = {}

    async def listen(self) -> None:
        while line := await self._reader.readline():
            said = json.loads(line)
            if "pid" in said:
                ending = self._endings[said["pid"]] = asyncio.get_running_loop().create_future()
                self._asked.pop(0).set_result((said["pid"], ending))
            else:
                self._endings.pop(said["ended"]).set_result(said["status"])

    async def start(self, arguments: Sequence[str], log: Path, point: tuple[str | int, ...] | None = None) -> Node:
        """``point``: see ``points.arm``."""
        return await self._ask({"arguments": list(arguments), "log": str(log), "said": None, "point": point})

    async def run(self, arguments: Sequence[str], log: Path) -> str:
        """A command of ``hub``, to its end. Returns what it says."""
        said = log.with_suffix(".out")
        ran = await self._ask({"arguments": list(arguments), "log": str(log), "said": str(said), "point": None})
        await ran.ended
        return said.read_text()

    async def _ask(self, request: dict[str, Any]) -> Node:
        log = Path(request["log"])
        log.touch()
        asked: asyncio.Future[tuple[int, asyncio.Future[int]]] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._writer.write(json.dumps(request).encode() + b"\n")
        pid, ending = await asyncio.wait_for(asked, START_SECONDS)
        return Node(pid, log, ending)


class _Nursery:
    """The process that forks servers. ``environment`` is what it has besides."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.faults.harness.forkserver"]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs, env=os.environ | environment)

    def fork_server(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"f"], [theirs.fileno()])
        return ours

    def close(self) -> None:
        self._control.close()
        self._process.wait()


@cache
def _usual_nursery() -> _Nursery:
    """Of all runs of this process."""
    made = _Nursery({})
    atexit.register(made.close)
    return made


@asynccontextmanager
async def forkserver(environment: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[ForkServer]:
    """``environment`` is what its nodes have besides."""
    with closing(_Nursery(environment)) if environment else nullcontext(_usual_nursery()) as nursery:
        reader, writer = await asyncio.open_unix_connection(sock=nursery.fork_server())
        server = ForkServer(reader, writer)
        listening = asyncio.create_task(server.listen())
        try:
            yield server
        finally:
            writer.write_eof()
            await listening  # it has killed all that it forked, and ended
            writer.close()
            await writer.wait_closed()
