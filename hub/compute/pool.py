"""The node's side: a few children, started when first needed, each used by one thread at a time.

Why not a library: ``concurrent.futures`` gives up the whole pool when one child dies. Pebble does not, but takes its
answers by pickle from the very process that reads hostile bytes, shares one pipe among all children, so that one killed
while it writes garbles the others' answers, and measures time limits by a clock that can be set: an hour forward, and
every document under way would look like poison.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from typing import NamedTuple, Self

from hub.compute.child import ANSWER, FAILURE, OUT_OF_MEMORY, READY, STATUS
from hub.compute.port import Asking, Body, ChildDied, ComputingUnavailable, Facts, Item, TaskFailed
from hub.observe.context import about

ALIVE_SECONDS = 20.0
"""How often a caller is called while it waits for an answer."""

START_SECONDS = 60.0
"""How long a child may take to start; a loaded machine is slow to read its modules."""

ANSWER_LIMIT = 1 << 30
"""Bytes of one answer; a child that sends more has lost its mind."""

FACTS_LIMIT = 500
"""Facts that a child keeps; with more it begins anew."""

ROOM = 1 << 20
"""Bytes that fit between node and child: a child that has done a chunk goes on, whether anybody reads it yet or not."""

_INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONTZPATH", "PYTHONDONTWRITEBYTECODE")
"""Of the node's environment only this reaches a child: secrets of targets stand there too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one item: processor seconds, and more for its size; of one child: memory. ``patience`` times its processor
    seconds, and a minute, is how long an item may take by the clock on the wall."""

    seconds: float = 10.0
    bytes_per_second: int = 100_000
    memory_megabytes: int = 1024
    patience: float = 10.0
    grace: float = 60.0

    def seconds_for(self, size: int) -> float:
        return self.seconds + size / self.bytes_per_second


class Children:
    """Runs the tasks of a module in at most ``count`` child processes. Thread-safe."""

    def __init__(self, module: str, count: int, limits: Limits | None = None) -> None:
        self._children = [_Child(module, limits or Limits()) for _ in range(count)]
        self.closed = False
        self._idle: LifoQueue[_Child] = LifoQueue()  # the one used last first: no more are started than are needed
        for child in reversed(self._children):
            self._idle.put(child)

    @property
    def width(self) -> int:
        return len(self._children)

    def ask(
        self,
        task: str,
        items: Sequence[Item],
        bodies: Sequence[Body],
        facts: Facts,
        alive: Callable[[], object],
        *,
        patient: bool = True,
    ) -> Asking | None:
        try:
            child = self._idle.get(block=patient)
        except Empty:
            return None
        try:
            return _Asking(self, child, child.ask(task, items, bodies, facts), alive)
        except BaseException:
            self.done(child)
            raise

    def done(self, child: _Child) -> None:
        """Nobody waits for this child any more."""
        child.settle()
        self._idle.put(child)

    def close(self) -> None:
        """Ends every child; what is under way is given up, and no document is blamed for it."""
        self.closed = True
        for child in self._children:
            child.end()


class _Asking:
    """The answers of one child."""

    def __init__(self, pool: Children, child: _Child, limits: Sequence[float], alive: Callable[[], object]) -> None:
        self._pool = pool
        self._child: _Child | None = child
        self._limits = limits
        self._alive = alive

    def __iter__(self) -> Iterator[bytes]:
        try:
            for seconds in self._limits:
                assert self._child is not None
                yield self._child.answer(seconds, self._alive)
        except ChildDied as death:
            if self._pool.closed:
                raise ComputingUnavailable("the node is stopping") from death
            raise
        finally:
            self.close()

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._pool.done(child)


class _Line(NamedTuple):
    """The node's ends of the two pipes to a worker."""

    requests: Connection
    answers: Connection

    @classmethod
    def to(cls, control: socket.socket) -> Self:
        """Has a keeper fork a worker at the other ends. Raises OSError."""
        asked, requests = Pipe(duplex=False)
        answers, answered = Pipe(duplex=False)
        with asked, answered:
            with suppress(OSError):  # of all users together there may be no more room
                fcntl.fcntl(answers.fileno(), fcntl.F_SETPIPE_SZ, ROOM)
            socket.send_fds(control, [b"w"], [asked.fileno(), answered.fileno()])
        return cls(requests, answers)

    def close(self) -> None:
        self.requests.close()
        self.answers.close()


