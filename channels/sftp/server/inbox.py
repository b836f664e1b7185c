"""``/in``: what the partner sends. A file is complete when its client closes it, or renames it from a name that says
that it is not."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime

from channels.ports import Desk, Unfinished
from channels.sftp.server.files import UploadFile
from channels.sftp.server.paths import check_name, is_unfinished
from channels.sftp.server.wire import Attributes, Entry, Mode, Refused, Status

SHOWN = 20_000
"""Files taken in this session that are still shown: a client looks whether what it sent has arrived whole."""


class Inbox:
    """One session's view of it. Blocking, as everything behind a request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taken: OrderedDict[str, Attributes] = OrderedDict()

    def entries(self) -> list[Entry]:
        begun = {one.name: _attributes(one) for one in self._desk.unfinished()}
        return [Entry(name, attributes) for name, attributes in {**self._taken, **begun}.items()]

    def find(self, name: str) -> Attributes:
        begun = self._desk.begun(name)
        if begun is not None:
            return _attributes(begun)
        if name in self._taken:
            return self._taken[name]
        raise Refused(Status.NO_SUCH_FILE, "There is no such file.")

    def open(self, name: str, mode: Mode) -> UploadFile:
        if not mode & Mode.WRITE:
            self.find(name)
            raise Refused(Status.PERMISSION_DENIED, "What is written into /in is not read there; see /archive.")
        check_name(name)
        begun = self._desk.begun(name)
        whole = name in self._taken and begun is None
        if mode & Mode.EXCLUSIVE and (begun is not None or whole):
            raise Refused(Status.FAILURE, "There is a file of this name.")
        if whole and not mode & Mode.TRUNCATE:
            raise _received(name)
        if begun is None and not whole and not mode & Mode.CREATE:
            raise Refused(Status.NO_SUCH_FILE, "There is no such file.")
        resume = begun is not None and not mode & Mode.TRUNCATE
        upload = self._desk.begin(name, resume=resume)
        return UploadFile(upload, name, bool(mode & Mode.APPEND), lambda size: self._show(name, size))

    def rename(self, name: str, new: str) -> None:
        check_name(new)
        begun = self._desk.begun(name)
        if begun is None:
            self.find(name)
            raise _received(name)
        if is_unfinished(new):
            self._desk.rename(name, new)
            return
        if not is_unfinished(name) or not begun.closed:
            raise Refused(Status.FAILURE, f"{name} was not closed by who sent it. Send the rest first, or all of it.")
        upload = self._desk.begin(name, resume=True)
        try:
            upload.submit(new)
        except BaseException:
            upload.set_aside(closed=True)
            raise
        self._show(new, begun.size)

    def remove(self, name: str) -> None:
        if self._desk.begun(name) is None:
            self.find(name)
            raise _received(name)
        self._desk.discard(name)

    def _show(self, name: str, size: int) -> None:
        self._taken[name] = Attributes(size, datetime.now(UTC))
        self._taken.move_to_end(name)
        while len(self._taken) > SHOWN:
            self._taken.popitem(last=False)


def _attributes(one: Unfinished) -> Attributes:
    return Attributes(one.size, one.modified, writable=True)


def _received(name: str) -> Refused:
    return Refused(
        Status.PERMISSION_DENIED, f"{name} has been received and is not changed any more. Send it again as a whole."
    )
