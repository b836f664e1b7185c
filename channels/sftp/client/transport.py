"""A partner's SFTP server as a door: complete files are fetched from it, and put away once they are on disk."""

from __future__ import annotations

import errno
import logging
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from posixpath import join
from uuid import uuid4

from paramiko import SFTPAttributes

from channels.accounts import Accounts
from channels.detached import detached
from channels.errors import TransientError
from channels.file_names import printable, unused_name
from channels.ports import Ledger
from channels.sftp.client.connection import Connection
from channels.sftp.client.session import Client, Connect, StatusError
from channels.sftp.client.settings import InboundFolder, SftpSettings
from channels.stability import EDGE, Fingerprint, Stability, Unfinished, is_wanted, oldest_first

CHUNK = 32 * 1024
"""Bytes of one read: what every server grants."""

WINDOW = 32
"""Reads under way at one time, and so chunks of a file that are in memory."""

LISTED = 20_000
"""Files of a folder that are looked at in one poll, besides those that were taken and left there."""

TOGETHER = 500
"""Files that are looked up in the ledger at one time."""

ALONE = 5
"""Polls in which a done file lies there without its file before that is told."""

SETTLED_SECONDS = 2.0
"""A time of SFTP has whole seconds: a file is unchanged when it was seen so for longer than one of them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A Pickup. ``entry`` is its name in the folder, ``name`` the same made printable; neither is a path of ours."""

    transport: SftpTransport
    place: _Place
    entry: str
    fingerprint: Fingerprint
    refusal: str | None = None

    @property
    def name(self) -> str:
        return printable(self.entry)

    @property
    def identity(self) -> str:
        return _identity(self.place.settings.path, self.entry, self.fingerprint)

    @property
    def size(self) -> int:
        return self.fingerprint.size

    def blocks(self) -> Iterator[bytes]:
        return self.transport.read(self)

    async def confirm(self) -> None:
        """Put the file away as the folder's ``after`` says, unless it has vanished or changed since it was read. One
        that cannot be put away is noted in the ledger, and not fetched again. Raises TransientError when the connection
        breaks; it is then found again."""
        await detached(partial(self.transport.put_away, self))


@dataclass(slots=True)
class _Place:
    """A folder of the server, with what earlier polls saw in it."""

    settings: InboundFolder
    patterns: tuple[str, ...]
    unfinished: Unfinished
    stability: Stability
    denied: set[str] = field(default_factory=set)
    alone: Counter[str] = field(default_factory=Counter)  # done files without their file, and in how many polls

    def path(self, entry: str) -> str:
        return join(self.settings.path, entry)


