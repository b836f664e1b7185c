"""The REST door against a bare aiohttp server, with the same client and the same bodies.

``rest.submit``: orders in X12 a second that are posted and answered, each connection kept, by one sender who waits for
each answer and by many at a time. The hub answers when bytes and row are on disk, while its pipeline works on what came
before; the other sends the body back. Both are processes of their own, of the same machine.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from hub.store.configuration import configurations
from hub.store.people import access
from hub.store.store import Store
from tests.benchmarks.interchanges import order_of_customer
from tests.benchmarks.row import Row
from tests.ports import free_port
from tests.scenarios.running import hub_yaml, sample_profiles

CUSTOMER = "corner-hardware"
SENDERS = (1, 16)
ORDERS = 1000
WARM = 50
NOWHERE = "http://127.0.0.1:9/documents"
RATE = "web: {api_rate: {requests: 100000, per: second}}"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = asyncio.run(_both(Path(folder)))
    for senders in SENDERS:
        by = f"by {senders} sender{'s' if senders > 1 else ''}"
        yield Row(f"rest.echo {by}", theirs[senders], "requests/s")
        yield Row(f"rest.submit {by}", ours[senders], "orders/s", ours[senders] / theirs[senders], f"rest.echo {by}")


async def _both(folder: Path) -> tuple[dict[int, float], dict[int, float]]:
    """Requests a second by so many senders: to the echo, and to the hub."""
    with _running("-m", "tests.benchmarks.doors.echo") as port:
        theirs = await _measured(port, "none")
    key = _configure(folder)
    with _running("-m", "hub.cli", "serve", "--data-dir", str(folder / "data"), "--port") as port:
        ours = await _measured(port, key)
    return theirs, ours


async def _measured(port: int, key: str) -> dict[int, float]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/edi-x12"}
    connector = aiohttp.TCPConnector(limit=max(SENDERS))
    figures: dict[int, float] = {}
    first = 1
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers, connector=connector) as session:
        for senders in SENDERS:
            for count in (WARM, ORDERS):
                bodies = [order_of_customer(number) for number in range(first, first + count)]
                first += count
                start = time.perf_counter()
                await asyncio.gather(*(_send(session, bodies[sender::senders]) for sender in range(senders)))
                figures[senders] = count / (time.perf_counter() - start)
    return figures


async def _send(session: aiohttp.ClientSession, bodies: list[bytes]) -> None:
    """One sender, who posts the next when the last one was answered."""
    for body in bodies:
        async with session.post("/v1/transmissions", data=body) as answer:
            told = await answer.read()
            if answer.status not in (200, 202):
                raise RuntimeError(f"{answer.status}: {told!r}")


def _configure(folder: Path) -> str:
    """A store with the sample's partners, whose customer has an API channel, and a key of it."""
    now = datetime.now(UTC)
    (folder / "secret").write_text("a secret of this benchmark alone")
    settings = hub_yaml(NOWHERE, NOWHERE, folder / "secret").replace("web: {host: 127.0.0.1, port: 8080}", RATE)
    store = Store("", folder / "data")
    store.migrate()
    with store.begin() as tx:
        configurations.apply(tx, "hub", "hub", settings, "benchmark", now)
        for name, text in sample_profiles().items():
            more = text.replace("channels:\n", "channels:\n  - {name: api, kind: api, codec: x12}\n")
            configurations.apply(tx, "partner", name, more if name == CUSTOMER else text, "benchmark", now)
        _, key = access.create(tx, "partner", CUSTOMER, "benchmark", now)
    store.close()
    return key


@contextmanager
def _running(*command: str) -> Iterator[int]:
    """A server of its own, told its port last, that has said its first word when the block begins."""
    port = free_port()
    server = subprocess.Popen([sys.executable, *command, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield port
    finally:
        server.terminate()
        server.wait()
