"""The control socket: commands that write reach the running node by it, since one process owns the store.

A Unix socket in the data directory that only the hub's own user may open; that permission is its sign-in. Each request
is ``POST /<operation>`` with a JSON object; what the operation returns comes back as JSON. A file to ingest is the body
itself, streamed to the disk, and the object stands in the query.

This is the command's side; ``control_server`` is the node's.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from hub.errors import OperationRefused
from partners.problem import ConfigurationError, Problem

SOCKET = "control.sock"
"""Its name in the data directory."""

FILE_LIMIT = 192_000_000
"""Bytes of a file to ingest."""

BLOCK = 256 * 1024
"""Bytes of a file that are in memory at one time."""

ANSWER_SECONDS = 600.0
_CONNECT_SECONDS = 5.0
_ADDRESS_LIMIT = 100

Arguments = dict[str, Any]


class NobodyListens(Exception):
    """No node runs on this data directory."""


class NotTaken(Exception):
    """The running node did not carry the operation out, or did not say so; the message tells why."""


class Readable(Protocol):
    """Bytes that are read a block at a time; an empty block is their end."""

    def read(self, size: int = -1, /) -> bytes: ...


@contextmanager
def short(path: Path) -> Iterator[str]:
    """The path in a form that fits a socket's address, which holds about a hundred bytes."""
    if len(bytes(path)) <= _ADDRESS_LIMIT:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("hub", timeout=_CONNECT_SECONDS, blocksize=BLOCK)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(_CONNECT_SECONDS)
            with short(self._path) as address:
                self.sock.connect(address)
        except OSError:
            self.sock.close()
            raise
        self.sock.settimeout(ANSWER_SECONDS)


def listens(path: Path) -> bool:
    """Whether a node listens at ``path``. Raises NotTaken when it cannot be told, as this user may not connect."""
    connection = _UnixConnection(path)
    try:
        _connect(connection, path)
    except NobodyListens:
        return False
    finally:
        connection.close()
    return True


def ask(path: Path, operation: str, given: Arguments) -> Any:
    """What the node that listens at ``path`` answers. Raises NobodyListens, ConfigurationError with the problems,
    OperationRefused, and NotTaken for everything else."""
    return _exchange(path, f"/{operation}", json.dumps(given).encode(), {"Content-Type": "application/json"})


def send(path: Path, file: Readable, given: Arguments) -> Any:
    """Has the node that listens at ``path`` take a file; raises as ``ask``."""
    return _exchange(path, f"/ingest?{urlencode(given)}", file, {"Transfer-Encoding": "chunked"})


def _exchange(path: Path, url: str, body: bytes | Readable, headers: dict[str, str]) -> Any:
    connection = _UnixConnection(path)
    _connect(connection, path)
    try:
        connection.request("POST", url, body, headers, encode_chunked=True)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotTaken(f"the running node broke the connection off; look whether it was done: {error}") from error
    finally:
        connection.close()
    if response.status == http.HTTPStatus.OK:
        return answer
    if response.status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
        raise ConfigurationError(Problem(**{**p, "path": tuple(p["path"])}) for p in answer["problems"])
    if response.status == http.HTTPStatus.CONFLICT:
        raise OperationRefused(answer["message"])
    raise NotTaken(answer["message"])


def _connect(connection: _UnixConnection, path: Path) -> None:
    try:
        connection.connect()
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NobodyListens(f"no node listens at {path}") from error
    except OSError as error:
        raise NotTaken(f"the running node cannot be reached at {path}: {error.strerror or error}") from error
