"""The page of targets: what holds each back is told, and can be changed where it is told."""

from __future__ import annotations

import pytest

from channels.errors import CredentialError, TransientError
from hub.pipeline import health
from hub.store.outbound import targets
from hub.store.schema.records import StoredDelivery
from tests.integration.store.rows_for_tests import arrival, delivery, departure, document
from tests.integration.web.running_hub import Site

FILES = "channel:acme-fasteners/files"


@pytest.fixture
def waiting(site: Site) -> StoredDelivery:
    """The ERP does not answer, and something waits for it; a partner's folder is closed to us."""
    with site.store.begin() as tx:
        made = delivery(tx, document(tx, arrival(tx).id).id, "PO-1")
        sending = site.services.catalog().sending("erp")
        for _ in range(sending.breaker_failures):
            error = TransientError("no answer within 30 seconds <script>alert(1)</script>")
            health.note_failure(tx, departure(tx), error, sending, site.clock())
        closed = CredentialError("closed to us")
        health.note_failure(tx, departure(tx, FILES), closed, sending, site.clock())
    return made


def test_it_tells_what_holds_each_target_back(site: Site, waiting: StoredDelivery) -> None:
    page = site.signed_in().get("/targets").text
    assert page.index(">erp<") < page.index(">acme-fasteners/files<") < page.index("Nothing holds these back")
    assert "no answer within 30 seconds &lt;script&gt;" in page
    assert "closed to us" in page
    assert page.count("breaker open") == 2
    assert "birch-paper/pickup" in page


def test_a_delivery_tells_what_it_waits_for(site: Site, waiting: StoredDelivery) -> None:
    page = site.signed_in().get(f"/documents/{waiting.document_id}").text
    assert "takes nothing" in page
    assert "no answer within 30 seconds" in page


def test_a_breaker_is_closed_and_a_target_paused_by_hand(site: Site, waiting: StoredDelivery) -> None:
    client = site.signed_in()
    token = client.token("/targets")
    fields = [("id", "erp"), ("reason", "it is back, they say"), ("back", "/targets")]
    asked = client.post("/operations", ("action", "close_target"), *fields, token=token)
    assert "Yes, close" in asked.text
    assert 'href="/targets">erp<' in asked.text
    done = client.post("/operations", ("action", "close_target"), ("confirmed", "yes"), *fields, token=token)
    assert "is due now" in done.text
    paused = [("id", FILES), ("reason", "moving"), ("confirmed", "yes")]
    assert "its backlog is kept" in client.post("/operations", ("action", "pause_target"), *paused, token=token).text
    with site.store.read() as tx:
        erp, files = targets.get(tx, "erp"), targets.get(tx, FILES)
    assert erp is not None
    assert erp.breaker == "closed"
    assert files is not None
    assert (files.paused_by, files.pause_reason) == ("operator:mira", "moving")
