"""The pipeline on the embedded store, every promise kept, beside what the store's disk can do at all.

``store.commit`` is the measure: durable commits of one small row each, one after the other. ``pipeline.durable`` counts
orders from the door to routed and acknowledged: bytes and row committed before the sender is told, then unpacked,
judged, translated, checked, routed, its TA1 and its 997 made. An order is three documents with some thirty rows; it is
to cost no more than four bare commits, which it does by sharing: many arrivals one commit, many documents a chunk.
``intake`` is the door alone: by one sender, who waits for each commit, and by many, who share them.

``pipeline.latency`` is an order's way through a running node, from the first byte at the door to the ERP's answer over
HTTP, while PER_SECOND of them come in at an even pace whether the ones before are through or not. The same process
plays the senders and the ERP.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from hub.bootstrap import spare_collector
from hub.node.arrivals import process_pending
from hub.services import HubServices, Loop
from hub.states import DocumentStatus
from hub.store.inbound.arrivals import Arriving
from hub.store.schema.tables import setup_tokens
from hub.store.store import Store
from hub.store.traffic import documents
from samples.receivers import Receiver
from tests.benchmarks.interchanges import order_of_customer
from tests.benchmarks.row import Row
from tests.benchmarks.started import started_children
from tests.scenarios.running import configure, hub_yaml, running_hub, sample_profiles

ROUNDS = 5
"""Of which the medians are told: how long a disk takes for a commit changes by the minute."""

ORDERS = 1000
COMMITS = 2000
WARM = 50
"""Orders before the measuring: the children of a node that has run for a while have their tables."""

DOORS = 16
"""Senders that hand orders in at the same time."""

SENDERS = (1, 16)
ARRIVALS = 2000

LATENCY_ORDERS = 600
PER_SECOND = 50
CUSTOMER = "corner-hardware"


def rows() -> Iterator[Row]:
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(asyncio.run(_durable(Path(folder))))
    commits, durable, ratio = map(statistics.median, zip(*((c, d, d / c) for d, c in rounds), strict=True))
    yield Row("store.commit", commits, "commits/s")
    yield Row("pipeline.durable", durable, "orders/s", ratio, "store.commit")
    for senders in SENDERS:
        with tempfile.TemporaryDirectory() as folder:
            intake, commits = _intake(Path(folder), senders)
        name = f"intake by {senders} sender{'s' if senders > 1 else ''}"
        yield Row(name, intake, "arrivals/s", intake / commits, "store.commit")
    with tempfile.TemporaryDirectory() as folder:
        seconds = asyncio.run(_latency(Path(folder)))
    pace = f"at {PER_SECOND} orders a second"
    yield Row("pipeline.latency", 1000 * statistics.median(seconds), f"ms, median {pace}")
    yield Row("pipeline.latency", 1000 * statistics.quantiles(seconds, n=100)[98], f"ms, p99 {pace}")


async def _durable(folder: Path) -> tuple[float, float]:
    store = Store("", folder / "data")
    store.migrate()
    with ThreadPoolExecutor(DOORS) as doors:
        services = HubServices(store=store, data_dir=folder / "data", executor=doors)
        services.computing = computing = started_children()
        (folder / "secret").write_text("a secret of this benchmark alone")
        nowhere = "http://127.0.0.1:9/documents"
        configure(store, services, hub_yaml(nowhere, nowhere, folder / "secret"), sample_profiles())
        _fill_log(store)
        before = _commits(store, 0)
        for number in range(ORDERS + 1, ORDERS + WARM + 1):
            _hand_in(services, order_of_customer(number))
        process_pending(services, "benchmark")
        spare_collector()  # as a node does at its start
        orders = [order_of_customer(number) for number in range(1, ORDERS + 1)]
        start = time.perf_counter()
        handed_in = [doors.submit(_hand_in_all, services, orders[door::DOORS]) for door in range(DOORS)]
        worked = 0
        while worked < ORDERS:
            worked += process_pending(services, "benchmark")
        took = time.perf_counter() - start
        accepted = [one for future in handed_in for one in future.result()]
        with store.read() as tx:
            found = [document for one in accepted for document in documents.of_transmission(tx, one)]
        after = _commits(store, COMMITS)
    computing.close()
    store.close()
    routed = [d for d in found if d.direction == "inbound" and d.status == DocumentStatus.ROUTED]
    answered = [d for d in found if d.set_type == "997" and d.direction == "outbound"]
    if (len(routed), len(answered)) != (ORDERS, ORDERS):
        raise RuntimeError(f"of {ORDERS} orders {len(routed)} were routed and {len(answered)} acknowledged")
    return ORDERS / took, (before + after) / 2


def _hand_in_all(services: HubServices, bodies: list[bytes]) -> list[str]:
    """One sender, who hands in the next when the last one was taken."""
    return [_hand_in(services, body) for body in bodies]


def _hand_in(services: HubServices, body: bytes) -> str:
    kept, now = services.store.keep(body), services.clock()
    arriving = Arriving(f"{CUSTOMER}/files", CUSTOMER, "application/edi-x12", "order.edi", kept, "benchmark", now)
    services.intake.take([arriving])
    return arriving.id


def _intake(folder: Path, senders: int) -> tuple[float, float]:
    """Small arrivals a second that are on disk, and bare commits a second."""
    store = Store("", folder / "data")
    store.migrate()
    with ThreadPoolExecutor(senders) as doors:
        services = HubServices(store=store, data_dir=folder / "data", executor=doors)
        _fill_log(store)
        commits = _commits(store, 0)
        start = time.perf_counter()
        for future in [doors.submit(_hand_in, services, order_of_customer(number)) for number in range(ARRIVALS)]:
            future.result()
        took = time.perf_counter() - start
    store.close()
    return ARRIVALS / took, commits


def _fill_log(store: Store) -> None:
    """The log of a store that has run for a while has its full size: a commit that makes it larger takes longer."""
    with store.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(20000000) AS bytes")
    with store.begin() as tx:
        tx.exec_driver_sql("DROP TABLE filler")


def _commits(store: Store, first: int) -> float:
    """Bare durable commits of one small row each, through the same store; rows are numbered from ``first``."""
    start = time.perf_counter()
    for number in range(first, first + COMMITS):
        with store.begin() as tx:
            tx.execute(insert(setup_tokens), {"hash": f"{number:064}", "created_at": datetime.now(UTC)})
    return COMMITS / (time.perf_counter() - start)


async def _latency(folder: Path) -> list[float]:
    """Seconds from handing in to the ERP's answer, of each order after the first WARM."""
    store = Store("", folder / "data")
    store.migrate()
    computing, loop = started_children(), asyncio.get_running_loop()
    numbers, handed_in = range(1, WARM + LATENCY_ORDERS + 1), dict[str, float]()
    async with running_hub(store, folder, computing=computing) as hub, asyncio.TaskGroup() as senders:
        delivered = senders.create_task(_deliveries(hub.erp, len(numbers)))
        begin = loop.time()
        for number in numbers:
            await asyncio.sleep(begin + number / PER_SECOND - loop.time())
            body = order_of_customer(number)
            handed_in[f"CH-{number:07}"] = time.perf_counter()
            senders.create_task(_send(hub.services, body))
        ended = await delivered
    computing.close()
    store.close()
    return [ended[order] - handed_in[order] for order in list(handed_in)[WARM:]]


async def _send(services: HubServices, body: bytes) -> None:
    await asyncio.get_running_loop().run_in_executor(services.executor, _hand_in, services, body)
    services.wake(Loop.ARRIVALS)


async def _deliveries(erp: Receiver, count: int) -> dict[str, float]:
    """When the ERP had taken each order."""
    ended: dict[str, float] = {}
    while len(ended) < count:
        await erp.wait_for(len(ended) + 1, 60)
        for effect in list(erp.effects.values())[len(ended) :]:
            ended[effect.body["document"]["purchase_order_number"]] = time.perf_counter()
    return ended
