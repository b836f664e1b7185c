"""Polled doors: complete files are fetched from partners' folders and servers, stored, and only then put away."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from channels.detached import detached
from channels.errors import ChannelError, CredentialError, PausedError, TransientError
from channels.polled import Polled
from channels.ports import Pickup, Transport
from hub.catalog import Catalog, channel_id
from hub.entry.intake import NoRoom
from hub.node.carriers import transport_of
from hub.node.claims import call
from hub.services import HubServices, Loop
from hub.store.coordination import timers
from hub.store.errors import StoreUnavailable
from hub.store.inbound.arrivals import Arriving
from hub.store.inbound.idempotency import RequestKey
from hub.store.schema.records import Timer
from hub.store.trail import work_items
from partners.pinned import Pinned

AT_ONCE = 200
"""Files of one poll; what is left over is found by the next."""

TOGETHER = 50
"""Files that share one commit."""

REFUSALS = 3
"""Refused sign-ins in a row after which the operator is told."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel that is polled. ``scope`` is what its arrivals are counted and ordered by, ``held`` the claimed timer
    that stands for this poll."""

    id: str
    pinned: Pinned
    settings: Polled
    held: Timer | None = None

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
    """The polled channels that profiles name. Each is polled by one caller at a time."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._transports: dict[str, tuple[Polled, Transport]] = {}
        self._refusals: Counter[str] = Counter()
        self._troubles: dict[tuple[str, str], str | None] = {}
        self._busy: set[str] = set()
        self._fences: dict[str, int] = {}

    async def poll(self, channel: str, held: Timer | None = None) -> bool:
        """Takes what is complete. False when the place cannot be read, or when there is no room for more: neither must
        look like an empty place, so a work item stays open until a poll succeeds.

        ``held`` is the claimed timer that stands for the poll. Raises StaleLease when it was lost: nothing is stored
        or put away from then on."""
        await self.keep(self._services.catalog())
        self._follow(channel, held)
        found = self._channel(channel, held)
        if found is None or channel in self._busy:  # still at it: its lease ran out
            return False
        self._busy.add(channel)
        try:
            return await self._poll(found, self._transport(found))
        finally:
            self._busy.discard(channel)

    def _follow(self, channel: str, held: Timer | None) -> None:
        """What was told of the channel is not known here any more once another node has polled it in between."""
        if held is not None and self._fences.get(channel, 0) + 1 != held.fence:
            del self._refusals[channel]
            for name in [name for name in self._troubles if name[1] == channel]:
                del self._troubles[name]
        self._fences[channel] = held.fence if held is not None else 0

    async def _poll(self, channel: _Channel, transport: Transport) -> bool:
        if (waits := await detached(partial(self._full, channel))) is not None:
            return await self._waits(channel, waits)  # the place is left alone: nothing of it could be taken
        try:
            files = await transport.poll(AT_ONCE)
        except PausedError as error:
            log.info("channel %s: %s", channel.id, error.detail)
            return False
        except ChannelError as error:
            await self._failed(channel, error)
            return False
        del self._refusals[channel.id]
        await self._tell(channel, "channel", None)
        for group in _groups(files):
            # Not on the store's executor, which a slow server would fill.
            stored = await detached(partial(copy_context().run, self._store, channel, group))
            self._services.wake(Loop.ARRIVALS)
            try:
                for file in stored.files:
                    await file.confirm()
            except ChannelError as error:  # what is stored and not put away is found again, and known by its key
                await self._failed(channel, error)
                return False
            waits = stored.waits
            if waits is not None:
                break
        return await self._waits(channel, waits)

    def _full(self, channel: _Channel) -> str | None:
        """Why not even an empty file could be taken now. Blocking."""
        try:
            self._services.intake.look(channel.scope, 0, coming=0)
        except (NoRoom, StoreUnavailable) as error:
            return str(error)
        return None

    async def _waits(self, channel: _Channel, waits: str | None) -> bool:
        await self._tell(channel, "intake", waits and f"waits, its files stay where they are: {waits}")
        return waits is None

    async def _failed(self, channel: _Channel, error: ChannelError) -> None:
        """A refused sign-in is told when it is repeated: until then the partner may be changing something."""
        if isinstance(error, CredentialError):
            self._refusals[channel.id] += 1
            if self._refusals[channel.id] < REFUSALS:
                log.warning("channel %s: %s", channel.id, error.detail)
                return
        await self._tell(channel, "channel", f"cannot be read, nothing arrives by it: {error.detail}")

    async def keep(self, catalog: Catalog) -> None:
        """Closes the transports of channels that are no longer so configured, unless one is in use."""
        wanted = {channel_id(pinned.partner, settings): settings for pinned, settings in catalog.channels()}
        for id, (settings, transport) in list(self._transports.items()):
            if id not in self._busy and wanted.get(id) != settings:
                del self._transports[id]
                await transport.close()

    async def close(self) -> None:
        transports, self._transports = self._transports, {}
        for _, transport in transports.values():
            await transport.close()

    def _channel(self, channel: str, held: Timer | None = None) -> _Channel | None:
        for pinned, settings in self._services.catalog().channels():
            if channel_id(pinned.partner, settings) == channel and isinstance(settings, Polled):
                return _Channel(channel, pinned, settings, held)
        return None

    def _transport(self, channel: _Channel) -> Transport:
        """Kept between polls: whether a file is complete shows only over two of them."""
        if channel.id not in self._transports:
            transport = transport_of(self._services, channel.id, channel.settings)
            self._transports[channel.id] = channel.settings, transport
        return self._transports[channel.id][1]

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
            told = (channel.id, file.name, file.refusal)
            services.intake.refuse(*told, partner=channel.partner, now=now, held=channel.held)
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
            held=channel.held,
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
            if channel.held is not None:
                timers.hold(tx, channel.held)
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
