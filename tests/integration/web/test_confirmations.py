"""What a system says later, through the API: with its own key, about its own deliveries, in the one form."""

from __future__ import annotations

import pytest

from hub.settings import HttpTarget
from hub.store.configuration import configurations
from hub.store.schema.records import StoredDelivery
from hub.store.traffic import deliveries
from tests.integration.web.caller import Caller
from tests.integration.web.held import handed_over
from tests.integration.web.running_hub import Site

SETTINGS = """
targets:
  - {key: erp, kind: http, url: "https://erp.example/", confirmation: {system: erp}}
systems: [{key: erp, documents: [purchase_order]}, {key: other, documents: [purchase_order]}]
"""


@pytest.fixture
def awaiting(site: Site) -> StoredDelivery:
    """A delivery that the ERP has answered by 202."""
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", SETTINGS, "test", site.clock())
    site.services.configuration_changed()
    target = site.services.settings.target("erp")
    assert isinstance(target, HttpTarget)
    assert target.confirmation is not None
    return handed_over(site, target.confirmation)


def test_a_system_confirms_what_it_was_handed(site: Site, awaiting: StoredDelivery) -> None:
    erp, path = Caller(site, "system", "erp"), f"/v1/deliveries/{awaiting.idempotency_key}/confirm"
    for _ in range(2):
        answer = erp.post(path, b'{"outcome": "accepted"}')
        assert answer.status == 200
        assert answer.json == {
            "id": awaiting.id,
            "idempotency_key": awaiting.idempotency_key,
            "status": "delivered",
        }
    late = erp.post(path, b'{"outcome": "refused", "reason": "no"}')
    assert late.status == 409
    assert "taken before" in late.json["detail"]


def test_a_refusal_is_carried_to_the_trace(site: Site, awaiting: StoredDelivery) -> None:
    erp = Caller(site, "system", "erp")
    answer = erp.post(
        f"/v1/deliveries/{awaiting.idempotency_key}/confirm",
        b'{"outcome": "refused", "reason": "<b>ship-to closed</b>"}',
    )
    assert (answer.status, answer.json["status"]) == (200, "dead")
    page = site.signed_in().get(f"/documents/{awaiting.document_id}").text
    assert "&lt;b&gt;ship-to closed&lt;/b&gt;" in page


def test_nobody_else_may_and_nothing_else_is_taken(site: Site, awaiting: StoredDelivery) -> None:
    erp, path = Caller(site, "system", "erp"), f"/v1/deliveries/{awaiting.idempotency_key}/confirm"
    said = b'{"outcome": "accepted"}'
    assert site.client().ask("POST", path, said).status == 401
    assert Caller(site, "system", "other").post(path, said).status == 404
    assert Caller(site, "partner", "birch-paper").post(path, said).status == 403
    assert erp.post("/v1/deliveries/doc_none.1.erp/confirm", said).status == 404
    assert erp.post(path, said, "text/plain").status == 415
    for body in (b"", b"{}", b'{"outcome": "perhaps"}', b'{"outcome": "accepted", "more": 1}', b"[" * 9000):
        assert erp.post(path, body).status == 422, body
    with site.store.read() as tx:
        found = deliveries.get(tx, awaiting.id)
    assert found is not None
    assert found.status == "awaiting"
