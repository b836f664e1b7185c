"""The system's clock jumps an hour or a day back and days forward, under a running node or while it is down: polls go
on, no pause lasts longer, nothing is lost or given up, and no lease ends early (R18)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.services import utc_now
from hub.states import BreakerState
from hub.store.outbound import targets
from hub.store.store import Store
from tests.faults.harness.form import figures, long_only
from tests.faults.harness.invariants import violations
from tests.faults.harness.messages import CUSTOMER, customer_order
from tests.faults.harness.rig import rig
from tests.scenarios.running import running_hub

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
HOUR, DAY = 3600, 86_400
JUMPS = (-HOUR, DAY, 0, HOUR, 0)
"""From the true time, at which the node starts."""

ORDERS = 3


async def test_a_clock_set_back_or_forward_rests_no_poll(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        by = 0
        hub.services.clock = lambda: utc_now() + timedelta(seconds=by)
        hub.erp.clock = lambda: time.time() + by
        for number, jump in enumerate((0, -HOUR, DAY), 1):
            by = jump
            hub.partner(CUSTOMER).put(f"{number}.edi", customer_order(number).body)
            await hub.erp.wait_for(number, 30)


class Clock:
    """The hub's and its ERP's clock, which is set by ``set_by`` seconds against the true time."""

    set_by = 0

    def now(self) -> datetime:
        return utc_now() + timedelta(seconds=self.set_by)

    def time(self) -> float:
        return time.time() + self.set_by


@pytest.mark.parametrize("set_by", [-HOUR, -DAY])
@pytest.mark.parametrize("running", [True, False], ids=["running", "down"])
async def test_a_clock_set_back_lengthens_no_pause(store: Store, tmp_path: Path, set_by: int, running: bool) -> None:
    """Of a target that is out of order, whose breaker has opened; set while the hub runs, or while it is down."""
    clock = Clock()
    async with running_hub(store, tmp_path, clock=clock.now) as hub:
        hub.erp.fail_next(1000)
        hub.partner(CUSTOMER).put("1.edi", customer_order(1).body)
        await hub.until(lambda: standing(store) == BreakerState.OPEN, 60)
        if running:
            clock.set_by, hub.erp.clock = set_by, clock.time
            hub.erp.recover()
            await hub.erp.wait_for(1, 60)
    if not running:
        clock.set_by = set_by
        async with running_hub(store, tmp_path, clock=clock.now) as hub:
            hub.erp.clock = clock.time
            await hub.erp.wait_for(1, 60)


async def test_a_clock_set_forward_buries_nothing_and_ends_no_claim(store: Store, tmp_path: Path) -> None:
    """By more than the longest age of a departure, while one attempt is under way and another departure waits."""
    clock = Clock()
    async with running_hub(store, tmp_path, clock=clock.now) as hub:
        hub.erp.delay = 5.0
        hub.partner(CUSTOMER).put("1.edi", customer_order(1).body)
        await hub.until(lambda: hub.erp.attempts == 1, 60)
        hub.erp.fail_next(2)
        clock.set_by, hub.erp.clock = 4 * DAY, clock.time
        hub.partner(CUSTOMER).put("2.edi", customer_order(2).body)
        await hub.until(lambda: hub.erp.attempts >= 2, 60)
        hub.erp.delay = 0.0
        await hub.erp.wait_for(2, 60)
        assert hub.erp.attempts == 4


def standing(store: Store) -> str | None:
    with store.read() as tx:
        state = targets.get(tx, "erp")
    return state.breaker if state else None


@long_only
@pytest.mark.external("faketime")
async def test_a_clock_that_jumps_loses_nothing_and_stops_no_poll(tmp_path: Path, store_url: str) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    environment = {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",  # seconds until the file is read again; reading it each time takes most of them
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    slowest = 0.0
    async with rig(tmp_path, store_url, environment=environment) as run:
        # They are not what is set here, and would refuse what is signed before the node has read the new time.
        run.erp.timeless = run.wms.timeless = True
        run.feed(ORDERS)
        await run.start()
        for jump in JUMPS:
            run.erp.delay = 0.3  # some attempt is under way
            await run.until(lambda: len(run.erp.raw) > len(run.erp.effects), 300)
            clock.write_text(f"{jump:+}")
            run.erp.delay = 0.0
            run.feed(ORDERS)
            since = time.monotonic()
            await run.until(lambda: all(door.idle for door in run.doors.values()), 300)
            slowest = max(slowest, time.monotonic() - since)
            run.feed(ORDERS)
        evidence = await run.settle()
    assert violations(evidence) == []
    figures(
        f"clock, {run.engine}", jumps=len(JUMPS), documents=len(evidence.documents), slowest_intake=round(slowest, 1)
    )
