"""Which sender takes a delivery's target, built from the configuration and kept until it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from channels.channel import ChannelSettings
from channels.errors import PermanentError
from channels.folder.sender import FolderSender
from channels.networks import AllowedNetworks
from channels.ports import Sender
from channels.rest.client import HttpClient
from channels.rest.sender import HttpSender
from channels.sending import Sending
from hub.catalog import CHANNEL_PREFIX, Catalog, channel_id
from hub.node.carriers import Offering, sender_of
from hub.services import HubServices
from hub.settings import FileTarget, HttpTarget, OutboxTarget
from partners.webhook import Webhook


@dataclass(slots=True)
class _Built:
    """A sender, what it was built from, and how many attempts use it. One that is retired is closed by the last."""

    sender: Sender
    settings: Sending
    users: int = 0
    retired: bool = False

    async def close_if_idle(self) -> None:
        if self.retired and not self.users:
            await self.sender.close()


class Senders:
    """The senders in use, by target."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._built: dict[str, _Built] = {}

    @asynccontextmanager
    async def lent(self, target: str) -> AsyncIterator[Sender]:
        """The target's sender for one attempt, built anew when its settings have changed.

        Raises PermanentError when the configuration in force has no such target."""
        catalog = self._services.catalog()
        built = self._built.get(target)
        if built is None or built.settings != catalog.sendings.get(target):
            await self.forget(target)
            built = self._built[target] = _Built(self._build(target, catalog), catalog.sending(target))
        built.users += 1
        try:
            yield built.sender
        finally:
            built.users -= 1
            await built.close_if_idle()

    async def forget(self, target: str) -> None:
        """The next attempt reads the target's secret anew: it may have been mended since."""
        if (built := self._built.pop(target, None)) is not None:
            built.retired = True
            await built.close_if_idle()

    async def close(self) -> None:
        built, self._built = self._built, {}
        await asyncio.gather(*(one.sender.close() for one in built.values()))

    def _build(self, target: str, catalog: Catalog) -> Sender:
        if target.startswith(CHANNEL_PREFIX):
            return self._channel(target.removeprefix(CHANNEL_PREFIX), catalog)
        if (endpoint := catalog.endpoints.get(target)) is not None:
            return HttpSender(self._client(endpoint.settings, lambda: self._networks(target)), endpoint.settings.url)
        settings = catalog.settings.target(target)
        if isinstance(settings, FileTarget):
            return FolderSender(self._services.data_dir / settings.path, ".", settings.timeout_seconds)
        if isinstance(settings, HttpTarget):
            return self._http(settings)
        if isinstance(settings, OutboxTarget):
            return Offering(final=False)
        raise PermanentError(f"hub.yaml has no target {target} any more")

    def _http(self, settings: HttpTarget) -> HttpSender:
        client = self._client(settings, lambda: settings.networks)
        later = settings.confirmation.statuses if settings.confirmation else ()
        return HttpSender(client, settings.url, success=settings.success, confirmed_later=later)

    def _client(self, settings: HttpTarget | Webhook, networks: Callable[[], AllowedNetworks]) -> HttpClient:
        return HttpClient(settings, networks, self._services.clock, timeout=settings.timeout_seconds)

    def _networks(self, webhook: str) -> AllowedNetworks:
        """Those that are allowed at that moment, none where it is configured no more."""
        endpoint = self._services.catalog().endpoints.get(webhook)
        return endpoint.networks if endpoint else AllowedNetworks.parse(())

    def _channel(self, name: str, catalog: Catalog) -> Sender:
        channels: Mapping[str, ChannelSettings] = {channel_id(p.partner, c): c for p, c in catalog.channels()}
        channel = channels.get(name)
        if channel is None or not channel.sends:
            raise PermanentError(f"channel {name} is not configured to send any more")
        return sender_of(self._services, channel)