class SftpTransport:
    """Polls the inbound folders of one channel. Not for two polls at the same time."""

    def __init__(
        self,
        settings: SftpSettings,
        connect: Connect,
        accounts: Accounts,
        ledger: Ledger,
        whole: Callable[[bytes, bytes], bool] = lambda start, end: True,
        size_limit: int = 100 * 1024 * 1024,
        settled_seconds: float = SETTLED_SECONDS,
    ) -> None:
        """``ledger`` holds what was taken and still lies there. ``whole`` as for ``Unfinished``. A file of more than
        ``size_limit`` bytes is refused unread, and on confirmation left where it is."""
        self._connection = Connection(settings, connect, accounts, patient=True)
        self._ledger = ledger
        self._size_limit = size_limit
        self._places = [
            _Place(
                folder,
                tuple(pattern.lower() for pattern in folder.patterns),
                Unfinished(whole, settings.incomplete_wait_seconds),
                Stability(settled_seconds),
            )
            for folder in settings.inbound
        ]

    async def poll(self, limit: int) -> list[FoundFile]:
        """Complete files, folder by folder, the oldest first, at most ``limit``.

        Raises what ``Connection.use`` raises, and TransientError when a folder cannot be read and the others have
        nothing: one such folder holds up no other, and does not stay unnoticed.
        """
        return await detached(partial(self._poll, limit))

    async def close(self) -> None:
        await detached(self._connection.close)

    def _poll(self, limit: int) -> list[FoundFile]:
        found: list[FoundFile] = []
        unreadable: TransientError | None = None
        with self._connection.use() as client:
            for place in self._places:
                try:
                    found += islice(self._complete(client, place), limit - len(found))
                except StatusError as error:
                    reason = error.strerror or "the server refuses"
                    unreadable = TransientError(f"folder {place.settings.path} of the server cannot be read: {reason}")
                    unreadable.__cause__ = error
        if unreadable is not None and not found:
            raise unreadable
        return found

    def _complete(self, client: Client, place: _Place) -> Iterator[FoundFile]:
        listing, done = self._listing(client, place)
        match place.settings.complete:
            case "unchanged":
                names = place.stability.complete(listing)
            case "renamed":
                names = oldest_first(list(listing), listing)
            case "done_file":
                names = oldest_first([name for name in listing if name in done], listing)
        place.unfinished.forget_others(listing)
        for name in names:
            fingerprint = listing[name]
            if fingerprint.size > self._size_limit:
                refusal = f"The file has {fingerprint.size} bytes; at most {self._size_limit} are accepted."
                yield FoundFile(self, place, name, fingerprint, refusal)
                continue
            try:
                if self._looks_whole(client, place, name, fingerprint):
                    yield FoundFile(self, place, name, fingerprint)
            except StatusError as error:
                if error.errno != errno.ENOENT:
                    _warn_once(place, f"{printable(name)} cannot be opened: {error.strerror}")

    def _listing(self, client: Client, place: _Place) -> tuple[dict[str, Fingerprint], set[str]]:
        """The files that match and are not in the ledger, and the names of those that have a done file."""
        listing: dict[str, Fingerprint] = {}
        done: set[str] = set()
        there: set[str] = set()
        suffix = place.settings.done_suffix if place.settings.complete == "done_file" else None
        entries = _regular(client.entries(place.settings.path))
        while batch := list(islice(entries, TOGETHER)):
            if suffix is not None:
                done |= {entry.removesuffix(suffix) for entry, _ in batch if entry.endswith(suffix)}
                batch = [(entry, seen) for entry, seen in batch if not entry.endswith(suffix)]
                there |= {entry for entry, _ in batch}
            wanted = {
                _identity(place.settings.path, entry, seen): (entry, seen)
                for entry, seen in batch
                if is_wanted(entry, place.patterns)
            }
            taken = self._ledger.known(list(wanted)) if wanted else set()
            listing.update(wanted[identity] for identity in wanted if identity not in taken)
            if len(listing) > LISTED:
                break
        else:
            _miss(place, done - there)
        return listing, done

    def _looks_whole(self, client: Client, place: _Place, entry: str, fingerprint: Fingerprint) -> bool:
        with client.open(_sent(place.path(entry)), "rb") as file:
            if _fingerprint(file.stat()) != fingerprint:
                return False
            start = file.read(EDGE)
            file.seek(max(0, fingerprint.size - EDGE))
            return not place.unfinished.may_go_on(entry, fingerprint, start, file.read(EDGE))

    def read(self, file: FoundFile) -> Iterator[bytes]:
        """The bytes of a found file. Raises TransientError when it is no longer the one that was found."""
        changed = TransientError(f"{file.name} has changed since it was found")
        try:
            with self._connection.use() as client, client.open(_sent(file.place.path(file.entry)), "rb") as opened:
                if _fingerprint(opened.stat()) != file.fingerprint:
                    raise changed
                for start in range(0, file.size, CHUNK * WINDOW):
                    end = min(start + CHUNK * WINDOW, file.size)
                    asked = [(offset, min(CHUNK, end - offset)) for offset in range(start, end, CHUNK)]
                    for (_, length), block in zip(asked, opened.readv(asked), strict=False):
                        if len(block) != length:
                            raise changed
                        yield block
                if _fingerprint(opened.stat()) != file.fingerprint:
                    raise changed
        except StatusError as error:
            raise TransientError(f"the server does not give {file.name!r}: {error.strerror}") from error

    def put_away(self, file: FoundFile) -> None:
        """Archive or delete a file that is the same as when it was read, or note that it stays."""
        if file.refusal is not None or file.place.settings.after == "leave":
            self._ledger.note(file.identity)
            return
        with self._connection.use() as client:
            try:
                self._let_go(client, file)
                if file.place.settings.complete == "done_file":
                    _remove(client, file.place.path(file.entry + file.place.settings.done_suffix))
            except StatusError as error:
                self._ledger.note(file.identity)
                reason = f"the server does not let {file.place.settings.after} files: {error.strerror}"
                _warn_once(file.place, f"{reason}. They are left there and not fetched again")

    def _let_go(self, client: Client, file: FoundFile) -> None:
        """Raises StatusError when the server does not allow it."""
        place, path = file.place, file.place.path(file.entry)
        if not _is_still(client, path, file.fingerprint):
            return
        aside = place.path(f".{uuid4().hex}.part")
        if place.settings.archive is not None:
            aside = join(place.settings.archive, unused_name(file.entry))
            _make_folder(client, place.settings.archive)
        try:
            client.rename(_sent(path), _sent(aside))
        except StatusError as error:
            if error.errno == errno.ENOENT:
                return
            if place.settings.archive is not None:
                raise
            _remove(client, path)  # some servers let us delete and not rename
            return
        if not _is_still(client, aside, file.fingerprint):
            # It was replaced between the look and the move: give the newer one back, beside an even newer one.
            try:
                client.rename(_sent(aside), _sent(path))
            except StatusError:
                client.rename(_sent(aside), _sent(place.path(unused_name(file.entry))))
        elif place.settings.archive is None:
            _remove(client, aside)


