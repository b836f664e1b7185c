"""``/archive``: what the partner has sent and fetched, to look at and to fetch again."""

from __future__ import annotations

from pathlib import PurePosixPath

from channels.ports import Archived, Desk
from channels.sftp.server.files import ReadFile
from channels.sftp.server.wire import Attributes, Entry, Mode, Refused, Status

SHOWN = 1_000
"""Files, the newest."""


class Archive:
    """One session's view of it. Blocking."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, Archived] = {}

    def entries(self) -> list[Entry]:
        self._look()
        return [Entry(name, _attributes(one)) for name, one in self._known.items()]

    def find(self, name: str) -> Attributes:
        return _attributes(self._find(name))

    def open(self, name: str, mode: Mode) -> ReadFile:
        if mode & Mode.WRITE:
            raise read_only()
        found = self._find(name)
        content = self._desk.open(found.id)
        if content is None:
            raise no_such_file()
        return ReadFile(content, _attributes(found), read_whole=lambda: None)

    def rename(self, name: str, new: str) -> None:
        raise read_only()

    def remove(self, name: str) -> None:
        raise read_only()

    def _find(self, name: str) -> Archived:
        if name not in self._known:
            self._look()
        if name not in self._known:
            raise no_such_file()
        return self._known[name]

    def _look(self) -> None:
        self._known = {_unique(one): one for one in self._desk.archive(SHOWN)}


def _unique(one: Archived) -> str:
    """A name of its own: files of one name may have come more than once."""
    path = PurePosixPath(one.name or "file")
    return f"{path.stem}.{one.id.rpartition('_')[2]}{path.suffix}"


def _attributes(one: Archived) -> Attributes:
    return Attributes(one.size, one.at)


def read_only() -> Refused:
    return Refused(Status.PERMISSION_DENIED, "This folder is read only. Files for us go into /in.")


def no_such_file() -> Refused:
    return Refused(Status.NO_SUCH_FILE, "There is no such file.")
