"""``/v1/outbox`` over real HTTP: a partner, a system and a gateway come for what is theirs."""

from __future__ import annotations

import json
import re
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest

from hub.bells import WAITERS_OF_ONE
from hub.store.questions import search
from tests.builders import make_purchase_order
from tests.contract.test_outbox import SETTINGS, fetching
from tests.integration.stepping import SteppedHub
from tests.integration.web.caller import Caller
from tests.integration.web.running_hub import Answer, Site
from tests.integration.x12_text import Isa, group, purchase_order

GATEWAYS = "gateways: [{key: van, partners: [acme, zenith]}]\n"


@pytest.fixture
def hub(site: Site) -> SteppedHub:
    stepped = SteppedHub(site.services)
    stepped.apply(fetching("acme", "ACME"), fetching("zenith", "ZENITH"), settings=SETTINGS + GATEWAYS)
    return stepped


@pytest.fixture
def acme(site: Site, hub: SteppedHub) -> Caller:
    return Caller(site, "partner", "acme")


@pytest.fixture
def wms(site: Site, hub: SteppedHub) -> Caller:
    return Caller(site, "system", "wms")


def order(hub: SteppedHub, number: str, partner: str = "acme") -> None:
    """To be fetched by the partner."""
    hub.post(make_purchase_order(purchase_order_number=number), partner)
    hub.leave()


def arrive(hub: SteppedHub, number: int) -> None:
    """To be fetched by the WMS."""
    orders = group("PO", purchase_order(order=f"W-{number}"), number=str(number))
    hub.take(Isa(f"{number:09}").around(orders))
    hub.leave()


def entries(caller: Caller, path: str = "/v1/outbox") -> list[dict[str, Any]]:
    answer = caller.get(path)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["entries"]
    return found


def noted(caller: Caller) -> dict[str, Any]:
    """The one entry, once it is written down that it was fetched: that is done when the answer has left."""
    while "fetched_at" not in (entry := entries(caller)[0]):
        pass
    return entry


def confirm(caller: Caller, *said: dict[str, str], **headers: str) -> Answer:
    return caller.post("/v1/outbox/confirmations", json.dumps({"confirmations": said}).encode(), **headers)


def test_a_partner_lists_fetches_and_confirms(site: Site, hub: SteppedHub, acme: Caller) -> None:
    order(hub, "A-1")
    (entry,) = entries(acme)
    assert (entry["target"], entry["documents"][0]["number"]) == ("channel:acme/api", "A-1")
    assert "fetched_at" not in entry
    answer = acme.get(entry["content_url"])
    assert answer.status == 200
    assert answer.body.startswith(b"ISA")
    assert answer.headers["Content-Type"] == "application/edi-x12"
    assert (len(answer.body), sha256(answer.body).hexdigest()) == (entry["size"], entry["sha256"])
    assert answer.headers["Repr-Digest"] == f"sha-256=:{b64encode(sha256(answer.body).digest()).decode()}:"
    assert answer.headers["Idempotency-Key"] == entry["idempotency_key"]
    entry = noted(acme)
    for _ in range(2):
        answer = confirm(acme, {"id": entry["id"]})
        assert answer.json == {"results": [{"id": entry["id"], "result": "done"}]}
        assert entries(acme) == []
    document = entry["documents"][0]["id"]
    (delivery,) = acme.get(f"/v1/documents/{document}").json["deliveries"]
    (lay,) = delivery["outbox"]
    assert (lay["fetched_at"], lay["outcome"]) == (entry["fetched_at"], "confirmed")
    assert lay["fetched_by"].startswith("partner:acme by ")
    page = site.signed_in().get(f"/documents/{document}").text
    assert "First fetched" in page
    assert "by partner:acme by " in page


def test_the_console_shows_for_whom_how_much_waits_since_when(site: Site, hub: SteppedHub, acme: Caller) -> None:
    order(hub, "A-1")
    order(hub, "A-2")
    browser = site.signed_in()
    assert "2 in the outbox" in browser.get("/targets").text
    page = browser.get("/outbox?target=channel:acme/api").text
    assert "A-1" in page
    assert "A-2" in page
    first, second = entries(acme)
    acme.get(first["content_url"])
    while "1 in the outbox" not in browser.get("/targets").text:
        pass
    page = browser.get("/outbox?target=channel:acme/api").text
    assert re.search(rf"{first['file_name']}.*?partner:acme.*?{second['file_name']}.*?not yet", page, re.DOTALL)
    confirm(acme, {"id": first["id"]})
    page = browser.get("/outbox?target=channel:acme/api").text
    assert first["file_name"] not in page
    assert f"/transmissions/{second['id']}" in page
    assert "Nothing lies there." in browser.get("/outbox?target=channel:nobody/none").text
    assert "Not fetched yet." in browser.get(f"/transmissions/{second['id']}").text


