"""What carries the files of each kind of channel: the transport that polls it, the sender that puts ours there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from socket import socket
from typing import Any

from channels.channel import ChannelSettings, Codec
from channels.folder.sender import FolderSender
from channels.folder.settings import FolderSettings
from channels.folder.transport import FolderTransport
from channels.polled import Polled, PolledFiles
from channels.portal.settings import PortalSettings
from channels.ports import Departure, Ledger, Sender, SendResult, Transport
from channels.rest.client import HttpClient
from channels.rest.sender import HttpSender
from channels.rest.settings import RestSettings
from channels.rest.transport import RestTransport
from channels.settings import ApiSettings
from channels.sftp.client.settings import SftpSettings
from channels.sftp.server.settings import MailboxSettings
from hub.services import HubServices
from hub.store.inbound import idempotency
from hub.store.inbound.idempotency import Answer, RequestKey


class Offering:
    """The sender of whoever comes for what is theirs: it lies in the outbox, and that is all. ``final`` says whether it
    counts as delivered then."""

    def __init__(self, *, final: bool) -> None:
        self._final = final

    async def send(self, departure: Departure) -> SendResult:
        return SendResult("in the outbox", "It waits there to be fetched.", final=self._final, offered=True)

    async def close(self) -> None:
        """Nothing is held open."""


class StoredLedger:
    """The Ledger of one channel, in the store."""

    def __init__(self, services: HubServices, channel: str) -> None:
        self._services = services
        self._channel = channel

    def known(self, identities: Sequence[str]) -> set[str]:
        keys = {self._key(identity): identity for identity in identities}
        with self._services.store.read() as tx:
            return {keys[key] for key in idempotency.answered(tx, keys)}

    def note(self, identity: str) -> None:
        with self._services.store.begin() as tx:
            idempotency.keep(tx, {self._key(identity): Answer(200, "left")}, self._services.clock())

    def _key(self, identity: str) -> RequestKey:
        return RequestKey("left", sha256(f"{self._channel}\n{identity}".encode()).hexdigest(), "")


def transport_of(services: HubServices, channel: str, settings: Polled) -> Transport:
    """``channel`` is the channel's id."""
    return _TRANSPORTS[type(settings)](services, settings, StoredLedger(services, channel))


def sender_of(services: HubServices, settings: ChannelSettings) -> Sender:
    return _SENDERS[type(settings)](services, settings)


def _folder(services: HubServices, settings: FolderSettings, ledger: Ledger) -> Transport:
    assert settings.inbound is not None, "it is polled"
    return FolderTransport(
        services.folder_root,
        settings.inbound,
        settings.archive,
        settings.patterns,
        whole=_whole(settings),
        patience=settings.incomplete_wait_seconds,
    )


def _folder_sender(services: HubServices, settings: FolderSettings) -> Sender:
    assert settings.outbound is not None, "it sends"
    return FolderSender(services.folder_root, settings.outbound, settings.timeout_seconds)


def _sftp(services: HubServices, settings: SftpSettings, ledger: Ledger) -> Transport:
    from channels.sftp.client.transport import SftpTransport  # here: it loads paramiko, which takes a while

    return SftpTransport(settings, _connect(services), services.accounts, ledger, whole=_whole(settings))


def _sftp_sender(services: HubServices, settings: SftpSettings) -> Sender:
    from channels.sftp.client.sender import SftpSender  # here: as above

    return SftpSender(settings, _connect(services), services.accounts)


def _rest(services: HubServices, settings: RestSettings, ledger: Ledger) -> Transport:
    assert settings.inbound is not None, "it is polled"
    return RestTransport(settings.inbound, _client(services, settings), ledger)


def _rest_sender(services: HubServices, settings: RestSettings) -> Sender:
    assert settings.outbound is not None, "it sends"
    outbound = settings.outbound
    return HttpSender(_client(services, settings), outbound.url, method=outbound.method, success=outbound.success)


def _client(services: HubServices, settings: RestSettings) -> HttpClient:
    return HttpClient(
        settings,
        lambda: services.settings.networks_of_partners,
        services.clock,
        timeout=settings.timeout_seconds,
        accounts=services.accounts,
    )


def _connect(services: HubServices) -> Callable[[str, int, float], socket]:
    """Connects within the networks that are allowed at that moment."""
    return lambda host, port, timeout: services.settings.networks_of_partners.connect(host, port, timeout)


_TRANSPORTS: Mapping[type[Polled], Callable[[HubServices, Any, Ledger], Transport]] = {
    FolderSettings: _folder,
    SftpSettings: _sftp,
    RestSettings: _rest,
}
_SENDERS: Mapping[type[ChannelSettings], Callable[[HubServices, Any], Sender]] = {
    FolderSettings: _folder_sender,
    SftpSettings: _sftp_sender,
    RestSettings: _rest_sender,
    ApiSettings: lambda services, settings: Offering(final=True),
    MailboxSettings: lambda services, settings: Offering(final=True),
    PortalSettings: lambda services, settings: Offering(final=True),
}


def _whole(settings: PolledFiles) -> Callable[[bytes, bytes], bool]:
    return _WHOLE.get(settings.codec, lambda start, end: True)


def _x12_ends(start: bytes, end: bytes) -> bool:
    """Whether a file that begins as X12 ends as X12, perhaps with padding behind it; what is none is whole as it is."""
    x12 = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ISA")
    return not x12 or b"IEA" in end or not end.strip(b" \t\r\n\0\x1a")


def _json_ends(start: bytes, end: bytes) -> bool:
    last = end.rstrip(b" \t\r\n")
    return not last or last.endswith((b"}", b"]"))


_WHOLE = {Codec.X12: _x12_ends, Codec.JSON: _json_ends}
"""Of forms that show it: whether a file with these first and last bytes may be whole."""
