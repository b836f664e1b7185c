"""A gateway's credential: one key for several partners, each interchange its own partner's, nothing of anybody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.node.arrivals import process_pending
from hub.store.configuration import configurations
from tests.integration.web.caller import Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Site

X12 = "application/edi-x12"
ACME = (SAMPLES / "cases/invoice-with-freight/input.edi").read_bytes()
BIRCH = (SAMPLES / "cases/shipment-pallets/input.edi").read_bytes()
CORNER = (SAMPLES / "cases/customer-order/input.edi").read_bytes()
BIRCH_JSON = json.loads((SAMPLES / "documents/birch-acknowledgment-10046.json").read_bytes())


@pytest.fixture
def van(site: Site) -> Caller:
    return Caller(site, "gateway", "van")


def worked(site: Site, answer: Answer, caller: Caller) -> Any:
    """What the sender is told once it has been worked."""
    assert answer.status == 202, answer.text
    process_pending(site.services, "test")
    return caller.get(answer.json["status_url"]).json


def test_each_interchange_is_of_the_partner_that_its_envelope_names(site: Site, van: Caller) -> None:
    told = worked(site, van.post("/v1/transmissions", ACME + BIRCH, X12), van)
    assert told["status"] == "processed"
    assert "partner" not in told
    inbound = [d for d in told["documents"] if d["direction"] == "inbound"]
    assert [(d["partner"], d["type"]) for d in inbound] == [
        ("acme-fasteners", "invoice"),
        ("birch-paper", "advance_ship_notice"),
    ]
    for document in inbound:
        assert van.get(document["url"]).status == 200
        owner = Caller(site, "partner", document["partner"])
        assert owner.get(document["url"]).status == 200, "what a gateway brought is the partner's own"
        assert owner.get(f"/v1/transmissions/{told['id']}").status == 404, "the arrival as a whole is not"
    listed = {d["partner"] for d in van.get("/v1/documents").json["documents"]}
    assert listed == {"acme-fasteners", "birch-paper"}


def test_a_canonical_document_names_its_partner(site: Site, van: Caller) -> None:
    body = json.dumps({"partner": "birch-paper", "document": BIRCH_JSON}).encode()
    told = worked(site, van.post("/v1/documents", body), van)
    assert (told["status"], told["partner"]) == ("processed", "birch-paper")
    (document,) = [d for d in told["documents"] if d["type"] == "purchase_order_acknowledgment"]
    shown = van.get(document["url"]).json
    assert (shown["direction"], shown["status"]) == ("inbound", "routed")
    bare = van.post("/v1/documents", json.dumps(BIRCH_JSON).encode())
    assert (bare.status, bare.json["findings"][0]["code"]) == (422, "SUBMISSION-SHAPE")


def test_a_partner_that_is_not_granted_looks_like_one_that_is_not_there(site: Site, van: Caller) -> None:
    answers = []
    for partner in ("corner-hardware", "nobody-at-all"):
        body = json.dumps({"partner": partner, "document": BIRCH_JSON}).encode()
        answer = van.post("/v1/documents", body)
        assert answer.status == 422
        answers.append(answer.text.replace(partner, "NAME"))
    assert answers[0] == answers[1]


def test_a_foreign_sender_is_quarantined_and_told_in_the_words_of_an_unknown_one(site: Site, van: Caller) -> None:
    told = []
    for sender in (b"5555550142     ", b"NOBODYATALL    "):
        body = CORNER.replace(b"5555550142     ", sender)
        shown = worked(site, van.post("/v1/transmissions", body, X12), van)
        assert (shown["status"], shown["documents"], shown["acknowledgments"]) == ("quarantined", [], [])
        (interchange,) = shown["interchanges"]
        said = json.dumps([shown["reason"], interchange["findings"], interchange["verdict"]])
        told.append(said.replace(sender.decode().strip(), "SENDER"))
        assert "corner-hardware" not in said
    assert told[0] == told[1]
    assert Caller(site, "partner", "corner-hardware").get("/v1/documents").json["documents"] == []


def test_a_partner_that_is_taken_from_it_is_out_of_its_sight_at_once(site: Site, van: Caller) -> None:
    told = worked(site, van.post("/v1/transmissions", ACME + BIRCH, X12), van)
    (birch,) = [d for d in told["documents"] if d["partner"] == "birch-paper" and d["direction"] == "inbound"]
    text = (SAMPLES / "hub.yaml").read_text()
    fewer = text.replace("partners: [acme-fasteners, birch-paper]", "partners: [acme-fasteners]")
    assert fewer != text
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", fewer, "test", site.clock())
    site.services.configuration_changed()
    assert van.get(birch["url"]).status == 404
    left = van.get(f"/v1/transmissions/{told['id']}").json
    assert {d["partner"] for d in left["documents"]} == {"acme-fasteners"}
    assert [i["sender"]["id"] for i in left["interchanges"]] == ["ACMEFASTENERS"]
    assert "BIRCH" not in json.dumps(left)


def test_it_confirms_and_replays_nothing(van: Caller) -> None:
    for path, body in (
        ("/v1/deliveries/some-key/confirm", b'{"outcome": "accepted"}'),
        ("/v1/deliveries/some-key/resend", b'{"reason": "why"}'),
        ("/v1/replays", b"{}"),
    ):
        assert van.post(path, body).status == 403, path
