"""The way out of a hub, step by step, to an ERP that does what it should not: real HTTP, real store, a clock that the
test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from canonical.document import Document, canonical_hash, to_json
from channels.errors import ChannelError
from hub.node.dispatch import Dispatch
from hub.node.senders import Senders
from hub.pipeline.compose import compose_due
from hub.pipeline.deliver import Attempts
from hub.services import HubServices
from hub.store.configuration import configurations
from hub.store.schema.records import StoredAttempt, StoredDelivery, Transmission, WorkItem
from hub.store.store import Store
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import work_items
from tests.builders import make_purchase_order, make_purchase_order_change
from tests.integration.store.rows_for_tests import arrival
from tests.integration.web.running_hub import Clock

OK = b'{"status":"ok"}'


@dataclass
class Request:
    """One attempt as it came in."""

    key: str
    body: bytes
    at: datetime


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes = OK, **headers: str) -> Behaviour:
    """A well-formed answer; ``headers`` with ``_`` for ``-``. The first one under a key with 2xx takes effect."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return behave


def raw(text: bytes, *, then_hang: bool = False) -> Behaviour:
    """Bytes of any kind instead of an answer; then the connection is closed, or nothing more comes."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()
        if then_hang:
            await asyncio.sleep(3600)

    return behave


hang = raw(b"", then_hang=True)
drop = raw(b"")


@dataclass
class BadErp:
    """Plays ``script`` request by request, then what ``plan`` has for the instant, else answers 200. ``commits`` says
    whether requests take effect that are not answered so; ``effects`` has what an idempotent receiver did, in order."""

    clock: Clock
    script: list[Behaviour] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    effects: dict[str, bytes] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    """Paths that were asked by GET; ``told`` is what they are answered, one after the other."""
    told: list[bytes] = field(default_factory=list)
    commits: bool = False
    plan: Callable[[datetime], Behaviour | None] = lambda instant: None
    port: int = 0
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/documents"

    def numbers(self) -> list[str]:
        """What took effect, as type and number, in order."""
        documents = [json.loads(body)["document"] for body in self.effects.values()]
        return [f"{one['type']} {one['purchase_order_number']}" for one in documents]

    def hang_up(self) -> None:
        """Breaks off whatever is not answered yet."""
        for task in self._serving:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            headers = {name: value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            if head[0].startswith("get "):
                self.questions.append(head[0].split(" ")[1])
                await answer(200, self.told.pop(0) if self.told else b"{}")(Request("", b"", self.clock()), writer)
                return
            body = await reader.readexactly(int(headers["content-length"]))
            request = Request(headers["idempotency-key"], body, self.clock())
            self.requests.append(request)
            behave = self.script.pop(0) if self.script else self.plan(request.at)
            if behave is None or self.commits:
                self.effects.setdefault(request.key, body)
            await (behave or answer(200))(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[BadErp]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.hang_up()


class Outbound:
    """Composes, claims and attempts what is due when the test says so."""

    def __init__(self, services: HubServices, clock: Clock) -> None:
        self.services, self.clock, self.store = services, clock, services.store
        self.dispatch = Dispatch(services, "node-1")
        self.carried = Attempts(services)
        self.senders = Senders(services)
        self.following: datetime | None = None

    def configure(self, text: str) -> None:
        with self.store.begin() as tx:
            configurations.apply(tx, "hub", "hub", text, "test", self.clock())
        self.services.configuration_changed()

    def order(self, number: str = "PO-1", target: str = "erp", *, change: bool = False) -> StoredDelivery:
        """An order of a customer, or a change of it, that goes to a target."""
        made = make_purchase_order_change if change else make_purchase_order
        return self.document(made(purchase_order_number=number), target)

    def document(self, document: Document, target: str) -> StoredDelivery:
        with self.store.begin() as tx:
            came_with = arrival(tx, now=self.clock())
            stored = documents.record(
                tx,
                transmission_id=came_with.id,
                partner="acme",
                direction="inbound",
                type=document.type,
                usage_indicator="P",
                verdict="accepted",
                status="routed",
                canonical=to_json(document),
                canonical_hash=canonical_hash(document),
                created_at=self.clock(),
            )
            return deliveries.record(
                tx,
                document_id=stored.id,
                partner="acme",
                target=target,
                idempotency_key=f"{stored.origin_id}.1.{target}",
                order_keys=document.order_keys(),
                now=self.clock(),
            )

    async def leave(self) -> int:
        """Everything that may leave now; returns how many attempts were made."""
        count = 0
        while True:
            while compose_due(self.services):
                pass
            dispatched = self.dispatch.claim({})
            self.following = dispatched.following
            if not dispatched.claimed:
                return count
            count += len(dispatched.claimed)
            await asyncio.gather(*(self._attempt(one) for one in dispatched.claimed))

    async def _attempt(self, departure: Transmission) -> None:
        try:
            async with self.senders.lent(departure.target or "") as sender:
                await self.carried.deliver(departure, sender)
        except ChannelError as error:
            self.carried.undeliverable(departure, error)

    async def leave_all(self, within: timedelta) -> timedelta:
        """Moves the clock to whenever more may leave until nothing is left to leave, or the time is over."""
        begun = self.clock()
        while True:
            await self.leave()
            if self.following is None or self.following - begun > within:
                return self.clock() - begun
            self.clock.now = max(self.following, self.clock.now)

    def state(self, delivery: StoredDelivery) -> StoredDelivery:
        with self.store.read() as tx:
            found = deliveries.get(tx, delivery.id)
        assert found is not None
        return found

    def departure(self, delivery: StoredDelivery) -> Transmission:
        with self.store.read() as tx:
            found = transmissions.get(tx, self.state(delivery).departure_id or "")
        assert found is not None
        return found

    def attempts(self, delivery: StoredDelivery) -> list[StoredAttempt]:
        with self.store.read() as tx:
            return deliveries.attempts_of(tx, self.state(delivery).departure_id or "")

    def items(self) -> list[WorkItem]:
        with self.store.read() as tx:
            return work_items.open_items(tx)


@contextmanager
def outbound(store: Store, folder: Path, settings: str) -> Iterator[Outbound]:
    clock = Clock(datetime.fromisoformat("2026-03-04T12:00:00+00:00"))
    with ThreadPoolExecutor(8) as executor:
        hub = Outbound(HubServices(store, folder / "data", executor, clock), clock)
        hub.configure(settings)
        yield hub


@asynccontextmanager
async def facing(
    store: Store, folder: Path, *script: Behaviour, extra: str = "", rest: str = ""
) -> AsyncIterator[tuple[Outbound, BadErp]]:
    """A hub and its misbehaving ERP; ``extra`` is more of the target's YAML, ``rest`` more of hub.yaml. ``@erp`` stands
    for the ERP's origin."""
    clock = Clock(datetime.fromisoformat("2026-03-04T12:00:00+00:00"))
    async with BadErp(clock, list(script)).serving() as erp:
        extra = extra.replace("@erp", erp.url.removesuffix("/documents"))
        target = f'{{key: erp, kind: http, url: "{erp.url}", allow_networks: [loopback]{extra and ", " + extra}}}'
        with outbound(store, folder, f"targets: [{target}]\n{rest}\n") as hub:
            erp.clock = hub.clock
            try:
                yield hub, erp
            finally:
                await hub.senders.close()
