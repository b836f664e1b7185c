"""``hub status`` and the overview say the same of a troubled hub, read from either store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.health.faults import Gravity, Where
from hub.health.situation import Situation, situation
from hub.services import HubServices
from hub.states import BreakerState
from hub.store.outbound import targets
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import work_items
from tests.integration.cli.commands import Cli
from tests.integration.web.conftest import configure
from tests.integration.web.running_hub import running
from tests.scenarios.running import SAMPLES, sample_profiles
from tests.scenarios.running import configure as apply

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def troubles(tx: Tx, now: datetime) -> None:
    """The ERP is down, a folder is gone, and a partner that sends every day has not since the day before yesterday."""
    state = targets.hold(tx, "erp", now)
    broken = replace(state, breaker=BreakerState.OPEN.value, since=now - timedelta(minutes=14), reason="HTTP 503")
    targets.save(tx, replace(broken, probe_at=now + timedelta(minutes=2)))
    for number in range(3):
        deliveries.record(
            tx,
            document_id=f"doc_{number}",
            partner="acme-fasteners",
            target="erp",
            idempotency_key=f"key {number}",
            order_keys=[],
            now=now - timedelta(minutes=14),
        )
    folder = "Channel birch-paper/pickup cannot be read"
    work_items.raise_item(tx, "channel", "channel:birch-paper/pickup", "birch-paper", folder, [], now)
    for number in range(2):
        work_items.raise_item(tx, "overdue", f"overdue:{number}", "corner-hardware", "It has not.", [], now)
    for day in range(2, 36):
        transmissions.record(
            tx,
            direction="in",
            channel="acme-fasteners/files",
            partner="acme-fasteners",
            order_scope="acme-fasteners",
            content_type="text/plain",
            status="processed",
            now=now - timedelta(days=day),
            body=b"",
        )


def read(store: Store, folder: Path) -> Situation:
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=folder, executor=executor, clock=lambda: NOW)
        apply(store, services, (SAMPLES / "hub.yaml").read_text(), sample_profiles())
        with store.begin() as tx:
            troubles(tx, NOW)
        with store.read() as tx:
            return situation(tx, services.catalog(), NOW)


def test_each_fault_lies_where_it_should_and_the_worst_comes_first(store: Store, tmp_path: Path) -> None:
    found = read(store, tmp_path)
    assert [(fault.where, fault.who, fault.gravity) for fault in found.faults] == [
        (Where.TARGET, "erp", Gravity.GRAVE),
        (Where.PARTNER, "birch-paper", Gravity.GRAVE),
        (Where.PARTNER, "corner-hardware", Gravity.LOOK),
        (Where.PARTNER, "acme-fasteners", Gravity.LOOK),
    ]
    waiting = found.waiting["deliveries"]
    assert waiting is not None
    assert (waiting.count, waiting.oldest) == (3, NOW - timedelta(minutes=14))
    assert [habit.partner for habit in found.partners if habit.late(NOW)] == ["acme-fasteners"]


def test_the_command_tells_it_as_text_and_for_programs(tmp_path: Path, migrated_url: str) -> None:
    cli = Cli.on(migrated_url, tmp_path / "data").configured()
    assert "All is well" in cli.ok("status")
    store = Store(migrated_url, tmp_path / "data")
    with store.begin() as tx:
        troubles(tx, datetime.now(UTC))
    store.close()
    told = cli.json("status")
    worst = told["faults"][0]
    assert (worst["where"], worst["who"], worst["gravity"]) == ("target", "erp", "grave")
    assert told["waiting"]["deliveries"]["count"] == 3
    partner = next(p for p in told["partners"] if p["partner"] == "acme-fasteners")
    assert partner["late"] is True
    assert partner["last_arrival"]
    text = cli.ok("status")
    for words in ("target erp", "HTTP 503. 3 deliveries wait.", "14 min", "no: breaker", "late", "not known yet"):
        assert words in text, words


def test_the_overview_shows_it_and_says_when_all_is_well(tmp_path: Path, migrated_url: str) -> None:
    with running(tmp_path, store_url=migrated_url) as site:
        configure(site)
        assert "All is well" in site.signed_in().get("/").text
        with site.store.begin() as tx:
            troubles(tx, site.clock())
        page = site.signed_in().get("/").text
    assert "All is well" not in page
    assert "It takes nothing; it is probed by itself: HTTP 503. 3 deliveries wait." in page
    assert page.index("HTTP 503") < page.index("cannot be read") < page.index("It usually has sent something by now.")
    assert '<span class="badge tone-warn">late</span>' in page
    assert 'href="/targets">See targets</a>' in page
