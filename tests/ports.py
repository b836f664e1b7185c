"""Ports for programs that a test starts and that want to be told one."""

from __future__ import annotations

import random
import socket
from contextlib import closing, suppress

_DRAWN = random.SystemRandom()  # hypothesis starts the other one anew, in every process alike


def free_port() -> int:
    """A port that nobody is given by chance before it is used: the system gives out those above 32767."""
    while True:
        port = _DRAWN.randrange(20_000, 32_000)
        with suppress(OSError), closing(socket.create_server(("127.0.0.1", port))):
            return port
