"""The storage of larger bytes stops, hangs, or knows the hub's key no more, under a running node: senders are told to
come again, everybody who looks is told that it is the storage, and all goes on by itself."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.services import utc_now
from hub.store.kept import answering, bucket
from hub.store.people import access, operators
from hub.store.traffic import transmissions
from hub.verify.checks import verify
from hub.verify.defect import Subject
from tests.integration.cli.commands import Cli
from tests.integration.test_bucket import orders
from tests.integration.test_observed import RealNode, real_node
from tests.integration.web.running_hub import OPERATOR, PASSWORD, Client
from tests.s3_server import LastingS3

SECRET, NEW_SECRET = "the secret of before", "the secret of afterwards"
SLOW, ASKED = 1.0, 5.0
"""After so many seconds the storage is called slow here, and after so many a request to it is given up."""

SAID = {"stopped": "cannot be connected to", "hanging": "no answer", "rotated": "SignatureDoesNotMatch"}


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LastingS3]:
    monkeypatch.setenv("HUB_S3_KEY", "hub")
    monkeypatch.setenv("HUB_S3_SECRET", SECRET)
    for module, name, value in (
        (bucket, "RETRIES", 0),
        (bucket, "AWAY_SECONDS", 0.1),
        (bucket, "REQUEST", timedelta(seconds=ASKED)),
        (answering, "SLOW_SECONDS", SLOW),
        (answering, "ASKED_SECONDS", 0.1),
    ):
        monkeypatch.setattr(module, name, value)
    server = LastingS3(tmp_path / "s3")
    server.start(SECRET)
    yield server
    server.stop()


Answer = tuple[int, dict[str, Any], str]


class Sender:
    """Of files to the API; what was acknowledged is in ``taken``."""

    def __init__(self, node: RealNode) -> None:
        self._node = node
        with node.services.store.begin() as tx:
            _, key = access.create(tx, "partner", "birch-paper", "test", utc_now())
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/edi-x12"}
        self.taken: dict[str, bytes] = {}
        self._number = 0

    async def send(self, body: bytes = b"") -> Answer:
        """Status, body and Retry-After of the answer to a small file, unless it is another."""
        self._number += 1
        body = body or b"ISA*small %d" % self._number
        url = f"{self._node.url}/v1/transmissions"
        async with self._node.session.post(url, data=body, headers=self._headers) as answer:
            told = await answer.json()
            if answer.status == 202:
                self.taken[told["id"]] = body
            return answer.status, told, answer.headers.get("Retry-After", "")

    async def until_taken(self, body: bytes) -> None:
        """As a sender does that comes again when it is told to."""
        deadline = time.monotonic() + 30
        while (await self.send(body))[0] != 202:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)


@asynccontextmanager
async def broken(storage: LastingS3, how: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """While the block runs the storage is so."""
    if how == "hanging":
        storage.signal(signal.SIGSTOP)
        yield
        storage.signal(signal.SIGCONT)
        return
    storage.stop()
    if how == "rotated":
        await asyncio.to_thread(storage.start, NEW_SECRET)
    yield
    if how == "rotated":  # the operator writes the new secret where the reference points to
        monkeypatch.setenv("HUB_S3_SECRET", NEW_SECRET)
    else:
        await asyncio.to_thread(storage.start, SECRET)


async def test_storage_that_is_away_is_told_as_such_and_nothing_acknowledged_is_lost(
    storage: LastingS3, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with real_node(tmp_path, migrated_url, storage.address) as node:
        sender = Sender(node)
        await sender.until_taken(orders(1))
        await until(node, WELL)
        for number, how in enumerate(SAID, start=2):
            large = orders(number)
            async with broken(storage, how, monkeypatch):
                refused = await asyncio.gather(*(sender.send(large + b" " * copy) for copy in range(12)))
                assert {(status, again) for status, _, again in refused} == {(503, "5")}
                assert {"storage of larger files" in told["detail"] for _, told, _ in refused} == {True}
                held = await asked(sender, large, waiting=how == "hanging")
                assert (await sender.send())[0] == 202, "what fits a row is taken all the while"
                assert held.done() is (how != "hanging"), "and nobody waits for the storage"
                await until(node, ("degraded", 1, 0, [SAID[how]]))
                await told_by_page_and_command(node, Cli.on(migrated_url, tmp_path / "data"), SAID[how])
                assert (await held)[0] == 503
            await sender.until_taken(large)
            await until(node, WELL)
        await settled(node)
        check(node, sender.taken, tmp_path / "data")


async def asked(sender: Sender, body: bytes, *, waiting: bool) -> asyncio.Task[Answer]:
    """A request that has had its answer, or one that the storage has kept waiting for too long: of those that come in
    the moment after it has failed it keeps none."""
    while True:
        asking = asyncio.create_task(sender.send(body))
        await asyncio.wait([asking], timeout=1.5 * SLOW if waiting else None)
        if asking.done() is not waiting:
            return asking


Look = tuple[str, float | None, float | None, list[str]]

WELL: Look = ("ok", 1, 1, [])


async def looked_at(node: RealNode) -> Look:
    """What machines are told: readyz, two gauges; and which trouble the node knows of."""
    async with node.session.get(f"{node.url}/readyz") as answer:
        assert answer.status == 200
        status = (await answer.json())["status"]
    scraped = await node.scrape()
    trouble = await asyncio.to_thread(node.services.store.blobs.look, 0.0)
    known = [said for said in SAID.values() if trouble is not None and said in trouble.says]
    return status, scraped("hub_ready"), scraped("hub_ready_check", check="storage"), known


async def told_by_page_and_command(node: RealNode, cli: Cli, said: str) -> None:
    told = await asyncio.to_thread(cli.json, "status")
    (fault,) = [one for one in told["faults"] if one["who"] == "storage"]
    assert (fault["where"], fault["gravity"], said in fault["says"]) == ("hub", "grave", True)
    assert fault["since"]
    page = await asyncio.to_thread(overview, node)
    assert said in page
    assert "larger files: s3://hub-bytes/" in page


def overview(node: RealNode) -> str:
    with node.services.store.begin() as tx:
        if not operators.exist(tx):
            operators.create(tx, OPERATOR, PASSWORD, utc_now())
    client = Client(urlsplit(node.url).port or 0)
    client.sign_in()
    return client.get("/").text


async def until(node: RealNode, look: Look) -> None:
    """Unaided."""
    deadline = time.monotonic() + 30
    while (seen := await looked_at(node)) != look:
        assert time.monotonic() < deadline, seen
        await asyncio.sleep(0.2)


async def settled(node: RealNode) -> None:
    deadline = time.monotonic() + 60
    while True:
        with node.services.store.read() as tx:
            found = [one.status for one in transmissions.page(tx, 0, 1000) if one.direction == "in"]
        if not {"received", "processing"} & set(found):
            return
        assert time.monotonic() < deadline, json.dumps(found)
        await asyncio.sleep(0.2)


def check(node: RealNode, taken: dict[str, bytes], data: Path) -> None:
    store = node.services.store
    with store.read() as tx:
        kept = {one.id: one for one in transmissions.page(tx, 0, 1000) if one.direction == "in"}
    assert kept.keys() == taken.keys(), "no more and no less than was acknowledged"
    for id, body in taken.items():
        assert transmissions.body(store, kept[id]) == body
    assert [defect for _, defect in verify(Subject(store.read, store.blobs, data, utc_now()))] == []
