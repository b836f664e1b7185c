"""The relay: sealed events to NATS JetStream, in the order of the feed, each once by its message id.

One node relays, as the timer's claim says, and notes how far it came only after the server stored it. What was stored
and not noted, because the answer or the node was lost, the stream itself tells when it is opened again.
"""

from __future__ import annotations

import asyncio
from functools import partial

from channels.errors import ChannelError, TransientError
from channels.jetstream.publisher import Held, Publisher
from channels.jetstream.settings import NatsSettings, RelaySettings
from hub.events.cloud import CONTENT_TYPE, text_of
from hub.events.feed import STREAM, Page, Told, page
from hub.events.subjects import subject_of
from hub.node.claims import call
from hub.node.streams import TURN_SECONDS, Patience
from hub.observe.watch import Phase
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.errors import StaleLease
from hub.store.schema.records import Timer
from hub.store.trail import events

BATCH = 200
"""Events after which it is noted how far it came."""


class Relay:
    """This node's connection to the stream, which it keeps between turns."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._patience = Patience(services, "relay", "relay", "Events are not relayed to NATS")
        self._publisher: Publisher | None = None
        self._settings: NatsSettings | None = None
        self._noted = -1

    async def relay(self, timer: Timer) -> bool:
        """Relays what was sealed; what remains after a turn is relayed by the next. False when the claim was lost."""
        nats = self._services.settings.nats
        if nats is None or nats.relay is None or self._patience.waits:
            return True
        try:
            await self._turn(timer, nats, nats.relay)
        except ChannelError as error:
            await self.close()
            await self._patience.failed(error)
        except StaleLease:
            await self.close()
            return False
        except BaseException:
            await self.close()
            raise
        return True

    async def close(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()

    async def _turn(self, timer: Timer, nats: NatsSettings, relay: RelaySettings) -> None:
        loop = asyncio.get_running_loop()
        until, after = loop.time() + TURN_SECONDS, int((timer.payload or {}).get("after", 0))
        publisher, after = await self._opened(nats, relay, after)
        while True:
            found = await call(self._services, partial(self._read, after))
            for told in found.told:
                await self._publish(publisher, relay, told)
            if found.reached != after or found.reached != self._noted:
                await call(self._services, partial(self._note, timer, found.reached))
                self._noted = after = found.reached
            await self._patience.succeeded()
            if not found.more or loop.time() > until or self._services.watch.phase is Phase.STOPPING:
                return

    async def _opened(self, nats: NatsSettings, relay: RelaySettings, noted: int) -> tuple[Publisher, int]:
        """The publisher, and the position behind which it goes on. Another node may have relayed meanwhile."""
        if self._publisher is not None and self._settings == nats and self._noted == noted:
            return self._publisher, noted
        await self.close()
        self._publisher, self._settings, self._noted = Publisher(nats, relay), nats, -1
        held = await self._publisher.open()
        return self._publisher, await call(self._services, partial(self._goes_on_behind, held, noted))

    def _goes_on_behind(self, held: Held, noted: int) -> int:
        """What the stream has counts, whatever was noted: it may have more, and one that was set back, or made anew,
        gets again what it lost. One that is ahead of the feed is of before this hub was restored."""
        if held.newest is None:
            return 0 if held.fresh else noted
        kind, _, number = held.newest.rpartition("-")
        if kind != "event" or not number.isdecimal():
            raise TransientError(f"the stream has a message {held.newest[:80]} that is not the hub's: it needs its own")
        with self._services.store.read() as tx:
            return int(number) if int(number) <= events.newest(tx) else noted

    async def _publish(self, publisher: Publisher, relay: RelaySettings, told: Told) -> None:
        body = text_of(told.cloud).encode()
        if len(body) > publisher.largest:
            whole = f"/v1/events?after={told.position - 1}&limit=1"
            body = text_of(
                {name: one for name, one in told.cloud.items() if name != "data"} | {"dataref": whole}
            ).encode()
        subject = subject_of(relay.subject_prefix, told.event.kind, told.event.partner, told.key)
        await publisher.publish(subject, str(told.cloud["id"]), body, {"Content-Type": CONTENT_TYPE})
        self._services.metrics.relayed()

    def _read(self, after: int) -> Page:
        public_url = self._services.settings.web.public_url
        with self._services.store.read() as tx:
            return page(tx, STREAM, after, BATCH, public_url)

    def _note(self, timer: Timer, reached: int) -> None:
        with self._services.store.begin() as tx:
            timers.note(tx, timer, {"after": reached})