def test_the_older_address_of_the_bytes_notes_the_fetch_too_and_a_head_does_not(hub: SteppedHub, acme: Caller) -> None:
    order(hub, "A-1")
    (entry,) = entries(acme)
    path = f"/v1/transmissions/{entry['id']}/content"
    head = acme.client.ask("HEAD", path, Authorization=f"Bearer {acme.key}")
    assert (head.status, head.headers["Content-Length"]) == (200, str(entry["size"]))
    assert "fetched_at" not in entries(acme)[0]
    assert acme.get(path).status == 200
    assert noted(acme)["id"] == entry["id"]


def test_a_cursor_goes_on_where_it_ended(hub: SteppedHub, acme: Caller) -> None:
    for number in range(5):
        order(hub, f"A-{number}")
    path, seen = "/v1/outbox?limit=2", []
    while page := entries(acme, path):
        seen += [entry["documents"][0]["number"] for entry in page]
        path = acme.get(path).json["next"]
    assert seen == [f"A-{number}" for number in range(5)]
    order(hub, "A-5")
    assert [entry["documents"][0]["number"] for entry in entries(acme, path)] == ["A-5"]


def test_two_workers_share_an_outbox_and_a_lost_answer_leases_nothing_twice(hub: SteppedHub, acme: Caller) -> None:
    for number in range(3):
        order(hub, f"A-{number}")
    wish = b'{"limit": 2, "seconds": 60}'
    first = acme.post("/v1/outbox/leases", wish, Idempotency_Key="worker-1")
    again = acme.post("/v1/outbox/leases", wish, Idempotency_Key="worker-1")
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert acme.post("/v1/outbox/leases", b'{"limit": 3}', Idempotency_Key="worker-1").status == 422
    second = acme.post("/v1/outbox/leases", wish)
    leased = [entry["documents"][0]["number"] for answer in (first, second) for entry in answer.json["entries"]]
    assert leased == ["A-0", "A-1", "A-2"]
    given_back = acme.post(f"/v1/outbox/leases/{first.json['lease']}/release", b"")
    assert given_back.json == {"lease": first.json["lease"], "released": 2}
    third = acme.post("/v1/outbox/leases", b"{}")
    assert [entry["documents"][0]["number"] for entry in third.json["entries"]] == ["A-0", "A-1"]


def test_a_worker_that_dies_before_it_confirms_leaves_it_to_the_next(site: Site, hub: SteppedHub, acme: Caller) -> None:
    order(hub, "A-1")
    first = acme.post("/v1/outbox/leases", b'{"seconds": 60}').json["entries"]
    assert acme.get(first[0]["content_url"]).status == 200
    site.clock.pass_by(seconds=61)
    second = acme.post("/v1/outbox/leases", b'{"seconds": 60}').json["entries"]
    assert [entry["idempotency_key"] for entry in second] == [entry["idempotency_key"] for entry in first]


def test_a_system_takes_and_refuses_what_it_comes_for(site: Site, hub: SteppedHub, wms: Caller) -> None:
    arrive(hub, 1)
    arrive(hub, 2)
    first, second = entries(wms)
    answer = wms.get(first["content_url"])
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json["document"]["purchase_order_number"] == "W-1"
    assert answer.headers["X-Hub-Transmission"] == answer.json["transmission_id"]
    said = ({"id": first["id"]}, {"id": second["id"], "outcome": "refused", "reason": "no such dock"}, {"id": "tr_x"})
    results = confirm(wms, *said).json["results"]
    assert [one["result"] for one in results] == ["done", "done", "unknown"]
    assert entries(wms) == []
    late = confirm(wms, {"id": first["id"], "outcome": "refused"})
    assert late.json["results"] == [{"id": first["id"], "result": "too_late"}]
    with site.store.read() as tx:
        trace = search.trace(tx, second["id"])
    assert trace is not None
    assert [delivery.status for delivery in trace.deliveries] == ["dead"]
    assert "no such dock" in (trace.deliveries[0].reason or "")


def test_it_may_be_confirmed_by_its_idempotency_key_as_well(hub: SteppedHub, wms: Caller) -> None:
    arrive(hub, 1)
    (entry,) = entries(wms)
    answer = wms.post(f"/v1/deliveries/{entry['idempotency_key']}/confirm", b'{"outcome": "accepted"}')
    assert (answer.status, answer.json["status"]) == (200, "delivered")
    assert entries(wms) == []


def test_a_partner_answers_by_documents_and_refuses_nothing_here(hub: SteppedHub, acme: Caller) -> None:
    order(hub, "A-1")
    (entry,) = entries(acme)
    refused = confirm(acme, {"id": entry["id"], "outcome": "refused", "reason": "no"})
    assert refused.status == 403
    assert len(entries(acme)) == 1


