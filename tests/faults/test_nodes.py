"""Four nodes on one PostgreSQL, killed, paused for three leases and cut off: each document once, every poll once, no
stale writer succeeds, order kept, numbers unique. Also where the server is restarted under them, and where their clocks
lie apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hub.store.engine import dialects
from hub.store.errors import StoreUnavailable
from hub.store.store import Store
from tests.conftest import postgres_running
from tests.faults.breaking import over_tcp, restart
from tests.faults.harness.cluster import SHOP, Cluster, cluster
from tests.faults.harness.form import by_form, figures, long_only
from tests.faults.harness.history import Kind
from tests.faults.harness.invariants import Evidence, violations
from tests.faults.harness.messages import CHANGE
from tests.faults.harness.witness import Witnessed, breaches
from tests.faults.test_clock import DAY, HOUR, LIBRARIES

ORDERS = by_form(2, 75)
ROUNDS = by_form(0, 12, 40)
"""After the first. So many orders at each of four doors, a fifth of it at one more, and a change of every third at two
of them: 5,000 documents."""

PAUSED_FIRST = ("k9", "k14")
PAUSED_THEN = ("k14", "k18", "k12", "k19", "k13", "k17", "k21", "k24", "k23")
"""Where nodes stand still that hold work: files of a poll read and not committed, documents computed and not committed,
sent and not recorded ..."""

RESTARTS = 10
RESTART_ORDERS = 20

CLOCKS = (0, HOUR, -HOUR, DAY)
CLOCK_ROUNDS = 3
CLOCK_ORDERS = 20


async def test_nodes_that_are_killed_paused_and_cut_off_do_everything_once(tmp_path: Path, postgres_url: str) -> None:
    begun = time.monotonic()
    async with cluster(tmp_path, postgres_url, by_form(3, 4)) as run:
        run.feed(ORDERS)
        for member, point in zip(run.members, PAUSED_FIRST, strict=False):
            node = await run.start(member, (point, 1, "SIGSTOP"))  # it comes there: the others stand still
            await run.until(lambda node=node: node.stands_still)
        for member in run.members[len(PAUSED_FIRST) :]:
            await run.start(member)
        for number in range(ROUNDS):
            await _break_some(run, PAUSED_THEN[number % len(PAUSED_THEN)], anew=number % 2 == 0)
        run.feed(ORDERS)
        await run.kill(run.awake()[-1])
        evidence, witnessed = await run.settle(), run.witness.read()
    _all_was_well(run, evidence, witnessed)
    seen = _seen(run, evidence, witnessed)
    figures("several nodes", nodes=len(run.members), **seen, seconds=round(time.monotonic() - begun))


async def _break_some(run: Cluster, point: str, *, anew: bool) -> None:
    """One is killed, and started again to stand still where it holds work; one is cut off; one stands still in the
    middle of a poll. One at least goes on. At one time and while work comes in; whose turn it is, chance says."""
    await run.until(lambda: len(run.awake()) > 2)
    run.feed(ORDERS)
    killed, lost = run.chance.sample(run.awake(), 2)
    await run.kill(killed)
    run.pause_at_poll()
    cut = asyncio.create_task(run.cut_off(lost, anew=anew))
    await run.start(killed, (point, 1, "SIGSTOP"))
    await cut
    await run.until(lambda: run.idle, 600)


def _all_was_well(run: Cluster, evidence: Evidence, witnessed: Witnessed) -> None:
    assert violations(evidence) == []
    assert breaches(witnessed) == []
    unrefused = [sleep for sleep in run.sleeps if not sleep.cut_short and not sleep.refused_since]
    assert unrefused == [], "whoever woke up wrote nothing that was its own no more"
    assert [numbers for numbers in evidence.numbers.values() if _gaps(numbers)] == [], "none was left out either"
    due, claims = witnessed.polls(SHOP)
    assert 0 < run.polls <= claims <= due + run.breaks, "each is polled once, and once more where a poll broke off"


def _gaps(numbers: list[int]) -> int:
    return max(numbers) - min(numbers) + 1 - len(numbers) if numbers else 0


def _seen(run: Cluster, evidence: Evidence, witnessed: Witnessed) -> dict[str, int]:
    """Figures; what ``_all_was_well`` has found to be none is none."""
    due, claims = witnessed.polls(SHOP)
    return {
        "documents": len(evidence.documents),
        "pairs_in_order": sum(effect.key.startswith(CHANGE) for effect in evidence.effects),
        "kills": run.kills,
        "pauses": len(run.sleeps),
        "cut_off": run.cuts,
        "claims_taken_over": witnessed.taken_over,
        "stale_writes_refused": run.refused(),
        "stale_commits": 0,
        "writes_witnessed": len(witnessed.writes),
        "polls_due": due,
        "polls_claimed": claims,
        "polls_seen_by_partner": run.polls,
        "control_numbers": sum(map(len, evidence.numbers.values())),
        "violations": 0,
    }


@long_only
async def test_a_database_that_is_restarted_under_several_nodes_loses_nothing(tmp_path: Path) -> None:
    begun, slowest = time.monotonic(), 0.0
    with postgres_running() as server:
        async with cluster(tmp_path, server.get_uri()) as run:
            await asyncio.gather(*map(run.start, run.members))
            for _ in range(RESTARTS):
                run.feed(RESTART_ORDERS)
                before = len(run.erp.effects)
                await run.until(lambda before=before: len(run.erp.effects) > before)
                await asyncio.sleep(run.chance.uniform(0, 0.5))
                await asyncio.to_thread(restart, server)
                run.breaks += 1
                before, since = len(run.erp.effects), time.monotonic()
                await run.until(lambda before=before: len(run.erp.effects) > before)
                slowest = max(slowest, time.monotonic() - since)
            evidence, witnessed = await run.settle(), run.witness.read()
    _all_was_well(run, evidence, witnessed)
    acknowledged = sum(len(op.keys) for op in evidence.history if op.kind is Kind.OK)
    seen = _seen(run, evidence, witnessed) | {"acknowledged": acknowledged, "lost": 0, "restarts": RESTARTS}
    took = {"slowest_healing_seconds": round(slowest, 1), "seconds": round(time.monotonic() - begun)}
    figures("PostgreSQL restarted under several nodes", nodes=len(run.members), **seen, **took)


@long_only
def test_a_node_that_vanishes_while_it_is_being_answered_holds_nothing_up(tmp_path: Path) -> None:
    """It locks, asks for more than fits into the buffers on the way, and reads nothing: as one that is cut off, or
    stands still."""
    with postgres_running() as server:
        url = over_tcp(server)
        vanished, other = (Store(url, tmp_path / name) for name in ("vanished", "other"))
        with closing(other), closing(vanished):
            took = _held_up(vanished, other)
        assert 10 < took < 30
    figures("a node that vanishes", others_go_on_after_seconds=round(took, 1))


def _held_up(vanished: Store, other: Store) -> float:
    """Seconds."""
    took = float("inf")
    with suppress(StoreUnavailable), vanished.begin() as tx:
        dialects.lock(tx, "departures")
        asking = tx.connection.driver_connection.pgconn  # type: ignore[union-attr]
        asking.send_query(b"SELECT repeat('x', 9999) FROM generate_series(1, 9999)")
        begun = time.monotonic()
        with other.begin() as waiting:
            dialects.lock(waiting, "departures")
        took = time.monotonic() - begun
        while asking.get_result() is not None:  # up to where the connection was broken off
            pass
    return took


@long_only
@pytest.mark.external("faketime")
async def test_nodes_whose_clocks_lie_apart_take_no_living_claim(tmp_path: Path, postgres_url: str) -> None:
    """By hours and a day: leases, pauses and signatures go by the database's clock, files by that which dates them."""
    begun = time.monotonic()
    async with cluster(tmp_path, postgres_url, len(CLOCKS), [_at(clock) for clock in CLOCKS]) as run:
        await asyncio.gather(*map(run.start, run.members))
        for number in range(CLOCK_ROUNDS):
            run.feed(CLOCK_ORDERS)
            await run.kill(run.awake()[number])
            stopped = next(member for member in run.members if member.node is None)
            await run.start(stopped, (PAUSED_THEN[number], 1, "SIGSTOP"))
            run.pause_at_poll()
            await run.until(lambda: run.idle, 600)
        evidence, witnessed = await run.settle(), run.witness.read()
    _all_was_well(run, evidence, witnessed)
    assert run.erp.refused == run.wms.refused == [], "no signature is of another time"
    seen = _seen(run, evidence, witnessed)
    figures("nodes whose clocks lie apart", apart=DAY + HOUR, **seen, seconds=round(time.monotonic() - begun))


def _at(seconds: int) -> Mapping[str, str]:
    """The environment of a node whose clock is so many seconds ahead."""
    return {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME": f"{seconds:+}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
