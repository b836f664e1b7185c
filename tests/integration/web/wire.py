"""Bytes to the hub and back, with no HTTP client between that would tidy them up."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterable

STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def said(port: int, *parts: bytes) -> bytes:
    """All that is answered until the hub closes the connection."""
    with connect(port) as connection:
        for part in parts:
            connection.sendall(part)
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while block := connection.recv(65_536):
            received += block
    except ConnectionError:
        pass  # closed while we still sent
    return received


def statuses(received: bytes) -> list[int]:
    """Of every final answer, in order."""
    return [status for status in map(int, STATUS.findall(received)) if status >= 200]


def dropped(connection: socket.socket, seconds: float = 60) -> bool:
    """Whether the hub ends the connection, seen without reading what it sent."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(seconds * 1000))


def head(*lines: str, key: str = "") -> bytes:
    """A request's head. ``lines`` begin with the request line."""
    sent: Iterable[str] = (*lines, "Host: hub", *([f"Authorization: Bearer {key}"] if key else []))
    return "\r\n".join([*sent, "", ""]).encode()
