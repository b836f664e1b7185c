"""Polled doors: complete files are fetched from partners' folders, stored, and only then put away."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from channels.errors import TransientError
from channels.folder.settings import FolderSettings
from channels.folder.transport import FolderTransport, FoundFile
from channels.ports import Arrival
from hub.catalog import channel_id
from hub.pipeline.receive import receive, refuse
from hub.services import HubServices
from hub.store import work_items
from partners.pinned import Pinned

AT_ONCE = 200
"""Files of one poll; what is left over is found by the next."""

log = logging.getLogger(__name__)


class Polls:
    """The folders that profiles name. A channel is polled by one caller at a time: its timer sees to that."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._transports: dict[str, tuple[FolderSettings, FolderTransport]] = {}
        self._readable: dict[str, bool] = {}

    async def poll(self, channel: str) -> bool:
        """Takes what is complete. False when the folder cannot be read: it must not look like an empty one, so a work
        item stays open until a poll succeeds."""
        found = self._settings_of(channel)
        if found is None:
            return False
        pinned, settings = found
        loop, executor = asyncio.get_running_loop(), self._services.executor
        try:
            files = await self._transport(channel, settings).poll(AT_ONCE)
        except TransientError as error:
            if self._readable.get(channel) is not False:
                self._readable[channel] = False
                log.warning("channel %s cannot be read: %s", channel, error.detail)
                await loop.run_in_executor(executor, partial(self._failed, channel, pinned, error.detail))
            return False
        if self._readable.get(channel) is not True:
            await loop.run_in_executor(executor, partial(self._recovered, channel))
            self._readable[channel] = True
        for file in files:
            await loop.run_in_executor(executor, partial(self._receive, channel, pinned, settings, file))
            self._services.wake()
            await file.confirm()
        return True

    def _settings_of(self, channel: str) -> tuple[Pinned, FolderSettings] | None:
        for pinned, settings in self._services.catalog().channels():
            if channel_id(pinned.partner, settings) == channel and isinstance(settings, FolderSettings):
                return pinned, settings
        return None

    def _transport(self, channel: str, settings: FolderSettings) -> FolderTransport:
        """Kept between polls: whether a file is complete shows only over two of them."""
        known = self._transports.get(channel)
        if known is None or known[0] != settings:
            assert settings.inbound is not None
            root = self._services.folder_root
            transport = FolderTransport(root, settings.inbound, settings.archive, settings.patterns)
            known = self._transports[channel] = (settings, transport)
        return known[1]

    def _receive(self, channel: str, pinned: Pinned, settings: FolderSettings, file: FoundFile) -> None:
        store, now = self._services.store, self._services.clock()
        partner = None if settings.shared else pinned.key
        content_type = settings.codec.content_type
        arrival = Arrival(channel, file.body, content_type, file.name)
        if file.refusal is not None:
            refuse(store, arrival, file.refusal, partner=partner, now=now)
        else:
            receive(store, arrival, partner=partner, actor=f"channel:{channel}", now=now)

    def _failed(self, channel: str, pinned: Pinned, detail: str) -> None:
        summary = f"Channel {channel} cannot be read, nothing arrives by it: {detail}"
        with self._services.store.begin() as tx:
            work_items.raise_item(tx, "channel", f"channel:{channel}", pinned.key, summary, [], self._services.clock())

    def _recovered(self, channel: str) -> None:
        with self._services.store.begin() as tx:
            work_items.close(tx, f"channel:{channel}", self._services.clock())
