"""Our SFTP server on a real port over a real store, with a partner's key: what clients of every kind sign in to."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import asyncssh
import paramiko

from channels.sftp.server.host_keys import own_keys
from channels.sftp.server.settings import HOST_KEY_FOLDER
from hub.mailboxes.door import serve_mailboxes
from hub.store.configuration import configurations
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub

T = TypeVar("T")

CHANNEL = "acme/mailbox"
DOOR = "sftp: {{port: 0, {more}}}\n"


def mailbox_profile(keys: str, partner: str = "acme", user: str = "acme", more: str = "") -> str:
    """The usual supplier, with a mailbox beside its folder, from which its own documents are sent to it."""
    before, after = profile(partner, partner.upper()).split("channels: [", 1)
    mailbox = f"{{name: mailbox, kind: mailbox, user: {user}, keys: [{keys}]{more}}}"
    outbound = "{type: purchase_order, direction: outbound, channel: "
    return f"{before}channels: [{mailbox}, {after}".replace(f"{outbound}files", f"{outbound}mailbox")


def apply(store: Store, settings: str, *profiles: str) -> None:
    """Applies hub.yaml and profiles in a store that no node has open."""
    now = datetime.now(UTC)
    with store.begin() as tx:
        configurations.apply(tx, "hub", "hub", settings, "test", now)
        for text in profiles:
            key = text.split("partner: ", 1)[1].split("\n", 1)[0]
            configurations.apply(tx, "partner", key, text, "test", now)


@dataclass
class Door:
    """A running server. ``folder`` holds the key of the partner as ``key`` and ``key.pub``. ``stop`` stops it as a node
    does at its end."""

    hub: SteppedHub
    folder: Path
    port: int
    stop: Callable[[], None] = field(repr=False)

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def public_key(self) -> str:
        return self.key.with_suffix(".pub").read_text().strip()

    def taken(self) -> list[Transmission]:
        """What has come in, in its order."""
        with self.hub.store.read() as tx:
            return [one for one in transmissions.page(tx, 0, 100_000) if one.direction == "in"]

    def names(self) -> list[str]:
        return [one.transport_id for one in self.taken()]

    def body(self, one: Transmission) -> bytes:
        return transmissions.body(self.hub.store, one)

    def apply(
        self, more: str = "", *, keys: str | None = None, change: Callable[[str], str] = lambda text: text
    ) -> None:
        """Applies the partner's profile anew, and hub.yaml."""
        shown = f'"{self.public_key}"' if keys is None else keys
        self.hub.apply(change(mailbox_profile(shown, more=more)), settings=SETTINGS + DOOR.format(more=""))

    @contextmanager
    def transport(self, user: str = "acme", password: str | None = None) -> Iterator[paramiko.Transport]:
        """paramiko's, signed in; with the partner's key unless a password is given."""
        opened = transport_to(self.port)
        try:
            key = None if password is not None else paramiko.Ed25519Key.from_private_key_file(str(self.key))
            opened.connect(username=user, password=password, pkey=key)
            yield opened
        finally:
            opened.close()

    @contextmanager
    def paramiko(self, user: str = "acme", password: str | None = None) -> Iterator[paramiko.SFTPClient]:
        with self.transport(user, password) as transport:
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            yield client

    async def connect(self, **given: object) -> asyncssh.SSHClientConnection:
        """asyncssh's, signed in with the partner's key unless said otherwise."""
        options = {"username": "acme", "client_keys": [str(self.key)], "known_hosts": None, "config": None} | given
        return await asyncssh.connect("127.0.0.1", self.port, **options)  # type: ignore[arg-type]


def transport_to(port: int) -> paramiko.Transport:
    """paramiko's, not signed in, on a socket that sends at once as OpenSSH's does: paramiko's own would hold the end of
    each block back until its beginning is acknowledged, which takes 40 ms."""
    connected = socket.create_connection(("127.0.0.1", port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return paramiko.Transport(connected)


def make_key(path: Path, *arguments: str) -> str:
    """A key pair of OpenSSH's; returns the public line."""
    command = ["ssh-keygen", "-q", "-N", "", "-C", "partner", "-f", str(path), *(arguments or ("-t", "ed25519"))]
    subprocess.run(command, check=True)
    return path.with_suffix(".pub").read_text().strip()


@contextmanager
def running_door(store: Store, folder: Path, *, settings: str = "", more: str = "") -> Iterator[Door]:
    """``settings`` of ``sftp:`` in hub.yaml and ``more`` of the mailbox, both as YAML in braces have them."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "key").exists():
        make_key(folder / "key")
        shutil.copytree(_host_keys(), folder / "data" / HOST_KEY_FOLDER)
    public = (folder / "key.pub").read_text().strip()
    with stepped_hub(store, folder) as hub:
        hub.apply(mailbox_profile(f'"{public}"', more=more), settings=SETTINGS + DOOR.format(more=settings))
        with _in_a_loop() as call:
            stack = AsyncExitStack()
            call(stack.enter_async_context(serve_mailboxes(hub.services, 5.0)))
            port = int(hub.services.watch.listening["sftp"].rsplit(" ", 1)[1])
            try:
                yield Door(hub, folder, port, lambda: call(stack.aclose()))
            finally:
                call(stack.aclose())


@cache
def _host_keys() -> Path:
    """Made once for all tests of a process: an RSA key takes a while."""
    made = Path(tempfile.mkdtemp(prefix="hub-host-keys-"))
    atexit.register(shutil.rmtree, made)
    own_keys(made)
    return made / HOST_KEY_FOLDER


@contextmanager
def _in_a_loop() -> Iterator[Callable[[Awaitable[T]], T]]:
    """An event loop in a thread of its own, so that clients that block may be used beside it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="door")
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(60)  # type: ignore[arg-type]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
