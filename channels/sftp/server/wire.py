"""SFTP version 3 as bytes (draft-ietf-secsh-filexfer-02): requests read, answers written. No I/O.

asyncssh has an SFTP server of its own, which tells a file that its client closed from one whose session ended by
nothing: both are closed alike. A mailbox must know (reliability M6), so asyncssh carries the channel and the few
requests that a mailbox answers are read here.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, IntFlag

VERSION = 3

PACKET_LIMIT = 256 * 1024 + 1024
"""Bytes of a request: 256 KB of data, as OpenSSH takes, and what stands before them."""


class Request(IntEnum):
    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    EXTENDED = 200


class Answer(IntEnum):
    VERSION = 2
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 201


class Status(IntEnum):
    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    OP_UNSUPPORTED = 8


class Mode(IntFlag):
    """How a file is opened."""

    READ = 1
    WRITE = 2
    APPEND = 4
    CREATE = 8
    TRUNCATE = 16
    EXCLUSIVE = 32


class Has(IntFlag):
    """Which attributes follow."""

    SIZE = 1
    OWNER = 2
    PERMISSIONS = 4
    TIMES = 8
    EXTENDED = 1 << 31


class Refused(Exception):
    """A request that is not done; ``message`` is what its client is told."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Malformed(Exception):
    """What came is no SFTP."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of a file, or with ``folder`` of a folder."""

    size: int = 0
    modified: datetime | None = None
    folder: bool = False
    writable: bool = False

    @property
    def mode(self) -> int:
        if self.folder:
            return stat.S_IFDIR | (0o700 if self.writable else 0o500)
        return stat.S_IFREG | (0o600 if self.writable else 0o400)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder."""

    name: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client would have set: a size, an owner. Permissions and times mean nothing in a mailbox."""

    size: int | None
    owner: bool


class Fields:
    """What a request consists of, in its order. Every method raises Malformed where it ends too early."""

    def __init__(self, packet: bytes) -> None:
        self._packet = packet
        self._at = 0

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self) -> int:
        return int.from_bytes(self._take(4))

    def long(self) -> int:
        return int.from_bytes(self._take(8))

    def text(self) -> bytes:
        return self._take(self.number())

    def wanted(self) -> Wanted:
        """Attributes that are to be set."""
        flags = self.number()
        size = self.long() if flags & Has.SIZE else None
        for flag, length in ((Has.OWNER, 8), (Has.PERMISSIONS, 4), (Has.TIMES, 8)):
            if flags & flag:
                self._take(length)
        return Wanted(size, owner=bool(flags & Has.OWNER))

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._packet):
            raise Malformed("a request ends before its end")
        taken = self._packet[self._at : end]
        self._at = end
        return taken


def text(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


def packet(kind: int, *parts: bytes) -> bytes:
    """With its length before it."""
    body = b"".join(parts)
    return (len(body) + 1).to_bytes(4) + bytes([kind]) + body


def version(extensions: dict[bytes, bytes]) -> bytes:
    named = (text(name) + text(value) for name, value in extensions.items())
    return packet(Answer.VERSION, VERSION.to_bytes(4), *named)


def status(id: bytes, code: Status, message: str = "") -> bytes:
    return packet(Answer.STATUS, id, code.to_bytes(4), text(message.encode()), text(b"en"))


def handle(id: bytes, name: bytes) -> bytes:
    return packet(Answer.HANDLE, id, text(name))


def data(id: bytes, block: bytes) -> bytes:
    return packet(Answer.DATA, id, text(block))


def attributes(id: bytes, of: Attributes) -> bytes:
    return packet(Answer.ATTRS, id, _attributes(of))


def names(id: bytes, entries: list[Entry]) -> bytes:
    listed = (text(e.name.encode()) + text(_long_name(e)) + _attributes(e.attributes) for e in entries)
    return packet(Answer.NAME, id, len(entries).to_bytes(4), *listed)


def limits(id: bytes, handles: int) -> bytes:
    """The answer to ``limits@openssh.com``: bytes of a packet, of a read, of a write, and handles."""
    block = PACKET_LIMIT - 1024
    return packet(Answer.EXTENDED, id, struct.pack(">QQQQ", PACKET_LIMIT, block, block, handles))


def _attributes(of: Attributes) -> bytes:
    flags = Has.SIZE | Has.PERMISSIONS | (Has.TIMES if of.modified else 0)
    told = struct.pack(">IQI", flags, of.size, of.mode)
    if of.modified is None:
        return told
    seconds = int(of.modified.timestamp()) & 0xFFFFFFFF
    return told + struct.pack(">II", seconds, seconds)


def _long_name(entry: Entry) -> bytes:
    """As ``ls -l`` would tell it: some clients show it as it is, or read it."""
    of = entry.attributes
    when = (of.modified or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(UTC)
    return f"{stat.filemode(of.mode)} 1 mailbox mailbox {of.size:>12} {when:%b %d  %Y} {entry.name}".encode()
