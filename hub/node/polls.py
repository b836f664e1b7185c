"""Polled doors: complete files are fetched from partners' folders, stored, and only then put away."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from channels.channel import Codec
from channels.errors import TransientError
from channels.folder.settings import FolderSettings
from channels.folder.transport import FolderTransport
from channels.ports import Pickup
from hub.catalog import channel_id
from hub.intake import NoRoom
from hub.node.claims import call
from hub.pipeline.receive import refuse
from hub.services import HubServices
from hub.store import work_items
from hub.store.arrivals import Arriving
from hub.store.errors import StoreUnavailable
from hub.store.idempotency import RequestKey
from partners.pinned import Pinned

AT_ONCE = 200
"""Files of one poll; what is left over is found by the next."""

TOGETHER = 50
"""Files that share one commit."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel that is polled. ``scope`` is what its arrivals are counted and ordered by."""

    id: str
    pinned: Pinned
    settings: FolderSettings

    @property
    def partner(self) -> str | None:
        return None if self.settings.shared else self.pinned.key

    @property
    def scope(self) -> str:
        return self.partner or f"channel:{self.id}"


@dataclass(slots=True)
class _Stored:
    """Files that may be put away, and why the others have to wait where they are."""

    files: list[Pickup] = field(default_factory=list)
    waits: str | None = None


class Polls:
    """The folders that profiles name. A channel is polled by one caller at a time: its timer sees to that."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._transports: dict[str, tuple[FolderSettings, FolderTransport]] = {}
        self._troubles: dict[tuple[str, str], str | None] = {}

    async def poll(self, channel: str) -> bool:
        """Takes what is complete. False when the folder cannot be read, or when there is no room for more: neither must
        look like an empty folder, so a work item stays open until a poll succeeds."""
        found = self._channel(channel)
        if found is None:
            return False
        try:
            files = await self._transport(found).poll(AT_ONCE)
        except TransientError as error:
            await self._tell(found, "channel", f"cannot be read, nothing arrives by it: {error.detail}")
            return False
        await self._tell(found, "channel", None)
        waits = None
        for group in _groups(files):
            stored = await call(self._services, partial(self._store, found, group))
            self._services.wake()
            for file in stored.files:
                await file.confirm()
            waits = stored.waits
            if waits is not None:
                break
        await self._tell(found, "intake", waits and f"waits, its files stay where they are: {waits}")
        return waits is None

    def _channel(self, channel: str) -> _Channel | None:
        for pinned, settings in self._services.catalog().channels():
            if channel_id(pinned.partner, settings) == channel and isinstance(settings, FolderSettings):
                return _Channel(channel, pinned, settings)
        return None

    def _transport(self, channel: _Channel) -> FolderTransport:
        """Kept between polls: whether a file is complete shows only over two of them."""
        settings = channel.settings
        known = self._transports.get(channel.id)
        if known is None or known[0] != settings:
            assert settings.inbound is not None
            transport = FolderTransport(
                self._services.folder_root,
                settings.inbound,
                settings.archive,
                settings.patterns,
                whole=_ends if settings.codec is Codec.X12 else lambda start, end: True,
                patience=settings.incomplete_wait_seconds,
            )
            known = self._transports[channel.id] = (settings, transport)
        return known[1]

    def _store(self, channel: _Channel, files: Sequence[Pickup]) -> _Stored:
        """Stores files in their order, up to the first for which there is no room, in one commit. Blocking."""
        stored = _Stored()
        arriving: list[Arriving] = []
        try:
            for file in files:
                try:
                    arriving += self._keep(channel, file)
                except TransientError as error:  # found again, if it is still there
                    log.warning("channel %s: %s", channel.id, error.detail)
                    continue
                stored.files.append(file)
        except (NoRoom, StoreUnavailable) as error:
            stored.waits = str(error)
            self._services.metrics.intake(channel.id, "put_off")
        try:
            if arriving:
                self._services.intake.take(arriving)
        except StoreUnavailable as error:
            return _Stored(waits=str(error))
        return stored

    def _keep(self, channel: _Channel, file: Pickup) -> Iterator[Arriving]:
        """The file as it is about to get its row; one that is refused has its row already."""
        services, now = self._services, self._services.clock()
        if file.refusal is not None:
            refuse(services.store, channel.id, file.name, file.refusal, partner=channel.partner, now=now)
            return
        services.intake.look(channel.scope, file.size)
        with services.intake.room(channel.scope, file.size), services.store.incoming() as incoming:
            for block in file.blocks():
                incoming.write(block)
            kept = incoming.keep()
        yield Arriving(
            channel.id,
            channel.partner,
            channel.settings.codec.content_type,
            file.name,
            kept,
            actor=f"channel:{channel.id}"[:80],
            now=now,
            key=_key(channel, file, kept.sha256),
        )

    async def _tell(self, channel: _Channel, kind: str, trouble: str | None) -> None:
        """Opens a work item when a trouble begins and closes it when it ends; the log has it in any case."""
        name = (kind, channel.id)
        if self._troubles.get(name, "") == trouble:
            return
        if trouble is not None:
            log.warning("channel %s %s", channel.id, trouble)
        try:
            await call(self._services, partial(self._record, channel, kind, trouble))
        except StoreUnavailable as error:
            log.warning("channel %s: this cannot be shown: %s", channel.id, error)
        else:
            self._troubles[name] = trouble

    def _record(self, channel: _Channel, kind: str, trouble: str | None) -> None:
        key, now = f"{kind}:{channel.id}", self._services.clock()
        with self._services.store.begin() as tx:
            if trouble is None:
                work_items.close(tx, key, now)
            else:
                summary = f"Channel {channel.id} {trouble}"
                work_items.raise_item(tx, kind, key, channel.pinned.key, summary, [], now)


def _groups(files: Sequence[Pickup]) -> Iterable[Sequence[Pickup]]:
    return (files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER))


def _key(channel: _Channel, file: Pickup, content: str) -> RequestKey:
    """The same file as it lies there is taken once, also when the hub died before it was put away."""
    name = sha256(f"{channel.id}\n{file.identity}\n{content}".encode()).hexdigest()
    return RequestKey("channel", name, content)


def _ends(start: bytes, end: bytes) -> bool:
    """Whether a file that begins as X12 ends as X12, perhaps with padding behind it; what is none is whole as it is."""
    x12 = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ISA")
    return not x12 or b"IEA" in end or not end.strip(b" \t\r\n\0\x1a")
