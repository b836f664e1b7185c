"""One id from the first byte to the target's answer: in the log of a real node, in its rows and at the target; and no
secret or person in the log."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from hub.store.people import operators
from hub.store.store import Store
from tests.faults.harness.rig import set_up
from tests.faults.test_durable_before_answer import key_for
from tests.scenarios.running import SAMPLES, SECRET

PERSON = "CANARY-JANE-DOE"
PASSWORD = "CANARY-password-of-an-operator"


@dataclass
class EchoingErp:
    """Refuses the first of each, and repeats the whole document and every header as it does so."""

    headers: list[dict[str, str]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        if len(self.headers) % 2:
            return web.Response(status=503, text=f"{dict(request.headers)} {await request.text()}")
        return web.json_response({})


@asynccontextmanager
async def echoing_erp() -> AsyncIterator[tuple[EchoingErp, str]]:
    erp, app = EchoingErp(), web.Application()
    app.router.add_post("/documents", erp.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield erp, f"http://127.0.0.1:{runner.addresses[0][1]}/documents"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """The URL of a real node, its log in ``folder/log``."""
    command = [sys.executable, "-m", "hub.cli", "serve", "--data-dir", str(folder / "data"), "--port", "0"]
    with (folder / "log").open("wb") as log:
        node = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=log)
        try:
            assert node.stdout is not None
            yield (await node.stdout.readline()).decode().rsplit(" ", 1)[-1].strip()
            node.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(node.wait(), 60) == 0
        finally:
            if node.returncode is None:
                node.kill()
                await node.wait()


async def test_an_order_is_followed_by_one_id_and_nothing_private_is_logged(tmp_path: Path) -> None:
    async with echoing_erp() as (erp, erp_url):
        customer = set_up(tmp_path, erp_url, erp_url)
        key = key_for(tmp_path / "data", "birch-paper")
        with_operator(tmp_path / "data")
        order = (
            (SAMPLES / "cases" / "customer-order" / "input.edi").read_bytes().replace(b"Purchasing", PERSON.encode())
        )
        customer.put("order.edi", order)
        async with serving(tmp_path) as url, asyncio.timeout(60):
            while len(erp.headers) < 2:
                await asyncio.sleep(0.05)
            brought = await knock_at_every_door(url, key)
            while "delivery.delivered" not in (tmp_path / "log").read_text():
                await asyncio.sleep(0.05)
    log = (tmp_path / "log").read_text()
    told = [json.loads(line) for line in log.splitlines()]
    came = [e for e in told if e["event"] == "transmission.received"]
    arrival = next(e["transmission"] for e in came if e["partner"] == "corner-hardware")
    the_way_is_told_under_one_id(told, arrival)
    assert any(e["event"] == "http.answered" and e.get("transmission") == brought for e in told)
    for headers in erp.headers[:2]:
        assert headers["X-Hub-Transmission"] == arrival
        assert headers["traceparent"] == erp.headers[0]["traceparent"]
    for private in (PERSON, SECRET, key, PASSWORD, "CANARY"):
        assert private not in log, private
    for secret in (SECRET, key, PASSWORD):
        for file in (tmp_path / "data").rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), (secret, file)


def the_way_is_told_under_one_id(told: list[dict[str, Any]], arrival: str) -> None:
    way = [e for e in told if e.get("transmission") == arrival]
    names = [e["event"] for e in way]
    for name in (
        "transmission.received",
        "document.routed",
        "delivery.composed",
        "attempt.ended",
        "delivery.delivered",
    ):
        assert name in names, name
    at_erp = [e for e in way if e["event"] == "attempt.ended" and e["target"] == "erp"]
    assert [e["outcome"] for e in at_erp] == ["transient", "delivered"]
    routed = next(e for e in way if e["event"] == "document.routed" and e["type"] == "purchase_order")
    composed = next(e for e in way if e["event"] == "delivery.composed" and e["target"] == "erp")
    assert at_erp[0]["departure"] == composed["departure"]
    delivered = next(e for e in way if e["event"] == "delivery.delivered" and e["target"] == "erp")
    assert (delivered["document"], delivered["delivery"]) == (routed["document"], composed["delivery"])


def with_operator(data: Path) -> None:
    store = Store("", data)
    with store.begin() as tx:
        operators.create(tx, "mira", PASSWORD, datetime.now(UTC))
    store.close()


async def knock_at_every_door(url: str, key: str) -> str:
    """Sends secrets where they belong and where they do not; returns the id of what was accepted."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
        shipment = (SAMPLES / "cases" / "shipment-pallets" / "input.edi").read_bytes()
        headers = {"Content-Type": "application/edi-x12", "Idempotency-Key": "CANARY-key"}
        async with session.post(f"{url}/v1/transmissions", data=shipment, headers=headers) as answer:
            assert answer.status == 202
            assert answer.headers["X-Request-Id"].startswith("rq_")
            brought: str = (await answer.json())["id"]
        for path in (
            f"/v1/documents?invoice=CANARY-{key}",
            f"/v1/nothing/CANARY?key={key}",
            f"/documents?text={PERSON}",
        ):
            async with session.get(url + path, allow_redirects=False) as answer:
                assert answer.status < 500
        async with session.post(f"{url}/v1/documents", json={"name": PERSON}) as answer:
            assert answer.status == 422
        async with session.post(f"{url}/sign-in", data={"name": "mira", "password": PASSWORD}) as answer:
            assert answer.status == 403
    return brought
