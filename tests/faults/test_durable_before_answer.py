"""Promise 1, seen by the kernel: bytes and row are synced before the sender is told."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import aiohttp
import asyncssh
import pytest

from hub.store.people import access
from hub.store.store import Store
from hub.store.traffic import transmissions
from samples.partner_side import Folder
from tests.benchmarks.interchanges import order_of_customer
from tests.external import program
from tests.faults.harness.form import by_form, figures
from tests.faults.harness.rig import set_up
from tests.integration.stepping import SETTINGS
from tests.mailboxes import apply, mailbox_profile, make_key
from tests.ports import free_port

pytestmark = pytest.mark.own_stores("syncs of SQLite's files are what is traced")

INTAKES = by_form(10, 1000)
"""Of each door."""

CALLS = "fsync,fdatasync,sendto,sendmsg,write,rename,renameat,renameat2,recvfrom,openat"
LARGE = 64 * 1024


def traced_node(data: Path, trace: Path) -> AbstractAsyncContextManager[tuple[Process, str]]:
    """A node under strace, which its other calls do not wait for, and its URL."""
    command = [program("strace"), "-f", "--seccomp-bpf", "-y", "-s", "60", "-e", f"trace={CALLS}", "-o", str(trace)]
    return plain_node(data, command)


@asynccontextmanager
async def plain_node(data: Path, under: Sequence[str] = ()) -> AsyncIterator[tuple[Process, str]]:
    """A node, and its URL. Where a test has not ended it, it is killed."""
    command = [*under, sys.executable, "-m", "hub.cli", "serve", "--data-dir", str(data), "--port", "0"]
    quiet = asyncio.subprocess.DEVNULL
    node = await asyncio.create_subprocess_exec(
        *command, stdin=quiet, stdout=asyncio.subprocess.PIPE, stderr=quiet, start_new_session=True
    )
    try:
        assert node.stdout is not None
        said = (await asyncio.wait_for(node.stdout.readline(), 60)).decode()
        yield node, said.rsplit(" ", 1)[-1].strip()
    finally:
        if node.returncode is None:
            os.killpg(node.pid, signal.SIGKILL)
            await node.wait()


async def stop(node: Process) -> None:
    """Stops the node, which is strace's child: strace itself passes no signal on."""
    children = Path(f"/proc/{node.pid}/task/{node.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)
    await asyncio.wait_for(node.wait(), 60)


def key_for(data: Path, partner: str) -> str:
    store = Store("", data)
    with store.begin() as tx:
        _, plain = access.create(tx, "partner", partner, "test", datetime.now(UTC))
    store.close()
    return plain


@pytest.mark.external("strace")
async def test_http_202_follows_the_sync_of_row_and_bytes(tmp_path: Path) -> None:
    set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    key = key_for(tmp_path / "data", "birch-paper")
    async with traced_node(tmp_path / "data", tmp_path / "trace") as (node, url):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/edi-x12"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for number in range(INTAKES):
                body = order_of_customer(number + 1) + (b" " * LARGE if number % 2 else b"")
                async with session.post(f"{url}/v1/transmissions", data=body) as answer:
                    assert answer.status == 202
        await stop(node)
    lines = (tmp_path / "trace").read_text(errors="replace").splitlines()
    answers = [index for index, line in enumerate(lines) if "HTTP/1.1 202" in line]
    assert len(answers) == INTAKES
    start = 0
    for number, index in enumerate(answers):
        since = lines[start:index]
        asked = max(i for i, line in enumerate(since) if "POST /v1/transmissions" in line)
        synced = [line for line in since[asked:] if re.search(r"\b(fsync|fdatasync)\(", line)]
        assert any("hub.db-wal" in line for line in synced), f"post {number}: answered before the row was synced"
        if number % 2:
            assert sum("/blobs/" in line for line in synced) >= 2, f"post {number}: blob and its folder"
        start = index
    figures("synced before the answer, API", intakes=INTAKES)


@pytest.mark.external("strace")
async def test_sftp_close_is_answered_after_the_sync_of_row_and_bytes(tmp_path: Path) -> None:
    """One session puts one file after the other, so what is synced between two of its closes is synced for the second:
    the row, and of a large file its bytes and the folder that has them."""
    port, public = free_port(), make_key(tmp_path / "key")
    store = Store("", tmp_path / "data")
    store.migrate()
    apply(store, f"{SETTINGS}sftp: {{port: {port}}}\n", mailbox_profile(f'"{public}"'))
    store.close()
    async with traced_node(tmp_path / "data", tmp_path / "trace") as (node, _):
        connection = await asyncssh.connect(
            "127.0.0.1", port, username="acme", client_keys=[str(tmp_path / "key")], known_hosts=None, config=None
        )
        with (tmp_path / "trace").open(errors="replace") as trace:
            async with connection, connection.start_sftp_client() as client:
                for number in range(INTAKES):
                    _new_syncs(trace)
                    async with client.open(f"/in/{number:04}.edi", "wb") as file:
                        await file.write(order_of_customer(number + 1) + (b" " * LARGE if number % 2 else b""))
                    synced = _new_syncs(trace)
                    assert any("hub.db-wal" in line for line in synced), (
                        f"file {number}: told before the row was synced"
                    )
                    if number % 2:
                        for place in ("/uploads/", "/blobs/"):  # written there, renamed to here
                            assert any(place in line for line in synced), f"file {number}: {place}"
        await stop(node)
    store = Store("", tmp_path / "data", writable=False)
    with store.read() as tx:
        assert len([one for one in transmissions.page(tx, 0, 10_000) if one.direction == "in"]) == INTAKES
    store.close()
    figures("synced before the answer, SFTP", intakes=INTAKES)


def _new_syncs(trace: TextIO) -> list[str]:
    """What has been synced since it was asked last. strace writes a line before the call that follows it goes on."""
    return [line for line in trace.read().splitlines() if re.search(r"\b(fsync|fdatasync)", line)]


@pytest.mark.external("strace")
async def test_files_are_put_away_after_the_sync_of_their_rows(tmp_path: Path) -> None:
    customer: Folder = set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    names = [f"order-{number:04}.edi" for number in range(INTAKES)]
    for number, name in enumerate(names):
        customer.put(name, order_of_customer(number + 1) + (b" " * LARGE if number % 2 else b""))
    async with traced_node(tmp_path / "data", tmp_path / "trace") as (node, _):
        async with asyncio.timeout(60 + INTAKES):
            while len(list((customer.root / "archive").glob("*order*"))) < INTAKES:
                await asyncio.sleep(0.1)
        await stop(node)
    lines = (tmp_path / "trace").read_text(errors="replace").splitlines()
    synced = [i for i, line in enumerate(lines) if "fdatasync" in line and "hub.db-wal" in line]
    for name in names:
        put_away = next(i for i, line in enumerate(lines) if "rename" in line and f'"{name}"' in line)
        read = max(i for i, line in enumerate(lines[:put_away]) if "openat" in line and f'"{name}"' in line)
        assert any(read < i < put_away for i in synced), f"{name} was put away before its row was synced"
    figures("synced before the answer, folder", intakes=INTAKES)


@pytest.mark.external("strace")
async def test_hub_ingest_is_told_after_the_sync_of_row_and_bytes(tmp_path: Path) -> None:
    set_up(tmp_path, "http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents")
    files = []
    for number in range(INTAKES):
        file = tmp_path / f"by-hand-{number:04}.edi"
        file.write_bytes(order_of_customer(number + 1) + (b" " * LARGE if number % 2 else b""))
        files.append(str(file))
    async with traced_node(tmp_path / "data", tmp_path / "trace") as (node, _):
        command = [sys.executable, "-m", "hub.cli", "ingest", "--data-dir", str(tmp_path / "data"), "--wait", "0"]
        ingest = await asyncio.create_subprocess_exec(*command, *files, stdout=asyncio.subprocess.DEVNULL)
        await asyncio.wait_for(ingest.wait(), 60 + INTAKES)
        await stop(node)
    lines = (tmp_path / "trace").read_text(errors="replace").splitlines()
    asked = [i for i, line in enumerate(lines) if "POST /ingest" in line]
    assert len(asked) == INTAKES
    for number, start in enumerate(asked):
        told = next(i for i in range(start, len(lines)) if "HTTP/1.1 200" in lines[i])
        synced = [line for line in lines[start:told] if re.search(r"\b(fsync|fdatasync)\(", line)]
        assert any("hub.db-wal" in line for line in synced), f"file {number}: told before the row was synced"
        if number % 2:
            assert sum("/blobs/" in line for line in synced) >= 2, f"file {number}: blob and its folder"
    figures("synced before the answer, hub ingest", intakes=INTAKES)
