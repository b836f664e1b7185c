"""NATS is killed and started again under load: no event is lost, none is seen twice by its message id, and those of one
key stay in order; documents that came by it are taken once, in order (make faults: for longer)."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from pathlib import Path

import pytest

from hub.node.node import Node
from hub.observe.watch import Phase
from hub.store.store import Store
from hub.store.trail import audit, events
from tests.faults.harness.doors import StreamDoor
from tests.faults.harness.form import FORM, by_form, figures, long_only
from tests.faults.harness.invariants import violations
from tests.faults.harness.rig import rig
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.test_nats import NOW, Published, arrivals, noted, order
from tests.nats_server import NatsServer, held

SEED = 20261126
KILLS = by_form(1, 20)
EVENTS, DOCUMENTS = by_form((300, 4), (20_000, 400))
NATS = """
nats:
  url: {url}
  relay: {{stream: HUB}}
  consumers: [{{stream: ERP, durable: hub, system: erp, ack_wait_seconds: 1}}]
"""

DOOR = """
nats:
  url: {url}
  consumers: [{{stream: VAN, durable: hub, gateway: van, ack_wait_seconds: 1}}]
"""


@(pytest.mark.sqlite_suffices if FORM == "short" else pytest.mark.both_stores)
async def test_nats_killed_again_and_again_loses_and_repeats_nothing(store: Store, tmp_path: Path) -> None:
    server, chance, stop = NatsServer(tmp_path / "nats"), random.Random(SEED), asyncio.Event()
    server.start()
    with stepped_hub(store, tmp_path) as hub:
        hub.apply(profile(), settings=SETTINGS + NATS.format(url=server.url))
        node = asyncio.create_task(Node(hub.services).run(stop))
        try:
            for life in range(KILLS):
                await asyncio.to_thread(_happen, hub, EVENTS // KILLS)
                await _publish(server, life)
                await asyncio.sleep(chance.uniform(0.1, 1.0))
                server.kill()
                await asyncio.sleep(chance.uniform(0.0, 0.5))
                server.start()
            newest = await _settled(hub)
        finally:
            hub.services.watch.phase = Phase.STOPPING
            stop.set()
            await node
        found = await held(server, "HUB")
        server.kill()
        came = [one.transport_id for one in arrivals(hub)]
    _check(found, newest)
    assert came == [f"m{number}" for number in range(DOCUMENTS)]
    figures(f"NATS killed, {store.dialect}", kills=KILLS, events=len(found), lost=0, twice=0, taken=len(came))


@long_only
async def test_a_node_killed_over_messages_takes_each_once(tmp_path: Path, store_url: str) -> None:
    """Its NATS goes on: what the node had and did not acknowledge comes to the next life, and nothing overtakes it."""
    server, chance = NatsServer(tmp_path / "nats"), random.Random(SEED)
    server.start()
    try:
        async with rig(tmp_path, store_url, settings=DOOR.format(url=server.url)) as run:
            run.doors["stream"] = door = StreamDoor(run.history, server.url)
            sender = asyncio.create_task(door.run())
            for _ in range(KILLS):
                run.feed(2)
                await run.start()
                await asyncio.sleep(chance.uniform(1, 4))
                await run.kill()
            evidence = await run.settle()
            sender.cancel()
            await door.close()
    finally:
        server.kill()
    assert violations(evidence) == []
    seen = {"kills": run.kills, "documents": len(evidence.documents)}
    figures(f"killed over messages of NATS, {run.engine}", violations=0, **seen)


def _happen(hub: SteppedHub, count: int) -> None:
    with hub.store.begin() as tx:
        for number in range(count):
            data = {"channel": "load", "bytes": number, "sha256": "00"}
            events.record(tx, "transmission.received", "tr", partner=f"p{number % 7}", data=data, now=NOW)


async def _publish(server: NatsServer, life: int) -> None:
    """As a client does that tries until the server says that it has it."""
    erp, each = Published(server), DOCUMENTS // KILLS
    for number in range(life * each, (life + 1) * each):
        await erp.put("erp.in.orders", order(f"N-{number}"), f"m{number}")


async def _settled(hub: SteppedHub) -> int:
    """Until all that happened is sealed and relayed, and all that was published is taken. Returns the position up to
    which: what comes of it is sealed later, and when the node stops is not relayed any more."""
    deadline = asyncio.get_running_loop().time() + by_form(60, 900)
    while True:
        with hub.store.begin() as tx:
            while audit.seal_next(tx, hub.services.clock()):
                pass
            newest = events.newest(tx)
        if noted(hub) == newest and len(arrivals(hub)) == DOCUMENTS:
            return newest
        assert asyncio.get_running_loop().time() < deadline, f"{noted(hub)} of {newest}, {len(arrivals(hub))} documents"
        await asyncio.sleep(0.2)


def _check(found: list[tuple[str, str, bytes]], newest: int) -> None:
    told = [json.loads(body) for _, _, body in found]
    positions = [int(one["sequence"]) for one in told]
    assert [id for _, id, _ in found] == [f"event-{position}" for position in positions]
    assert len(set(positions)) == len(positions), "none is seen twice"
    assert positions == list(range(1, max(newest, len(positions)) + 1)), "none is lost"
    by_key = defaultdict(list)
    for one in told:
        by_key[one["partitionkey"]].append(int(one["sequence"]))
    assert all(places == sorted(places) for places in by_key.values())
