"""Twenty times the normal rate while the ERP throttles, a WMS is off, and a ship notice comes twice: nothing is lost,
memory is flat, and all of it is delivered afterwards, in order."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from hub.states import ArrivalStatus
from tests.faults.harness.form import by_form, figures, sqlite_suffices_in_short
from tests.faults.harness.gauges import Sample, sample
from tests.faults.harness.history import Kind
from tests.faults.harness.invariants import violations
from tests.faults.harness.rig import Rig, rig

NORMAL = 1
"""Orders a second, at each of five doors together."""

SECONDS = by_form(2, 60, 300)
THROTTLE = by_form(20, 20)
GROWTH = 64_000_000
"""Bytes that memory may rise from the first half of a spike to the second."""


@sqlite_suffices_in_short
async def test_a_spike_on_a_bad_day_loses_nothing_and_memory_stays_flat(tmp_path: Path, store_url: str) -> None:
    samples: list[Sample] = []
    async with rig(tmp_path, store_url) as run:
        run.feed(1)
        await run.start()
        await run.until(lambda: len(run.wms.effects) > 0)
        run.erp.limit, run.wms.off = THROTTLE, True
        begun = time.monotonic()
        while time.monotonic() < begun + SECONDS:
            run.feed(20 * NORMAL // len(run.doors))
            _come_twice(run)
            assert run.node is not None
            samples.append(sample(run.node, run.data))
            await asyncio.sleep(1)
        await run.until(lambda: all(door.idle for door in run.doors.values()), 600)
        in_spike = time.monotonic() - begun
        run.erp.limit, run.wms.off = None, False
        evidence = await run.settle(600)
        after = time.monotonic() - begun - in_spike
    assert violations(evidence) == []
    assert any(one.status == ArrivalStatus.DUPLICATE for one in evidence.arrivals)
    put_off = [op.told for op in evidence.history if op.kind is Kind.FAIL and op.door in ("api", "system")]
    assert all("Retry-After: " in told and "Retry-After:  " not in told for told in put_off)
    rss = [one.rss for one in samples]
    middle = len(rss) // 2
    assert max(rss[middle:]) - max(rss[: middle or 1]) < GROWTH
    figures(
        f"spike, {run.engine}",
        documents=len(evidence.documents),
        throttled=run.erp.throttled,
        put_off=len(put_off),
        taken_in_seconds=round(in_spike),
        delivered_after_seconds=round(after),
        most_megabytes=max(rss) // 1_000_000,
    )


def _come_twice(run: Rig) -> None:
    """The same notice of a shipper by hand and by its folder: the second is a duplicate."""
    (notice,) = run.source.shipper(1)
    run.doors["control"].hand_in([notice])
    run.doors["shipper"].hand_in([notice])
