"""A system has its own documents worked again, and its own deliveries sent again, by the API and nothing else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.node.arrivals import process_pending
from hub.store.configuration import configurations
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.trail import events
from tests.integration.store.rows_for_tests import dead_letter
from tests.integration.web.caller import Caller
from tests.integration.web.held import KEY, SAMPLES, hold_invoices
from tests.integration.web.running_hub import Site


@pytest.fixture
def posted(site: Site) -> tuple[Caller, str]:
    """An order that the ERP has posted, and its id."""
    erp = Caller(site, "system", "erp")
    body = (SAMPLES / "documents" / "erp-purchase-order-10045.json").read_bytes()
    assert erp.post("/v1/documents", body).status == 202
    process_pending(site.services, "test")
    with site.store.read() as tx:
        (order,) = search.documents(tx, DocumentFilter(type="purchase_order"))
    return erp, order.id


def second_system(site: Site) -> Caller:
    text = (SAMPLES / "hub.yaml").read_text()
    more = text.replace("systems:\n", "systems:\n  - {key: wms-east, documents: [receiving_advice]}\n")
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", more, "test", site.clock())
    site.services.configuration_changed()
    return Caller(site, "system", "wms-east")


def ask(caller: Caller, path: str, **body: object) -> tuple[int, Any]:
    answer = caller.post(path, json.dumps(body).encode())
    return answer.status, answer.json


def test_a_system_sees_a_replay_of_its_order_and_confirms_it(site: Site, posted: tuple[Caller, str]) -> None:
    erp, order = posted
    status, shown = ask(erp, "/v1/replays", ids=[order])
    assert status == 201
    (document,) = shown["documents"]
    assert (document["id"], document["becomes"], document["differences"]) == (order, "routed", [])
    assert document["acts"] == {f"channel:{KEY}/files": "kept"}
    assert ask(erp, "/v1/replays?dry_run=true", ids=[order])[1]["dry_run"] is True
    status, looked = ask(erp, f"/v1/replays/{shown['id']}/confirm?dry_run=true", reason="only a look")
    assert (status, looked["dry_run"], looked["left"]) == (200, True, 0)
    assert looked["outcomes"] == [{"id": order, "done": True, "message": "would be replayed: routed"}]
    status, done = ask(erp, f"/v1/replays/{shown['id']}/confirm", reason="looked at again")
    assert (status, done["left"]) == (200, 0)
    assert done["outcomes"][0]["done"]
    told = erp.get(f"/v1/replays/{shown['id']}").json
    assert told["outcomes"][0]["id"] == order
    with site.store.read() as tx:
        assert events.of_subject(tx, order)[-1].actor == "system:erp"


def test_no_system_reaches_another_ones_documents_nor_a_partner_any(site: Site, posted: tuple[Caller, str]) -> None:
    erp, order = posted
    (invoice,) = hold_invoices(site, 1)
    assert ask(erp, "/v1/replays", ids=[invoice.id])[0] == 422
    assert ask(erp, "/v1/replays", partner=KEY, type="invoice")[0] == 422
    _, shown = ask(erp, "/v1/replays", ids=[order])
    other, partner = second_system(site), Caller(site, "partner", KEY)
    path = f"/v1/replays/{shown['id']}/confirm"
    assert ask(other, path, reason="mine")[0] == 404
    assert ask(partner, path, reason="mine")[0] == 403
    assert other.get(f"/v1/replays/{shown['id']}").status == 404
    assert ask(partner, "/v1/replays", ids=[order])[0] == 403


@pytest.mark.parametrize("body", [{}, {"ids": ["doc_x"], "profile": "odd"}, {"names": []}, {"since": "yesterday"}])
def test_a_choice_that_is_none_is_a_problem_in_words(site: Site, body: dict[str, object]) -> None:
    status, told = ask(Caller(site, "system", "erp"), "/v1/replays", **body)
    assert status == 422
    assert told["detail"]


def test_a_system_has_its_own_delivery_sent_again_under_the_same_key(site: Site) -> None:
    with site.store.begin() as tx:
        made = dead_letter(tx, site.clock())
    key = made.idempotency_key
    erp, other = Caller(site, "system", "erp"), second_system(site)
    path = f"/v1/deliveries/{key}/resend"
    assert ask(other, path, reason="lost")[0] == 404
    assert ask(Caller(site, "partner", KEY), path, reason="lost")[0] == 403
    assert ask(erp, path)[0] == 422
    assert ask(erp, path, reason="lost") == (202, {"id": made.id, "idempotency_key": key, "status": "composed"})
    status, told = ask(erp, path, reason="lost")
    assert (status, told["detail"]) == (409, "It is on its way.")
