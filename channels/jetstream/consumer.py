"""A durable pull consumer: messages are handed out until each is answered for, in the order of the stream."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from channels.errors import TransientError
from channels.jetstream.connection import ANSWER_SECONDS, MESSAGE_ID, close, connect, translated
from channels.jetstream.settings import ConsumerSettings, NatsSettings

LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``id`` is its sender's own name for it, else its place in the stream; ``delivery`` counts how often
    it was handed out."""

    id: str
    body: bytes
    content_type: str
    file_name: str
    delivery: int
    _settings: NatsSettings
    _client: Client
    _message: Msg

    async def confirm(self) -> None:
        """It is on disk here; the server has heard so when this returns."""
        with translated(self._settings):
            await self._message.ack_sync(timeout=ANSWER_SECONDS)

    async def again(self) -> None:
        """It is handed out once more, before what comes behind it."""
        with translated(self._settings):
            await self._message.nak()

    async def refuse(self, reason: str) -> None:
        """It is never handed out again; the server tells so, with the reason, as an advisory."""
        said = b"+TERM " + reason.encode("ascii", "replace")[:200]
        with translated(self._settings):
            await self._client.request(self._message.reply, said, timeout=ANSWER_SECONDS)


class Consumer:
    """One consumer, made where it is not there. Any error ends its connection: then it is opened again."""

    def __init__(self, settings: NatsSettings, consumer: ConsumerSettings) -> None:
        self._settings = settings
        self._consumer = consumer
        self._opened: tuple[Client, JetStreamContext.PullSubscription] | None = None
        self._wait_until = 0.0

    async def fetch(self, limit: int, seconds: float) -> Sequence[Message]:
        """At most ``limit``, none when none come in ``seconds``. Raises TransientError and CredentialError."""
        loop = asyncio.get_running_loop()
        client, pull = self._opened or await self._open()
        if loop.time() < self._wait_until:
            await asyncio.sleep(min(seconds, self._wait_until - loop.time()))
            return ()
        with translated(self._settings):
            try:
                found = await pull.fetch(limit, timeout=seconds)
            except TimeoutError:
                if not client.is_connected:
                    raise
                found = []
        return [self._read(client, message) for message in found]

    async def answer(self, subject: str, body: bytes) -> None:
        """Tells something beside the acknowledgment."""
        if self._opened is None:
            raise TransientError("the consumer is not open")
        with translated(self._settings):
            await self._opened[0].publish(subject, body)

    async def close(self) -> None:
        opened, self._opened = self._opened, None
        await close(opened[0] if opened else None)

    async def _open(self) -> tuple[Client, JetStreamContext.PullSubscription]:
        """What a killed node was handed and never answered for comes again only after its time: newer messages wait
        for it, so that nothing is overtaken."""
        client, wanted = await connect(self._settings), self._consumer
        with translated(self._settings):
            stream = client.jetstream(timeout=ANSWER_SECONDS)
            pull = await stream.pull_subscribe(
                wanted.subject or "",
                durable=wanted.durable,
                stream=wanted.stream,
                config=ConsumerConfig(
                    ack_policy=AckPolicy.EXPLICIT,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_wait=wanted.ack_wait_seconds,
                    filter_subject=wanted.subject,
                ),
            )
            known = await pull.consumer_info()
        if known.num_ack_pending:
            wait = known.config.ack_wait or wanted.ack_wait_seconds
            self._wait_until = asyncio.get_running_loop().time() + wait
        self._opened = client, pull
        return self._opened

    def _read(self, client: Client, message: Msg) -> Message:
        headers, place = message.headers or {}, message.metadata
        own = headers.get(MESSAGE_ID, "") or f"{place.stream}:{place.sequence.stream}"
        if len(own) > LONGEST_ID:
            own = hashlib.sha256(own.encode()).hexdigest()
        return Message(
            own,
            message.data,
            headers.get("Content-Type", "application/json").partition(";")[0].strip().lower(),
            headers.get("File-Name", "")[:LONGEST_ID],
            place.num_delivered or 1,
            self._settings,
            client,
            message,
        )
