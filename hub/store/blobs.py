"""Content-addressed files for bytes too large for a row: named by their SHA-256, unchanging, checked at every read."""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
from hashlib import sha256
from pathlib import Path

from hub.store.errors import BitRot

INLINE_LIMIT = 32 * 1024
"""Bytes up to this size live in the row itself."""


class Blobs:
    """Files under ``folder``, spread over 256 subfolders by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keeps ``data`` and returns its SHA-256 in hex. When it returns, file and folders are on disk.

        The same bytes are kept once. A kept file that no longer has its hash is replaced by these good bytes.
        Raises OSError when the disk does not take them; nothing is left behind then.
        """
        digest = sha256(data).hexdigest()
        path = self._path(digest)
        self._make_folder(path.parent)
        if not self._holds(path, digest):
            temporary = path.with_name(f".{digest}.{os.getpid()}.{threading.get_ident()}")
            try:
                with temporary.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        _sync_folder(path.parent)  # also when the file was there: whoever wrote it may not have come this far yet
        return digest

    def open(self, digest: str) -> mmap.mmap:
        """The bytes, mapped read-only, after their hash has been verified; the caller closes it.

        Raises BitRot when the file is missing, empty, or has another hash.
        """
        try:
            with self._path(digest).open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (FileNotFoundError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise BitRot(f"the stored bytes {digest} are missing") from error
        if sha256(mapped).hexdigest() != digest:
            mapped.close()
            raise BitRot(f"the stored bytes {digest} have been damaged on disk")
        return mapped

    def _holds(self, path: Path, digest: str) -> bool:
        if not path.exists():
            return False
        with contextlib.suppress(BitRot), self.open(digest):
            return True
        return False

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(self._folder)
            _sync_folder(self._folder.parent)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
