"""A PostgreSQL that breaks off while it commits: nothing is lost, nothing is done twice, and nobody guesses (promises 1
and 3). Of each commit whose outcome nobody saw a look by key tells whether it took place."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from hub.services import HubServices
from hub.store.errors import CommitUnknown, StoreUnavailable
from hub.store.grouped import Grouped
from hub.store.inbound import arrivals
from hub.store.inbound.arrivals import Arriving, Taken
from hub.store.inbound.idempotency import Mismatch, RequestKey
from hub.store.people import access
from hub.store.schema.tables import transmissions
from hub.store.store import Store
from hub.web.app import make_app
from samples.partner_side import segments
from tests.benchmarks.interchanges import order_of_customer
from tests.conftest import postgres_running
from tests.faults.breaking import Cut, cutting, restart, stopped
from tests.faults.harness.form import by_form, figures
from tests.integration.store.rows_for_tests import NOW, arrival
from tests.integration.web.running_hub import Client, serving_app
from tests.scenarios.running import RunningHub, configure, hub_yaml, running_hub, sample_profiles

ARRIVALS = by_form(40, 1000)
ORDERS = by_form(12, 200)
RESTARTS = by_form(1, 10)
SEED = 20261126


@pytest.mark.parametrize("cut", Cut)
def test_a_connection_lost_at_commit_is_named_for_what_it_is(
    emptied_postgres_url: str, tmp_path: Path, cut: Cut
) -> None:
    with cutting(emptied_postgres_url, lambda number: cut if armed else None) as proxy:
        armed: list[bool] = []
        store = Store(proxy.url, tmp_path)
        armed.append(True)
        with pytest.raises(CommitUnknown), store.begin() as tx:
            row = arrival(tx)
        armed.clear()
        with store.read() as tx:
            found = tx.execute(select(transmissions.c.id).where(transmissions.c.id == row.id)).first()
        if cut in (Cut.BEFORE, Cut.AFTER):
            assert (found is not None) == (cut is Cut.AFTER)
        store.close()


def test_every_arrival_is_taken_once_however_its_commit_ends(emptied_postgres_url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    ways, put_off = [*Cut, None], list[str]()

    def choose(number: int) -> Cut | None:
        return chance.choice(ways) if number > 5 else None

    with cutting(emptied_postgres_url, choose) as proxy:
        store = Store(proxy.url, tmp_path)
        grouped = Grouped(store, arrivals.write)

        def take(number: int) -> str:
            key = RequestKey("partner:acme", str(number), "hash")
            kept = store.keep(b"%d" % number)
            while True:  # who is told to come again does so, under the same key
                try:
                    (outcome,) = grouped.take([Arriving("acme/in", "acme", "text/plain", "", kept, "test", NOW, key)])
                except StoreUnavailable as away:
                    put_off.append(str(away))
                    time.sleep(0.5)
                    continue
                assert not isinstance(outcome, Mismatch)
                return outcome.transmission.id if isinstance(outcome, Taken) else outcome.text

        with ThreadPoolExecutor(8) as senders:
            told = list(senders.map(take, range(ARRIVALS)))
        store.close()
        assert set(proxy.cuts) == set(Cut)
    direct = Store(emptied_postgres_url, tmp_path, writable=False)
    with direct.read() as tx:
        stored = list(tx.execute(select(transmissions.c.id)).scalars())
    direct.close()
    assert Counter(told) == Counter(stored), "each is there once, and under the id that was told"
    figures("PostgreSQL cut off at COMMIT", arrivals=ARRIVALS, cuts=len(proxy.cuts), put_off=len(put_off))


async def test_commits_cut_all_along_the_way_lose_and_repeat_nothing(emptied_postgres_url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)

    def choose(number: int) -> Cut | None:
        return chance.choice(list(Cut)) if number > 20 and chance.random() < 0.1 else None

    with cutting(emptied_postgres_url, choose) as proxy:
        store = Store(proxy.url, tmp_path / "data")
        async with running_hub(store, tmp_path) as hub:
            await _orders_arrive_and_are_answered(hub, ORDERS)
        store.close()
        assert len(proxy.cuts) > 2
    _each_number_was_used_once(emptied_postgres_url)


async def test_a_server_restarted_in_mid_run_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with postgres_running() as server:
        url = server.get_uri()
        store = Store(url, tmp_path / "data")
        store.migrate()
        async with running_hub(store, tmp_path) as hub:
            working = asyncio.create_task(_orders_arrive_and_are_answered(hub, ORDERS))
            for _ in range(RESTARTS):
                await asyncio.sleep(1)
                await asyncio.to_thread(restart, server)
            await asyncio.sleep(1)
            await asyncio.to_thread(_terminate_all, url)
            await working
        store.close()
        _each_number_was_used_once(url)


def test_a_post_while_the_database_is_away_is_told_to_come_again_and_then_taken(tmp_path: Path) -> None:
    with postgres_running() as server, ThreadPoolExecutor(4) as executor:
        store = Store(server.get_uri(), tmp_path / "data")
        store.migrate()
        services = HubServices(store=store, data_dir=tmp_path / "data", executor=executor)
        configure(store, services, hub_yaml("http://127.0.0.1:9", "http://127.0.0.1:9", tmp_path), sample_profiles())
        with store.begin() as tx:
            key = access.create(tx, "partner", "birch-paper", "test", NOW)[1]
        body = order_of_customer(1)
        sent = {"Authorization": f"Bearer {key}", "Content_Type": "application/edi-x12", "Idempotency_Key": "once"}
        with serving_app(make_app(services)) as port:
            client = Client(port)
            with stopped(server):
                away = client.ask("POST", "/v1/transmissions", body, **sent)
                assert (away.status, int(away.headers["Retry-After"]) > 0) == (503, True)
            deadline = time.monotonic() + 15
            while (back := client.ask("POST", "/v1/transmissions", body, **sent)).status == 503:
                assert time.monotonic() < deadline, "the pool did not heal"
                time.sleep(0.2)
            assert back.status == 202
            assert client.ask("POST", "/v1/transmissions", body, **sent).body == back.body
        store.close()


async def _orders_arrive_and_are_answered(hub: RunningHub, count: int) -> None:
    customer = hub.partner("corner-hardware")
    for number in range(1, count + 1):
        customer.put(f"order-{number:04}.edi", order_of_customer(number))
        await asyncio.sleep(0.02)

    def answered() -> bool:
        return len(customer.taken("997")) >= count

    await hub.erp.wait_for(count, 90)
    await hub.until(answered, 90)
    numbers = [taken.body["document"]["purchase_order_number"] for taken in hub.erp.effects.values()]
    assert sorted(numbers) == [f"CH-{number:07}" for number in range(1, count + 1)]
    groups = [segment[2] for answer in customer.taken("997") for segment in segments(answer) if segment[0] == "AK1"]
    assert len(groups) == count, "each is answered once"


def _terminate_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND application_name = 'supplier-hub'"
        )


def _each_number_was_used_once(url: str) -> None:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT interchange_control_number, count(*) FROM sent_sets GROUP BY 1").fetchall()
        drawn: Any = connection.execute("SELECT max(next) FROM control_numbers WHERE kind = 'interchange'").fetchone()
    assert {count for _, count in rows} == {1}
    assert drawn[0] == len(rows) + 1, "none was left out either"
