"""What a store of a million documents costs, and how far processes and nodes carry.

``search`` is the time that one question takes at the 99th percentile, asked one after the other about things from all
over the store. ``ingest`` counts orders from the door to routed and acknowledged, as ``pipeline.durable`` does, with
10,000 documents and with a million, in turns, so that what else the machine does meets both alike: it is to lose at
most a fifth. ``computing`` is the same by the number of processes that compute, ``nodes`` by the number of nodes on one
PostgreSQL that work what lies there for eight customers. ``store.commit`` is what they stand beside: durable commits of
one small row each, by one writer and by many. Each says how many processors were busy with what.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import insert, text

from hub.bootstrap import spare_collector
from hub.events.catalogue import KINDS
from hub.node.arrivals import process_pending
from hub.services import HubServices, utc_now
from hub.store.inbound.arrivals import Arriving
from hub.store.questions import ledger, search
from hub.store.questions.search import DeliveryFilter, DocumentFilter, TransmissionFilter
from hub.store.schema.tables import setup_tokens
from hub.store.store import Store, Tx
from hub.store.trail import events
from tests.benchmarks import day, filling
from tests.benchmarks.durable import COMMITS, CUSTOMER, _hand_in_all
from tests.benchmarks.interchanges import order_of_customer
from tests.benchmarks.processors import Watch
from tests.benchmarks.row import Row
from tests.benchmarks.started import started_children
from tests.conftest import postgres_database, postgres_running
from tests.scenarios.running import configure, hub_yaml, sample_profiles

FEW, MANY = 10_000, int(os.environ.get("BENCH_DOCUMENTS", "1_000_000"))
FIRST = 1_000_001
"""The first number of what is measured: its control numbers are partly those that other partners of the store had."""

ORDERS, WARM, DOORS, ROUNDS = 400, 200, 16, 5
PROCESSES = (1, 2, 4)
ASKED = 400
NODES = (1, 2)
CUSTOMERS, BACKLOG = 8, 4000
NOWHERE = "http://127.0.0.1:9/documents"


def rows() -> Iterator[Row]:
    yield from _measured(lambda: nullcontext(""), None)
    with postgres_running() as server:
        main = _made_durable(server.get_uri())
        yield from _measured(lambda: postgres_database(server.get_uri()), main)
        for count in NODES:
            with postgres_database(server.get_uri()) as url:
                yield _nodes(url, count, main)


def _made_durable(url: str) -> int:
    """Has the server wait for its disk, as it does where a hub rests on it. Returns its process."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM RESET {}").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


