"""The children's side. A keeper, which reads nothing from outside, holds everything imported; it forks a worker, waits
for its end, tells the node how it ended, and forks the next when it is given another connection. So the death of a
worker costs some milliseconds, and the kernel's own word tells why it died.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import logging
import os
import resource
import signal
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from hub.compute.port import Body, Task, opened
from hub.observe.context import bound

READY, ANSWER, FAILURE = b"r", b"a", b"f"
"""First byte of what a worker sends: it has started; the JSON text of an answer; the name of an exception."""

OUT_OF_MEMORY = 75
"""Exit code of a worker that met its memory limit."""

NICE = 5
"""How far children stand back: the node comes first, which answers at the doors and writes what they come to."""

STATUS = struct.Struct("=i")
"""How a worker ended, as ``os.waitpid`` has it."""

log = logging.getLogger(__name__)


def keep(tasks: Mapping[str, Task], memory: int) -> None:
    """Serves the node at the other end of standard input until it is gone. Only the node ends it: a signal to the whole
    process group, as a terminal or a service manager sends it, must not look like a death over somebody's bytes."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    os.nice(NICE)
    gc.freeze()  # what is imported stays: workers share its memory, and their collector does not look through it
    control = socket.socket(fileno=0)
    while True:
        try:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        except OSError:
            return
        if not descriptors:
            return
        requests, answers = Connection(descriptors[0], writable=False), Connection(descriptors[1], readable=False)
        worker = os.fork()
        if worker == 0:
            control.close()
            _confine(memory)
            with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # whoever asked is gone
                work(requests, answers, tasks)
            os._exit(0)
        requests.close()
        answers.close()
        _, status = os.waitpid(worker, 0)
        try:
            control.sendall(STATUS.pack(status))
        except OSError:
            return


def _confine(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()  # where in our code it crashed; no values
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # the kernel ends what has used up its time, whatever it is doing


def work(requests: Connection, answers: Connection, tasks: Mapping[str, Task]) -> None:
    """Answers requests until their other end is closed."""
    facts: dict[str, str] = {}
    answers.send_bytes(READY)
    while True:
        try:
            header, *items = requests.recv_bytes().split(b"\n")
            inline = requests.recv_bytes()
        except EOFError:
            return
        request = json.loads(header)
        if request["forget"]:
            facts.clear()
        facts.update(request["facts"])
        task = tasks[request["task"]]
        with bound(**request["about"]), opened(list(_bodies(request["bodies"], inline))) as data:
            for item, seconds in zip(items, request["seconds"], strict=True):
                signal.setitimer(signal.ITIMER_PROF, seconds)
                try:
                    answer = ANSWER + task(item, data, facts)
                except MemoryError:
                    os._exit(OUT_OF_MEMORY)
                except Exception as error:
                    log.exception("a computation failed")
                    answer = FAILURE + type(error).__name__.encode()
                signal.setitimer(signal.ITIMER_PROF, 0)
                answers.send_bytes(answer)


def _bodies(named: Sequence[str | int], inline: bytes) -> Iterator[Body]:
    """Each is the path of a file, or so many of the bytes that came with the request."""
    end = 0
    for name in named:
        if isinstance(name, str):
            yield Path(name)
        else:
            start, end = end, end + name
            yield inline[start:end]