def test_a_dry_run_says_what_would_be_and_leaves_all_as_it_is(
    site: Site, hub: SteppedHub, acme: Caller, wms: Caller
) -> None:
    order(hub, "A-1")
    arrive(hub, 1)
    (mine,), (theirs,) = entries(acme), entries(wms)
    wish = acme.post("/v1/outbox/leases?dry_run=true", b"{}", Idempotency_Key="once")
    assert (wish.status, wish.json["dry_run"], wish.json["entries"]) == (200, True, [mine])
    leased = acme.post("/v1/outbox/leases", b"{}", Idempotency_Key="once")
    assert (leased.status, leased.json["entries"]) == (201, [mine]), "neither the entry nor the key was taken"
    path = f"/v1/outbox/leases/{leased.json['lease']}/release"
    for query, free in (("?dry_run=true", 0), ("", 1)):
        assert acme.post(path + query, b"").json["released"] == 1
        assert len(acme.post("/v1/outbox/leases?dry_run=true", b"{}").json["entries"]) == free
    for caller, entry, outcome in ((acme, mine, "accepted"), (wms, theirs, "accepted"), (wms, theirs, "refused")):
        said = json.dumps({"confirmations": [{"id": entry["id"], "outcome": outcome}]}).encode()
        told = caller.post("/v1/outbox/confirmations?dry_run=true", said)
        assert told.json == {"results": [{"id": entry["id"], "result": "done"}], "dry_run": True}
        assert entries(caller) == [entry]
    assert hub.work_items() == []
    assert [one.id for one in hub.departures("awaiting")] == [theirs["id"]]


def test_a_gateway_comes_for_its_partners_and_nobody_for_anybody_else_s(
    site: Site, hub: SteppedHub, acme: Caller, wms: Caller
) -> None:
    order(hub, "A-1")
    order(hub, "Z-1", "zenith")
    arrive(hub, 1)
    van, tms = Caller(site, "gateway", "van"), Caller(site, "system", "tms")
    mine, theirs, systems = entries(acme), entries(Caller(site, "partner", "zenith")), entries(wms)
    assert entries(van) == [*mine, *theirs]
    assert entries(tms) == []
    for caller, foreign in ((acme, [*theirs, *systems]), (wms, [*mine, *theirs]), (van, systems), (tms, mine)):
        for entry in foreign:
            assert caller.get(entry["content_url"]).status == 404
            assert confirm(caller, {"id": entry["id"]}).json["results"][0]["result"] == "unknown"
    assert [entries(acme), entries(wms)] == [mine, systems]


def test_a_request_that_waits_is_answered_when_something_comes(hub: SteppedHub, acme: Caller) -> None:
    after = acme.get("/v1/outbox").json["next"]
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(entries, acme, f"{after}{'&' if '?' in after else '?'}wait=30")
        while not hub.services.offered.waiting:
            pass
        order(hub, "A-1")
        assert [entry["documents"][0]["number"] for entry in waiting.result(30)] == ["A-1"]
    assert entries(acme, "/v1/outbox?wait=1&after=999999999") == []


def test_so_many_may_wait_and_who_has_gone_waits_no_more(site: Site, hub: SteppedHub, acme: Caller) -> None:
    gone = []
    for _ in range(WAITERS_OF_ONE):
        connection = socket.create_connection(("127.0.0.1", site.port), timeout=20)
        head = f"GET /v1/outbox?wait=30 HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {acme.key}\r\n\r\n"
        connection.sendall(head.encode())
        gone.append(connection)
    while hub.services.offered.waiting < WAITERS_OF_ONE:
        pass
    refused = acme.get("/v1/outbox?wait=1")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    assert Caller(site, "partner", "zenith").get("/v1/outbox?wait=1").status == 200, "nobody else is kept out"
    for connection in gone:
        connection.close()
    while hub.services.offered.waiting:
        pass
    assert acme.get("/v1/outbox?wait=1").status == 200


@pytest.mark.parametrize(
    "query",
    ["wait=31", "wait=-1", "wait=1.5", "after=-1", "after=x", "limit=0", "limit=501", "since=1", "after=1&after=2"],
)
def test_what_cannot_be_meant_is_refused(acme: Caller, query: str) -> None:
    assert acme.get(f"/v1/outbox?{query}").status == 422


@pytest.mark.parametrize(
    "body", [b'{"limit": 0}', b'{"limit": 101}', b'{"seconds": 3601}', b'{"seconds": "60"}', b'{"many": 1}', b"[]"]
)
def test_a_lease_that_cannot_be_is_refused(acme: Caller, body: bytes) -> None:
    assert acme.post("/v1/outbox/leases", body).status == 422
