"""``/out``: what we have for the partner. Each first fetch is noted; what was fetched goes to the archive."""

from __future__ import annotations

from pathlib import PurePosixPath

from channels.ports import Desk, OutboxEntry
from channels.sftp.server.archive import SHOWN, no_such_file, read_only
from channels.sftp.server.files import ReadFile
from channels.sftp.server.wire import Attributes, Entry, Mode, Refused, Status


class Outbox:
    """One session's view of it. Blocking."""

    def __init__(self, desk: Desk, *, keep: bool) -> None:
        """``keep``: what was fetched stays until its partner removes it."""
        self._desk = desk
        self._keep = keep
        self._known: dict[str, OutboxEntry] = {}
        self._fetched: set[str] = set()

    def entries(self) -> list[Entry]:
        self._look()
        return [Entry(name, _attributes(one)) for name, one in self._known.items()]

    def find(self, name: str) -> Attributes:
        found = self._find(name)
        if found is None:
            raise no_such_file()
        return _attributes(found)

    def open(self, name: str, mode: Mode) -> ReadFile:
        if mode & Mode.WRITE:
            raise read_only()
        found = self._find(name)
        content = self._desk.open(found.id) if found is not None else None
        if found is None or content is None:
            raise no_such_file()
        return ReadFile(content, _attributes(found), read_whole=lambda: self._note(found.id))

    def rename(self, name: str, new: str) -> None:
        raise read_only()

    def remove(self, name: str) -> None:
        """By who has fetched it. What an earlier session fetched is gone from here already."""
        found = self._find(name)
        if found is None:
            if not any(one.name == name for one in self._desk.archive(SHOWN)):
                raise no_such_file()
            return
        if found.fetched_at is None and found.id not in self._fetched:
            raise Refused(Status.PERMISSION_DENIED, f"{name} has not been fetched yet: it is removed after that.")
        self._desk.let_go([found.id])
        self._fetched.discard(found.id)
        del self._known[name]

    def leave(self) -> None:
        """The session has ended."""
        if self._fetched and not self._keep:
            self._desk.let_go(sorted(self._fetched))
        self._fetched.clear()

    def _note(self, id: str) -> None:
        self._desk.fetched(id)
        self._fetched.add(id)

    def _find(self, name: str) -> OutboxEntry | None:
        if name not in self._known:
            self._look()
        return self._known.get(name)

    def _look(self) -> None:
        self._known = {}
        for one in self._desk.offered():
            self._known[one.file_name if one.file_name not in self._known else _numbered(one)] = one


def _numbered(one: OutboxEntry) -> str:
    """A name of its own, and the same at every look, where an earlier one is called the same."""
    path = PurePosixPath(one.file_name)
    return f"{path.stem}.{one.position}{path.suffix}"


def _attributes(one: OutboxEntry) -> Attributes:
    return Attributes(one.size, one.available_at)
