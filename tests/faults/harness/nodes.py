"""Nodes: real processes, forked from one that has everything loaded."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

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

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: list[asyncio.Future[tuple[int, asyncio.Future[int]]]] = []
        self._endings: dict[int, asyncio.Future[int]] = {}

    async def listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "pid" in said:
                ending = self._endings[said["pid"]] = asyncio.get_running_loop().create_future()
                self._asked.pop(0).set_result((said["pid"], ending))
            else:
                self._endings.pop(said["ended"]).set_result(said["status"])

    async def start(self, arguments: Sequence[str], log: Path, point: tuple[str | int, ...] | None = None) -> Node:
        """``point``: see ``points.arm``."""
        assert self._process.stdin is not None
        log.touch()
        asked: asyncio.Future[tuple[int, asyncio.Future[int]]] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        request = {"arguments": list(arguments), "log": str(log), "point": point}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        pid, ending = await asyncio.wait_for(asked, START_SECONDS)
        return Node(pid, log, ending)


@asynccontextmanager
async def forkserver(environment: Mapping[str, str]) -> AsyncIterator[ForkServer]:
    """``environment`` is what its nodes have besides."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "tests.faults.harness.forkserver"]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=os.environ | environment)
    server = ForkServer(process)
    listening = asyncio.create_task(server.listen())
    try:
        yield server
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening
