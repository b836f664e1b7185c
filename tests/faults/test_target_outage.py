"""An ERP goes down in every way it can, loses answers after it has committed, and comes back (R10, R11, R21).

Nothing is lost or done twice, order holds, its wishes and its rate are obeyed. Real HTTP and a real store, minutes as
seconds.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hub.store.store import Store
from tests.faults.harness.form import by_form, figures
from tests.integration.outbound import Behaviour, answer, drop, facing, hang

PAIRS = by_form(60, 200, 1000)
LOST = by_form(40, 500)
RATE = 5
EXTRA = f"timeout_seconds: 0.3, rate: {{requests: {RATE}}}, retry: {{first_delay_seconds: 5, cap_seconds: 60}}"


async def test_an_outage_of_every_kind_loses_nothing_and_inverts_nothing(store: Store, tmp_path: Path) -> None:
    async with facing(store, tmp_path, extra=EXTRA) as (hub, erp):
        begun = hub.clock()
        phases: list[tuple[int, Behaviour | None]] = [
            (10, drop),
            (15, answer(503)),
            (20, answer(429, Retry_After="30")),
            (22, hang),
            (23, answer(200, b"<!doctype html><html>Please sign in</html>")),
        ]

        def plan(instant: datetime) -> Behaviour | None:
            minutes = (instant - begun).total_seconds() / 60
            return next((behave for until, behave in phases if minutes < until), None)

        erp.plan = plan
        orders = [hub.order(f"PO-{n}") for n in range(PAIRS)] + [
            hub.order(f"PO-{n}", change=True) for n in range(PAIRS)
        ]
        await hub.leave_all(timedelta(days=1))
        assert {hub.state(one).status for one in orders} == {"delivered"}
        taken = erp.numbers()
        assert len(taken) == len(erp.effects) == 2 * PAIRS
        place = {number: index for index, number in enumerate(taken)}
        inverted = [n for n in range(PAIRS) if place[f"purchase_order PO-{n}"] > place[f"purchase_order_change PO-{n}"]]
        assert inverted == []
        patience_is_shown([r.at for r in erp.requests if 15 <= (r.at - begun).total_seconds() / 60 < 20], 30)
        a_second_sees_no_more([r.at for r in erp.requests])
        assert hub.items() == []
        figures(f"ERP outage, {store.dialect}", pairs=PAIRS, requests=len(erp.requests), lost=0, twice=0, inverted=0)


def patience_is_shown(throttled: list[datetime], seconds: int) -> None:
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(throttled)]
    assert throttled
    assert min(gaps, default=seconds) >= seconds


def a_second_sees_no_more(instants: list[datetime]) -> None:
    instants = sorted(instants)
    for index, instant in enumerate(instants[RATE:]):
        assert instant - instants[index] >= timedelta(seconds=1)


async def test_answers_lost_after_the_commit_repeat_the_same_bytes_under_the_same_key(
    store: Store, tmp_path: Path
) -> None:
    chance = random.Random(11)
    async with facing(store, tmp_path, extra="breaker_failures: 1000") as (hub, erp):
        erp.commits = True
        erp.script = [drop if chance.random() < 0.5 else answer(504) for _ in range(LOST)]
        orders = [hub.order(f"PO-{n}") for n in range(LOST)]
        await hub.leave_all(timedelta(days=1))
        assert {hub.state(one).status for one in orders} == {"delivered"}
        assert len(erp.effects) == LOST
        assert len({(request.key, request.body) for request in erp.requests}) == LOST
        assert Counter(request.key for request in erp.requests).total() == 2 * LOST
        figures(f"answers lost after the commit, {store.dialect}", lost_answers=LOST, effects=len(erp.effects))
