"""A TCP proxy that breaks connections off after so many bytes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass
class _Cut:
    left: int | None


class CuttingProxy:
    """Between a client and a server on loopback. ``left`` is how many bytes of the server's answers still pass before
    everything is cut; None: all. It is for what connects from now on. ``passed`` counts them."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.left = None
        self.passed = 0

    @property
    def left(self) -> int | None:
        return self._cut.left

    @left.setter
    def left(self, left: int | None) -> None:
        self._cut = _Cut(left)  # connections of before keep theirs

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                cut = self._cut
                upstream = socket.create_connection(("127.0.0.1", self._server))
                for end in (client, upstream):  # who sends in small pieces is not made to wait for it
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pump, args=(client, upstream, None), daemon=True).start()
                threading.Thread(target=self._pump, args=(upstream, client, cut), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: _Cut | None) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                if answers and answers.left is not None:
                    block = block[: answers.left]
                    answers.left -= len(block)
                sink.sendall(block)
                self.passed += len(block) if answers else 0
                if answers and answers.left == 0:
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # which the other thread notices, and the peers; a close alone does not
            end.close()
