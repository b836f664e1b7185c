"""Uploads on their way in: small ones in memory, larger ones in files, and whatever its sender has not finished on
disk, to be gone on with.

A file has a name of ours and never the one that its sender gives it: that, and whether this is all of it, stand in a
file beside it. Only bytes without a gap from the first on are kept.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from io import BufferedRandom
from pathlib import Path
from uuid import uuid4

from channels.ports import Unfinished
from hub.store.engine.syncing import sync
from hub.store.errors import NotWhole
from hub.store.kept.blobs import INLINE_LIMIT, Blobs, Kept, disk

UPLOADS = "uploads"
"""Below the data directory."""

NODE_LOCK = "node.lock"
"""Held in the data directory by the node that works from it, as long as it lives."""

GAPS = 1_000
"""Separate stretches of one upload: clients write on and on, with a few blocks under way."""


class Stretches:
    """Which bytes of a file have been written."""

    def __init__(self, end: int = 0) -> None:
        self._of: list[tuple[int, int]] = [(0, end)] if end else []

    @property
    def whole(self) -> int:
        """Bytes from the first on without a gap."""
        return self._of[0][1] if self._of and self._of[0][0] == 0 else 0

    @property
    def end(self) -> int:
        stretches = self._of  # others may look while it grows
        return stretches[-1][1] if stretches else 0

    @property
    def missing(self) -> int:
        """Bytes of the gaps before the end."""
        return self.end - sum(end - start for start, end in self._of)

    def add(self, start: int, end: int) -> None:
        if self._of and self._of[-1][0] <= start <= self._of[-1][1]:  # as nearly always: it goes on
            self._of[-1] = self._of[-1][0], max(self._of[-1][1], end)
            return
        apart = [one for one in self._of if one[1] < start or one[0] > end]
        joined = [one for one in self._of if not (one[1] < start or one[0] > end)]
        first = min([start, *(one[0] for one in joined)])
        last = max([end, *(one[1] for one in joined)])
        self._of = sorted([*apart, (first, last)])
        if len(self._of) > GAPS:
            raise NotWhole("a file is written from its beginning to its end; this one is in too many pieces")

    def cut(self, size: int) -> None:
        self._of = [(start, min(end, size)) for start, end in self._of if start < size]


@dataclass
class Partial:
    """The bytes of one upload, and where they are: in ``held``, or in ``file`` at ``path``. To be used under ``turn``,
    and by its ``holder`` alone."""

    channel: str
    name: str
    path: Path
    held: bytearray | None = field(default_factory=bytearray)
    file: BufferedRandom | None = None
    written: Stretches = field(default_factory=Stretches)
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    closed: bool = False
    holder: object = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        return self.written.end

    @property
    def beside(self) -> Path:
        return self.path.with_suffix(".json")

    def write(self, offset: int, block: bytes) -> None:
        end = offset + len(block)
        if self.held is not None and end > INLINE_LIMIT:
            self._spill()
        if self.held is not None:
            if len(self.held) < end:
                self.held.extend(bytes(end - len(self.held)))
            self.held[offset:end] = block
        else:
            with disk():
                _write(self._opened().fileno(), block, offset)
        self.written.add(offset, end)
        self.modified, self.closed = datetime.now(UTC), False

    def truncate(self, size: int) -> None:
        if self.held is not None:
            del self.held[size:]
        else:
            with disk():
                self._opened().truncate(size)
        self.written.cut(size)

    def save(self, *, closed: bool) -> None:
        """On disk, as far as it is without a gap. Raises NotWhole for one that is ``closed`` and has some."""
        missing = self.written.missing
        self._save(closed=closed and not missing)
        if closed:
            self._refuse_gaps(missing)

    def _save(self, *, closed: bool) -> None:
        self.truncate(self.written.whole)
        self._spill()
        told = {"channel": self.channel, "name": self.name, "size": self.size, "closed": closed}
        with disk():
            sync(self._opened().fileno())
            beside = self.beside.with_suffix(".new")
            with beside.open("w", encoding="utf-8") as file:
                json.dump(told, file)
                file.flush()
                sync(file.fileno())
            beside.replace(self.beside)
        self.closed = closed
        self.release()

    def keep(self, blobs: Blobs) -> Kept:
        """The bytes, safe for the row that is about to be written. Raises NotWhole when some are missing."""
        self._refuse_gaps(self.written.missing)
        if self.held is not None:
            return Kept(sha256(self.held).hexdigest(), len(self.held), bytes(self.held))
        return blobs.take_over(self.path, self._opened())

    def _refuse_gaps(self, missing: int) -> None:
        if missing:
            raise NotWhole(f"{missing} bytes are missing in it")

    def remove(self) -> None:
        self.release()
        for path in (self.path, self.beside):
            path.unlink(missing_ok=True)

    def release(self) -> None:
        if self.file is not None:
            with suppress(OSError):  # what it held back no longer fits the disk
                self.file.close()
            self.file = None

    def _spill(self) -> None:
        """From memory into a file."""
        if self.held is None:
            return
        self.release()  # of a try before, which the disk did not take
        with disk():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            self.file = os.fdopen(descriptor, "r+b")
            _write(descriptor, self.held, 0)
        self.held = None

    def _opened(self) -> BufferedRandom:
        if self.file is None:
            self.file = self.path.open("r+b")
        return self.file


class Uploads:
    """Unfinished uploads of all mailboxes of this node. Thread-safe; its lock is never held while one of theirs is
    waited for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mutex = threading.Lock()

    @cached_property
    def _of(self) -> dict[str, dict[str, Partial]]:
        """By channel and name. Looked for at the first need, under the lock as everything else."""
        return _left(self._folder)

    def of(self, channel: str) -> list[Unfinished]:
        with self._mutex:
            return [_told(one) for one in self._of.get(channel, {}).values()]

    def find(self, channel: str, name: str) -> Unfinished | None:
        with self._mutex:
            found = self._of.get(channel, {}).get(name)
            return _told(found) if found is not None else None

    def size(self, channel: str) -> tuple[int, int]:
        """Uploads of a mailbox, and their bytes together."""
        with self._mutex:
            found = self._of.get(channel, {}).values()
            return len(found), sum(one.size for one in found)

    def begin(self, channel: str, name: str, *, resume: bool) -> Partial:
        """A new one, in place of what was begun under the name, or that itself."""
        with self._mutex:
            found = self._of.get(channel, {}).get(name)
            if found is not None and resume:
                return found
            made = Partial(channel, name, self._folder / f"{uuid4().hex}.part")
            self._of.setdefault(channel, {})[name] = made
        _remove(found)
        return made

    def rename(self, channel: str, name: str, new: str) -> None:
        """A file that has the new name is replaced. Nothing happens when there is none of the old."""
        with self._mutex:
            files = self._of.get(channel, {})
            found = files.pop(name, None)
            if found is None:
                return
            replaced, files[new] = files.get(new), found
        with found.turn:
            found.holder, found.name = None, new
            found.save(closed=found.closed)
        _remove(replaced)

    def discard(self, channel: str, name: str) -> None:
        with self._mutex:
            found = self._of.get(channel, {}).pop(name, None)
        _remove(found)

    def drop(self, partial: Partial) -> None:
        """It has become something else, or is worth nothing. For who has its turn."""
        with self._mutex:
            files = self._of.get(partial.channel, {})
            if files.get(partial.name) is partial:
                del files[partial.name]
        partial.holder = None
        partial.remove()

    def strays(self, before: float) -> list[Path]:
        """Files of uploads that nobody has gone on with since an instant, in seconds since the epoch."""
        found: list[Path] = []
        for path in sorted(self._folder.glob("*")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    found.append(path)
        return found

    def sweep(self, before: float) -> list[Path]:
        """Removes them, and returns them."""
        old = self.strays(before)
        with self._mutex:
            every = [one for files in self._of.values() for one in files.values()]
        for one in every:
            if one.path in old:
                self.discard(one.channel, one.name)
        for path in old:
            path.unlink(missing_ok=True)
        return old


def sweep_abandoned(data_dir: Path, before: float) -> list[Path]:
    """The same in the data directory of another node on this machine, unless that lives: then it does so itself."""
    with suppress(OSError), (data_dir / NODE_LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Uploads(data_dir / UPLOADS).sweep(before)
    return []


def _remove(partial: Partial | None) -> None:
    """Whoever is at it is cut off."""
    if partial is not None:
        with partial.turn:
            partial.holder = None
            partial.remove()


def _left(folder: Path) -> dict[str, dict[str, Partial]]:
    """What earlier runs left, by channel and name; of two of one name the newer."""
    read = [found for beside in folder.glob("*.json") if (found := _read(beside)) is not None]
    left: dict[str, dict[str, Partial]] = {}
    for one in sorted(read, key=lambda one: one.modified):
        left.setdefault(one.channel, {})[one.name] = one
    return left


def _write(descriptor: int, block: bytes | bytearray, offset: int) -> None:
    """All of it: a disk that is nearly full takes a part and says nothing."""
    if os.pwrite(descriptor, block, offset) != len(block):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read(beside: Path) -> Partial | None:
    """What an earlier run left; None for what it did not finish saving."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(beside.read_text(encoding="utf-8"))
        path = beside.with_suffix(".part")
        found = path.stat()
        if found.st_size >= told["size"]:
            modified = datetime.fromtimestamp(found.st_mtime, UTC)
            written = Stretches(told["size"])
            return Partial(told["channel"], told["name"], path, None, None, written, modified, bool(told["closed"]))
    return None


def _told(one: Partial) -> Unfinished:
    return Unfinished(one.name, one.size, one.modified, one.closed)
