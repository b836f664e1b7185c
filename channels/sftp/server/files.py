"""What a client has open: an upload, something it reads, or a folder it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from channels.ports import Content, Upload
from channels.sftp.server.paths import is_unfinished
from channels.sftp.server.wire import Attributes, Entry, Refused, Status

READ_LIMIT = 256 * 1024
"""Bytes of one answer."""

LISTED = 100
"""Names of one answer."""


class OpenFile(Protocol):
    """Behind a handle. ``close`` is the client's own word, ``abandon`` what is done when it went away without it."""

    def read(self, offset: int, size: int) -> bytes: ...

    def write(self, offset: int, block: bytes) -> None: ...

    def truncate(self, size: int) -> None: ...

    def attributes(self) -> Attributes: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...


class UploadFile:
    """A file that is written into ``/in``. Only ``close`` makes an arrival of it, unless its name says that it will be
    renamed."""

    def __init__(self, upload: Upload, name: str, appends: bool, taken: Callable[[int], None]) -> None:
        """``taken`` is called with the size of what has become an arrival."""
        self._upload = upload
        self._name = name
        self._appends = appends
        self._taken = taken

    def read(self, offset: int, size: int) -> bytes:
        raise Refused(Status.PERMISSION_DENIED, "What is written into /in is not read there.")

    def write(self, offset: int, block: bytes) -> None:
        at = self._upload.size if self._appends else offset
        self._upload.write(at, block)

    def truncate(self, size: int) -> None:
        self._upload.truncate(size)

    def attributes(self) -> Attributes:
        return Attributes(self._upload.size, datetime.now(UTC), writable=True)

    def close(self) -> None:
        if is_unfinished(self._name):
            self._upload.set_aside(closed=True)
            return
        try:
            self._upload.submit(self._name)
        except BaseException:
            self.abandon()
            raise
        self._taken(self._upload.size)

    def abandon(self) -> None:
        self._upload.set_aside(closed=False)


class ReadFile:
    """A file that is read. ``read_whole`` is called once every byte of it has been handed out and it is closed."""

    def __init__(self, content: Content, attributes: Attributes, read_whole: Callable[[], None]) -> None:
        self._content = content
        self._attributes = attributes
        self._read_whole = read_whole
        self._reached = 0

    def read(self, offset: int, size: int) -> bytes:
        """Empty at the end. Bytes count as handed out in their order, as every client asks for them."""
        block = self._content.read(offset, min(size, READ_LIMIT))
        if offset <= self._reached:
            self._reached = max(self._reached, offset + len(block))
        return block

    def write(self, offset: int, block: bytes) -> None:
        raise Refused(Status.PERMISSION_DENIED, "This folder is read only. Files for us go into /in.")

    def truncate(self, size: int) -> None:
        self.write(0, b"")

    def attributes(self) -> Attributes:
        return self._attributes

    def close(self) -> None:
        self.abandon()
        if self._reached >= self._content.size:
            self._read_whole()

    def abandon(self) -> None:
        self._content.close()


class Listing:
    """A folder as it was when it was opened, handed out piece by piece."""

    def __init__(self, entries: list[Entry]) -> None:
        self._left: Iterator[Entry] = iter(entries)

    def next(self) -> list[Entry]:
        """Empty at the end."""
        return list(islice(self._left, LISTED))
