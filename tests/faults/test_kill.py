"""A node that is killed at any moment loses nothing, does nothing twice and sets nothing good aside (R1)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.faults.harness.evidence import first_signs
from tests.faults.harness.form import FORM, by_form, figures, sqlite_suffices_in_short
from tests.faults.harness.invariants import violations
from tests.faults.harness.messages import customer_orders
from tests.faults.harness.points import POINTS
from tests.faults.harness.rig import Rig, rig
from tests.faults.harness.servers import partners_served

SEED = 20261126
KILLS = by_form(3, 200)
SETS, IN_ONE = by_form((200, 2), (1000, 10))
PROGRESS_SECONDS = 10
"""From a restart to the first thing on record; a short form shares its machine with other tests."""

HITS = by_form(1, 20)
ORDERS = 2
"""For each door and life."""

RUNS = by_form(1, 6)
"""Among which the points are dealt out, early and late ones to each; one more has those on a server of partners."""


def runs() -> Iterator[pytest.ParameterSet]:
    """Without sshd the points on a server of partners are skipped, and no others."""
    others = [name for name, point in POINTS.items() if not point.served]
    for names in (others[n::RUNS] for n in range(RUNS)):
        yield pytest.param(names, id=" ".join(names) if RUNS > 1 else "each")
    served = [name for name, point in POINTS.items() if point.served]
    yield pytest.param(served, id=" ".join(served), marks=pytest.mark.external("sshd"))


async def test_a_node_killed_at_random_moments_loses_none_and_repeats_none(tmp_path: Path, store_url: str) -> None:
    chance = random.Random(SEED)
    async with rig(tmp_path, store_url) as run:
        for _ in range(KILLS):
            run.feed(ORDERS)
            await run.start()
            await run.until(_one_more(run))
            await asyncio.sleep(chance.uniform(0, 0.5))
            await run.kill()
        evidence = await run.settle()
    assert violations(evidence) == []
    signs = first_signs(run.url, run.data, run.lives)
    assert signs
    assert FORM == "short" or max(signs) <= PROGRESS_SECONDS
    seen = {"kills": run.kills, "documents": len(evidence.documents), "slowest_to_go_on": round(max(signs), 2)}
    figures(f"kill at random, {run.engine}", violations=0, **seen)


@sqlite_suffices_in_short
async def test_a_node_killed_in_the_middle_of_one_large_interchange_answers_it_once(
    tmp_path: Path, store_url: str
) -> None:
    chance = random.Random(SEED)
    async with rig(tmp_path, store_url) as run:
        run.doors["folder"].hand_in([customer_orders(SETS)])
        for _ in range(IN_ONE):
            await run.start()
            await run.until(_one_more(run))
            await asyncio.sleep(chance.uniform(0, 0.5))
            await run.kill()
        evidence = await run.settle()
    assert violations(evidence) == []


def _one_more(run: Rig) -> Callable[[], bool]:
    """Whether something has reached the ERP since now: the node has come to work again."""
    before = len(run.erp.effects)
    return lambda: len(run.erp.effects) > before


@pytest.mark.parametrize("names", list(runs()))
async def test_a_node_killed_at_named_points_loses_none_and_repeats_none(
    tmp_path: Path, store_url: str, names: list[str]
) -> None:
    if FORM == "short" and store_url:
        names = names[::6]  # the engine makes a difference to few of them
    chance = random.Random(SEED)
    async with rig(tmp_path, store_url) as run:
        with partners_served(run) if any(POINTS[name].served for name in names) else nullcontext():
            for name in names * HITS:
                run.feed(ORDERS)
                await _die_at(run, name, chance.randint(1, POINTS[name].most))
            evidence = await run.settle()
    assert run.kills == len(names) * HITS
    assert violations(evidence) == [], f"its lives ended in turn at {names}"
    seen = {"hits": HITS, "beside": " ".join(names), "documents": len(evidence.documents), "violations": 0}
    for name in names:
        figures(f"kill at {name}, {POINTS[name].says}, {run.engine}", **seen)


async def _die_at(run: Rig, name: str, nth: int) -> None:
    if POINTS[name].module:
        await run.start((name, nth))
    else:
        run.erp.taken = run.erp.after(nth, lambda: run.node and run.node.kill())
        await run.start()
    if run.node is not None:
        try:
            await run.died()
        except TimeoutError as error:
            raise AssertionError(f"life {run.kills + 1} did not come to {name} {nth} times") from error
    run.erp.taken = lambda: None
