"""Bytes too large for a row: named by their SHA-256, unchanging, checked at every read. One port, two homes: a folder
of the data directory (``folder.py``), or a bucket of S3-compatible storage (``bucket.py``)."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from io import BufferedRandom
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from hub.store.engine.syncing import FULL
from hub.store.errors import StoreFull, StoreUnavailable

INLINE_LIMIT = 32 * 1024
"""Bytes up to this size live in the row itself."""

INCOMING = "incoming"
"""Folder of files that are still being written. One whose writer has died is swept at the next start."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are safe: in ``inline`` for the row about to be written, or else already a blob."""

    sha256: str
    size: int
    inline: bytes | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the home of blobs does not take or give bytes, in a sentence without its end, and since when."""

    says: str
    since: datetime


class Blobs(ABC):
    """Thread-safe. Whichever home they have, bytes come in through files of ``folder``, which is on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    # ---- keeping

    def incoming(self, inline_limit: int = INLINE_LIMIT) -> Incoming:
        """For bytes that arrive block by block."""
        return Incoming(self, inline_limit)

    def put(self, data: bytes) -> str:
        """Keeps ``data`` and returns its SHA-256 in hex. When it returns, they are safe.

        The same bytes are kept once. Kept bytes that no longer have their hash are replaced by these good ones.
        Raises StoreFull or StoreUnavailable when they are not taken; nothing is left behind then.
        """
        with self.incoming(inline_limit=-1) as incoming:
            incoming.write(data)
            return incoming.keep().sha256

    def take_over(self, path: Path, file: BufferedRandom, inline_limit: int = INLINE_LIMIT) -> Kept:
        """The bytes of a file on the same file system, safe; unless they fit a row, it has become the blob and has its
        own name no more. Raises StoreFull or StoreUnavailable; it is then as before."""
        with disk():
            file.seek(0)
            digest, size = file_digest(file, sha256).hexdigest(), file.tell()
            if size <= inline_limit:
                file.seek(0)
                return Kept(digest, size, file.read())
            self._publish(path, file, digest)
        return Kept(digest, size, None)

    @abstractmethod
    def _publish(self, temporary: Path, file: BinaryIO, digest: str) -> None:
        """Makes a written file the blob of its hash, safely; the file has its own name no more. Raises OSError,
        StoreUnavailable."""

    # ---- reading

    @abstractmethod
    def open(self, digest: str) -> mmap.mmap:
        """The bytes, mapped read-only, after their hash has been verified; the caller closes it.

        Raises BitRot when they are missing or have another hash, StoreUnavailable when they cannot be got now.
        """

    @abstractmethod
    def locate(self, digest: str) -> Path:
        """The same as a file of this machine, for other processes to read; it stays for an hour at least."""

    @abstractmethod
    def start_of(self, kept: Kept, size: int) -> bytes:
        """The first bytes, at most so many, of what has just been kept."""

    @abstractmethod
    def probe(self) -> None:
        """Raises StoreUnavailable when their home is away, is not there, or refuses the hub."""

    def look(self, seconds: float) -> Trouble | None:
        """What is wrong with their home, asked anew now and then; nobody waits longer than so. None while all is well,
        and always where nobody else has to be asked."""
        return None

    # ---- letting go

    @abstractmethod
    def strays(self, named: Collection[str], before: float) -> Iterator[str]:
        """Where that lies which was last written or asked for before an instant (seconds since the epoch) and which
        nothing needs: what a killed process left, and blobs whose hash is not ``named`` by a row."""

    @abstractmethod
    def remove(self, stray: str, before: float) -> bool:
        """Removes what ``strays`` found, unless somebody has asked to keep the same bytes since, or ``kept`` lasts."""

    @abstractmethod
    def kept(self) -> AbstractContextManager[None]:
        """While it lasts nothing is removed, by whatever process: a backup copies."""

    @abstractmethod
    def names(self) -> set[str]:
        """The hashes that bytes lie under; their content is not looked at."""

    def sweep(self) -> int:
        """Removes what writers left behind that died; what a living one holds stays. Returns how many."""
        swept = 0
        for path in (self._folder / INCOMING).glob(".*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                swept += 1
        return swept

    def _new_file(self) -> tuple[Path, BinaryIO]:
        """A file to write, locked as long as it is open, so that no sweep takes it for an abandoned one."""
        folder = self._folder / INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f".{uuid4().hex}"
        file = path.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path, file


@contextlib.contextmanager
def disk() -> Iterator[None]:
    """Failures of the disk in the store's words."""
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in FULL else StoreUnavailable
        raise kind(f"the disk does not take the bytes: {error.strerror or error}") from error


class Incoming:
    """Bytes on their way in: hashed as they come, in memory while they may still fit a row, then in a file. What has
    not been kept when the ``with`` block ends is gone."""

    def __init__(self, blobs: Blobs, inline_limit: int) -> None:
        self.size = 0
        self._blobs = blobs
        self._inline_limit = inline_limit
        self._hash = sha256()
        self._held = bytearray()
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what it held back no longer fits the disk, and nobody wants it
                self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def write(self, block: bytes) -> None:
        """Raises StoreFull or StoreUnavailable when the disk does not take it."""
        self._hash.update(block)
        self.size += len(block)
        if self._file is None and self.size <= self._inline_limit:
            self._held += block
            return
        with disk():
            if self._file is None:
                self._path, self._file = self._blobs._new_file()
                self._file.write(self._held)
                self._held.clear()
            self._file.write(block)

    def keep(self) -> Kept:
        """The bytes, safe before a row names them. Raises as ``write``."""
        digest = self._hash.hexdigest()
        if self._file is None or self._path is None:
            return Kept(digest, self.size, bytes(self._held))
        with disk():
            self._blobs._publish(self._path, self._file, digest)
        self._path = None
        return Kept(digest, self.size, None)
