"""What a store of a million documents costs: searches that pages and the API offer, and taking in, on either engine.

``search`` is the time that one question takes at the 99th percentile, asked one after the other about things from all
over the store. ``ingest`` counts orders from the door to routed and acknowledged, as ``pipeline.durable`` does, beside
the same with 10,000 documents: it is to lose at most a fifth. ``computing`` is the same by the number of processes that
compute, beside the durable commits that the store takes one after the other.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.bootstrap import children
from hub.node.arrivals import process_pending
from hub.services import HubServices, utc_now
from hub.settings import ComputingSettings
from hub.store.questions import search
from hub.store.questions.search import DeliveryFilter, DocumentFilter, TransmissionFilter
from hub.store.store import Store, Tx
from tests.benchmarks import filling
from tests.benchmarks.durable import CUSTOMER, _commits, _hand_in_all
from tests.benchmarks.interchanges import order_of_customer
from tests.benchmarks.row import Row
from tests.conftest import postgres_running
from tests.scenarios.running import configure, hub_yaml, sample_profiles

FEW, MANY = 10_000, int(os.environ.get("BENCH_DOCUMENTS", "1_000_000"))
ORDERS, WARM, DOORS = 400, 50, 16
PROCESSES = (1, 2, 4)
ASKED = 200


def rows() -> Iterator[Row]:
    yield from _measured("")
    with postgres_running() as server:
        yield from _measured(server.get_uri())


class _Hub:
    """A hub on an empty store, with the sample's partners; orders are numbered on."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(url, folder / "data")
        self.store.migrate()
        self.doors = ThreadPoolExecutor(DOORS)
        self.services = HubServices(store=self.store, data_dir=folder / "data", executor=self.doors)
        (folder / "secret").write_text("a secret of this benchmark alone")
        nowhere = "http://127.0.0.1:9/documents"
        configure(self.store, self.services, hub_yaml(nowhere, nowhere, folder / "secret"), sample_profiles())
        self._next = 1

    def work(self, count: int, processes: int = 0) -> float:
        """Orders a second, from the door to routed and acknowledged."""
        computing = children(ComputingSettings(children=processes or None))
        self.services.computing = computing
        numbers = range(self._next, self._next + count + WARM)
        self._next += len(numbers)
        orders = [order_of_customer(number) for number in numbers]
        _hand_in_all(self.services, orders[:WARM])
        process_pending(self.services, "benchmark")
        gc.collect()
        begun, worked = time.perf_counter(), 0
        handed_in = [
            self.doors.submit(_hand_in_all, self.services, orders[WARM:][door::DOORS]) for door in range(DOORS)
        ]
        while worked < count:
            worked += process_pending(self.services, "benchmark")
        took = time.perf_counter() - begun
        for door in handed_in:
            door.result()
        computing.close()
        return count / took

    def close(self) -> None:
        self.doors.shutdown()
        self.store.close()


def _measured(url: str) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        hub = _Hub(url, Path(folder))
        engine = hub.store.dialect
        try:
            commits = _commits(hub.store) if engine == "sqlite" else None
            hub.work(1)
            filling.multiply(hub.store, FEW)
            few = hub.work(ORDERS)
            yield Row(f"ingest, {FEW:,} documents, {engine}", few, "orders/s")
            for processes in PROCESSES:
                rate = hub.work(ORDERS, processes)
                against = {"ratio": rate / commits, "against": "store.commit"} if commits else {}
                yield Row(f"computing, {processes} processes, {engine}", rate, "orders/s", **against)
            filling.multiply(hub.store, MANY)
            many = hub.work(ORDERS)
            yield Row(f"ingest, {MANY:,} documents, {engine}", many, "orders/s", many / few, f"{FEW:,} documents")
            for name, seconds in _searches(hub.store):
                yield Row(f"search: {name}, {MANY:,} documents, {engine}", 1000 * seconds, "ms, p99")
        finally:
            hub.close()


def _searches(store: Store) -> Iterator[tuple[str, float]]:
    """Each search that is offered, by its 99th percentile in seconds."""
    known, now = list(filling.numbers(store)), utc_now()
    partner, day = CUSTOMER, timedelta(days=1)
    asked: dict[str, Callable[[Tx, str], Any]] = {
        "a purchase order": lambda tx, number: search.documents(tx, DocumentFilter(text=number)),
        "a purchase order of a partner": lambda tx, number: search.documents(
            tx, DocumentFilter(text=number, partner=partner, state="routed")
        ),
        "a partner's documents of a type": lambda tx, _: search.documents(
            tx, DocumentFilter(partner=partner, type="purchase_order")
        ),
        "documents of a state": lambda tx, _: search.documents(tx, DocumentFilter(state="quarantined")),
        "documents of a day": lambda tx, _: search.documents(tx, DocumentFilter(since=now - day, until=now + day)),
        "documents for a target": lambda tx, _: search.documents(tx, DocumentFilter(target="erp")),
        "a file name": lambda tx, number: search.transmissions(tx, TransmissionFilter(text=f"{number}.edi")),
        "a partner's arrivals": lambda tx, _: search.transmissions(
            tx, TransmissionFilter(partner=partner, direction="in")
        ),
        "deliveries of a state": lambda tx, _: search.deliveries_like(tx, DeliveryFilter(target="erp", state="dead")),
        "deliveries of a partner": lambda tx, _: search.deliveries_like(tx, DeliveryFilter(partner=partner)),
    }
    for name, question in asked.items():
        seconds = []
        for number in (known * ASKED)[:ASKED]:
            begun = time.perf_counter()
            with store.read() as tx:
                question(tx, number)
            seconds.append(time.perf_counter() - begun)
        yield name, statistics.quantiles(seconds, n=100)[98]
