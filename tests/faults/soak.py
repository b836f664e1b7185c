"""``make soak``: a node under steady work by every door, and what it takes of its machine, sampled and told.

    python -m tests.faults.soak [seconds]

Exit code 1 when something grows, or when what must be true after every run is not.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.harness.gauges import MEASURED, Sample, growth, sample
from tests.faults.harness.invariants import violations
from tests.faults.harness.rig import Rig, rig

SECONDS = 1800.0
SAMPLES = 120
PAUSE = 2.0
"""From one order at each door to the next."""

SETTLE_SECONDS = 600.0

ALLOWED = {"rss": 24e6, "handles": 12.0, "threads": 6.0, "wal": 24e6}
"""So much may each rise over a whole run: what is still being warmed, and where in its ebb and flow a run ends."""


async def soak(seconds: float, samples: list[Sample]) -> tuple[list[str], int]:
    """Violations, and how many documents took effect."""
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder), "") as run:
            await run.start()
            await _work(run, seconds, samples)
            evidence = await run.settle(SETTLE_SECONDS)
            return violations(evidence), len(evidence.effects)


async def _work(run: Rig, seconds: float, samples: list[Sample]) -> None:
    end, next_sample = time.monotonic() + seconds, 0.0
    while (now := time.monotonic()) < end:
        run.feed(1)
        if now >= next_sample:
            next_sample = now + seconds / SAMPLES
            assert run.node is not None
            samples.append(sample(run.node, run.data))
        await asyncio.sleep(PAUSE)


def main(seconds: float) -> int:
    samples: list[Sample] = []
    try:
        violated, effects = asyncio.run(soak(seconds, samples))
    except AssertionError as error:
        violated, effects = [str(error)], 0
    hours = (samples[-1].at - samples[0].at) / 3600
    table = Table("", "first", "last", "most", "growth an hour", "over the run", "allowed")
    grown = []
    for name in MEASURED:
        slope, values = growth(samples, name), [getattr(one, name) for one in samples]
        if slope * hours > ALLOWED[name]:
            grown.append(name)
        shown = (values[0], values[-1], max(values), slope, slope * hours, ALLOWED[name])
        table.add_row(name, *(f"{value:,.0f}" for value in shown))
    console = Console()
    console.print(table)
    console.print(f"{effects} effects in {hours * 60:.1f} minutes, {len(samples)} samples")
    for line in [f"{name} grows" for name in grown] + violated:
        console.print(line, style="red")
    return 1 if grown or violated else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else SECONDS))
