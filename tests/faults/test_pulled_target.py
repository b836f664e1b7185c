"""An ERP that comes for its documents, while the node is killed between any two steps of it: it has each once, in the
order of each purchase order, and nothing is taken for delivered that it does not have."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from hub.store.configuration import configurations
from hub.store.people import access
from hub.store.store import Store
from tests.faults.harness.form import FORM, by_form, figures
from tests.faults.harness.invariants import violations
from tests.faults.harness.points import PULLED
from tests.faults.harness.puller import Puller
from tests.faults.harness.rig import Rig, rig

SEED = 20261126
WORKERS = 2
HITS = by_form(1, 20)
ORDERS = 2
"""For each door and life."""


async def test_a_node_killed_while_it_is_fetched_from_loses_none_and_repeats_none(
    tmp_path: Path, store_url: str
) -> None:
    names = list(PULLED)[:: 3 if FORM == "short" and store_url else 1]
    chance = random.Random(SEED)
    async with rig(tmp_path, store_url) as run, pulled(run):
        for name in names * HITS:
            run.feed(ORDERS)
            await run.start((name, chance.randint(1, PULLED[name].most)))
            if run.node is not None:
                await run.died()
        run.breaks += run.kills  # a lease may also end while its worker still fetches
        evidence = await run.settle()
    assert run.kills == len(names) * HITS
    assert violations(evidence) == []
    assert {effect.target for effect in evidence.effects} == {"erp", "wms-east"}
    figures(f"kill while fetched from, {run.engine}", kills=run.kills, documents=len(evidence.documents), violations=0)


@asynccontextmanager
async def pulled(run: Rig) -> AsyncIterator[None]:
    """The rig's ERP is sent nothing any more and comes for what is its own, by several workers."""
    now = datetime.now(UTC)
    store = Store(run.url, run.data)
    with store.begin() as tx:
        applied = configurations.current(tx, "hub", "hub")
        assert applied is not None
        text, count = re.subn(r"- key: erp\n    kind: http\n(    .*\n)+", TARGET, applied.text, count=1)
        assert count == 1
        configurations.apply(tx, "hub", "hub", text, "test", now)
        key = access.create(tx, "system", "erp", "test", now)[1]
    store.close()
    workers = [asyncio.create_task(Puller(run.erp, key, run.node_url).run()) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for worker in workers:
            worker.cancel()
        ended = await asyncio.gather(*workers, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


TARGET = "- {key: erp, kind: outbox, system: erp}\n"
