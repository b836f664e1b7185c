"""Which sender takes a delivery's target, built from the configuration and kept until it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from channels.channel import ChannelSettings
from channels.errors import CredentialError, PermanentError
from channels.folder.sender import FolderSender
from channels.folder.settings import FolderSettings
from channels.ports import Departure, Sender, SendResult
from channels.secret import SecretUnavailable
from hub.catalog import Catalog, channel_id
from hub.connectors.file_export import FileExport
from hub.connectors.http import HttpConnector
from hub.retry import RetryPolicy
from hub.routing import CHANNEL_PREFIX
from hub.services import HubServices
from hub.settings import FileTarget, HttpTarget


class Outbox:
    """The sender of a partner's API channel: what is composed waits for the partner, who fetches it over HTTP."""

    async def send(self, departure: Departure) -> SendResult:
        return SendResult("in the outbox", f"to be fetched: GET /v1/transmissions/{departure.id}/content")

    async def close(self) -> None:
        """Nothing is held open."""


class Senders:
    """The senders in use, by target."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._built: dict[str, Sender] = {}
        self._fingerprint: tuple[tuple[str, int], ...] = ()

    async def of(self, target: str) -> tuple[Sender, RetryPolicy]:
        """Raises PermanentError when the configuration in force has no such target, CredentialError when its secret
        cannot be read."""
        catalog = self._services.catalog()
        if catalog.fingerprint != self._fingerprint:
            await self.close()
            self._fingerprint = catalog.fingerprint
        if target not in self._built:
            self._built[target] = self._build(target, catalog)
        settings = catalog.settings.target(target)
        return self._built[target], settings.retry if settings else RetryPolicy()

    async def close(self) -> None:
        built, self._built = self._built, {}
        await asyncio.gather(*(sender.close() for sender in built.values()))

    def _build(self, target: str, catalog: Catalog) -> Sender:
        if target.startswith(CHANNEL_PREFIX):
            return self._channel(target.removeprefix(CHANNEL_PREFIX), catalog)
        settings = catalog.settings.target(target)
        if isinstance(settings, FileTarget):
            return FileExport(self._services.data_dir / settings.path)
        if isinstance(settings, HttpTarget):
            return self._http(settings)
        raise PermanentError(f"hub.yaml has no target {target} any more")

    def _http(self, settings: HttpTarget) -> HttpConnector:
        try:
            secret = settings.secret.read().get_secret_value() if settings.secret else None
            return HttpConnector(
                settings.url,
                secret=secret,
                allow_networks=settings.allow_networks,
                timeout=settings.timeout_seconds,
            )
        except SecretUnavailable as error:
            raise CredentialError(f"the secret of target {settings.key} cannot be read: {error}") from error
        except ValueError as error:
            raise PermanentError(f"target {settings.key} cannot be used: {error}") from error

    def _channel(self, name: str, catalog: Catalog) -> Sender:
        channels: Mapping[str, ChannelSettings] = {channel_id(p.partner, c): c for p, c in catalog.channels()}
        channel = channels.get(name)
        if isinstance(channel, FolderSettings) and channel.outbound is not None:
            return FolderSender(self._services.folder_root, channel.outbound)
        if channel is not None and channel.sends:
            return Outbox()
        raise PermanentError(f"channel {name} is not configured to send any more")
