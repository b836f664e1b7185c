"""Documents that come by NATS JetStream: acknowledged only once bytes and row are on disk (promise 1).

Whose a message is, the consumer's entry in hub.yaml says and nothing in the message. One that is handed out again, or
published twice under one id, is told what the first was told. One that is refused leaves a row with the reason, and is
not handed out again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from functools import partial
from hashlib import sha256

from channels.errors import ChannelError
from channels.jetstream.consumer import Consumer, Message
from channels.jetstream.settings import ConsumerSettings, NatsSettings
from hub.desk.desk import Accepted, Desk, Repeatable
from hub.entry.forms import FORMS
from hub.entry.intake import NoRoom
from hub.errors import NotAllowed, OperationRefused
from hub.node.claims import call, node_name
from hub.node.streams import TURN_SECONDS, Patience
from hub.observe.watch import Phase
from hub.principal import Principal
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.errors import StoreUnavailable
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.store.trail import refusals
from hub.submission.refusal import Refused
from hub.timers import CONSUME

AT_ONCE = 50
"""Messages that are asked for together."""

WAIT_SECONDS = 1.0
"""How long it is waited for one."""

DOCUMENT_LIMIT = 1_000_000
"""Bytes of a canonical document, as by the API."""

TRIES = 5
"""How often a message is handed out over which the hub itself fails."""

_DOCUMENT = "application/json"
_TAKEN, _REFUSED = 202, 422

log = logging.getLogger(__name__)


class Consumers:
    """The streams that hub.yaml names. Each is read by one node at a time, so that its order is kept."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._open: dict[str, tuple[NatsSettings, Consumer]] = {}
        self._patience: dict[str, Patience] = {}

    async def consume(self, name: str) -> bool:
        """Takes what comes for a while. What cannot be taken now stays in the stream."""
        nats = self._services.settings.nats
        wanted = next((one for one in nats.consumers if one.name == name), None) if nats else None
        says = f"Documents of the stream {name} are not taken"
        patience = self._patience.setdefault(name, Patience(self._services, "consumer", f"consumer:{name}", says))
        if nats is None or wanted is None or patience.waits:
            return True
        try:
            await self._turn(nats, wanted, patience)
        except ChannelError as error:
            await self._close(name)
            await patience.failed(error)
        except BaseException:
            await self._close(name)
            raise
        return True

    async def close(self) -> None:
        for name in list(self._open):
            await self._close(name)

    async def _close(self, name: str) -> None:
        if (opened := self._open.pop(name, None)) is not None:
            await opened[1].close()

    async def _turn(self, nats: NatsSettings, wanted: ConsumerSettings, patience: Patience) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + TURN_SECONDS
        consumer = await self._opened(nats, wanted)
        door = StreamDoor(self._services, wanted)
        while loop.time() < until and self._services.watch.phase is not Phase.STOPPING:
            messages = await consumer.fetch(AT_ONCE, WAIT_SECONDS)
            await patience.succeeded()
            if messages and not await call(self._services, partial(self._is_ours, wanted.name)):
                for message in messages:
                    await message.again()
                return
            if not await self._take(consumer, door, wanted, messages):
                return

    def _is_ours(self, name: str) -> bool:
        """Whether this node still has the claim: one that slept leaves to the other what it fetched meanwhile."""
        with self._services.store.read() as tx:
            timer = timers.get(tx, CONSUME, name)
        return timer is None or timer.lease_owner in (None, node_name(self._services.data_dir))

    async def _opened(self, nats: NatsSettings, wanted: ConsumerSettings) -> Consumer:
        settings, consumer = self._open.get(wanted.name, (None, None))
        if consumer is not None and settings == nats:
            return consumer
        await self._close(wanted.name)
        consumer = Consumer(nats, wanted)
        self._open[wanted.name] = nats, consumer
        return consumer

    async def _take(
        self, consumer: Consumer, door: StreamDoor, wanted: ConsumerSettings, messages: Sequence[Message]
    ) -> bool:
        """In their order; from the first that cannot be taken now on all are given back, and False."""
        for place, message in enumerate(messages):
            try:
                answer = await call(self._services, partial(door.take, message))
            except (NoRoom, StoreUnavailable) as error:
                log.warning("the stream %s waits: %s", wanted.name, error)
                for left in messages[place:]:
                    await left.again()
                await asyncio.sleep(WAIT_SECONDS)
                return False
            if answer.status == _TAKEN:
                await message.confirm()
            else:
                await message.refuse(answer.text)
            if wanted.answers is not None:
                told = {"message": message.id, "status": answer.status, "detail": answer.text}
                await consumer.answer(wanted.answers, json.dumps(told).encode())
        return True