class _Child:
    """One keeper and the worker it has forked."""

    def __init__(self, module: str, limits: Limits) -> None:
        self._module = module
        self._limits = limits
        self._keeper: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._worker: _Line | None = None
        self._known: set[str] = set()
        self._poll = select.poll()
        self._owed = 0

    def ask(self, task: str, items: Sequence[Item], bodies: Sequence[Body], facts: Facts) -> Sequence[float]:
        """Sends a request, and returns the seconds that each answer may take."""
        worker = self._ready()
        limits = [self._limits.seconds_for(item.size) for item in items]
        self._owed = len(items)
        self._send(worker, task, items, limits, bodies, facts)
        return limits

    def settle(self) -> None:
        """Kills a child that may still be at work on what nobody waits for."""
        if self._owed and self._worker is not None:
            self.end()
        self._owed = 0

    def _send(
        self,
        worker: _Line,
        task: str,
        items: Sequence[Item],
        limits: Sequence[float],
        bodies: Sequence[Body],
        facts: Facts,
    ) -> None:
        forget = len(self._known) > FACTS_LIMIT
        if forget:
            self._known.clear()
        news = {key: text() for key, text in facts.items() if key not in self._known}
        self._known |= news.keys()
        request = {
            "task": task,
            "forget": forget,
            "facts": news,
            "bodies": [len(body) if isinstance(body, bytes) else str(body) for body in bodies],
            "seconds": limits,
            "about": about(),
        }
        with suppress(OSError):  # how the worker ended is told when its answer is waited for
            worker.requests.send_bytes(b"\n".join([json.dumps(request).encode(), *(item.text for item in items)]))
            worker.requests.send_bytes(b"".join(body for body in bodies if isinstance(body, bytes)))

    def answer(self, seconds: float, alive: Callable[[], object]) -> bytes:
        """The next answer."""
        worker = self._worker
        if worker is None:
            raise ChildDied("its process was killed")
        deadline = time.monotonic() + seconds * self._limits.patience + self._limits.grace
        while not self._poll.poll(1000 * max(0.0, min(ALIVE_SECONDS, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                self.end()
                raise ChildDied(f"it was not done within {seconds * self._limits.patience:.0f} seconds")
            alive()
        try:
            message = worker.answers.recv_bytes(ANSWER_LIMIT)
        except (EOFError, OSError):
            raise ChildDied(self._obituary(seconds)) from None
        self._owed -= 1
        if message[:1] == ANSWER:
            return message[1:]
        if message[:1] == FAILURE:
            raise TaskFailed(message[1:].decode("ascii", "replace"))
        self.end()
        raise ChildDied("its process answered nonsense")

    def _ready(self) -> _Line:
        if self._worker is not None and self._worker.answers.poll(0):
            self._obituary(0)  # it died while it had nothing to do
        return self._worker or self._start()

    def _start(self) -> _Line:
        """A worker that is ready. Raises ComputingUnavailable: what has not begun says nothing about any item."""
        try:
            control = self._control or self._start_keeper()
            self._worker = worker = _Line.to(control)
            self._known = set()
            self._poll = select.poll()  # kept: Connection.poll makes one for each question
            self._poll.register(worker.answers.fileno(), select.POLLIN)
            if worker.answers.poll(START_SECONDS) and worker.answers.recv_bytes() == READY:
                return worker
        except (OSError, EOFError) as error:
            self.end()
            raise ComputingUnavailable(f"no child process can be started: {error}") from error
        self.end()
        raise ComputingUnavailable("a child process did not come up in time")

    def _start_keeper(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        environment = {name: value for name in _INHERITED if (value := os.environ.get(name)) is not None}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        memory = self._limits.memory_megabytes * 1_000_000
        level = logging.getLevelName(logging.getLogger().getEffectiveLevel()).lower()
        command = [sys.executable, "-P", "-m", self._module, str(memory), level]
        with theirs:
            self._keeper = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        self._control = ours
        return ours

    def _obituary(self, seconds: float) -> str:
        """How the worker ended, in words; the keeper is ready for the next."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
        status = self._status()
        if status is None:
            self.end()
            return "its process was killed"
        code = os.waitstatus_to_exitcode(status)
        if code == OUT_OF_MEMORY:
            return f"it needed more than {self._limits.memory_megabytes} MB of memory"
        if code == -signal.SIGPROF:
            return f"it took more than {seconds:.3g} seconds of processor time"
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"its process crashed ({name})"

    def _status(self) -> int | None:
        control = self._control
        if control is None:  # another thread has ended the child meanwhile
            return None
        try:
            control.settimeout(ALIVE_SECONDS)
            told = control.recv(STATUS.size)
        except OSError:
            return None
        return int(STATUS.unpack(told)[0]) if len(told) == STATUS.size else None

    def end(self) -> None:
        """Kills keeper and worker. The next use starts them anew. Any thread may call it at any moment."""
        worker, control, keeper = self._worker, self._control, self._keeper
        self._worker = self._control = self._keeper = None
        if worker is not None:
            worker.close()
        if control is not None:
            control.close()
        if keeper is not None and keeper.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(keeper.pid, signal.SIGKILL)
            keeper.wait()
