"""A wrong address is told from a wrong document by what the target answers to several in a row (ER03, ER06)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.health.faults import Where, of_targets
from hub.operator.operations import resend
from hub.store.questions import backlog
from hub.store.store import Store
from hub.targets.standing import report
from tests.integration.outbound import Behaviour, Outbound, answer, facing

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", [301, 307, 404, 405, 410])
async def test_er06_a_wrong_address_is_the_targets_and_buries_no_backlog(
    store: Store, tmp_path: Path, status: int
) -> None:
    """Told by what it answers to several documents in a row; those that were buried before it was known leave, too."""
    extra = "breaker_failures: 3, concurrency: 2, retry: {first_delay_seconds: 10, jitter: 0}"
    wrong = answer(status, b"no such page", Location="http://127.0.0.1:9/other")
    async with facing(store, tmp_path, *[wrong] * 50, extra=extra) as (hub, erp):
        orders = [hub.order(f"PO-{n}") for n in range(10)]
        behind = hub.order("PO-0", change=True)
        assert await hub.leave() <= 4, "no more than were under way together"
        await hub.leave_all(timedelta(minutes=5))
        assert {hub.state(order).status for order in orders} == {"composed"}
        assert hub.state(behind).status == "pending"
        (item,) = hub.items()
        assert item.kind == "target"
        assert f"it answers {status}" in item.summary
        assert "to everything: is its address right?" in item.summary
        faults = of_targets(*told_of(hub))
        assert [(fault.where, fault.who, "is its address right" in fault.says) for fault in faults] == [
            (Where.TARGET, "erp", True)
        ]
        assert len(erp.requests) < 15, "probed, and not flooded"
        erp.script = []
        await hub.leave_all(HOUR)
        assert {hub.state(one).status for one in (*orders, behind)} == {"delivered"}
        assert hub.items() == []
        taken = erp.numbers()
        assert len(taken) == len(erp.effects) == 11
        assert taken.index("purchase_order PO-0") < taken.index("purchase_order_change PO-0")


def told_of(hub: Outbound) -> tuple[Any, ...]:
    """What the page of faults is made from."""
    with hub.store.read() as tx:
        reports = report(tx, hub.services.catalog(), hub.clock())
        return reports, backlog.dead_departures(tx), backlog.last_failures(tx), hub.clock()


@pytest.mark.parametrize("between", [answer(200), answer(422)])
async def test_er03_documents_that_it_does_not_know_among_others_are_their_own_dead_letters(
    store: Store, tmp_path: Path, between: Behaviour
) -> None:
    extra = "breaker_failures: 3, concurrency: 1"
    script = [answer(404, b"no such item"), answer(404, b"no such item"), between] * 4
    async with facing(store, tmp_path, *script, extra=extra) as (hub, erp):
        orders = [hub.order(f"PO-{n}") for n in range(12)]
        await hub.leave_all(HOUR)
        reasons = [hub.state(order).reason or "" for order in orders]
        assert sum("HTTP 404: no such item" in reason for reason in reasons) == 8
        assert {item.kind for item in hub.items()} == {"dead-letter"}
        assert len(erp.requests) == 12


async def test_er03_one_document_that_is_sent_again_and_again_tells_nothing_of_its_target(
    store: Store, tmp_path: Path
) -> None:
    async with facing(store, tmp_path, *[answer(404)] * 5, extra="breaker_failures: 2") as (hub, erp):
        order = hub.order()
        for _ in range(5):
            await hub.leave_all(HOUR)
            assert hub.state(order).status == "dead"
            resend(hub.services, [order.id], reason="again", actor="operator:mira")
        await hub.leave_all(HOUR)
        assert hub.state(order).status == "delivered"
        assert len(erp.requests) == 6
