"""Starts nodes in no time: a process that has loaded the hub, and been one, forks a server for each run, and that forks
for each node.

    python -m tests.faults.harness.forkserver

A server speaks by a socket, of which standard input brings the other end; it ends with that socket, and all with
standard input. Each line that it is sent is a request, ``{"arguments", "log", "said", "point"}``; each that it sends
says ``{"pid"}`` of what was started, in the order of requests, or ``{"ended", "status"}``. What is forked is a process
as any other: it runs ``hub`` with these arguments, and is killed without anybody else noticing. A ``point`` makes it
kill itself there (``points.py``). Its log tells of each write that was refused as one whose claim was lost
(``refusals.py``); ``said`` is where its standard output goes, if not there.
"""

from __future__ import annotations

import asyncio
import gc
import json
import mmap
import os
import select
import signal
import socket
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NoReturn

import asyncssh

import hub.bootstrap
import hub.cli.serve
import hub.cli.verify
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
from hub.store.store import Store
from tests.faults.harness import points
from tests.faults.harness.messages import (
    CUSTOMER,
    SHIPPER,
    SUPPLIER,
    customer_change,
    customer_order,
    erp_order,
    ship_notice,
)
from tests.faults.harness.refusals import tell_refusals
from tests.scenarios.running import running_hub

_LOADED = (hub.bootstrap, hub.cli.serve, hub.cli.verify, hub.control.server, hub.node.node, hub.web.app)

KEEPER_MEMORY = 1_024_000_000
"""As hub.yaml has it unless it is said. What was reserved before the fork, by threads that are gone, comes on top."""


def fork_servers() -> None:
    asyncio.run(_be_a_hub())
    asyncssh.set_default_skip_rsa_key_validation(True)  # of its host key; it takes longer than all else of a start
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control = socket.socket(fileno=0)
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            return
        if os.fork() == 0:
            try:
                for target in (0, 1):
                    os.dup2(descriptors[0], target)
                os.close(descriptors[0])
                _serve_forks()
            finally:
                os._exit(0)
        os.close(descriptors[0])


async def _be_a_hub() -> None:
    """Whatever a node works out at the first document of a kind, each that is forked has worked out."""
    with tempfile.TemporaryDirectory() as name, closing(Store("", Path(name) / "data")) as store:
        store.migrate()
        async with running_hub(store, Path(name)) as hub:
            for message in (customer_order(1), customer_change(2, 1)):
                hub.partner(CUSTOMER).put(f"{message.group}.edi", message.body)
            hub.partner(SHIPPER).put("3.edi", ship_notice(3).body)
            await asyncio.to_thread(hub.desk("system", "erp").accept_document, erp_order(4).body, "")
            await hub.erp.wait_for(3, 60)
            await hub.until(lambda: hub.partner(SUPPLIER).taken("850"), 60)


def _serve_forks() -> None:
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
        for pid in running:
            os.waitpid(pid, 0)


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
        said = os.open(request["said"], os.O_WRONLY | os.O_CREAT) if request["said"] else log
        for target, source in ((0, nothing), (1, said), (2, log)):
            os.dup2(source, target)
        if request["arguments"][0] == "serve":
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
        reserved = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
        keep(computing.TASKS | marking.TASKS, KEEPER_MEMORY + reserved)
        os._exit(0)
    theirs.close()
    ready, start = [ours], pool._Child._start_keeper

    def start_keeper(child: pool._Child) -> socket.socket:
        if not ready or child._module != "hub.pipeline.child":
            return start(child)
        control = ready.pop()
        child._control, child._keeper = control, _Forked(pid)  # type: ignore[assignment]
        return control

    pool._Child._start_keeper = start_keeper  # type: ignore[method-assign]


if __name__ == "__main__":
    fork_servers()
