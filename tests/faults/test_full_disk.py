"""A disk that is full, at each place that the hub writes to: clear answers, nothing lost, and it recovers unaided (R4).

A small file system is mounted where the node writes and filled to its last byte while work comes in.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.harness.form import by_form, figures
from tests.faults.harness.history import Kind, Op
from tests.faults.harness.invariants import violations
from tests.faults.harness.messages import CUSTOMER, SUPPLIER
from tests.faults.harness.rig import rig

PLACES = {
    "data": "507",
    f"data/folders/{CUSTOMER}/out": "",
    f"data/folders/{SUPPLIER}/out": "",
}
"""Where it is full → the answer at the door meanwhile; none where only deliveries wait."""

MEGABYTES = 48
ORDERS = by_form(2, 20)
FULL_SECONDS = by_form(2, 20)
NO_FLOOR = "intake: {disk_floor_bytes: 0}\n"
"""The disk is to be full to its last byte, not to its floor."""


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = folder / ".filler"
    with filler.open("wb", buffering=0) as file:
        block = bytes(4096)
        while True:
            try:
                file.write(block)
            except OSError:
                break
    try:
        yield
    finally:
        filler.unlink()


def _told(ops: Iterable[Op]) -> list[str]:
    """What those were told who were put off."""
    return [op.told for op in ops if op.kind is Kind.FAIL and op.door in ("api", "system")]


@pytest.mark.sqlite_suffices
@pytest.mark.parametrize("place", by_form([*PLACES][:2], [*PLACES]))
async def test_a_full_disk_puts_off_and_loses_nothing(tmp_path: Path, store_url: str, place: str) -> None:
    disk = tmp_path / place
    with small_disk(tmp_path / "data") if place == "data" else small_disk(disk):
        async with rig(tmp_path, store_url, settings=NO_FLOOR) as run:
            run.feed(ORDERS)
            await run.start()
            await run.until(lambda: bool(run.erp.effects))
            with full(disk):
                run.breaks += 1  # what targets answer just now cannot be written down
                run.feed(ORDERS)
                await asyncio.sleep(FULL_SECONDS)
                if PLACES[place]:
                    await run.until(lambda: bool(_told(run.history.ops)))
                assert run.node is not None
                assert run.node.alive
            evidence = await run.settle()
        assert violations(evidence) == []
        told = _told(evidence.history)
        assert {answer[:3] for answer in told} == ({PLACES[place]} if PLACES[place] else set())
        assert all("Retry-After: " in answer and "Retry-After:  " not in answer for answer in told)
        figures(f"disk full, {place}", documents=len(evidence.documents), put_off=len(told), violations=0)
