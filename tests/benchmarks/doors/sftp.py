"""Our SFTP server against OpenSSH's, with asyncssh as the client of both.

``sftp.small_files``: orders a second that one session puts, each opened, written and closed. Ours answers the close
when bytes and row are on disk, OpenSSH's when they are written. ``sftp.large_file``: one file of 100 MB, put. Both
servers are processes of their own, of the same machine.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from hub.store.store import Store
from tests.benchmarks.interchanges import order_of_customer
from tests.benchmarks.row import Row
from tests.integration.stepping import SETTINGS
from tests.mailboxes import apply, mailbox_profile, make_key
from tests.ports import free_port
from tests.sshd import running_sshd, user_here

FILES = 500
WARM = 20
LARGE_BYTES = 100_000_000
QUOTA = ", quota: {bytes: 1000000000, file_bytes: 100000000}"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = asyncio.run(_both(Path(folder)))
    for name, unit in (("sftp.small_files", "files/s"), ("sftp.large_file", "MB/s")):
        yield Row(f"{name}, OpenSSH", theirs[name], unit)
        yield Row(name, ours[name], unit, ours[name] / theirs[name], f"{name}, OpenSSH")


async def _both(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    (folder / "sshd").mkdir()
    with running_sshd(folder / "sshd") as server:
        landing = folder / "landing"
        landing.mkdir()
        theirs = await _measured(server.port, user_here(), server.folder / "client", str(landing))
    (folder / "hub").mkdir()
    async with _node(folder / "hub") as port:
        ours = await _measured(port, "acme", folder / "hub" / "key", "/in")
    return theirs, ours


async def _measured(port: int, user: str, key: Path, landing: str) -> dict[str, float]:
    connection = await asyncssh.connect(
        "127.0.0.1", port, username=user, client_keys=[str(key)], known_hosts=None, config=None
    )
    async with connection, connection.start_sftp_client() as client:
        await _small(client, landing, range(WARM))
        small = await _timed(lambda: _small(client, landing, range(WARM, WARM + FILES)))
        body = os.urandom(LARGE_BYTES)
        large = await _timed(lambda: _put(client, f"{landing}/large.bin", body))
    return {"sftp.small_files": FILES / small, "sftp.large_file": LARGE_BYTES / 1_000_000 / large}


async def _small(client: asyncssh.SFTPClient, landing: str, numbers: range) -> None:
    for number in numbers:
        await _put(client, f"{landing}/{number:05}.edi", order_of_customer(number + 1))


async def _put(client: asyncssh.SFTPClient, path: str, body: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(body)


async def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    await work()  # type: ignore[misc]
    return time.perf_counter() - start


@asynccontextmanager
async def _node(folder: Path) -> AsyncIterator[int]:
    """A hub with a mailbox, as ``hub serve`` runs it, and the port of its SFTP server."""
    public, port = make_key(folder / "key"), free_port()
    store = Store("", folder / "data")
    store.migrate()
    apply(store, SETTINGS + f"sftp: {{port: {port}}}\n", mailbox_profile(f'"{public}"', more=QUOTA))
    store.close()
    command = [sys.executable, "-m", "hub.cli", "serve", "--data-dir", str(folder / "data"), "--port", "0"]
    node = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert node.stdout is not None
        await asyncio.to_thread(node.stdout.readline)
        yield port
    finally:
        node.terminate()
        node.wait()
