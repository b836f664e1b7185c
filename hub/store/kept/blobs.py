"""Content-addressed files for bytes too large for a row: named by their SHA-256, unchanging, checked at every read."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BufferedRandom
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

from hub.store.engine.syncing import FULL, sync, sync_folder
from hub.store.errors import BitRot, StoreFull, StoreUnavailable

INLINE_LIMIT = 32 * 1024
"""Bytes up to this size live in the row itself."""

INCOMING = "incoming"
"""Folder of files that are still being written. One whose writer has died is swept at the next start."""

KEPT = ".kept"
"""Locked by whoever needs that nothing is removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are safe: in ``inline`` for the row about to be written, or else already a blob on disk."""

    sha256: str
    size: int
    inline: bytes | None


class Blobs:
    """Files under ``folder``, spread over 256 subfolders by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()

    def incoming(self, inline_limit: int = INLINE_LIMIT) -> Incoming:
        """For bytes that arrive block by block."""
        return Incoming(self, inline_limit)

    def put(self, data: bytes) -> str:
        """Keeps ``data`` and returns its SHA-256 in hex. When it returns, file and folders are on disk.

        The same bytes are kept once. A kept file that no longer has its hash is replaced by these good bytes.
        Raises StoreFull or StoreUnavailable when the disk does not take them; nothing is left behind then.
        """
        with self.incoming(inline_limit=-1) as incoming:
            incoming.write(data)
            return incoming.keep().sha256

    def take_over(self, path: Path, file: BufferedRandom, inline_limit: int = INLINE_LIMIT) -> Kept:
        """The bytes of a file on the same file system, safe; unless they fit a row, it has become the blob and has its
        own name no more. Raises StoreFull or StoreUnavailable; it is then as before."""
        with _disk():
            file.seek(0)
            digest, size = file_digest(file, sha256).hexdigest(), file.tell()
            if size <= inline_limit:
                file.seek(0)
                return Kept(digest, size, file.read())
            self._publish(path, file, digest)
        return Kept(digest, size, None)

    def open(self, digest: str) -> mmap.mmap:
        """The bytes, mapped read-only, after their hash has been verified; the caller closes it.

        Raises BitRot when the file is missing, empty, or has another hash.
        """
        try:
            with self.path(digest).open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (FileNotFoundError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise BitRot(f"the stored bytes {digest} are missing") from error
        if sha256(mapped).hexdigest() != digest:
            mapped.close()
            raise BitRot(f"the stored bytes {digest} have been damaged on disk")
        return mapped

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

    def _publish(self, temporary: Path, file: BinaryIO, digest: str) -> None:
        """Gives a written file the name of its hash, unless good bytes have it already."""
        path = self.path(digest)
        self._make_folder(path.parent)
        if self._renewed(path) and self._holds(digest):
            temporary.unlink()
        else:
            file.flush()
            sync(file.fileno())
            temporary.replace(path)
        sync_folder(path.parent)  # also when the file was there: whoever wrote it may not have come this far yet

    def strays(self, named: Collection[str], before: float) -> Iterator[Path]:
        """Files that were last written or asked for before an instant (seconds since the epoch) and that nothing needs:
        what a killed process left half written, and blobs whose hash is not ``named`` by a row."""
        for path in sorted(self._folder.glob("*/*")):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in named and path.stat().st_mtime < before:
                    yield path

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """While it lasts nothing is removed, by whatever process: a backup copies."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / KEPT).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    def remove(self, stray: Path, before: float) -> bool:
        """Removes what ``strays`` found, unless somebody has asked to keep the same bytes since, or ``kept`` lasts."""
        with (
            self._turn,
            contextlib.suppress(FileNotFoundError, BlockingIOError),
            (self._folder / KEPT).open("a") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stray.stat().st_mtime < before:
                stray.unlink()
                return True
        return False

    def _renewed(self, path: Path) -> bool:
        """Whether there is such a file: then it counts as written now, before a row names it."""
        with self._turn, contextlib.suppress(FileNotFoundError):
            os.utime(path)
            return True
        return False

    def _holds(self, digest: str) -> bool:
        with contextlib.suppress(BitRot), self.open(digest):
            return True
        return False

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self._folder)
            sync_folder(self._folder.parent)

    def start_of(self, kept: Kept, size: int) -> bytes:
        """The first bytes, at most so many."""
        if kept.inline is not None:
            return kept.inline[:size]
        with self.path(kept.sha256).open("rb") as file:
            return file.read(size)

    def path(self, digest: str) -> Path:
        """Where the bytes of this hash lie, or would."""
        return self._folder / digest[:2] / digest


@contextlib.contextmanager
def _disk() -> Iterator[None]:
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
        with _disk():
            if self._file is None:
                self._path, self._file = self._blobs._new_file()
                self._file.write(self._held)
                self._held.clear()
            self._file.write(block)

    def keep(self) -> Kept:
        """The bytes, safe: when a file holds them, it and its folders are on disk. Raises as ``write``."""
        digest = self._hash.hexdigest()
        if self._file is None or self._path is None:
            return Kept(digest, self.size, bytes(self._held))
        with _disk():
            self._blobs._publish(self._path, self._file, digest)
        self._path = None
        return Kept(digest, self.size, None)
