"""Targets that hang hold up nobody else (R16): a running node, fifty ERPs over HTTP, and what the others notice."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.node.node import Node
from hub.services import HubServices
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store
from hub.store.traffic import deliveries
from tests.faults.harness.form import by_form, figures, long_only
from tests.integration.outbound import BadErp, Outbound, hang
from tests.integration.web.running_hub import Clock
from tests.prepared import fresh_store

TARGETS = 50
ROUNDS = by_form(4, 20)
SHARE_OF_SECOND = 0.25
"""From one round, a delivery for each target, to the next."""
HANGING_SECONDS = 240
"""How long the hub waits for a target that says nothing."""


class RealTime(Clock):
    def __call__(self) -> datetime:
        return datetime.now(UTC)


async def test_all_others_are_delivered_while_targets_hang(tmp_path: Path, migrated_url: str) -> None:
    assert await latencies(migrated_url, tmp_path, hanging=20)


@long_only  # beside a whole suite there is no telling whose milliseconds they are
@pytest.mark.both_stores
async def test_hanging_targets_leave_the_others_as_quick_as_they_were(
    tmp_path: Path, engine: str, another_url: Callable[[], str]
) -> None:
    quiet = await latencies(another_url(), tmp_path / "quiet", hanging=0)
    one = await latencies(another_url(), tmp_path / "one", hanging=1)
    many = await latencies(another_url(), tmp_path / "many", hanging=20)
    seen = {"quiet": quiet, "beside_1": one, "beside_20": many}
    milliseconds = {name: round(1000 * p99(found)) for name, found in seen.items()}
    figures(f"p99 beside targets that hang, ms, {engine}", **milliseconds)
    for found in (one, many):
        assert p99(found) <= 2 * p99(quiet) + 0.05, "the clock of a busy machine is no finer"


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def latencies(url: str, folder: Path, hanging: int) -> list[float]:
    """Seconds from recorded to delivered, of every delivery to the targets that do not hang: all of them while each
    target that hangs still holds its first attempt."""
    store = fresh_store(url, folder / "data")
    try:
        async with running(store, folder, hanging) as hub:
            made: list[StoredDelivery] = []
            held: list[StoredDelivery] = []
            for n in range(ROUNDS):
                for t in range(TARGETS):
                    delivery = await asyncio.to_thread(hub.order, f"PO-{n}-{t}", f"erp-{t}")
                    (made if t >= hanging else held).append(delivery)
                hub.services.wake()
                await asyncio.sleep(SHARE_OF_SECOND)
            async with asyncio.timeout(HANGING_SECONDS / 2):
                while any(hub.state(one).status != "delivered" for one in made):
                    await asyncio.sleep(0.1)
            assert not {hub.state(one).status for one in held} - {"pending", "composed"}
            return [taken(store, one) for one in made]
    finally:
        store.close()


def taken(store: Store, delivery: StoredDelivery) -> float:
    with store.read() as tx:
        found = deliveries.get(tx, delivery.id)
        assert found is not None
        ended = deliveries.attempts_of(tx, found.departure_id or "")[-1].ended_at
    assert ended is not None
    return (ended - delivery.created_at).total_seconds()


@asynccontextmanager
async def running(store: Store, folder: Path, hanging: int) -> AsyncIterator[Outbound]:
    clock = RealTime()
    good, dead = BadErp(clock), BadErp(clock, [hang] * 100_000)
    with ThreadPoolExecutor(12) as executor:
        async with good.serving(), dead.serving():
            hub = Outbound(HubServices(store, folder / "data", executor, clock), clock)
            urls = [(dead if t < hanging else good).url for t in range(TARGETS)]
            hub.configure(
                "targets:\n"
                + "".join(
                    f'  - {{key: erp-{t}, kind: http, url: "{url}", allow_networks: [loopback], '
                    f"timeout_seconds: {HANGING_SECONDS}}}\n"
                    for t, url in enumerate(urls)
                )
            )
            stop = asyncio.Event()
            node = asyncio.create_task(Node(hub.services).run(stop))
            try:
                yield hub
            finally:
                stop.set()
                dead.hang_up()
                await node
