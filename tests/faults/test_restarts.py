"""PostgreSQL is restarted in mid-run, as a crash does it: nothing acknowledged is lost, nothing done twice (R5)."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from tests.conftest import postgres_running
from tests.faults.breaking import restart
from tests.faults.harness.form import figures, long_only
from tests.faults.harness.history import Kind
from tests.faults.harness.invariants import violations
from tests.faults.harness.rig import rig

SEED = 20261126
RESTARTS = 10
ORDERS = 20
"""For each door and restart. ``test_lost_commits.py`` has a short form."""


@long_only
async def test_a_database_that_is_restarted_in_mid_run_loses_and_repeats_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with postgres_running() as server:
        async with rig(tmp_path, server.get_uri()) as run:
            await run.start()
            for _ in range(RESTARTS):
                run.feed(ORDERS)
                before = len(run.erp.effects)
                await run.until(lambda before=before: len(run.erp.effects) > before)
                await asyncio.sleep(chance.uniform(0, 0.5))
                await asyncio.to_thread(restart, server)
                run.breaks += 1
            evidence = await run.settle()
    assert violations(evidence) == []
    refused = sum(op.kind is Kind.FAIL for op in evidence.history)
    unknown = sum(op.kind is Kind.UNKNOWN for op in evidence.history)
    told = {op.told[:3] for op in evidence.history if op.kind is Kind.FAIL and op.door in ("api", "system")}
    assert told <= {"503", "409"}, "whoever is put off is told so"
    figures(
        "PostgreSQL restarted", restarts=RESTARTS, documents=len(evidence.documents), put_off=refused, unknown=unknown
    )
