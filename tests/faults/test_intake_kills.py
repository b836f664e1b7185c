"""A hub that is killed between any two system calls of an intake: the sender tries again, and it is taken once.

The named kill points k1 to k11: strace kills the process as it enters the call. ``test_kill.py`` has them too, in the
middle of a whole hub's work and by the functions that they lie between.
"""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from hub.store.store import Store
from samples.partner_side import Folder
from tests.benchmarks.interchanges import order_of_customer
from tests.faults.harness.form import by_form
from tests.faults.harness.nodes import forkserver
from tests.faults.harness.rig import set_up
from tests.faults.test_intake_faults import X12, forked, headers, injecting

pytestmark = pytest.mark.own_stores("system calls of SQLite are where it is killed")

KILLS = by_form(0, 4, 20)
LARGE = order_of_customer(1) + b" " * 100_000

BY_API = {
    "k1 temporary file opened": "openat",
    "k2 half written": "write",
    "k3 written, not synced": "fsync",
    "k4 synced, not renamed": "rename",
    "k5 renamed, row not committed": "fdatasync",
    "k6 committed, answer not sent": "sendto",
}
BY_FOLDER = {
    "k8 listed": "pread64",
    "k9 read, not committed": "fdatasync",
    "k10 committed, not put away": "renameat,renameat2,rename",
}


def points(known: dict[str, str], short: tuple[str, ...]) -> list[tuple[str, str]]:
    """All of them as often as is asked for; the quick tests take those that stand for the others."""
    chosen = [item for item in known.items() if KILLS or item[0][:3].strip() in short]
    return chosen * max(KILLS, 1)


@pytest.mark.external("strace")
@pytest.mark.parametrize(("point", "call"), points(BY_API, ("k4", "k6")))
async def test_a_request_cut_off_by_a_kill_is_taken_once_when_it_comes_again(
    tmp_path: Path, point: str, call: str
) -> None:
    set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    sent = headers(tmp_path) | {"Idempotency-Key": "once", "Content-Type": X12}
    async with forkserver() as server, aiohttp.ClientSession(headers=sent) as session:
        node = await forked(server, tmp_path)
        async with injecting(node.pid, f"{call}:signal=SIGKILL:when=1"):
            with pytest.raises(aiohttp.ClientError):
                async with session.post(f"{node.url}/v1/transmissions", data=io.BytesIO(LARGE)) as answer:
                    await answer.read()
            await node.ended
        node = await forked(server, tmp_path, 2)
        answers = []
        for _ in range(2):
            async with session.post(f"{node.url}/v1/transmissions", data=io.BytesIO(LARGE)) as answer:
                answers.append((answer.status, await answer.read()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert arrivals(tmp_path / "data") == 1, point
    nothing_half_stored(tmp_path / "data")


@pytest.mark.external("strace")
@pytest.mark.parametrize(("point", "calls"), points(BY_FOLDER, ("k10",)))
async def test_a_file_whose_intake_was_cut_off_by_a_kill_is_taken_once(tmp_path: Path, point: str, calls: str) -> None:
    customer: Folder = set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    faults = [f"{call}:signal=SIGKILL:when=1" for call in calls.split(",")]
    async with forkserver() as server:
        node = await forked(server, tmp_path)
        async with injecting(node.pid, *faults):
            customer.put("order.edi", LARGE)
            await asyncio.wait_for(node.ended, 60)
        await forked(server, tmp_path, 2)
        async with asyncio.timeout(60):
            while not list((customer.root / "archive").glob("*order*")):
                await asyncio.sleep(0.1)
    assert len(list((customer.root / "archive").iterdir())) == 1
    assert arrivals(tmp_path / "data") == 1, point
    nothing_half_stored(tmp_path / "data")


def arrivals(data: Path) -> int:
    store = Store("", data, writable=False)
    with store.read() as tx:
        found: int = tx.execute(text("SELECT count(*) FROM transmissions WHERE direction = 'in'")).scalar_one()
    store.close()
    return found


def nothing_half_stored(data: Path) -> None:
    Store("", data).close()  # sweeps, as a start does
    assert list((data / "blobs" / "incoming").glob(".*")) == []
