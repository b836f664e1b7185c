"""Four nodes on one PostgreSQL, killed, paused for three leases and cut off: each document once, no stale writer
succeeds, order kept, numbers unique."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.conftest import postgres_running
from tests.faults.breaking import restart
from tests.faults.harness.cluster import Cluster, cluster
from tests.faults.harness.form import by_form, figures, long_only
from tests.faults.harness.invariants import violations

ORDERS = by_form(2, 50)
RESTARTS = 5
ROUNDS = by_form(0, 24)
"""After the first. So many orders at each of four doors, and a change of every third at two: 5,000 documents."""

PAUSED_AT = by_form(("k9", "k14"), ("k9", "k14", "k18"))
"""Where nodes stand still that hold work: files of a poll read and not committed, documents computed and not committed,
sent and not recorded."""

REFUSED = "another node has taken over"


async def test_nodes_that_are_killed_paused_and_cut_off_do_everything_once(tmp_path: Path, postgres_url: str) -> None:
    async with cluster(tmp_path, postgres_url, len(PAUSED_AT) + 1) as run:
        run.feed(ORDERS)
        await _oversleep_at_points(run)
        for _ in range(ROUNDS):
            await _break_all(run)
        run.feed(ORDERS)
        await run.kill(run.members[-1])
        evidence = await run.settle()
    assert violations(evidence) == []
    refused, seen = run.said(REFUSED), {"breaks": run.breaks, "documents": len(evidence.documents)}
    figures("several nodes", nodes=len(run.members), refused_stale_writes=refused, violations=0, **seen)


async def _oversleep_at_points(run: Cluster) -> None:
    """Each comes to its own, since it is started when those before stand still; their writes are refused."""
    pauses = []
    for member, point in zip(run.members, PAUSED_AT, strict=False):
        node = await run.start(member, (point, 1, "SIGSTOP"))
        await run.until(lambda node=node: node.stands_still)
        pauses.append(asyncio.create_task(run.oversleeps(member)))
    await run.start(run.members[-1])
    await asyncio.gather(*pauses)
    await run.until(lambda: run.said(REFUSED) >= len(PAUSED_AT))


async def _break_all(run: Cluster) -> None:
    """One is killed and started again, one paused and two cut off, at one time and while work comes in; whose turn it
    is to be what, chance says."""
    run.feed(ORDERS)
    run.chance.shuffle(run.members)
    killed, paused, lost, late = run.members
    await asyncio.gather(
        run.kill(killed), run.pause(paused), run.cut_off(lost, anew=True), run.cut_off(late, anew=False)
    )
    await run.start(killed)
    await run.until(lambda: all(door.idle for door in run.doors.values()), 600)


@long_only
async def test_a_database_that_is_restarted_under_several_nodes_loses_nothing(tmp_path: Path) -> None:
    with postgres_running() as server:
        async with cluster(tmp_path, server.get_uri()) as run:
            await asyncio.gather(*map(run.start, run.members))
            for _ in range(RESTARTS):
                run.feed(ORDERS)
                before = len(run.erp.effects)
                await run.until(lambda before=before: len(run.erp.effects) > before + ORDERS)
                await asyncio.to_thread(restart, server)
                run.breaks += 1
            evidence = await run.settle()
    assert violations(evidence) == []
    figures("PostgreSQL restarted under several nodes", restarts=RESTARTS, documents=len(evidence.documents))
