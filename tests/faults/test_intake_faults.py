"""Disks that fail, disks that are full, and floods: clear answers meanwhile, nothing half-stored, recovery unaided."""

from __future__ import annotations

import asyncio
import io
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.benchmarks.interchanges import order_of_customer
from tests.external import program
from tests.faults.harness.form import by_form, figures
from tests.faults.harness.nodes import ForkServer, Node, forkserver
from tests.faults.harness.rig import set_up
from tests.faults.test_durable_before_answer import key_for, plain_node

SYNCS = range(1, by_form(2, 50) + 1)
FLOOD = by_form(80, 400)
LARGE = 6_000_000
EX_IOERR = 74
X12 = "application/edi-x12"


@asynccontextmanager
async def injecting(pid: int, *faults: str) -> AsyncIterator[None]:
    """While the block runs, system calls of the process fail as said."""
    calls = ",".join(fault.partition(":")[0] for fault in faults)
    command = [program("strace"), "-f", "-p", str(pid), "-e", f"trace={calls}", "-o", "/dev/null"]
    for fault in faults:
        command += ["-e", f"inject={fault}"]
    strace = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert strace.stderr is not None
    assert b"attached" in await asyncio.wait_for(strace.stderr.readline(), 20)
    try:
        yield
    finally:
        if strace.returncode is None:
            strace.send_signal(signal.SIGINT)  # it lets go of the process
        await asyncio.wait_for(strace.communicate(), 20)


async def forked(server: ForkServer, folder: Path, life: int = 1) -> Node:
    """A node that listens."""
    arguments = ["serve", "--data-dir", str(folder / "data"), "--port", "0"]
    node = await server.start(arguments, folder / f"node-{life}.log")
    assert await node.listening(), node.log.read_text()[-3000:]
    return node


def headers(folder: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {key_for(folder / 'data', 'birch-paper')}", "Content-Type": X12}


@pytest.mark.own_stores("system calls of SQLite are what fails")
@pytest.mark.external("strace")
@pytest.mark.parametrize("nth", SYNCS)
async def test_a_failed_sync_ends_the_hub_and_loses_nothing_it_has_answered_for(tmp_path: Path, nth: int) -> None:
    set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    sent = headers(tmp_path)
    taken: list[str] = []
    fault = f"fdatasync:error=EIO:when={nth}+"
    async with forkserver() as server, aiohttp.ClientSession(headers=sent) as session:
        node = await forked(server, tmp_path)
        async with injecting(node.pid, fault):
            for number in range(2000):  # strace counts the calls of each thread by themselves
                try:
                    async with session.post(
                        f"{node.url}/v1/transmissions", data=order_of_customer(number + 1)
                    ) as answer:
                        if answer.status == 202:
                            taken.append((await answer.json())["id"])
                except aiohttp.ClientError:
                    break
            assert await asyncio.wait_for(node.ended, 20) == EX_IOERR
    store = Store("", tmp_path / "data")
    with store.read() as tx:
        assert [one for one in taken if transmissions.get(tx, one) is None] == []
    store.close()
    figures(f"EIO at fdatasync {nth:2}", taken_before=len(taken), lost=0)


@pytest.mark.own_stores("system calls of SQLite are what fails")
@pytest.mark.external("strace")
async def test_a_full_disk_is_told_to_the_sender_and_forgotten_when_it_has_room_again(tmp_path: Path) -> None:
    customer = set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    sent = headers(tmp_path)
    async with plain_node(tmp_path / "data") as (node, url):
        small, large = order_of_customer(1), order_of_customer(2) + b" " * 200_000
        async with aiohttp.ClientSession(headers=sent) as session:
            async with injecting(node.pid, "write:error=ENOSPC", "pwrite64:error=ENOSPC"):
                customer.put("order.edi", order_of_customer(3))
                for body in (small, large, small):
                    async with session.post(f"{url}/v1/transmissions", data=body) as answer:
                        told = await answer.json()
                        assert (answer.status, "no room" in told["detail"]) == (507, True), told
                        assert int(answer.headers["Retry-After"]) > 0
                await asyncio.sleep(3)
                assert customer_files(customer.root) == ["order.edi"], "it stays with its sender"
            ids = []
            for body in (small, large):
                async with session.post(f"{url}/v1/transmissions", data=body) as answer:
                    assert answer.status == 202
                    ids.append((await answer.json())["id"])
            async with asyncio.timeout(40):
                while customer_files(customer.root):
                    await asyncio.sleep(0.2)
        node.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(node.wait(), 30) == 0
    store = Store("", tmp_path / "data", writable=False)
    with store.read() as tx:
        kept = [transmissions.get(tx, one) for one in ids]
    assert [transmissions.body(store, one) for one in kept if one] == [small, large]
    store.close()
    assert not list((tmp_path / "data" / "blobs" / "incoming").glob(".*")), "nothing is left half-stored"


@pytest.mark.own_stores("memory of the door, whatever is behind it")
async def test_a_flood_is_answered_at_the_door_and_memory_stays_flat(tmp_path: Path) -> None:
    set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    sent = headers(tmp_path)
    async with plain_node(tmp_path / "data") as (node, url):
        body = b"ISA" + b" " * LARGE  # no X12: refused quickly when it is worked
        answers: Counter[int] = Counter()

        async def post(session: aiohttp.ClientSession, number: int) -> None:
            async with session.post(f"{url}/v1/transmissions", data=io.BytesIO(body + b"%d" % number)) as answer:
                answers[answer.status] += 1
                if answer.status != 202:
                    assert int(answer.headers["Retry-After"]) > 0

        connector = aiohttp.TCPConnector(limit=FLOOD)
        async with aiohttp.ClientSession(headers=sent, connector=connector) as session:
            await post(session, 0)
            before = anonymous_bytes(node.pid)
            flood = asyncio.gather(*(post(session, number) for number in range(1, FLOOD)))
            grown = await peak(node.pid, flood) - before
        node.send_signal(signal.SIGTERM)
        await asyncio.wait_for(node.wait(), 30)
    assert set(answers) <= {202, 429, 503}, answers
    assert answers[202] > 10
    assert answers.total() == FLOOD
    taken = answers[202] * LARGE  # all at the same time: held in memory they would be seen
    assert grown < taken / 2, f"{taken:,} bytes were taken and memory grew by {grown:,}"


def customer_files(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "in").iterdir() if path.is_file())


async def peak(pid: int, flood: asyncio.Future[Any]) -> int:
    """The most memory that a process has while a flood lasts."""
    most = 0
    while not flood.done():
        most = max(most, anonymous_bytes(pid))
        await asyncio.sleep(0.01)
    await flood
    return most


def anonymous_bytes(pid: int) -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