class _Hub:
    """A hub on a store that holds so many documents, with the sample's partners; orders are numbered on."""

    def __init__(self, url: str, folder: Path, documents: int, server: int | None) -> None:
        folder.mkdir()
        day.work(url, folder)
        filling.multiply(url, folder / "data", documents)
        self.store = Store(url, folder / "data")
        self.doors = ThreadPoolExecutor(DOORS)
        self.services = HubServices(store=self.store, data_dir=folder / "data", executor=self.doors)
        (folder / "secret").write_text("a secret of this benchmark alone")
        configure(self.store, self.services, hub_yaml(NOWHERE, NOWHERE, folder / "secret"), sample_profiles())
        self._server = server
        self._next = FIRST

    def work(self, count: int, processes: int = 0) -> tuple[float, float, str]:
        """Orders a second, from the door to routed and acknowledged; milliseconds that processors were busy for each;
        and what with."""
        computing = started_children(processes or None)
        self.services.computing = computing
        numbers = range(self._next, self._next + count + WARM)
        self._next += len(numbers)
        orders = [order_of_customer(number) for number in numbers]
        _hand_in_all(self.services, orders[:WARM])
        process_pending(self.services, "benchmark")
        gc.collect()
        spare_collector()
        watch, worked = Watch({os.getpid(): "hub"}, self._server), 0
        handed_in = [
            self.doors.submit(_hand_in_all, self.services, orders[WARM:][door::DOORS]) for door in range(DOORS)
        ]
        while worked < count:
            worked += process_pending(self.services, "benchmark")
        took, busy, words = time.perf_counter() - watch.begun, sum(watch.so_far().values()), watch.in_words()
        for door in handed_in:
            door.result()
        computing.close()
        return count / took, 1000 * busy / count, words

    def commits(self, writers: int) -> float:
        """Bare durable commits a second, of one small row each."""
        with ThreadPoolExecutor(writers) as pool:
            begun = time.perf_counter()
            for done in [pool.submit(self._commit, writer, COMMITS // writers) for writer in range(writers)]:
                done.result()
            took = time.perf_counter() - begun
        with self.store.begin() as tx:
            tx.execute(text("DELETE FROM setup_tokens"))
        return COMMITS / took

    def _commit(self, writer: int, count: int) -> None:
        for number in range(count):
            with self.store.begin() as tx:
                tx.execute(insert(setup_tokens), {"hash": f"{writer:032}{number:032}", "created_at": utc_now()})

    def close(self) -> None:
        self.doors.shutdown()
        self.store.close()


def _measured(database: Callable[[], Any], server: int | None) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        few, many = (
            _Hub(stack.enter_context(database()), folder / str(documents), documents, server)
            for documents in (FEW, MANY)
        )
        stack.callback(few.close)
        stack.callback(many.close)
        engine = few.store.dialect
        commits = {writers: few.commits(writers) for writers in (1, DOORS)}
        for writers, rate in commits.items():
            yield Row(f"store.commit by {writers}, {engine}", rate, "commits/s")
        for processes in PROCESSES:
            rate, _, busy = few.work(ORDERS, processes)
            limit = f"store.commit by {DOORS}"
            yield Row(
                f"computing, {processes} processes, {engine}", rate, f"orders/s; {busy}", rate / commits[DOORS], limit
            )
        yield from _ingest(few, many)
        for name, seconds in _searches(many.store):
            yield Row(f"search: {name}, {MANY:,} documents, {engine}", 1000 * seconds, "ms, p99")


def _ingest(few: _Hub, many: _Hub) -> Iterator[Row]:
    few.work(ORDERS)
    many.work(ORDERS)
    rounds = [(few.work(ORDERS), many.work(ORDERS)) for _ in range(ROUNDS)]
    rates = [statistics.median(one[side][0] for one in rounds) for side in (0, 1)]
    costs = [statistics.median(one[side][1] for one in rounds) for side in (0, 1)]
    engine, words = few.store.dialect, [rounds[-1][side][2] for side in (0, 1)]
    against = f"{FEW:,} documents"
    yield Row(f"ingest, {FEW:,} documents, {engine}", rates[0], f"orders/s; {words[0]}")
    yield Row(f"ingest, {MANY:,} documents, {engine}", rates[1], f"orders/s; {words[1]}", rates[1] / rates[0], against)
    yield Row(f"ingest, {FEW:,} documents, {engine}, processors", costs[0], "ms an order")
    ratio = costs[0] / costs[1]
    yield Row(f"ingest, {MANY:,} documents, {engine}, processors", costs[1], "ms an order", ratio, against)


def _searches(store: Store) -> Iterator[tuple[str, float]]:
    """Each search that is offered, by its 99th percentile in seconds."""
    known, now = list(filling.numbers(store)), utc_now()
    partner, one = CUSTOMER, timedelta(days=1)
    asked: dict[str, Callable[[Tx, str], Any]] = {
        "a purchase order": lambda tx, number: search.documents(tx, DocumentFilter(text=number)),
        "a purchase order of a partner": lambda tx, number: search.documents(
            tx, DocumentFilter(text=number, partners=(partner,), state="routed")
        ),
        "a partner's documents": lambda tx, _: search.documents(tx, DocumentFilter(partner=partner)),
        "a partner's documents of a type": lambda tx, _: search.documents(
            tx, DocumentFilter(partner=partner, type="purchase_order")
        ),
        "documents of a type that never came": lambda tx, _: search.documents(tx, DocumentFilter(type="invoice")),
        "documents of a state": lambda tx, _: search.documents(tx, DocumentFilter(state="quarantined")),
        "documents of a day": lambda tx, _: search.documents(
            tx, DocumentFilter(since=now - 200 * one, until=now - 199 * one)
        ),
        "documents for a target": lambda tx, _: search.documents(tx, DocumentFilter(target="erp")),
        "documents for a target that gets few": lambda tx, _: search.documents(tx, DocumentFilter(target="wms-west")),
        "a file name": lambda tx, number: search.transmissions(
            tx, TransmissionFilter(text=f"purchase_order:{number}.edi")
        ),
        "a partner's arrivals": lambda tx, _: search.transmissions(
            tx, TransmissionFilter(partner=partner, direction="in")
        ),
        "arrivals that wait": lambda tx, _: search.transmissions(tx, TransmissionFilter(state="received")),
        "deliveries of a state": lambda tx, _: search.deliveries_like(tx, DeliveryFilter(target="erp", state="dead")),
        "deliveries of a partner": lambda tx, _: search.deliveries_like(tx, DeliveryFilter(partner=partner)),
        "a page of the feed": lambda tx, _: events.chosen(tx, 500_000, 100, KINDS, {partner}),
        "the ledger of a day": lambda tx, _: ledger.lines(tx, now - one, now),
    }
    for name, question in asked.items():
        seconds = []
        for number in (known * ASKED)[:ASKED]:
            begun = time.perf_counter()
            with store.read() as tx:
                question(tx, number)
            seconds.append(time.perf_counter() - begun)
        yield name, statistics.quantiles(seconds, n=100)[98]


# ---- several nodes


def _nodes(url: str, count: int, server: int) -> Row:
    """Orders a second that nodes work which find them there; the first and the last tenth are left out."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        _leave_orders(url, folder)
        nodes = [stack.enter_context(_node(url, folder / f"node-{number}")) for number in range(count)]
        watch = Watch(dict.fromkeys((node.pid for node in nodes), "node"), server)
        while _left(url):
            time.sleep(0.2)
        words = watch.in_words()
        with psycopg.connect(url) as connection:
            asked = "SELECT finished_at FROM transmissions WHERE direction = 'in' ORDER BY finished_at"
            ends = [end for (end,) in connection.execute(asked)]
    tenth = len(ends) // 10
    rate = (len(ends) - 2 * tenth) / (ends[-tenth - 1] - ends[tenth]).total_seconds()
    return Row(f"nodes: {count} on one PostgreSQL", rate, f"orders/s; {words}")


def _leave_orders(url: str, folder: Path) -> None:
    store = Store(url, folder / "data")
    store.migrate()
    with ThreadPoolExecutor(DOORS) as doors:
        services = HubServices(store=store, data_dir=folder / "data", executor=doors)
        (folder / "secret").write_text("a secret of this benchmark alone")
        profile = sample_profiles()[CUSTOMER]
        names = [f"{CUSTOMER}-{number}" for number in range(CUSTOMERS)]
        profiles = {name: _own(profile.replace(CUSTOMER, name), number) for number, name in enumerate(names)}
        configure(store, services, hub_yaml(NOWHERE, NOWHERE, folder / "secret"), sample_profiles() | profiles)
        left = [doors.submit(_leave, services, name, number) for number, name in enumerate(names)]
        for done in left:
            done.result()
    store.close()


def _own(words: str, number: int) -> str:
    """With the identifiers of one of the customers."""
    return (
        words.replace("5555550142", f"55555502{number:02}")
        .replace("id: CORNER", f"id: CORNER{number}")
        .replace("id: C-2001", f"id: C-3{number:03}")
    )


def _leave(services: HubServices, customer: str, number: int) -> None:
    arriving = [
        Arriving(
            f"{customer}/files",
            customer,
            "application/edi-x12",
            "order.edi",
            services.store.keep(_own(order_of_customer(one).decode(), number).encode()),
            "benchmark",
            datetime.now(UTC),
        )
        for one in range(1, BACKLOG // CUSTOMERS + 1)
    ]
    for begin in range(0, len(arriving), 100):
        services.intake.take(arriving[begin : begin + 100])


def _left(url: str) -> int:
    with psycopg.connect(url) as connection:
        asked = "SELECT count(*) FROM transmissions WHERE status IN ('received', 'processing')"
        (left,) = connection.execute(asked).fetchone() or (0,)
    return int(left)


@contextmanager
def _node(url: str, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A node that works what has come, and composes what is to leave."""
    command = [sys.executable, "-m", "hub.cli", "serve", "--data-dir", str(data), "--port", "0", "--database", url]
    node = subprocess.Popen([*command, "--roles", "pipeline"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield node
    finally:
        node.terminate()
        node.wait()
