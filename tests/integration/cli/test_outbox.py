"""``hub outbox`` and the trace that a command prints: what lies for whom, and who has fetched it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.desk.desk import Desk
from hub.desk.outbox import OwnOutbox
from hub.principal import Principal
from tests.builders import make_purchase_order
from tests.contract.test_outbox import SETTINGS, fetching
from tests.integration.cli.commands import Cli
from tests.integration.stepping import SteppedHub, stepped_hub
from tests.prepared import fresh_store


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[SteppedHub]:
    store = fresh_store(migrated_url, tmp_path / "data")
    with stepped_hub(store, tmp_path) as stepped:
        stepped.apply(fetching("acme", "ACME"), fetching("zenith", "ZENITH"), settings=SETTINGS)
        for number in ("A-1", "A-2"):
            stepped.post(make_purchase_order(purchase_order_number=number))
        stepped.post(make_purchase_order(purchase_order_number="Z-1"), "zenith")
        stepped.leave()
        yield stepped
    store.close()


@pytest.fixture
def acme(hub: SteppedHub) -> OwnOutbox:
    return Desk(hub.services, Principal("partner", "acme")).outbox("ak_1")


@pytest.fixture
def cli(migrated_url: str, tmp_path: Path) -> Cli:
    return Cli.on(migrated_url, tmp_path / "data")


def test_it_lists_what_lies_there_and_for_whom(cli: Cli, acme: OwnOutbox) -> None:
    waiting = cli.json("outbox", "list")
    assert {target: queue["count"] for target, queue in waiting.items()} == {
        "channel:acme/api": 2,
        "channel:zenith/api": 1,
    }
    first, second = acme.page()
    acme.fetched(first.id)
    entries = cli.json("outbox", "list", "--partner", "acme")
    assert [entry["departure_id"] for entry in entries] == [first.id, second.id]
    assert (entries[0]["fetched_by"], entries[0]["documents"][0]["number"]) == ("partner:acme by ak_1", "A-1")
    (unfetched,) = cli.json("outbox", "list", "--partner", "acme", "--unfetched")
    (named,) = cli.json("outbox", "list", "--partner", "acme", "--number", "A-2")
    assert unfetched == named == entries[1]
    assert "partner:acme by ak_1" in cli.ok("outbox", "list", "--partner", "acme")
    assert cli.ok("outbox", "list", "--target", "wms").strip() == "Nothing lies there."
    assert cli.run("outbox", "list", "--partner", "acme", "--target", "wms").returncode == 1


def test_a_trace_tells_when_it_was_fetched_and_confirmed(cli: Cli, acme: OwnOutbox) -> None:
    first, second = acme.page()
    acme.fetched(first.id)
    acme.confirm([first.id])
    text = cli.ok("show", first.id)
    assert "in the outbox since" in text
    assert "fetched at" in text
    assert "confirmed at" in text
    assert "by partner:acme by ak_1" in text
    assert "not fetched" in cli.ok("show", second.id)
    (offer,) = cli.json("show", first.id)["offers"]
    assert offer["outcome"] == "confirmed"
