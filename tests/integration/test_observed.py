"""A real node, scraped over HTTP: what happened is counted, what waits is told, and nobody outside makes labels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psycopg
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from hub.bootstrap import open_services, run_node
from hub.observe.watch import Phase
from hub.services import HubServices
from hub.store.people import access
from samples.partner_side import Folder
from samples.receivers import Receiver, serving
from tests.scenarios.running import SAMPLES, SECRET, configure, hub_yaml, sample_profiles

ORDER = (SAMPLES / "cases" / "customer-order" / "input.edi").read_bytes()
Labels = tuple[tuple[str, str], ...]


@dataclass
class Scraped:
    """The samples of one scrape."""

    samples: dict[tuple[str, Labels], float]

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.samples.get((name, tuple(sorted(labels.items()))))


@dataclass
class RealNode:
    services: HubServices
    url: str
    erp: Receiver
    customer: Folder
    session: aiohttp.ClientSession

    async def scrape(self) -> Scraped:
        async with self.session.get(f"{self.url}/metrics") as answer:
            assert answer.status == 200
            families = list(text_string_to_metric_families(await answer.text()))
        return Scraped({(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples})

    async def until(self, look: Callable[[Scraped], bool], seconds: float = 120.0) -> Scraped:
        deadline = time.monotonic() + seconds
        while not look(scraped := await self.scrape()):
            assert time.monotonic() < deadline, "not seen in time"
            await asyncio.sleep(0.1)
        return scraped


@asynccontextmanager
async def real_node(folder: Path, database: str, blobs: str = "") -> AsyncIterator[RealNode]:
    """A node with its web, as ``hub serve`` runs it, and an ERP."""
    (folder / "secret").write_text(SECRET)
    erp = Receiver("erp", SECRET)
    async with serving(erp) as erp_url, aiohttp.ClientSession() as session:
        with open_services(folder / "data", database, blobs) as services:
            settings = hub_yaml(erp_url, erp_url, folder / "secret")
            configure(services.store, services, settings, sample_profiles())
            stop, url = asyncio.Event(), asyncio.get_running_loop().create_future()
            working = asyncio.create_task(run_node(services, stop=stop, started=url.set_result, port=0))
            try:
                customer = Folder(services.folder_root / "corner-hardware")
                yield RealNode(services, await asyncio.wait_for(url, 60), erp, customer, session)
            finally:
                stop.set()
                await working


async def test_the_way_of_an_order_is_counted_and_timed(tmp_path: Path, store_url: str) -> None:
    async with real_node(tmp_path, store_url) as node:
        begun, channel = time.time(), "corner-hardware/files"
        node.erp.fail_next(1)
        node.customer.put("order.edi", ORDER)
        node.customer.put(
            "stranger.edi", ORDER.replace(b"5555550142 ", b"NOBODY     ").replace(b"000000501", b"000000777")
        )
        seen = await node.until(
            lambda s: (
                s("hub_deliveries_total", target="erp", outcome="delivered") == 1
                and s("hub_arrivals_total", channel=channel, outcome="quarantined") == 1
            )
        )
        assert seen("hub_intake_total", channel=channel, outcome="received") == 2
        assert seen("hub_arrivals_total", channel=channel, outcome="processed") == 1
        order = {"type": "purchase_order", "partner": "corner-hardware", "outcome": "routed"}
        assert seen("hub_documents_total", **order) == 1
        assert seen("hub_attempts_total", target="erp", outcome="transient") == 1
        assert seen("hub_attempts_total", target="erp", outcome="delivered") == 1
        assert seen("hub_attempt_seconds_count", target="erp") == 2
        assert 0 < (seen("hub_way_seconds_sum", target="erp") or 0) < time.time() - begun + 1
        assert (seen("hub_store_commit_seconds_count") or 0) > 5
        for step in ("unpack", "compute", "commit", "compose"):
            assert seen("hub_step_seconds_count", step=step), step
        assert seen("hub_queue_waiting", queue="quarantined") == 1
        assert seen("hub_work_items_waiting", kind="quarantine") == 1
        assert seen("hub_ready") == 1
        last = seen("hub_partner_last_arrival_timestamp_seconds", partner="corner-hardware") or 0
        assert begun - 1 < last < time.time() + 1
        assert not any("NOBODY" in value for _, labels in seen.samples for _, value in labels)


async def test_what_waits_for_a_target_that_is_down_is_told_with_its_age(tmp_path: Path, store_url: str) -> None:
    async with real_node(tmp_path, store_url) as node:
        node.erp.fail_next(10_000)
        node.customer.put("order.edi", ORDER)
        waiting = await node.until(lambda s: s("hub_departures_waiting", target="erp") == 1)
        older = await node.until(lambda s: (s("hub_departures_oldest_seconds", target="erp") or 0) > 0.5)
        assert older("hub_dead_letters_waiting", target="erp") == 0
        assert waiting("hub_departures_waiting", target="channel:corner-hardware/files") in (None, 0, 1, 2)


async def test_unconfigured_names_share_one_label(tmp_path: Path, migrated_url: str) -> None:
    async with real_node(tmp_path, migrated_url) as node:
        for number in range(50):
            node.services.metrics.intake(f"made up {number}", "refused")
            node.services.metrics.document("invoice", f"stranger {number}", "rejected")
        scraped = await node.scrape()
        assert scraped("hub_intake_total", channel="other", outcome="refused") == 50
        assert scraped("hub_documents_total", type="invoice", partner="other", outcome="rejected") == 50


async def test_metrics_are_for_this_machine_and_for_who_has_the_token(tmp_path: Path, migrated_url: str) -> None:
    async with real_node(tmp_path, migrated_url) as node:

        async def status(**headers: str) -> int:
            async with node.session.get(f"{node.url}/metrics", headers=headers) as answer:
                return answer.status

        assert await status() == 200
        assert await status(**{"X-Forwarded-For": "198.51.100.7"}) == 404  # a proxy asks for somebody else
        assert await status(Authorization="Bearer guessed") == 404
        (tmp_path / "token").write_text("the token of the metrics")
        text = hub_yaml("http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents", tmp_path / "secret")
        configure(
            node.services.store,
            node.services,
            text.replace("web: {", f"web: {{metrics_token: 'file:{tmp_path / 'token'}', "),
            {},
        )
        headers = {"Authorization": "Bearer the token of the metrics", "X-Forwarded-For": "198.51.100.7"}
        assert await status(**headers) == 200


async def test_a_node_that_stops_or_whose_loops_stand_still_says_so(tmp_path: Path, migrated_url: str) -> None:
    async with real_node(tmp_path, migrated_url) as node:

        async def ask(path: str) -> tuple[int, object, bool]:
            async with node.session.get(f"{node.url}{path}") as answer:
                return answer.status, await answer.json(), "Retry-After" in answer.headers

        assert await ask("/healthz") == (200, {"status": "ok"}, False)
        assert await ask("/readyz") == (200, {"status": "ok"}, False)
        node.services.watch.begin("a loop that hangs", 0.0)
        await asyncio.sleep(1.1)
        assert await ask("/healthz") == (503, {"status": "stuck"}, True)
        assert await ask("/readyz") == (503, {"status": "unavailable"}, True)
        node.services.watch.end()
        node.services.watch.phase = Phase.STOPPING
        await asyncio.sleep(1.1)
        assert (await ask("/healthz"))[0] == 200
        assert (await ask("/readyz"))[0] == 503
        node.services.watch.phase = Phase.RUNNING


async def test_a_full_disk_is_told_at_once_and_puts_senders_off_until_there_is_room(
    tmp_path: Path, migrated_url: str
) -> None:
    async with real_node(tmp_path, migrated_url) as node:
        services = node.services
        with services.store.begin() as tx:
            _, key = access.create(tx, "partner", "birch-paper", "test", services.clock())
        usual = hub_yaml("http://127.0.0.1:9/documents", "http://127.0.0.1:9/documents", tmp_path / "secret")
        configure(services.store, services, f"{usual}\nintake: {{disk_floor_bytes: {1 << 60}}}\n", {})
        full = await node.until(lambda s: s("hub_ready_check", check="disk") == 0)
        assert (full("hub_disk_free_bytes") or 0) < (full("hub_disk_floor_bytes") or 0)
        assert full("hub_ready") == 0
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/edi-x12"}
        shipment = (SAMPLES / "cases" / "shipment-pallets" / "input.edi").read_bytes()

        async def post() -> int:
            async with node.session.post(f"{node.url}/v1/transmissions", data=shipment, headers=headers) as answer:
                return answer.status

        assert await post() == 507
        put_off = await node.scrape()
        assert put_off("hub_intake_total", channel="birch-paper", outcome="put_off") == 1
        configure(services.store, services, usual, {})
        await node.until(lambda s: s("hub_ready") == 1)
        assert await post() == 202


async def test_a_database_that_is_gone_is_told_and_the_node_recovers_by_itself(
    tmp_path: Path, postgres_url: str, postgres_server: str
) -> None:
    name = sql.Identifier(urlsplit(postgres_url).path.lstrip("/"))

    def admin(*statements: sql.Composed) -> None:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    async with real_node(tmp_path, postgres_url) as node:
        kick = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
        closed = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name)
        admin(closed, kick.format(sql.Literal(urlsplit(postgres_url).path.lstrip("/"))))
        gone = await node.until(lambda s: s("hub_ready_check", check="store") == 0)
        assert gone("hub_ready") == 0
        await node.until(lambda s: (s("hub_store_failures_total") or 0) > 0)
        for path, expected in (("/healthz", 200), ("/readyz", 503), ("/v1/documents", 503)):
            async with node.session.get(node.url + path, headers={"Authorization": "Bearer x"}) as answer:
                assert answer.status == expected, path
                assert expected == 200 or "Retry-After" in answer.headers
        node.customer.put("order.edi", ORDER)
        admin(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(name))
        await node.until(lambda s: s("hub_ready") == 1)
        await node.until(lambda s: s("hub_deliveries_total", target="erp", outcome="delivered") == 1)
