"""A stop closes the doors, finishes or gives back what is under way in bounded time; nothing is done twice (R22)."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from hub import bootstrap
from hub.bootstrap import run_node
from hub.node import arrivals, node
from hub.pipeline import chunks
from hub.services import HubServices, utc_now
from hub.store.store import Store
from hub.verify.checks import verify
from hub.verify.defect import Subject
from samples.partner_side import Folder
from samples.receivers import Receiver, serving
from tests.benchmarks.interchanges import orders_of_customer
from tests.scenarios.running import SECRET, configure, hub_yaml, sample_profiles

ORDERS = 40
GRACE, DOORS = 2.0, 1.0


@contextmanager
def opened(store: Store, folder: Path) -> Iterator[HubServices]:
    with ThreadPoolExecutor(8) as executor:
        yield HubServices(store=store, data_dir=folder / "data", executor=executor)


def count(store: Store, status: str) -> int:
    with store.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM transmissions WHERE status = :s"), {"s": status}).scalar_one())


def claimed(store: Store) -> int:
    with store.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM transmissions WHERE lease_owner IS NOT NULL")).scalar_one())


async def seen(look: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():  # type: ignore[operator]
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def held_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Arrivals are worked for a few chunks, and on when it is set: whether deliveries begin before the last chunk would
    be a matter of luck."""
    go_on, steps, really = threading.Event(), itertools.count(), arrivals.UnderWay.step

    def step(under_way: arrivals.UnderWay) -> bool:
        if next(steps) >= 5:
            go_on.wait(60)
        return really(under_way)

    monkeypatch.setattr(arrivals.UnderWay, "step", step)
    return go_on


async def closed(url: str) -> None:
    """Returns when nobody listens there any more."""
    address, deadline = urlsplit(url), time.monotonic() + 30
    while True:
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
        except ConnectionRefusedError:
            return
        writer.close()
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def slow_upload(url: str) -> asyncio.StreamWriter:
    """A request that has begun and does not end."""
    address = urlsplit(url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /v1/transmissions HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\nISA")
    await writer.drain()
    return writer


async def test_a_stop_in_the_middle_of_everything_ends_in_time_and_the_next_start_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "GRACE_SECONDS", GRACE)
    monkeypatch.setattr(bootstrap, "DOOR_SECONDS", DOORS)
    monkeypatch.setattr(chunks, "CHUNK_SETS", 3)
    go_on = held_in_the_middle(monkeypatch)
    (tmp_path / "secret").write_text(SECRET)
    erp, wms = Receiver("erp", SECRET, delay=5), Receiver("wms-east", SECRET)
    async with serving(erp) as erp_url, serving(wms) as wms_url:
        with opened(store, tmp_path) as services:
            configure(store, services, hub_yaml(erp_url, wms_url, tmp_path / "secret"), sample_profiles())
            customer = Folder(services.folder_root / "corner-hardware")
            stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
            running = asyncio.create_task(run_node(services, stop=stop, started=started.set_result, port=0))
            writer = await slow_upload(await started)
            customer.put("orders.edi", orders_of_customer(ORDERS))
            await seen(lambda: erp.attempts > 0 and count(store, "processing"))
            stop.set()
            go_on.set()
            began = time.monotonic()
            await closed(started.result())
            assert not running.done(), "what is under way is waited for behind closed doors"
            await running
            assert time.monotonic() - began < GRACE + DOORS + 20, "busy as the machine may be"
            writer.close()
        assert claimed(store) == 0, "another node may take over at once"
        assert count(store, "processing") == 1, "and goes on behind the last chunk"
        erp.delay = 0
        with opened(store, tmp_path) as services:
            stop = asyncio.Event()
            running = asyncio.create_task(node.Node(services).run(stop))
            await erp.wait_for(ORDERS, 60)
            await seen(lambda: count(store, "due") == 0 and customer.taken("997"))
            stop.set()
            await running
            subject = Subject(store.read, store.blobs, services.data_dir, utc_now())
            assert [defect for _, defect in verify(subject)] == []
    numbers = [taken.body["document"]["purchase_order_number"] for taken in erp.effects.values()]
    assert len(numbers) == len(set(numbers)) == ORDERS
    assert len(customer.taken("997")) == 1
