"""A real NATS server, killed and started again: events are relayed in order and each once, and documents come by it
under the promises of every door."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.js.api import StreamConfig
from sqlalchemy import select

from canonical.document import to_json
from channels.errors import CredentialError, TransientError
from channels.jetstream.connection import connect
from channels.jetstream.settings import NatsSettings
from hub.events.subjects import subject_of, token
from hub.health.situation import situation
from hub.node.consumers import Consumers
from hub.node.relay import Relay
from hub.settings import load_settings_text
from hub.store.coordination import timers
from hub.store.errors import StoreUnavailable
from hub.store.schema.records import Timer, Transmission
from hub.store.schema.tables import refusals
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import audit, events
from hub.timers import CONSUME, RELAY
from partners.problem import path_text
from tests.builders import make_purchase_order
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.nats_server import NatsServer, held

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NATS = """
gateways: [{{key: van, partners: [acme]}}]
nats:
  url: {url}
  relay: {{stream: HUB}}
  consumers:
    - {{stream: ERP, durable: hub, system: erp, answers: erp.answers, ack_wait_seconds: 1}}
    - {{stream: VAN, durable: hub, gateway: van}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    started = NatsServer(tmp_path / "nats")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def hub(server: NatsServer, store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as stepped:
        stepped.apply(profile(), settings=SETTINGS + NATS.format(url=server.url))
        yield stepped


# ---- the relay


def happen(hub: SteppedHub, count: int, first: int = 0) -> None:
    """Sealed events of three partners in turn."""
    with hub.store.begin() as tx:
        for number in range(first, first + count):
            data = {"channel": f"n{number}", "bytes": number, "sha256": "00"}
            partner = f"p{number % 3}"
            events.record(tx, "transmission.received", f"tr_{number}", partner=partner, data=data, now=NOW)
        while audit.seal_next(tx, NOW):
            pass


def claimed(hub: SteppedHub, fresh: dict[str, Any] | None = None) -> Timer:
    """The relay's timer, claimed anew; with ``fresh`` it knows this."""
    with hub.store.begin() as tx:
        known = timers.get(tx, RELAY, "")
        payload = fresh if fresh is not None else (known.payload if known else None)
        timers.set(tx, RELAY, "", hub.services.clock(), payload)
        found = timers.claim_due(tx, "node", hub.services.clock(), 300)
    assert found is not None
    return found


def noted(hub: SteppedHub) -> int:
    with hub.store.read() as tx:
        timer = timers.get(tx, RELAY, "")
    return int((timer.payload or {}).get("after", 0)) if timer else 0


async def until(done: Callable[[], bool], step: Callable[[], Awaitable[object]]) -> None:
    deadline = asyncio.get_running_loop().time() + 120
    while not done():
        assert asyncio.get_running_loop().time() < deadline
        await step()
        await asyncio.sleep(0.02)


def ids(found: list[tuple[str, str, bytes]]) -> list[str]:
    return [id for _, id, _ in found]


def numbered(first: int, last: int) -> list[str]:
    return [f"event-{number}" for number in range(first, last + 1)]


async def test_nats_is_killed_and_nothing_is_lost_nothing_comes_twice_and_order_is_kept(
    hub: SteppedHub, server: NatsServer
) -> None:
    happen(hub, 400)
    relay = Relay(hub.services)

    async def turn() -> None:
        await relay.relay(claimed(hub))

    running = asyncio.create_task(turn())
    while noted(hub) < 1 and not running.done():
        await asyncio.sleep(0.001)
    server.kill()
    await running
    await turn()
    with hub.store.read() as tx:
        told = situation(tx, hub.services.catalog(), hub.services.clock())
    if noted(hub) < 400:
        assert [fault.kind for fault in told.faults] == ["relay"]
        assert told.waiting["relay"] is not None
    happen(hub, 100, first=400)
    server.start()
    await until(lambda: noted(hub) == 500, turn)
    found = await held(server, "HUB")
    await relay.close()
    assert ids(found) == numbered(1, 500)
    by_key = defaultdict(list)
    for subject, _, body in found:
        event = json.loads(body)
        assert subject == f"supplierhub.transmission.received.v1.{event['partner']}._"
        by_key[event["partitionkey"]].append(event["data"]["bytes"])
    assert [len(numbers) for numbers in by_key.values()] == [167, 167, 166]
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    with hub.store.read() as tx:
        told = situation(tx, hub.services.catalog(), hub.services.clock())
    assert not told.faults
    assert told.waiting["relay"] is None


@pytest.mark.sqlite_suffices
async def test_what_was_stored_and_not_noted_is_told_by_the_stream(hub: SteppedHub, server: NatsServer) -> None:
    """However long ago: the server's own memory of message ids ends after two minutes."""
    happen(hub, 5)
    first, second = Relay(hub.services), Relay(hub.services)
    await first.relay(claimed(hub))
    await first.close()
    happen(hub, 2, first=5)
    await second.relay(claimed(hub, {"after": 2}))
    assert ids(await held(server, "HUB")) == numbered(1, 7)
    client = await server.client()
    await client.jetstream().delete_stream("HUB")
    await client.close()
    await second.close()
    await second.relay(claimed(hub))
    await second.close()
    assert ids(await held(server, "HUB")) == numbered(1, 7), "a stream made anew gets what is stored"


@pytest.mark.sqlite_suffices
async def test_a_relay_that_slept_while_another_went_on_repeats_nothing(hub: SteppedHub, server: NatsServer) -> None:
    happen(hub, 3)
    slept, other = Relay(hub.services), Relay(hub.services)
    await slept.relay(claimed(hub))
    lost = claimed(hub)
    happen(hub, 3, first=3)
    await other.relay(claimed(hub))
    await other.relay(claimed(hub))
    await slept.relay(lost)
    await slept.close()
    await other.close()
    assert ids(await held(server, "HUB")) == numbered(1, 6)
    assert noted(hub) == 6


@pytest.mark.sqlite_suffices
async def test_a_message_larger_than_the_server_takes_says_where_it_is_whole(
    hub: SteppedHub, server: NatsServer
) -> None:
    with hub.store.begin() as tx:
        data = {"reason": "x" * 2_000_000, "summary": ""}
        events.record(tx, "work_item.closed", "wi_1", data=data, now=NOW)
        audit.seal_next(tx, NOW)
    happen(hub, 1)
    relay = Relay(hub.services)
    await relay.relay(claimed(hub))
    await relay.close()
    large, small = await held(server, "HUB")
    assert json.loads(large[2])["dataref"] == "/v1/events?after=0&limit=1"
    assert "data" not in json.loads(large[2])
    assert json.loads(small[2])["data"]["bytes"] == 0


def test_a_subject_is_made_of_safe_tokens_that_differ_where_keys_do() -> None:
    assert subject_of("hub", "delivery.dead", "acme", "acme/PO 1.2>*") == "hub.delivery.dead.v1.acme.PO=201=2E2=3E=2A"
    assert subject_of("hub", "hub.restored", None, "hub") == "hub.hub.restored.v1._.hub"
    assert subject_of("hub", "transmission.received", "acme", "acme") == "hub.transmission.received.v1.acme._"
    assert token("_") != token("")
    assert len(token("ü" * 200)) <= 120
    assert token("ü" * 200) != token("ü" * 201)


# ---- the door


class Published:
    """An ERP that publishes, and what it is told."""

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self.told: list[dict[str, Any]] = []

    async def put(self, subject: str, body: bytes, id: str = "", content_type: str = "") -> None:
        """Again and again until the server has forgotten the id, which it remembers for a moment itself."""
        client = await self.server.client()
        headers = {"Nats-Msg-Id": id} if id else {}
        headers |= {"Content-Type": content_type} if content_type else {}
        stream = client.jetstream()
        for name in ("ERP", "VAN"):
            await stream.add_stream(StreamConfig(name=name, subjects=[f"{name.lower()}.in.>"], duplicate_window=0.1))
        while (await stream.publish(subject, body, headers=headers or None)).duplicate:
            await asyncio.sleep(0.05)
        await client.close()

    async def left(self, stream: str) -> int:
        """Messages that are not answered for."""
        client = await self.server.client()
        info = await client.jetstream().consumer_info(stream, "hub")
        await client.close()
        return info.num_pending + info.num_ack_pending


@pytest.fixture
def erp(server: NatsServer) -> Published:
    return Published(server)


def order(number: str, partner: str = "acme") -> bytes:
    document = json.loads(to_json(make_purchase_order(purchase_order_number=number)))
    return json.dumps({"partner": partner, "document": document}).encode()


def arrivals(hub: SteppedHub) -> list[Transmission]:
    with hub.store.read() as tx:
        table = transmissions.table
        return transmissions.ROWS.all(
            tx, transmissions.ROWS.select.where(table.c.direction == "in").order_by(table.c.seq)
        )


def refused(hub: SteppedHub) -> list[tuple[str, str]]:
    with hub.store.read() as tx:
        rows = tx.execute(select(refusals.c.subject, refusals.c.reason).order_by(refusals.c.seq))
        return [(subject, reason) for subject, reason in rows]


async def take(hub: SteppedHub, name: str = "ERP/hub", consumers: Consumers | None = None) -> None:
    """What one short turn takes."""
    opened = consumers or Consumers(hub.services)
    await opened.consume(name)
    if consumers is None:
        await opened.close()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.node.consumers.TURN_SECONDS", 0.3)
    monkeypatch.setattr("hub.node.consumers.WAIT_SECONDS", 0.1)


@pytest.mark.usefixtures("short")
async def test_documents_are_taken_once_in_order_and_what_is_refused_is_told(hub: SteppedHub, erp: Published) -> None:
    patient = NATS.replace("ack_wait_seconds: 1}", "ack_wait_seconds: 30}")  # none comes again while it is worked
    hub.apply(profile(), settings=SETTINGS + patient.format(url=erp.server.url))
    for number in range(3):
        await erp.put("erp.in.orders", order(f"A-{number}"), f"m{number}")
    await erp.put("erp.in.orders", order("A-1"), "m1")
    await erp.put("erp.in.orders", order("A-9"), "m2")
    await erp.put("erp.in.orders", b'{"partner": "acme", "document": {"type": "purchase_order"}}', "bad")
    await erp.put("erp.in.orders", order("A-3", partner="zenith"), "whose")
    await erp.put("erp.in.orders", b"", "empty")
    await erp.put("erp.in.orders", b"PK", "odd", "application/zip")
    client, told = await erp.server.client(), list[dict[str, Any]]()

    async def hear(message: Msg) -> None:
        told.append(json.loads(message.data))

    await client.subscribe("erp.answers", cb=hear)
    await client.flush()
    consumers = Consumers(hub.services)
    await until(lambda: len(told) >= 9, lambda: take(hub, consumers=consumers))
    await consumers.close()
    await client.close()
    assert [one["status"] for one in told] == [202, 202, 202, 202, 422, 422, 422, 422, 422]
    came = arrivals(hub)
    assert [one.transport_id for one in came] == ["m0", "m1", "m2"]
    assert {(one.channel, one.partner) for one in came} == {("system/erp", "acme")}
    assert told[3]["detail"] == told[1]["detail"] == came[1].id
    assert {subject for subject, _ in refused(hub)} == {"system:erp"}
    assert len(refused(hub)) == 5
    assert await erp.left("ERP") == 0, "nothing is handed out again"


@pytest.mark.sqlite_suffices
@pytest.mark.usefixtures("short")
async def test_a_gateway_sends_files_and_their_envelope_says_whose_they_are(hub: SteppedHub, erp: Published) -> None:
    text = Isa("000000009").around(group("PO", purchase_order(order="V-1"), number="9"))
    await erp.put("van.in.x12", text, content_type="application/edi-x12")
    consumers = Consumers(hub.services)
    await until(lambda: bool(arrivals(hub)), lambda: take(hub, "VAN/hub", consumers))
    await consumers.close()
    (came,) = arrivals(hub)
    assert (came.channel, came.partner, came.transport_id) == ("gateway/van", None, "VAN:1")
    assert transmissions.body(hub.store, came) == text


@pytest.mark.sqlite_suffices
@pytest.mark.usefixtures("short")
async def test_nothing_is_acknowledged_that_is_not_on_disk(
    hub: SteppedHub, erp: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await erp.put("erp.in.orders", order(f"A-{number}"), f"m{number}")

    def away(*_: Any) -> Any:
        raise StoreUnavailable("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(hub.services.intake, "take", away)
        await take(hub)
    assert arrivals(hub) == []
    assert await erp.left("ERP") == 3
    monkeypatch.setattr("hub.node.consumers.TURN_SECONDS", 3)
    settings = hub.services.settings.nats
    assert settings is not None
    patient = Consumers(hub.services)
    await until(lambda: len(arrivals(hub)) == 3, lambda: take(hub, consumers=patient))
    await patient.close()
    assert [one.transport_id for one in arrivals(hub)] == ["m0", "m1", "m2"]
    assert await erp.left("ERP") == 0


@pytest.mark.sqlite_suffices
@pytest.mark.usefixtures("short")
async def test_a_node_that_lost_its_claim_leaves_what_it_fetched_to_the_other(hub: SteppedHub, erp: Published) -> None:
    await erp.put("erp.in.orders", order("A-1"), "m1")
    with hub.store.begin() as tx:
        timers.set(tx, CONSUME, "ERP/hub", hub.services.clock())
        other = timers.claim_due(tx, "the other", hub.services.clock(), 300)
    await take(hub)
    assert (arrivals(hub), await erp.left("ERP")) == ([], 1)
    with hub.store.begin() as tx:
        timers.release(tx, other)
    consumers = Consumers(hub.services)
    await until(lambda: len(arrivals(hub)) == 1, lambda: take(hub, consumers=consumers))
    await consumers.close()


@pytest.mark.sqlite_suffices
@pytest.mark.usefixtures("short")
async def test_a_server_that_is_away_is_told_and_what_it_has_is_taken_afterwards(
    hub: SteppedHub, erp: Published, server: NatsServer
) -> None:
    await erp.put("erp.in.orders", order("A-1"), "m1")
    server.kill()
    consumers = Consumers(hub.services)
    await take(hub, consumers=consumers)
    assert [item.kind for item in hub.work_items()] == ["consumer"]
    server.start()
    await until(lambda: len(arrivals(hub)) == 1, lambda: take(hub, consumers=consumers))
    await consumers.close()
    assert hub.work_items() == []


# ---- settings


@pytest.mark.parametrize(
    ("nats", "place"),
    [
        ("{url: 'http://nats.example'}", "nats.url"),
        ("{url: 'nats://jo:secret@10.0.0.1'}", "nats.url"),
        ("{url: 'nats://203.0.113.4'}", "nats.url"),
        ("{url: 'nats://nats.example', allow_networks: [public]}", "nats.url"),
        ("{url: 'nats://10.0.0.1', user: jo}", "nats.user"),
        ("{url: 'nats://10.0.0.1', password: hunter2}", "nats.password"),
        ("{url: 'nats://10.0.0.1', consumers: [{stream: A}]}", "nats.consumers[0]"),
        ("{url: 'nats://10.0.0.1', consumers: [{stream: A, system: tms}]}", "nats.consumers[0].system"),
        ("{url: 'nats://10.0.0.1', consumers: [{stream: A, gateway: van}]}", "nats.consumers[0].gateway"),
        ("{url: 'nats://10.0.0.1', relay: {subject_prefix: 'a.>'}}", "nats.relay.subject_prefix"),
    ],
)
def test_settings_that_must_not_be_are_refused_with_their_place(nats: str, place: str) -> None:
    found = load_settings_text(f"{SETTINGS}nats: {nats}\n", "hub.yaml").problems
    assert place in {path_text(problem.path) for problem in found}, found


async def test_a_server_is_let_in_to_by_a_secret_and_its_name_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = NatsServer(tmp_path / "guarded", "authorization { token: open-sesame }")
    guarded.start()
    try:
        monkeypatch.setenv("NATS_TOKEN", "open-sesame")
        good = NatsSettings.model_validate({"url": guarded.url, "token": "env:NATS_TOKEN"})
        await (await connect(good)).close()
        with pytest.raises(CredentialError):
            await connect(NatsSettings.model_validate({"url": guarded.url}))
        elsewhere = dict(good) | {"allow_networks": ("10.0.0.0/8",)}
        with pytest.raises(TransientError, match="allowed network"):
            await connect(NatsSettings.model_construct(**elsewhere))
    finally:
        guarded.kill()
