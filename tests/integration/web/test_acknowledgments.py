"""``/v1/acknowledgments``: ours of what partners sent, and theirs of what was sent to them, told to whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import make_purchase_order
from tests.integration.stepping import SETTINGS, SteppedHub, profile
from tests.integration.web.caller import Caller
from tests.integration.web.running_hub import Site
from tests.integration.x12_text import Isa, group, purchase_order, transaction_set

GATEWAY = "gateways: [{key: van, partners: [acme, zenith]}]\n"
SYSTEMS = "systems: [{key: erp, documents: [purchase_order]}, {key: wms}]"
BAD = purchase_order("0002", "S-2", lines=["PO1*1*twelve*EA*9.95"])


@pytest.fixture
def hub(site: Site) -> SteppedHub:
    """acme sent two orders, one of them wrong, and accepted the one of two orders of the ERP; zenith sent one."""
    hub = SteppedHub(site.services)
    settings = SETTINGS.replace("systems: [{key: erp, documents: [purchase_order]}]", SYSTEMS) + GATEWAY
    hub.apply(profile(), profile("zenith", "ZENITH"), settings=settings)
    hub.take(Isa("000000001").around(group("PO", purchase_order("0001", "S-1"), BAD, number="11")))
    hub.take(Isa("000000002", sender="ZENITH").around(group("PO", purchase_order(), number="12")), "zenith")
    for number in ("PO-1", "PO-2"):
        hub.post(make_purchase_order(purchase_order_number=number))
    sent = next(text for text in hub.leave() if "ST*850*" in text)
    segments = dict(segment.split("*", 1) for segment in sent.replace("\n", "").split("~") if "*" in segment)
    said = f"AK1*PO*{segments['GS'].split('*')[5]}"
    body = transaction_set("997", [said, "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"])
    hub.take(Isa("000000003").around(group("FA", body, number="13")))
    return hub


def listed(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"/v1/acknowledgments{query}")
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["acknowledgments"]
    return found


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(one["partner"], one["direction"], one["kind"], one["verdict"]) for one in found]


OURS, THEIRS = ("acme", "outbound", "997", "partially_accepted"), ("acme", "inbound", "997", "accepted")
OF_ZENITH = ("zenith", "outbound", "997", "accepted")


def test_each_finds_its_own_newest_first(site: Site, hub: SteppedHub) -> None:
    assert told(listed(Caller(site, "partner", "acme"))) == [THEIRS, OURS]
    assert told(listed(Caller(site, "partner", "zenith"))) == [OF_ZENITH]
    assert told(listed(Caller(site, "gateway", "van"))) == [THEIRS, OF_ZENITH, OURS]
    assert told(listed(Caller(site, "system", "erp"))) == [THEIRS], "of what it had the hub send"
    assert listed(Caller(site, "system", "wms")) == []


def test_they_are_searched_and_paged(site: Site, hub: SteppedHub) -> None:
    van = Caller(site, "gateway", "van")
    assert told(listed(van, "?direction=outbound&partner=acme")) == [OURS]
    assert told(listed(van, "?kind=999")) == []
    arrival = listed(van, "?direction=outbound&partner=zenith")[0]["transmission_id"]
    assert told(listed(van, f"?transmission={arrival}")) == [OF_ZENITH]
    first = van.get("/v1/acknowledgments?page_size=2").json
    assert told(first["acknowledgments"]) == [THEIRS, OF_ZENITH]
    assert told(van.get(first["next"]).json["acknowledgments"]) == [OURS]
    for odd in ("?kind=855", "?page_size=0", "?verdict=A", "?since=yesterday"):
        assert van.get(f"/v1/acknowledgments{odd}").status == 422


def test_one_tells_what_it_says_and_what_it_is_about(site: Site, hub: SteppedHub) -> None:
    acme = Caller(site, "partner", "acme")
    theirs, ours = listed(acme)
    one = acme.get(ours["url"]).json
    assert [(about["number"], about["status"]) for about in one["about"]] == [("S-1", "routed"), ("S-2", "rejected")]
    assert [line["verdict"] for line in one["document"]["transaction_sets"]] == ["accepted", "rejected"]
    assert [(way["target"], way["status"]) for way in one["deliveries"]] == [("channel:acme/files", "delivered")]
    for about in one["about"]:
        assert told(listed(acme, f"?document={about['id']}")) == [OURS]
    assert (ours["number"], theirs["accepted"], theirs["refused"]) == ("11", 1, 0)
    erp = Caller(site, "system", "erp")
    one = erp.get(theirs["url"]).json
    (about,) = one["about"]
    assert about["number"] in ("PO-1", "PO-2")
    assert told(listed(erp, f"?document={about['id']}")) == [THEIRS]
    assert "deliveries" in one
    assert one["deliveries"] == []


def test_anothers_is_not_there(site: Site, hub: SteppedHub) -> None:
    acme, zenith = Caller(site, "partner", "acme"), Caller(site, "partner", "zenith")
    theirs, ours = listed(acme)
    about = acme.get(ours["url"]).json["about"][0]["id"]
    for id in (theirs["id"], ours["id"], "doc_none", about):
        assert zenith.get(f"/v1/acknowledgments/{id}").status == 404
    assert acme.get(f"/v1/acknowledgments/{about}").status == 404, "it is no acknowledgment"
    assert listed(zenith, f"?document={about}") == []
    assert listed(zenith, f"?transmission={ours['transmission_id']}") == []
    assert Caller(site, "system", "wms").get(theirs["url"]).status == 404
    assert Caller(site, "system", "erp").get(ours["url"]).status == 404
