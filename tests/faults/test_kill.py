"""A node that is killed at any moment loses nothing, does nothing twice and sets nothing good aside (R1)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.external import missing
from tests.faults.harness.evidence import first_signs
from tests.faults.harness.form import FORM, by_form, figures
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

SERVED = [name for name, point in POINTS.items() if point.served]


def runs() -> Iterator[pytest.ParameterSet]:
    """The short form comes to all points in one run, the long ones to each in a run of its own. Without sshd the points
    on a server of partners are skipped, and no others."""
    parts = [[name] for name in POINTS]
    if FORM == "short":
        parts = [list(POINTS)]
        if missing("sshd"):
            parts = [[name for name in POINTS if name not in SERVED], SERVED]
    for names in parts:
        marks = [pytest.mark.external("sshd")] if set(names) & set(SERVED) else []
        yield pytest.param(names, id="each" if FORM == "short" else names[0], marks=marks)


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


@pytest.mark.sqlite_suffices
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
    served = [name for name in names if name in SERVED]
    async with rig(tmp_path, store_url) as run:
        await _die_at_each(run, [name for name in names if name not in served], chance)
        with partners_served(run) if served else nullcontext():
            await _die_at_each(run, served, chance)
            evidence = await run.settle()
    assert run.kills == len(names) * HITS
    assert violations(evidence) == []
    for name in names:
        part = f"kill at {name}, {POINTS[name].says}, {run.engine}"
        figures(part, hits=HITS, documents=len(evidence.documents), violations=0)


async def _die_at_each(run: Rig, names: list[str], chance: random.Random) -> None:
    for name in names * HITS:
        run.feed(ORDERS)
        await _die_at(run, name, chance.randint(1, POINTS[name].most))


async def _die_at(run: Rig, name: str, nth: int) -> None:
    if POINTS[name].module:
        await run.start((name, nth))
    else:
        run.erp.taken = run.erp.after(nth, lambda: run.node and run.node.kill())
        await run.start()
    if run.node is not None:
        await run.died()
    run.erp.taken = lambda: None
