"""``/v1/events`` over real HTTP: who is told what, a page at a time and as it happens."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from hub.bells import WAITERS_OF_ONE
from hub.events.catalogue import Audience, kinds_for, type_of
from hub.events.description import asyncapi
from hub.observe.watch import Phase
from hub.store.people import access
from hub.store.trail import audit, events
from hub.web.api import events as api
from tests.builders import make_purchase_order
from tests.contract.test_outbox import SETTINGS, fetching
from tests.integration.stepping import SteppedHub
from tests.integration.web.caller import Caller
from tests.integration.web.running_hub import Site, running
from tests.integration.x12_text import Isa, group, purchase_order

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GATEWAY = "gateways: [{key: van, partners: [zenith]}]\n"


@pytest.fixture
def site(migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, operator=False, store_url=migrated_url) as started:
        hub = SteppedHub(started.services)
        hub.apply(fetching("acme", "ACME"), fetching("zenith", "ZENITH"), settings=SETTINGS + GATEWAY)
        yield started


@pytest.fixture
def hub(site: Site) -> SteppedHub:
    return SteppedHub(site.services)


def happens(site: Site, number: int, partner: str | None = "acme", kind: str = "transmission.received") -> None:
    """Something, and sealed."""
    said = (
        {"channel": "acme/api", "bytes": 3, "sha256": "00"} if kind.startswith("trans") else {"email": "jo@x.example"}
    )
    with site.store.begin() as tx:
        for one in range(number):
            events.record(tx, kind, f"tr_{one}", transmission_id=f"tr_{one}", partner=partner, data=said, now=NOW)
        audit.seal_next(tx, NOW, limit=1000)


def seal(site: Site) -> None:
    with site.store.begin() as tx:
        while audit.seal_next(tx, NOW):
            pass


def read(caller: Caller, path: str = "/v1/events") -> tuple[list[dict[str, Any]], str, bool]:
    answer = caller.get(path)
    assert answer.status == 200, answer.text
    assert "RateLimit" in answer.headers
    return answer.json["events"], answer.json["next"], answer.json["more"]


@pytest.mark.both_stores
def test_each_reads_its_own_in_the_order_of_the_feed(site: Site, hub: SteppedHub) -> None:
    hub.post(make_purchase_order(purchase_order_number="A-1"), "acme")
    hub.leave()
    hub.post(make_purchase_order(purchase_order_number="Z-1"), "zenith")
    happens(site, 1, None)
    happens(site, 1, "acme", "user.removed")
    told, following, more = read(Caller(site, "system", "erp"))
    assert [one["sequence"] for one in told] == sorted(one["sequence"] for one in told)
    assert not more
    assert {one.get("partner") for one in told} == {"acme", "zenith", None}
    assert {one["type"].split(".")[1] for one in told} == {"transmission", "document", "delivery"}, "no person's"
    assert {one["partitionkey"] for one in told if ".document." in one["type"]} == {"acme/A-1", "zenith/Z-1"}
    assert {one["partitionkey"] for one in told if ".delivery." in one["type"]} == {"acme/A-1"}
    described = asyncapi()
    for one in told:
        message = described["components"]["messages"][one["type"]]["payload"]
        assert jsonschema_rs.Draft202012Validator({**message, **described}).is_valid(one), one
    assert read(Caller(site, "system", "erp"), following)[0] == []
    for kind, subject, partner in [("partner", "acme", "acme"), ("gateway", "van", "zenith")]:
        own = read(Caller(site, kind, subject))[0]
        assert own
        assert {one.get("partner") for one in own} == {partner}
        assert not [one for one in own if "actor" in one]
        assert all(one["type"] in map(type_of, kinds_for(Audience.PARTNERS)) for one in own)


def test_a_partner_is_not_told_what_becomes_of_a_document_inside(site: Site, hub: SteppedHub) -> None:
    hub.take(Isa("000000007").around(group("PO", purchase_order(order="W-1"), number="7")))
    hub.compose()
    seal(site)
    insider, partner = Caller(site, "system", "wms"), Caller(site, "partner", "acme")
    assert {one["data"]["target"] for one in read(insider, "/v1/events?type=delivery.*")[0]} == {
        "wms",
        "channel:acme/files",
    }
    outside = read(partner, "/v1/events?type=delivery.composed")[0]
    assert {one["data"]["target"] for one in outside} == {"channel:acme/files"}


def test_pages_and_types(site: Site) -> None:
    happens(site, 5)
    erp = Caller(site, "system", "erp")
    first, following, more = read(erp, "/v1/events?limit=2")
    assert ([one["id"] for one in first], more) == (["event-1", "event-2"], True)
    rest, _, more = read(erp, following.replace("limit=2", "limit=9"))
    assert ([one["id"] for one in rest], more) == (["event-3", "event-4", "event-5"], False)
    for wanted in ("transmission.received", "transmission.*", "supplierhub.transmission.received.v1"):
        assert len(read(erp, f"/v1/events?type={wanted}")[0]) == 5
    assert read(erp, "/v1/events?type=delivery.dead")[:2] == ([], "/v1/events?type=delivery.dead&after=5")
    assert erp.get("/v1/events?type=delivery.vanished").status == 422
    assert erp.get("/v1/events?after=-1").status == 422


def test_a_place_behind_the_end_is_of_another_history(site: Site) -> None:
    happens(site, 2)
    answer = Caller(site, "system", "erp").get("/v1/events?after=3")
    assert (answer.status, answer.headers.get_content_type()) == (409, "application/problem+json")


@pytest.mark.both_stores
def test_a_question_looks_at_no_more_than_it_may(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "WINDOW", 3)
    happens(site, 7, "zenith")
    happens(site, 1, "acme")
    found, following, more = read(Caller(site, "partner", "acme"))
    assert (found, following, more) == ([], "/v1/events?after=3", True)
    found = read(Caller(site, "partner", "acme"), "/v1/events?after=6")[0]
    assert [one["id"] for one in found] == ["event-8"]


# ---- as it happens


@contextmanager
def stream(caller: Caller, path: str = "/v1/events/stream", **headers: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", caller.client.port, timeout=60)
    sent = {"Authorization": f"Bearer {caller.key}"} | {name.replace("_", "-"): one for name, one in headers.items()}
    connection.request("GET", path, headers=sent)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def frame(response: http.client.HTTPResponse) -> dict[str, str]:
    """The next event, or the text of a comment."""
    lines = []
    while line := response.readline().decode().rstrip("\n"):
        lines.append(line)
    return dict(line.split(": ", 1) for line in lines)


def test_events_come_as_they_happen_and_a_client_goes_on_where_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LOOK_SECONDS", 0.05)
    happens(site, 2)
    acme = Caller(site, "partner", "acme")
    with stream(acme) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream")
        assert "RateLimit" in response.headers
        frame(response)
        happens(site, 1)
        new = frame(response)
        assert (new["id"], new["event"]) == ("3", "supplierhub.transmission.received.v1")
        assert json.loads(new["data"])["id"] == "event-3"
    with stream(acme, Last_Event_ID="1") as response:
        frame(response)
        assert [frame(response)["id"] for _ in range(2)] == ["2", "3"]
    with stream(acme, "/v1/events/stream?after=0&type=transmission.*") as response:
        frame(response)
        assert frame(response)["id"] == "1"
    with stream(acme, "/v1/events/stream?after=9") as response:
        assert response.status == 409


def test_a_silent_stream_gives_signs_of_life_and_ends_with_its_credential(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.05)
    acme = Caller(site, "partner", "acme")
    with stream(acme) as response:
        frame(response)
        assert frame(response) == {"": "nothing new"}
        with site.store.begin() as tx:
            (key,) = [one for one in access.keys(tx) if one.subject == "acme"]
            access.revoke(tx, key.id, site.clock())
        site.services.credentials.forget()
        assert response.read().replace(b": nothing new\n\n", b"") == b""


def test_a_stream_tells_no_more_of_a_partner_that_is_not_the_caller_s(
    site: Site, hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LOOK_SECONDS", 0.02)
    hub.apply(fetching("birch", "BIRCH"), settings=SETTINGS + GATEWAY.replace("zenith", "zenith, birch"))
    with stream(Caller(site, "gateway", "van")) as response:
        frame(response)
        happens(site, 1, "zenith")
        assert json.loads(frame(response)["data"])["partner"] == "zenith"
        hub.apply(settings=SETTINGS + GATEWAY.replace("zenith", "acme, birch"))
        happens(site, 1, "birch")
        assert json.loads(frame(response)["data"])["partner"] == "birch"  # a look that began before has ended
        happens(site, 1, "zenith")
        happens(site, 1, "acme")
        assert json.loads(frame(response)["data"])["partner"] == "acme"


def test_a_stream_ends_when_the_hub_does(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LOOK_SECONDS", 0.02)
    with stream(Caller(site, "partner", "acme")) as response:
        frame(response)
        site.services.watch.phase = Phase.STOPPING
        assert response.read() == b""


def test_one_caller_opens_so_many_and_no_more(site: Site) -> None:
    acme, zenith = Caller(site, "partner", "acme"), Caller(site, "partner", "zenith")
    with ExitStack() as opened:
        for _ in range(WAITERS_OF_ONE):
            assert opened.enter_context(stream(acme)).status == 200
        with stream(acme) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "30")
        with stream(zenith) as response:
            assert response.status == 200


def test_a_reader_that_reads_nothing_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub holds one batch and what the connection takes, and after its patience nothing."""
    monkeypatch.setattr(api, "LOOK_SECONDS", 0.02)
    with site.store.begin() as tx:
        for one in range(300):
            data = {"reason": "settled", "summary": "x" * 50_000}
            events.record(tx, "work_item.closed", f"wi_{one}", data=data, now=NOW)
    seal(site)
    with stream(Caller(site, "system", "erp"), "/v1/events/stream?after=0") as response:
        for _ in range(400):
            if not site.services.streams.waiting:
                break
            time.sleep(0.05)
        assert site.services.streams.waiting == 0
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()


def test_the_description_of_events_is_served_to_who_has_no_key(site: Site) -> None:
    answer = site.client().get("/v1/asyncapi.json")
    assert (answer.status, answer.json["asyncapi"]) == (200, "3.0.0")
    assert site.client().get("/v1/asyncapi.json", If_None_Match=answer.headers["ETag"]).status == 304
