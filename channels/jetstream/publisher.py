"""Publishing to a stream of our own: each message stored before the next is sent, and none twice.

The server is told, with each message, which sequence number must be the stream's last: a publisher that was overtaken
by another is refused, whatever it missed. After every trouble the stream itself is asked what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nats.aio.client import Client
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from channels.errors import TransientError
from channels.jetstream.connection import ANSWER_SECONDS, MESSAGE_ID, close, connect, translated
from channels.jetstream.settings import NatsSettings, RelaySettings

_OVERHEAD = 8192
"""Bytes of a message that its headers may take, at most."""


class Held(NamedTuple):
    """What the stream has: the id of its newest message, None where it has none; ``fresh`` when it never had any."""

    newest: str | None
    fresh: bool


class Publisher:
    """One connection to the stream. Any error ends it: then another is opened."""

    def __init__(self, settings: NatsSettings, relay: RelaySettings) -> None:
        self._settings = settings
        self._relay = relay
        self._client: Client | None = None
        self._last = 0

    async def open(self) -> Held:
        """Raises TransientError and CredentialError."""
        self._client = await connect(self._settings)
        with translated(self._settings):
            stream = self._client.jetstream(timeout=ANSWER_SECONDS)
            try:
                state = (await stream.stream_info(self._relay.stream)).state
            except NotFoundError:
                state = (await stream.add_stream(_config(self._relay))).state
            self._last = state.last_seq
            if not state.messages:
                return Held(None, state.last_seq == 0)
            try:
                newest = await stream.get_last_msg(self._relay.stream, f"{self._relay.subject_prefix}.>")
            except NotFoundError:
                return Held(None, False)
            return Held((newest.headers or {}).get(MESSAGE_ID, ""), False)

    @property
    def largest(self) -> int:
        """Bytes of a message that the server takes."""
        return self._client.max_payload - _OVERHEAD if self._client is not None else 0

    async def publish(self, subject: str, id: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Returns when the server has stored it. Raises TransientError and CredentialError: then it may have, too."""
        if self._client is None:
            raise TransientError("the stream is not open")
        told = {**headers, MESSAGE_ID: id, "Nats-Expected-Last-Sequence": str(self._last)}
        with translated(self._settings):
            stream = self._client.jetstream(timeout=ANSWER_SECONDS)
            taken = await stream.publish(subject, body, stream=self._relay.stream, headers=told)
        if taken.duplicate:
            raise TransientError(f"the stream had {id} already")
        self._last = taken.seq

    async def close(self) -> None:
        client, self._client = self._client, None
        await close(client)


def _config(relay: RelaySettings) -> StreamConfig:
    return StreamConfig(
        name=relay.stream,
        subjects=[f"{relay.subject_prefix}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
    )
