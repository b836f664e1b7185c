"""Each request of SFTP that a mailbox answers, and how. Whatever stands in neither table is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from channels.errors import ChannelError
from channels.sftp.server import wire
from channels.sftp.server.files import Listing, OpenFile
from channels.sftp.server.paths import Hostile
from channels.sftp.server.tree import Tree, refuse_owner
from channels.sftp.server.wire import Attributes, Entry, Fields, Malformed, Mode, Refused, Request, Status

HANDLES = 100
"""What one session may have open."""

RENAME = b"posix-rename@openssh.com"
LIMITS = b"limits@openssh.com"
EXTENSIONS = {RENAME: b"1", LIMITS: b"1"}

log = logging.getLogger(__name__)


class Requests:
    """Answers the requests of one session, one after the other. Blocking. ``hostile`` is told of what no honest client
    asks for."""

    def __init__(self, tree: Tree, hostile: Callable[[str], None]) -> None:
        self._tree = tree
        self._hostile = hostile
        self._open: dict[bytes, OpenFile | Listing] = {}
        self._count = 0

    def answer_all(self, packets: Sequence[bytes]) -> bytes:
        """Their answers in their order; raises as ``answer``."""
        return b"".join(map(self.answer, packets))

    def answer(self, packet: bytes) -> bytes:
        """Raises Malformed when the session cannot go on."""
        fields = Fields(packet)
        kind = fields.byte()
        if kind == Request.INIT:
            if fields.number() < wire.VERSION:
                raise Malformed("the client speaks an older SFTP")
            return wire.version(EXTENSIONS)
        id = fields.number().to_bytes(4)
        try:
            return self._answered(id, kind, fields)
        except Malformed as error:
            return wire.status(id, Status.BAD_MESSAGE, str(error))
        except Refused as refusal:
            if isinstance(refusal, Hostile):
                self._hostile(refusal.message)
            return wire.status(id, refusal.status, refusal.message)
        except ChannelError as error:
            return wire.status(id, Status.FAILURE, error.detail)
        except Exception:
            log.exception("a request failed")
            return wire.status(id, Status.FAILURE, "The hub failed on this request. Nothing was taken; try it later.")

    def abandon(self) -> None:
        """The session has ended: what its client left open is not complete."""
        opened, self._open = self._open, {}
        for one in opened.values():
            if not isinstance(one, Listing):
                try:
                    one.abandon()
                except ChannelError as error:
                    log.warning("what was sent is not kept for its sender to go on with: %s", error.detail)
        try:
            self._tree.leave()
        except ChannelError as error:
            log.warning("what was fetched is offered once more: %s", error.detail)

    def _answered(self, id: bytes, kind: int, fields: Fields) -> bytes:
        handler = _HANDLERS.get(kind)
        if handler is None:
            raise Refused(Status.OP_UNSUPPORTED, "There is nothing like that in a mailbox.")
        return handler(self, id, fields)

    def _keep(self, id: bytes, opened: OpenFile | Listing) -> bytes:
        self._count += 1
        name = self._count.to_bytes(8)
        self._open[name] = opened
        return wire.handle(id, name)

    def _room(self) -> None:
        if len(self._open) >= HANDLES:
            raise Refused(Status.FAILURE, f"Only {HANDLES} files may be open at one time.")

    def _handle(self, fields: Fields) -> OpenFile:
        found = self._open.get(fields.text())
        if found is None or isinstance(found, Listing):
            raise Refused(Status.FAILURE, "There is no such handle.")
        return found

    def _opened(self, id: bytes, fields: Fields) -> bytes:
        path, mode = fields.text(), Mode(fields.number() & 0x3F)
        fields.wanted()
        self._room()
        return self._keep(id, self._tree.open(path, mode))

    def _closed(self, id: bytes, fields: Fields) -> bytes:
        found = self._open.pop(fields.text(), None)
        if found is None:
            raise Refused(Status.FAILURE, "There is no such handle.")
        if not isinstance(found, Listing):
            found.close()
        return wire.status(id, Status.OK)

    def _read(self, id: bytes, fields: Fields) -> bytes:
        file, offset, size = self._handle(fields), fields.long(), fields.number()
        block = file.read(offset, size) if size else b""
        return wire.data(id, block) if block else wire.status(id, Status.EOF, "There is no more.")

    def _written(self, id: bytes, fields: Fields) -> bytes:
        self._handle(fields).write(fields.long(), fields.text())
        return wire.status(id, Status.OK)

    def _found(self, id: bytes, fields: Fields) -> bytes:
        return wire.attributes(id, self._tree.find(fields.text()))

    def _handle_found(self, id: bytes, fields: Fields) -> bytes:
        return wire.attributes(id, self._handle(fields).attributes())

    def _set(self, id: bytes, fields: Fields) -> bytes:
        self._tree.set_attributes(fields.text(), fields.wanted())
        return wire.status(id, Status.OK)

    def _handle_set(self, id: bytes, fields: Fields) -> bytes:
        file, wanted = self._handle(fields), fields.wanted()
        refuse_owner(wanted)
        if wanted.size is not None:
            file.truncate(wanted.size)
        return wire.status(id, Status.OK)

    def _listed(self, id: bytes, fields: Fields) -> bytes:
        self._room()
        return self._keep(id, Listing(self._tree.entries(fields.text())))

    def _next(self, id: bytes, fields: Fields) -> bytes:
        found = self._open.get(fields.text())
        if not isinstance(found, Listing):
            raise Refused(Status.FAILURE, "There is no such handle.")
        entries = found.next()
        return wire.names(id, entries) if entries else wire.status(id, Status.EOF, "There is no more.")

    def _removed(self, id: bytes, fields: Fields) -> bytes:
        self._tree.remove(fields.text())
        return wire.status(id, Status.OK)

    def _renamed(self, id: bytes, fields: Fields) -> bytes:
        self._tree.rename(fields.text(), fields.text())
        return wire.status(id, Status.OK)

    def _resolved(self, id: bytes, fields: Fields) -> bytes:
        return wire.names(id, [Entry(self._tree.real_path(fields.text()), Attributes())])

    def _extended(self, id: bytes, fields: Fields) -> bytes:
        name = fields.text()
        if name == RENAME:
            return self._renamed(id, fields)
        if name == LIMITS:
            return wire.limits(id, HANDLES)
        raise Refused(Status.OP_UNSUPPORTED, "There is nothing like that in a mailbox.")

    def _denied(self, id: bytes, fields: Fields) -> bytes:
        raise Refused(Status.PERMISSION_DENIED, "A mailbox has its folders, and files in them: nothing else is made.")


_HANDLERS: Mapping[int, Callable[[Requests, bytes, Fields], bytes]] = {
    Request.OPEN: Requests._opened,
    Request.CLOSE: Requests._closed,
    Request.READ: Requests._read,
    Request.WRITE: Requests._written,
    Request.LSTAT: Requests._found,
    Request.STAT: Requests._found,
    Request.FSTAT: Requests._handle_found,
    Request.SETSTAT: Requests._set,
    Request.FSETSTAT: Requests._handle_set,
    Request.OPENDIR: Requests._listed,
    Request.READDIR: Requests._next,
    Request.REMOVE: Requests._removed,
    Request.RENAME: Requests._renamed,
    Request.REALPATH: Requests._resolved,
    Request.EXTENDED: Requests._extended,
    Request.MKDIR: Requests._denied,
    Request.RMDIR: Requests._denied,
    Request.READLINK: Requests._denied,
    Request.SYMLINK: Requests._denied,
}