def _sent(path: str) -> bytes:
    """As the server is sent it: its own bytes again."""
    return path.encode("utf-8", "surrogateescape")


def _identity(folder: str, entry: str, fingerprint: Fingerprint) -> str:
    return " ".join((printable(join(folder, entry)), str(fingerprint.size), str(fingerprint.modified)))


def _fingerprint(told: SFTPAttributes) -> Fingerprint:
    return Fingerprint(0, told.st_size or 0, (told.st_mtime or 0) * 1_000_000_000)


def _regular(entries: Iterator[SFTPAttributes]) -> Iterator[tuple[str, Fingerprint]]:
    """Regular files by names that are names: what a server calls ``../x`` lies in another folder."""
    for entry in entries:
        mode = entry.st_mode
        if (mode is None or stat.S_ISREG(mode)) and not set(entry.filename) & {"/", "\0"}:
            yield entry.filename, _fingerprint(entry)


def _is_still(client: Client, path: str, fingerprint: Fingerprint) -> bool:
    try:
        return _fingerprint(client.lstat(_sent(path))) == fingerprint
    except StatusError as error:
        if error.errno == errno.ENOENT:
            return False
        raise


def _remove(client: Client, path: str) -> None:
    try:
        client.remove(_sent(path))
    except StatusError as error:
        if error.errno != errno.ENOENT:
            raise


def _make_folder(client: Client, path: str) -> None:
    try:
        client.stat(_sent(path))
    except StatusError as error:
        if error.errno == errno.ENOENT:
            client.mkdir(_sent(path))


def _miss(place: _Place, alone: set[str]) -> None:
    """A done file is put beside its file, or a moment before: one that stays alone says that something was lost."""
    place.alone = Counter({name: place.alone[name] + 1 for name in alone})
    for name, polls in place.alone.items():
        if polls >= ALONE:
            _warn_once(place, f"{printable(name)}{place.settings.done_suffix} lies there without its file")


def _warn_once(place: _Place, text: str) -> None:
    if text not in place.denied:
        place.denied.add(text)
        log.warning("folder %s: %s", place.settings.path, text)
