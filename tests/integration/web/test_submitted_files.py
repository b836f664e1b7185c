"""Files that are posted: told by their media type and the API channels of the sender's profile."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from canonical.document import to_json
from hub.node.arrivals import process_pending
from hub.store.configuration import configurations
from tests.builders import make_invoice, make_purchase_order_acknowledgment
from tests.integration.web.caller import JSON, Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Site

CSV = "text/csv"
INVOICES = (SAMPLES / "files" / "invoices.csv").read_bytes()
PATH = "/v1/transmissions"


@pytest.fixture
def copper(site: Site) -> Caller:
    with site.store.begin() as tx:
        text = (SAMPLES / "files" / "copper-tools.yaml").read_text()
        configurations.apply(tx, "partner", "copper-tools", text, "test", site.clock())
    return Caller(site, "partner", "copper-tools")


def worked(site: Site, caller: Caller, answer: Answer) -> Answer:
    assert answer.status == 202, answer.text
    process_pending(site.services, "test")
    return caller.get(answer.json["status_url"])


def inbound(told: Any) -> list[Any]:
    """Without what answers them."""
    return [one for one in told["documents"] if one["direction"] == "inbound"]


def test_a_csv_file_is_stored_first_and_its_findings_are_told_afterwards(site: Site, copper: Caller) -> None:
    sent = f"{PATH}?file_name={quote('INV 31.csv')}"
    answer = copper.post(sent, INVOICES, f"{CSV}; charset=windows-1252", Idempotency_Key="k1")
    assert copper.post(sent, INVOICES, CSV, Idempotency_Key="k1").json == answer.json
    told = worked(site, copper, answer).json
    assert (told["status"], told["interchanges"]) == ("processed", [])
    assert [finding["code"] for finding in told["findings"]] == ["FILE-FORM"]
    assert [(one["number"], one["status"]) for one in inbound(told)] == [
        ("CT-501", "routed"),
        ("CT-502", "rejected"),
        ("CT-503", "routed"),
    ]
    document = copper.get(f"/v1/documents/{inbound(told)[1]['id']}").json
    assert [finding["locator"] for finding in document["findings"]] == ['line 3, column "Qty"']
    assert copper.get(f"{PATH}/{told['id']}/content").body == INVOICES


def test_a_dry_run_of_a_file_tells_what_would_become_of_it(copper: Caller) -> None:
    answer = copper.post(f"{PATH}?dry_run=true&file_name=inv.csv", INVOICES, CSV)
    assert answer.status == 200
    assert [one["status"] for one in inbound(answer.json)] == ["routed", "rejected", "routed"]
    other = copper.post(f"{PATH}?dry_run=true&file_name=orders.csv", INVOICES, CSV)
    assert other.json["status"] == "quarantined"
    assert "invoices (csv, inv*.csv)" in other.json["reason"]


def test_a_list_of_canonical_documents_is_a_file_of_a_partner_with_such_a_channel(site: Site) -> None:
    birch = Caller(site, "partner", "birch-paper")
    texts = [to_json(make_invoice(invoice_number="I-1")), '{"type": "invoice"}', "null"]
    told = worked(site, birch, birch.post(PATH, f"[{','.join(texts)}]".encode(), JSON)).json
    assert [one["status"] for one in told["documents"]] == ["routed", "rejected", "rejected"]


def test_what_a_principal_has_no_door_for_is_refused_before_it_is_read(site: Site, copper: Caller) -> None:
    gateway, system = Caller(site, "gateway", "van"), Caller(site, "system", "erp")
    assert Caller(site, "partner", "acme-fasteners").post(PATH, INVOICES, CSV).status == 403
    assert copper.post(PATH, INVOICES, "application/edi-x12").status == 403
    assert system.post(PATH, INVOICES, CSV).status == 403
    order = json.loads(to_json(make_purchase_order_acknowledgment()))
    for caller in (gateway, system):
        assert caller.post(PATH, json.dumps([order]).encode(), JSON).status == (202 if caller is gateway else 403)


def test_what_a_gateway_s_partners_have_no_mapping_for_is_put_aside(site: Site) -> None:
    gateway = Caller(site, "gateway", "van")
    told = worked(site, gateway, gateway.post(PATH, INVOICES, CSV)).json
    assert (told["status"], told["documents"]) == ("quarantined", [])
