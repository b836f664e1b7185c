"""Documents over which processes die: their neighbours do not notice, and a person is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from hub.compute.pool import Children, Limits
from hub.states import DocumentStatus
from hub.store.schema import tables
from hub.store.store import Store
from hub.store.traffic import documents
from hub.store.trail import work_items
from tests.benchmarks.interchanges import order_of_customer, orders_of_customer
from tests.scenarios.running import running_hub

LIMITS = Limits(seconds=1.0, memory_megabytes=700)
KINDS = ("6660", "6661", "6662", "6663", "6664")
"""tests/faults/poisoned.py: an exception, an endless loop, memory without end, a crash, a kill."""

REASONS = {
    "6660": "The hub could not process this document (RuntimeError)",
    "6661": "A process of the hub failed 3 times to process this document: it took more than",
    "6662": "A process of the hub failed 3 times to process this document: it needed more than 700 MB of memory",
    "6663": "A process of the hub failed 3 times to process this document: its process crashed (SIGSEGV)",
    "6664": "A process of the hub failed 3 times to process this document: its process crashed (SIGKILL)",
}


def poisoned(text: bytes, number: int, kind: str) -> bytes:
    """The set with this control number gets that of a poison."""
    return (
        text.replace(b"ST*850*%04d~" % number, b"ST*850*%s~" % kind.encode())
        .replace(b"*%04d~\nST" % number, b"*%s~\nST" % kind.encode())
        .replace(b"*%04d~\nGE" % number, b"*%s~\nGE" % kind.encode())
    )


async def test_ten_poison_documents_among_a_hundred_are_quarantined_and_the_others_delivered(
    store: Store, tmp_path: Path
) -> None:
    together = orders_of_customer(50)
    for place, kind in zip((3, 11, 12, 30, 50), KINDS, strict=True):
        together = poisoned(together, place, kind)
    children = Children("tests.faults.poisoned", 2, LIMITS)
    async with running_hub(store, tmp_path, computing=children) as hub:
        customer = hub.partner("corner-hardware")
        customer.put("together.edi", together)
        for number in range(51, 101):
            order = order_of_customer(number)
            if number % 10 == 0:
                order = poisoned(order, 1, KINDS[number // 10 - 6])
            customer.put(f"order-{number:03}.edi", order)
        await hub.erp.wait_for(90, 120)
        answers = await hub.until(lambda: (found := customer.taken("997")) and len(found) == 45 and found, 60)
    children.close()
    effects = Counter(taken.body["document"]["purchase_order_number"] for taken in hub.erp.effects.values())
    assert len(effects) == 90
    assert set(effects.values()) == {1}
    with store.read() as tx:
        rows = tx.execute(select(tables.documents.c.id).where(tables.documents.c.status == DocumentStatus.QUARANTINED))
        aside = [document for (one,) in rows if (document := documents.get(tx, one))]
        items = [item for item in work_items.open_items(tx) if item.kind == "quarantined"]
        assert tx.execute(select(tables.tries)).all() == []
    assert Counter(document.set_control_number for document in aside) == dict.fromkeys(KINDS, 2)
    assert all((document.reason or "").startswith(REASONS[document.set_control_number or ""]) for document in aside)
    assert {subject for item in items for subject in item.subjects} == {document.id for document in aside}
    assert not any("AK1*PO*1~" in answer for answer in answers), "the group of five poison documents is not answered"