class StreamDoor:
    """What becomes of one message. Blocking."""

    def __init__(self, services: HubServices, wanted: ConsumerSettings) -> None:
        self._services = services
        self._wanted = wanted
        self._principal = (
            Principal("system", wanted.system) if wanted.system else Principal("gateway", wanted.gateway or "")
        )
        self._desk = Desk(services, self._principal)

    def take(self, message: Message) -> Answer:
        """202 with the transmission's id once it is on disk, 422 with the reason once that is. Raises NoRoom and
        StoreUnavailable: then nothing was taken."""
        intake, scope, size = self._services.intake, str(self._principal), len(message.body)
        intake.look(scope, size)
        try:
            with intake.room(scope, size):
                found = self._accept(message)
        except Refused as refusal:  # its row is written
            found = Answer(_REFUSED, str(refusal))
        except (NotAllowed, OperationRefused, Mismatch) as error:
            found = self._refuse(message, str(error))
        except (NoRoom, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("a message could not be taken", extra={"message_id": message.id})
            if message.delivery < TRIES:
                raise StoreUnavailable("the hub failed on a message, which is handed out again") from error
            found = self._refuse(message, "The hub failed on this message again and again; its log says why.")
        answer = found if isinstance(found, Answer) else _answer(found)
        door = f"{self._principal.kind}/{self._principal.subject}"
        self._services.metrics.intake(door, "received" if answer.status == _TAKEN else "refused")
        return answer

    def _accept(self, message: Message) -> Accepted | Answer:
        if not message.body:
            return self._refuse(message, "The message is empty.")
        forms = FORMS.get(message.content_type)
        if forms is None:
            return self._refuse(message, f"Content-Type {message.content_type[:80]} is not taken.")
        once = self._repeatable(message)
        if message.content_type != _DOCUMENT:
            return self._desk.accept(message.body, message.file_name or message.id, once, forms)
        if len(message.body) > DOCUMENT_LIMIT:
            return self._refuse(message, f"A canonical document has at most {DOCUMENT_LIMIT:,} bytes.")
        return self._desk.accept_document(message.body, message.id, once)

    def _repeatable(self, message: Message) -> Repeatable:
        """The same id brings the same content, or is refused."""
        told = f"{message.content_type}\n{sha256(message.body).hexdigest()}"
        name = sha256(f"{self._wanted.name}\n{message.id}".encode()).hexdigest()
        key = RequestKey("stream", name, sha256(told.encode()).hexdigest())
        return Repeatable(key, accepted=_answer, refused=lambda refusal: Answer(_REFUSED, str(refusal)))

    def _refuse(self, message: Message, reason: str) -> Answer:
        digest, size = sha256(message.body).hexdigest(), len(message.body)
        now = self._services.clock()
        with self._services.store.begin() as tx:
            subject = str(self._principal)
            refusals.record(tx, subject=subject, sha256=digest, size=size, reason=f"{message.id}: {reason}", now=now)
        return Answer(_REFUSED, reason)


def _answer(accepted: Accepted) -> Answer:
    if accepted.refused:
        return Answer(_REFUSED, f"The same bytes were received before, as {accepted.duplicate_of}.")
    return Answer(_TAKEN, accepted.first.id if accepted.first else accepted.transmission_id)
