"""A node that is killed at any moment loses nothing and does nothing twice (promises 1 and 3)."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import text

from hub.services import HubServices
from hub.store.store import Store
from samples.partner_side import Folder, segments
from samples.receivers import Receiver, serving
from tests.benchmarks.interchanges import order_of_customer, orders_of_customer
from tests.scenarios.running import SECRET, configure, hub_yaml, sample_profiles

ORDERS = 200
KILLS = 6
SEED = 20261121


async def start_node(data: Path) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "hub.cli", "serve", "--data-dir", str(data), "--port", "0"]
    quiet, heard = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    node = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=heard, stderr=quiet)
    assert node.stdout is not None
    assert b"listens at" in await asyncio.wait_for(node.stdout.readline(), 30)
    return node


def set_up(folder: Path, erp: str, wms: str) -> Folder:
    """A configured store, closed again for the node to open, and the customer's folder."""
    (folder / "secret").write_text(SECRET)
    store = Store("", folder / "data")
    store.migrate()
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=folder / "data", executor=executor)
        configure(store, services, hub_yaml(erp, wms, folder / "secret"), sample_profiles())
        root = services.folder_root
    store.close()
    return Folder(root / "corner-hardware")


async def test_a_node_killed_in_the_middle_of_200_orders_loses_none_and_repeats_none(tmp_path: Path) -> None:
    orders = [order_of_customer(number) for number in range(1, ORDERS + 1)]
    erp, customer = await killed_run(tmp_path, orders)
    assert len(acknowledged_groups(customer)) == ORDERS
    each_order_took_effect_once(erp)
    the_store_is_sound(tmp_path / "data", customer)


async def test_a_node_killed_in_the_middle_of_one_large_interchange_answers_it_once(tmp_path: Path) -> None:
    erp, customer = await killed_run(tmp_path, [orders_of_customer(ORDERS)])
    assert len(acknowledged_groups(customer)) == 1
    (answer,) = customer.taken("997")
    assert answer.count("AK2*850*") == ORDERS
    each_order_took_effect_once(erp)
    the_store_is_sound(tmp_path / "data", customer)


async def killed_run(folder: Path, files: list[bytes]) -> tuple[Receiver, Folder]:
    """Has a node that is killed again and again work the files, until everything has arrived and been answered."""
    chance = random.Random(SEED)
    erp, wms = Receiver("erp", SECRET), Receiver("wms-east", SECRET)
    async with AsyncExitStack() as stack:
        erp_url, wms_url = [await stack.enter_async_context(serving(receiver)) for receiver in (erp, wms)]
        customer = set_up(folder, erp_url, wms_url)
        for number, body in enumerate(files, 1):
            customer.put(f"order-{number:04}.edi", body)
        for _ in range(KILLS):
            node = await start_node(folder / "data")
            before = len(erp.effects)
            while len(erp.effects) < min(before + 10, ORDERS):  # it has come to work again
                assert node.returncode is None
                await asyncio.sleep(0.02)
            await asyncio.sleep(chance.uniform(0, 0.5))
            node.kill()
            await node.wait()
        node = await start_node(folder / "data")
        await erp.wait_for(ORDERS, 60)
        async with asyncio.timeout(60):
            while len(customer.taken("997")) < len(files) or open_deliveries(folder / "data"):
                await asyncio.sleep(0.1)
        node.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(node.wait(), 30) == 0
    return erp, customer


def open_deliveries(data: Path) -> int:
    store = Store("", data, writable=False)
    waiting = "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'composed')"
    with store.read() as tx:
        count: int = tx.execute(text(waiting)).scalar_one()
    store.close()
    return count


def each_order_took_effect_once(erp: Receiver) -> None:
    numbers = [taken.body["document"]["purchase_order_number"] for taken in erp.effects.values()]
    assert sorted(numbers) == [f"CH-{number:07}" for number in range(1, ORDERS + 1)]


def acknowledged_groups(customer: Folder) -> list[str]:
    """GS06 of every group that was accepted, as often as it was."""
    answers = [list(segments(answer)) for answer in customer.taken("997")]
    assert {segment[1] for answer in answers for segment in answer if segment[0] == "AK9"} == {"A"}
    return [segment[2] for answer in answers for segment in answer if segment[0] == "AK1"]


def the_store_is_sound(data: Path, customer: Folder) -> None:
    control_numbers = [path.read_text()[90:99] for path in (customer.root / "out").iterdir() if path.is_file()]
    assert len(set(control_numbers)) == len(control_numbers)
    assert not list(customer.root.glob("*/.*")), "no temporary file is left behind"
    store = Store("", data, writable=False)
    with store.read() as tx:
        assert tx.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        orders = "SELECT count(*), count(DISTINCT number) FROM documents WHERE type = 'purchase_order'"
        assert tuple(tx.execute(text(orders)).one()) == (ORDERS, ORDERS)
        unfinished = "SELECT count(*) FROM transmissions WHERE status NOT IN ('processed', 'sent', 'duplicate')"
        assert tx.execute(text(unfinished)).scalar_one() == 0
    store.close()
