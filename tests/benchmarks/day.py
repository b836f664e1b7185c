"""A day of a hub that runs: orders and changes of a customer, notices of a shipper, orders of the ERP's own, all worked
to their end by a real node, delivered and sealed. What a store is filled with is copies of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from hub.bootstrap import children
from hub.services import HubServices, Loop
from hub.settings import ComputingSettings
from hub.store.inbound.arrivals import Arriving
from hub.store.inbound.idempotency import RequestKey
from hub.store.store import Store
from tests.benchmarks.filling import MARK, unfinished
from tests.faults.harness.messages import (
    CUSTOMER,
    SHIPPER,
    Message,
    customer_change,
    customer_order,
    erp_order,
    ship_notice,
)
from tests.scenarios.running import running_hub

ORDERS, CHANGED_EVERY, KEYED_EVERY, NOTICES, OWN_ORDERS = 60, 4, 2, 40, 25
SECONDS = 300.0


def work(url: str, folder: Path) -> None:
    """Makes the store and works the day there."""
    store = Store(url, folder / "data")
    try:
        store.migrate()
        asyncio.run(_work(store, folder))
    finally:
        store.close()


async def _work(store: Store, folder: Path) -> None:
    with_child = children(ComputingSettings(children=1))
    try:
        async with running_hub(store, folder, computing=with_child) as hub:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(hub.services.executor, _hand_in, hub.services)
            for number in range(OWN_ORDERS):
                desk, order = hub.desk("system", "erp"), erp_order(MARK + number)
                await loop.run_in_executor(hub.services.executor, desk.accept_document, order.body, order.name)
            hub.services.wake(Loop.ARRIVALS)
            await hub.until(lambda: _done(store), SECONDS)
    finally:
        with_child.close()


def _done(store: Store) -> bool:
    with store.read() as tx:
        return unfinished(tx) == 0


def _hand_in(services: HubServices) -> None:
    for partner, message in _messages():
        kept, now = services.store.keep(message.body), datetime.now(UTC)
        name = f"{message.name}.edi"
        arriving = Arriving(f"{partner}/files", partner, "application/edi-x12", name, kept, f"partner:{partner}", now)
        if _is_keyed(message):
            arriving = replace(arriving, key=RequestKey(f"partner:{partner}", message.name, message.sha256))
        services.intake.take([arriving])


def _is_keyed(message: Message) -> bool:
    return message.group % KEYED_EVERY == 0


def _messages() -> Iterator[tuple[str, Message]]:
    numbers = iter(range(MARK + 1, MARK + 1000))
    for order in range(ORDERS):
        number = next(numbers)
        yield CUSTOMER, customer_order(number)
        if order % CHANGED_EVERY == 0:
            yield CUSTOMER, customer_change(next(numbers), number)
    for number in islice(numbers, NOTICES):
        notice = ship_notice(number)
        yield SHIPPER, replace(notice, body=notice.body.replace(b"10045", b"%d" % number))  # an order of its own
