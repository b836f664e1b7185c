"""A watched folder as a door: complete files come out of it, and are put away once they are on disk."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from channels.errors import TransientError
from channels.file_names import printable, unused_name
from channels.folder.atomic import open_file, open_folder, write_new
from channels.stability import EDGE, Fingerprint, Stability, Unfinished, is_wanted

REJECTED = "rejected"
"""Folder inside the inbound one for files that are refused unread, each with its reason beside it."""

BLOCK = 256 * 1024
"""Bytes of a file that are in memory at one time."""

_REASON = ".reason.txt"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A Pickup. ``entry`` is its name in the folder; ``name`` the same made printable."""

    transport: FolderTransport
    entry: str
    fingerprint: Fingerprint
    changed: int = 0
    """Nanoseconds since 1970 (ctime): a copy may be given the times of the first, but not this one."""
    refusal: str | None = None

    @property
    def name(self) -> str:
        return printable(self.entry)

    @property
    def identity(self) -> str:
        """A copy put there later is another file, whatever its name, size and times: its sender wants an answer."""
        return " ".join(map(str, (self.name, *self.fingerprint, self.changed)))

    @property
    def size(self) -> int:
        return self.fingerprint.size

    def blocks(self) -> Iterator[bytes]:
        return self.transport.read(self)

    async def confirm(self) -> None:
        """Put the file away, unless it has vanished, or changed since it was read: then it stays and is found again.

        Raises TransientError when it cannot be moved; it is then found again as well.
        """
        await asyncio.to_thread(self.transport.put_away, self)


class FolderTransport:
    """Polls one folder. Not for two polls at the same time.

    Taken are regular files whose names match a pattern; links, subfolders and names of uploads in progress are passed
    over. Folders are never made, except those that files are put away into: an unmounted share must not look empty.
    """

    def __init__(
        self,
        root: Path,
        inbound: str,
        archive: str | None = None,
        patterns: Sequence[str] = ("*",),
        size_limit: int = 100 * 1024 * 1024,
        whole: Callable[[bytes, bytes], bool] = lambda start, end: True,
        patience: float = 0.0,
    ) -> None:
        """``inbound`` and ``archive`` are relative to ``root``, the operator's folder root; without ``archive``
        confirmed files are deleted. A file of more than ``size_limit`` bytes is refused unread, and on confirmation
        moved to the folder ``rejected`` inside ``inbound``, with a text file that gives the reason. ``whole`` and
        ``patience`` as for ``Unfinished``."""
        self._root = root
        self._inbound = inbound
        self._archive = archive
        self._patterns = tuple(pattern.lower() for pattern in patterns)
        self._size_limit = size_limit
        self._stability = Stability()
        self._unfinished = Unfinished(whole, patience)

    async def close(self) -> None:
        """Nothing is held open."""

    async def poll(self, limit: int) -> list[FoundFile]:
        """Complete files, the oldest first, at most ``limit``.

        Raises TransientError when the folder cannot be read, or when nothing but unreadable files is left in it: one
        such file holds up no other, and does not stay unnoticed.
        """
        return await asyncio.to_thread(self._poll, limit)

    def _poll(self, limit: int) -> list[FoundFile]:
        found: list[FoundFile] = []
        unreadable: OSError | None = None
        with self._errors("cannot be read"), open_folder(self._root, self._inbound) as folder:
            listing = dict(self._listing(folder))
            for entry in self._stability.complete(listing):
                if len(found) == limit:
                    break
                try:
                    file = self._look_at(folder, entry, listing[entry])
                except FileNotFoundError:
                    continue
                except OSError as error:
                    unreadable = unreadable or error
                    continue
                if file is not None:
                    found.append(file)
            self._unfinished.forget_others(listing)
            if unreadable is not None and not found:
                raise unreadable
        return found

    def _listing(self, folder: int) -> Iterator[tuple[str, Fingerprint]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_wanted(entry.name, self._patterns):
                    continue
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield entry.name, Fingerprint.of(status)

    def _look_at(self, folder: int, entry: str, fingerprint: Fingerprint) -> FoundFile | None:
        """The file, or None when it is no longer the one that was listed or its writer may go on. Raises OSError."""
        if fingerprint.size > self._size_limit:
            refusal = f"The file has {fingerprint.size} bytes; at most {self._size_limit} are accepted."
            return FoundFile(self, entry, fingerprint, refusal=refusal)
        descriptor = open_file(folder, entry)
        try:
            start = os.pread(descriptor, EDGE, 0)
            end = os.pread(descriptor, EDGE, max(0, fingerprint.size - EDGE))
            status = os.fstat(descriptor)
            if Fingerprint.of(status) != fingerprint:
                return None
        finally:
            os.close(descriptor)
        if self._unfinished.may_go_on(entry, fingerprint, start, end):
            return None
        return FoundFile(self, entry, fingerprint, status.st_ctime_ns)

    def read(self, file: FoundFile) -> Iterator[bytes]:
        """The bytes of a found file. Raises TransientError when it is no longer the one that was found."""
        with self._errors(f"does not give {file.name!r}"), open_folder(self._root, self._inbound) as folder:
            with os.fdopen(open_file(folder, file.entry), "rb", buffering=0) as opened:
                size = 0
                while block := opened.read(BLOCK):
                    size += len(block)
                    yield block
                unchanged = Fingerprint.of(os.fstat(opened.fileno())) == file.fingerprint
            if size != file.size or not unchanged:
                raise TransientError(f"{file.name} has changed since it was found")

    def put_away(self, file: FoundFile) -> None:
        """Archive, delete or reject a file that is the same as when it was read. Raises TransientError."""
        destination = self._archive if file.refusal is None else f"{self._inbound}/{REJECTED}"
        with self._errors(f"does not let go of {file.name!r}"), open_folder(self._root, self._inbound) as folder:
            if destination is None:
                taken = f".{uuid4().hex}.part"
                if _move(folder, file, folder, taken):
                    os.unlink(taken, dir_fd=folder)
            else:
                with open_folder(self._root, destination, create=True) as target:
                    name = unused_name(file.entry)
                    if _move(folder, file, target, name) and file.refusal is not None:
                        write_new(target, name + _REASON, f"{file.refusal}\n".encode())
                    os.fsync(target)
            os.fsync(folder)

    @contextmanager
    def _errors(self, problem: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder = self._root / self._inbound
            name = f" ({printable(error.filename)})" if isinstance(error.filename, str) else ""
            raise TransientError(f"folder {folder} {problem}: {error.strerror or error}{name}") from error


def _move(folder: int, file: FoundFile, target: int, name: str) -> bool:
    """Rename the file, unless it vanished or another took its name. Raises OSError."""
    if _fingerprint(folder, file.entry) != file.fingerprint:
        return False
    try:
        os.rename(file.entry, name, src_dir_fd=folder, dst_dir_fd=target)
    except FileNotFoundError:
        return False
    if _fingerprint(target, name) == file.fingerprint:
        return True
    # It was replaced between the look and the move: give the newer one back, beside an even newer one if need be.
    for original in (file.entry, unused_name(file.entry)):
        with suppress(FileExistsError):
            os.link(name, original, src_dir_fd=target, dst_dir_fd=folder, follow_symlinks=False)
            os.unlink(name, dir_fd=target)
            break
    return False


def _fingerprint(folder: int, name: str) -> Fingerprint | None:
    try:
        return Fingerprint.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None
