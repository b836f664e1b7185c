"""Starts nodes in no time: a process that has loaded the hub once and forks for each.

    python -m tests.faults.harness.forkserver

Each line of standard input is a request, ``{"arguments", "log", "point"}``; each line of standard output says
``{"pid"}`` of what was started, in the order of requests, or ``{"ended", "status"}``. What is forked is a process as
any other: it runs ``hub`` with these arguments, and is killed without anybody else noticing. All end with standard
input. A ``point`` makes it kill itself there (``points.py``). Its log tells of each write that was refused as one whose
claim was lost (``refusals.py``).
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, NoReturn

import hub.bootstrap
import hub.cli.serve
import hub.control.server
import hub.mailboxes.door
import hub.node.node
import hub.web.app
import hub.web.connections
import hub.web.newcomers
from hub.cli import main
from hub.compute import pool
from hub.compute.child import keep
from hub.pipeline import computing, marking
from tests.faults.harness import points
from tests.faults.harness.refusals import tell_refusals

_LOADED = (hub.bootstrap, hub.cli.serve, hub.control.server, hub.node.node, hub.web.app)


KEEPER_MEMORY = 1_024_000_000
"""As hub.yaml has it unless it is said."""


def serve_forks() -> None:
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    running: set[int] = set()
    pending = b""
    try:
        while True:
            ready, _, _ = select.select([0, woken], [], [])
            if woken in ready:
                os.read(woken, 4096)
                _reap(running)
            if 0 in ready:
                block = os.read(0, 65536)
                if not block:
                    return
                *requests, pending = (pending + block).split(b"\n")
                for request in requests:
                    pid = _fork(json.loads(request))
                    running.add(pid)
                    _say({"pid": pid})
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)


def _reap(running: set[int]) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            running.discard(ended[0])
            _say({"ended": ended[0], "status": os.waitstatus_to_exitcode(ended[1])})


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(request)
    return pid


def _become(request: dict[str, Any]) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, target)
        _fork_a_keeper()
        tell_refusals()
        if request["point"]:
            points.arm(*request["point"])
        sys.argv = ["hub", *request["arguments"]]
        main()
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        os._exit(status)


class _Forked:
    """The keeper of a child process, forked: as much of ``Popen`` as the pool uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


def _fork_a_keeper() -> None:
    """The first keeper that this node starts is there already: it would take longer to load the hub than all else takes
    that a node does before it is killed again. Those that follow are started as ever."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        os.setsid()
        os.dup2(theirs.fileno(), 0)
        theirs.close()
        keep(computing.TASKS | marking.TASKS, KEEPER_MEMORY)
        os._exit(0)
    theirs.close()
    ready, start = [ours], pool._Child._start_keeper

    def start_keeper(child: pool._Child) -> None:
        if ready and child._module == "hub.pipeline.child":
            child._control, child._keeper = ready.pop(), _Forked(pid)  # type: ignore[assignment]
        else:
            start(child)

    pool._Child._start_keeper = start_keeper  # type: ignore[method-assign]


if __name__ == "__main__":
    serve_forks()
