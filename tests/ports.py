"""Ports for programs that a test starts and that want to be told one."""

from __future__ import annotations

import os
import random
import socket
from contextlib import closing, suppress

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_DRAWN = random.SystemRandom()  # hypothesis starts the other one anew, in every process alike


def free_port() -> int:
    """A port that nobody is given by chance before it is used, or while its server is down for a while: the system
    gives out those above 32767, and each worker of a run has others."""
    while True:
        port = _DRAWN.randrange(20_000 + _WORKER, 32_000, _WORKERS)
        with suppress(OSError), closing(socket.create_server(("127.0.0.1", port))):
            return port
