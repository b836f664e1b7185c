"""A supplier with an API of its own: our 850 is posted to it, its 855 and acknowledgments are polled from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, verify
from hub.states import DeliveryStatus
from hub.store.coordination import timers
from hub.store.store import Store
from hub.store.traffic import deliveries
from hub.timers import NOTIFY
from samples.partner_side import accept
from tests.partner_api import PartnerApi, running_api
from tests.scenarios.running import RunningHub, running_hub, sample_profiles

KEY = "acme-fasteners"
ACKNOWLEDGED = "acknowledgment-with-backorder"


def by_its_api(api: PartnerApi) -> dict[str, str]:
    """The sample profiles, with the supplier's files on its own API."""
    profiles = sample_profiles()
    before, after = profiles[KEY].split("\nchannels:\n")[0], profiles[KEY].split("\ndocuments:\n")[1]
    channel = f"""
channels:
  - name: files
    kind: rest
    authentication: {{kind: bearer, token: env:PARTNER_TOKEN}}
    secret: env:PARTNER_SIGNING_KEY
    outbound: {{url: "{api.url}/messages", success: {{expression: status == 'ok'}}}}
    inbound:
      list: {api.url}/messages?after={{cursor}}
      items: messages
      name: name
      size: bytes
      next: next
      item: {api.url}/messages/{{id}}
      acknowledge: {{url: "{api.url}/messages/{{id}}"}}
    poll_seconds: 1
"""
    profiles[KEY] = f"{before}\n{channel}\ndocuments:\n{after}"
    return profiles


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_TOKEN", "t0ken-of-the-hub")
    monkeypatch.setenv("PARTNER_SIGNING_KEY", "signs what goes to the partner")


async def test_an_order_is_posted_to_the_partner_and_its_answers_are_polled_back(store: Store, tmp_path: Path) -> None:
    with running_api() as api:
        fails = [503]
        api.answer = lambda request: (
            web.Response(status=fails.pop()) if request.method == "POST" and fails else None
        )  # fmt: skip
        async with running_hub(store, tmp_path, by_its_api(api)) as hub:
            taken = hub.desk("system", "erp").accept_document(hub.document("erp-purchase-order-10045.json"), "order-1")
            (key, body) = (await hub.until(lambda: api.posted, 30))[0]
            assert (body[:3], b"~ST*850*" in body.replace(b"\n", b"")) == (b"ISA", True)
            api.put("997.edi", accept(body.decode(), 77))
            (document,) = hub.documents_of(taken.transmission_id)

            def delivered() -> str | None:
                with hub.services.store.read() as tx:
                    (delivery,) = deliveries.of_document(tx, document.id)
                return delivery.status if delivery.status == DeliveryStatus.ACKNOWLEDGED else None

            await hub.until(delivered, 30)
            api.put("855.edi", hub.case(ACKNOWLEDGED))
            await hub.erp.wait_for(1, 30)
            await hub.until(lambda: not api.messages and len(api.posted) > 1, 30)  # taken there, and answered by a 997
    (answer,) = hub.erp.effects.values()
    assert (answer.body["partner"]["key"], answer.body["document"]["type"]) == (KEY, "purchase_order_acknowledgment")
    posts = [headers for (method, _), headers in zip(api.requests, api.headers, strict=True) if method == "POST"]
    assert posts[0]["Idempotency-Key"] == posts[1]["Idempotency-Key"] == key, "the attempt that failed and the next"
    assert {headers["Authorization"] for headers in api.headers} == {"Bearer t0ken-of-the-hub"}
    assert b"AK1*PR*" in api.posted[1][1]


async def test_a_partner_is_notified_of_what_becomes_of_its_document(store: Store, tmp_path: Path) -> None:
    with running_api() as api:
        profiles = sample_profiles()
        profiles[KEY] += (
            f"\nwebhooks: [{{name: status, url: '{api.url}/hook', events: ['document.*', delivery.delivered],"
            " secret: 'env:PARTNER_SIGNING_KEY'}]\n"
        )
        api.answer = lambda request: web.Response(status=204)
        async with running_hub(store, tmp_path, profiles) as hub:
            await hub.until(lambda: _begun(hub), 30)
            hub.partner(KEY).put("a.edi", hub.case("invoice-with-freight"))
            wanted = {"supplier-hub.document.routed", "supplier-hub.delivery.delivered"}
            await hub.until(lambda: wanted <= {json.loads(body)["type"] for body in list(api.bodies)}, 60)
            told = [json.loads(body) for body in api.bodies]
    assert "invoice" in {event["data"]["document"]["type"] for event in told}
    headers = next(one for one in api.headers if one["Idempotency-Key"] == told[0]["id"])  # several came side by side
    stamp = headers[TIMESTAMP_HEADER]
    verify(["signs what goes to the partner"], stamp, headers[SIGNATURE_HEADER], api.bodies[0], int(stamp))


def _begun(hub: RunningHub) -> bool:
    """Whether the hub has looked at events once: it tells of what comes after that."""
    with hub.services.store.read() as tx:
        timer = timers.get(tx, NOTIFY, "")
    return timer is not None and timer.payload is not None
