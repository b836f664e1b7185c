"""Blobs as files of a folder, on disk with their folders before anybody is told that they are kept."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import re
import threading
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from hub.store.engine.syncing import sync, sync_folder
from hub.store.errors import BitRot
from hub.store.kept.blobs import Blobs, Kept

DIGEST = re.compile(r"[0-9a-f]{64}")

KEPT = ".kept"
"""Locked by whoever needs that nothing is removed."""


class BlobFolder(Blobs):
    """Files under ``folder``, spread over 256 subfolders by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._turn = threading.Lock()

    def open(self, digest: str) -> mmap.mmap:
        return mapped(self._path(digest), digest)

    def locate(self, digest: str) -> Path:
        self.open(digest).close()
        return self._path(digest)

    def start_of(self, kept: Kept, size: int) -> bytes:
        if kept.inline is not None:
            return kept.inline[:size]
        with self._path(kept.sha256).open("rb") as file:
            return file.read(size)

    def probe(self) -> None:
        """It is made when it is needed."""

    def _publish(self, temporary: Path, file: BinaryIO, digest: str) -> None:
        """Gives a written file the name of its hash, unless good bytes have it already."""
        path = self._path(digest)
        self._make_folder(path.parent)
        if self._renewed(path) and self._holds(digest):
            temporary.unlink()
        else:
            file.flush()
            sync(file.fileno())
            temporary.replace(path)
        sync_folder(path.parent)  # also when the file was there: whoever wrote it may not have come this far yet

    def strays(self, named: Collection[str], before: float) -> Iterator[str]:
        for path in sorted(self._folder.glob("*/*")):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in named and path.stat().st_mtime < before:
                    yield str(path)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / KEPT).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    def remove(self, stray: str, before: float) -> bool:
        with (
            self._turn,
            contextlib.suppress(FileNotFoundError, BlockingIOError),
            (self._folder / KEPT).open("a") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if Path(stray).stat().st_mtime < before:
                Path(stray).unlink()
                return True
        return False

    def names(self) -> set[str]:
        return {path.name for path in self._folder.glob("*/*") if DIGEST.fullmatch(path.name)}

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

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def mapped(path: Path, digest: str) -> mmap.mmap:
    """A file's bytes, mapped read-only, after their hash has been verified. Raises BitRot when it is missing, empty, or
    has another hash."""
    try:
        with path.open("rb") as file:
            found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise BitRot(f"the stored bytes {digest} are missing") from error
    if sha256(found).hexdigest() != digest:
        found.close()
        raise BitRot(f"the stored bytes {digest} have been damaged")
    return found
