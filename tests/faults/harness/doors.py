"""Senders, one for each door of the hub: each hands its messages in, in their order, until every one is taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import aiohttp
import asyncssh
import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from hub.control import client as control
from samples.partner_side import Folder
from tests.faults.harness.history import History, Kind
from tests.faults.harness.messages import Message
from tests.partner_api import PartnerApi

PAUSE = 0.05
ANSWER_SECONDS = 30.0

STREAM, DURABLE = "VAN", "hub"
"""What a gateway publishes to, and the consumer of it."""


class Door:
    """What senders have in common. ``name`` is that of the door in the history."""

    name = ""

    def __init__(self, history: History) -> None:
        self._history = history
        self._waiting: deque[Message] = deque()
        self._busy = False

    def hand_in(self, messages: Iterable[Message]) -> None:
        self._waiting.extend(messages)

    @property
    def idle(self) -> bool:
        """Whether the hub has taken responsibility for all that was to be handed in."""
        return not self._waiting and not self._busy

    @property
    def left(self) -> int:
        """Messages that wait to be handed in."""
        return len(self._waiting)

    async def run(self) -> None:
        while True:
            if not self._waiting:
                await asyncio.sleep(PAUSE)
                continue
            self._busy = True
            message = self._waiting.popleft()
            while not await self._once(message):
                await asyncio.sleep(PAUSE)
            self._busy = False

    async def _once(self, message: Message) -> bool:
        """One attempt; whether it was taken."""
        raise NotImplementedError

    def _note(self, kind: Kind, message: Message, id: str = "", told: str = "") -> None:
        self._history.note(kind, self.name, message, id, told)


class HttpDoor(Door):
    """Posts with one Idempotency-Key for each message, on every attempt. ``url`` gives the node's, None while none
    runs."""

    def __init__(
        self, history: History, name: str, path: str, content_type: str, key: str, url: Callable[[], str | None]
    ) -> None:
        super().__init__(history)
        self.name = name
        self._path = path
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": content_type}

    async def _once(self, message: Message) -> bool:
        url = self._url()
        if url is None:
            return False
        headers = self._headers | {"Idempotency-Key": message.name}
        self._note(Kind.INVOKE, message)
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url + self._path, data=message.body, headers=headers) as answer,
            ):
                if answer.status == 202:
                    self._note(Kind.OK, message, (await answer.json())["id"])
                    return True
                told, patience = await answer.text(), answer.headers.get("Retry-After", "")
                self._note(Kind.FAIL, message, told=f"{answer.status} Retry-After: {patience} {told[:300]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._note(Kind.UNKNOWN, message, told=f"{type(error).__name__} {error}")
        return False


class ControlDoor(Door):
    """``hub ingest`` without its start-up: the same calls to the node's control socket. A person whose command broke
    off looks and, not finding it, ingests the file again; here it is always ingested again."""

    name = "control"

    def __init__(self, history: History, data: Path) -> None:
        super().__init__(history)
        self._socket = data / control.SOCKET

    async def _once(self, message: Message) -> bool:
        given = {"file_name": f"{message.name}.edi", "actor": "operator:test"}
        self._note(Kind.INVOKE, message)
        try:
            answer = await asyncio.to_thread(control.send, self._socket, BytesIO(message.body), given)
        except control.NobodyListens as error:
            self._note(Kind.FAIL, message, told=str(error))
        except control.NotTaken as error:
            self._note(Kind.UNKNOWN, message, told=str(error))
        else:
            self._note(Kind.OK, message, answer["id"])
            return True
        return False


class MailboxDoor(Door):
    """Puts each message into a mailbox in a session of its own, every other one under a temporary name. One whose
    session broke off is put again: whether it had arrived its sender cannot know."""

    name = "mailbox"

    def __init__(self, history: History, port: int, user: str, key: Path, url: Callable[[], str | None]) -> None:
        super().__init__(history)
        self._port = port
        self._sign_in = {"username": user, "client_keys": [str(key)], "known_hosts": None, "config": None}
        self._url = url
        self._count = 0

    async def _once(self, message: Message) -> bool:
        if self._url() is None:
            return False
        self._count += 1
        self._note(Kind.INVOKE, message)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = await asyncssh.connect("127.0.0.1", self._port, **self._sign_in)  # type: ignore[arg-type]
                async with connection, connection.start_sftp_client() as client:
                    await self._put(client, f"/in/{message.name}.edi", message.body)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            self._note(Kind.UNKNOWN, message, told=f"{type(error).__name__} {error}")
            return False
        self._note(Kind.OK, message)
        return True

    async def _put(self, client: asyncssh.SFTPClient, path: str, body: bytes) -> None:
        temporary = f"{path}.part" if self._count % 2 else path
        async with client.open(temporary, "wb") as file:
            await file.write(body)
        if temporary != path:
            await client.rename(temporary, path)
        await client.realpath("/")  # asyncssh's close passes for done when the connection was gone before it was sent


class LyingDoor(Door):
    """Where messages lie until the hub fetches them: what is gone was taken."""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._lying: dict[str, Message] = {}

    @property
    def idle(self) -> bool:
        self._look()
        return super().idle and not self._lying

    def _lies(self) -> set[str]:
        """The names of what lies there."""
        raise NotImplementedError

    def _look(self) -> None:
        left = self._lies()
        for name in [name for name in self._lying if name not in left]:
            self._note(Kind.OK, self._lying.pop(name))


class FolderDoor(LyingDoor):
    """Puts files whole, in their order."""

    def __init__(self, history: History, name: str, folder: Folder) -> None:
        super().__init__(history)
        self.name = name
        self._folder = folder

    def _lies(self) -> set[str]:
        return {path.name for path in (self._folder.root / "in").iterdir()}

    async def _once(self, message: Message) -> bool:
        name = f"{message.group:07}.edi"
        self._note(Kind.INVOKE, message)
        try:
            self._folder.put(name, message.body)
        except OSError as error:  # the sender's own trouble: it is full where the hub's disk is
            self._note(Kind.FAIL, message, told=str(error))
            return False
        self._lying[name] = message
        self._look()
        return True


class ApiDoor(LyingDoor):
    """Has each message in an API that the hub polls, and deletes from."""

    def __init__(self, history: History, name: str, api: PartnerApi) -> None:
        super().__init__(history)
        self.name = name
        self._api = api

    def _lies(self) -> set[str]:
        return set(self._api.messages)

    async def _once(self, message: Message) -> bool:
        self._note(Kind.INVOKE, message)
        self._lying[self._api.put(f"{message.group:07}.edi", message.body)] = message
        return True


class StreamDoor(Door):
    """A gateway that publishes to NATS, each message under its own id; one is taken when it is acknowledged."""

    name = "stream"

    def __init__(self, history: History, url: str) -> None:
        super().__init__(history)
        self._url = url
        self._client: Client | None = None

    async def _once(self, message: Message) -> bool:
        if self._client is None:
            self._client = await nats.connect(self._url)
            await self._client.jetstream().add_stream(name=STREAM, subjects=["van.>"])
        self._note(Kind.INVOKE, message)
        stream = self._client.jetstream()
        headers = {"Nats-Msg-Id": message.name, "Content-Type": "application/edi-x12"}
        placed = await stream.publish("van.x12", message.body, headers=headers)
        while await self._acknowledged(stream) < placed.seq:
            await asyncio.sleep(PAUSE)
        self._note(Kind.OK, message)
        return True

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _acknowledged(self, stream: JetStreamContext) -> int:
        """Up to which place every message is; nothing before a node has made the consumer."""
        try:
            floor = (await stream.consumer_info(STREAM, DURABLE)).ack_floor
        except NotFoundError:
            return 0
        return floor.stream_seq if floor is not None else 0
