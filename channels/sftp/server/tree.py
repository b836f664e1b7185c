"""The tree that a client sees: ``/in``, ``/out`` and ``/archive`` over one partner's desk, and nothing of the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from channels.ports import Desk
from channels.sftp.server.archive import Archive
from channels.sftp.server.files import OpenFile
from channels.sftp.server.inbox import Inbox
from channels.sftp.server.outbox import Outbox
from channels.sftp.server.paths import resolve, resolve_plainly
from channels.sftp.server.wire import Attributes, Entry, Mode, Refused, Status, Wanted

FOLDER = Attributes(folder=True)


class Folder(Protocol):
    """One of the folders. Every method raises Refused."""

    def entries(self) -> list[Entry]: ...

    def find(self, name: str) -> Attributes: ...

    def open(self, name: str, mode: Mode) -> OpenFile: ...

    def rename(self, name: str, new: str) -> None: ...

    def remove(self, name: str) -> None: ...


class Tree:
    """One session's. Paths are bytes as the client says them; each is resolved once, here, and then looked up."""

    def __init__(self, desk: Desk, *, keep: bool) -> None:
        """``keep``: what was fetched stays in ``/out``."""
        self._outbox = Outbox(desk, keep=keep)
        self._folders: dict[str, Folder] = {"in": Inbox(desk), "out": self._outbox, "archive": Archive(desk)}

    def real_path(self, path: bytes) -> str:
        return "/" + "/".join(resolve(path))

    def find(self, path: bytes) -> Attributes:
        parts = resolve(path)
        if len(parts) < 2:
            return self._root_or_folder(parts)
        folder, name = self._place(parts)
        return folder.find(name)

    def entries(self, path: bytes) -> list[Entry]:
        parts = resolve(path)
        self._root_or_folder(parts)
        if not parts:
            return [Entry(name, _look(name)) for name in self._folders]
        return self._folders[parts[0]].entries()

    def open(self, path: bytes, mode: Mode) -> OpenFile:
        folder, name = self._place(resolve_plainly(path) if mode & Mode.WRITE else resolve(path))
        return folder.open(name, mode)

    def rename(self, path: bytes, new: bytes) -> None:
        folder, name = self._place(resolve_plainly(path))
        target, new_name = self._place(resolve_plainly(new))
        if target is not folder:
            raise Refused(Status.PERMISSION_DENIED, "A file stays in its folder.")
        folder.rename(name, new_name)

    def remove(self, path: bytes) -> None:
        folder, name = self._place(resolve_plainly(path))
        folder.remove(name)

    def set_attributes(self, path: bytes, wanted: Wanted) -> None:
        """Times and permissions mean nothing here: clients that set them are told that it is done."""
        attributes = self.find(path)
        refuse_owner(wanted)
        if wanted.size is not None and wanted.size != attributes.size:
            raise Refused(Status.PERMISSION_DENIED, "A file that is closed keeps its size.")

    def leave(self) -> None:
        """The session has ended."""
        self._outbox.leave()

    def _root_or_folder(self, parts: Sequence[str]) -> Attributes:
        if len(parts) > 1 or not set(parts) <= self._folders.keys():
            raise Refused(Status.NO_SUCH_FILE, "There is no such folder: there are /in, /out and /archive.")
        return _look(parts[0]) if parts else FOLDER

    def _place(self, parts: Sequence[str]) -> tuple[Folder, str]:
        if len(parts) == 2 and parts[0] in self._folders:
            return self._folders[parts[0]], parts[1]
        if len(parts) < 2:
            raise Refused(Status.FAILURE, "Files lie in /in, /out and /archive: name one of them first.")
        raise Refused(Status.NO_SUCH_FILE, "There is no such folder: there are /in, /out and /archive.")


def refuse_owner(wanted: Wanted) -> None:
    if wanted.owner:
        raise Refused(Status.PERMISSION_DENIED, "Files have no owner here.")


def _look(folder: str) -> Attributes:
    return Attributes(folder=True, writable=folder == "in")
