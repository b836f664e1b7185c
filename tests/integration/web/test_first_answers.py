"""Every write of the API under an Idempotency-Key: done once, told twice, and nobody else's key."""

from __future__ import annotations

import json

from hub.settings import Confirmation
from hub.store.configuration import configurations
from hub.web.api.routes import TABLE
from tests.integration.store.rows_for_tests import dead_letter, notification
from tests.integration.web.caller import Caller
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.held import handed_over
from tests.integration.web.running_hub import Site

REASON, ANOTHER = {"reason": "it is mended"}, {"reason": "it is mended at last"}
ORDER = json.loads((SAMPLES / "documents/erp-purchase-order-10045.json").read_bytes())

Write = tuple[str, bytes, bytes]
"""Where something is posted, what, and something else for the same place."""


def writes(site: Site, erp: Caller) -> dict[str, Write]:
    """By the operation's name; of systems, to whom all is open that may be done later."""
    text = (
        (SAMPLES / "hub.yaml").read_text().replace("    secret: env:ERP_SECRET\n", "    confirmation: {system: erp}\n")
    )
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", text, "test", site.clock())
    site.services.configuration_changed()
    with site.store.begin() as tx:
        to_resend, to_end = dead_letter(tx, site.clock()), dead_letter(tx, site.clock())
        told = notification(tx, "webhook:system:erp/all")
    order = erp.post("/v1/documents", json.dumps(ORDER).encode()).json["id"]
    shown = erp.post("/v1/replays", json.dumps({"ids": [order]}).encode())
    handed = handed_over(site, Confirmation(system="erp"))
    said = {
        "submit_document": ("documents", ORDER, ORDER | {"partner": "birch-paper"}),
        "confirm_delivery": (
            f"deliveries/{handed.idempotency_key}/confirm",
            {"outcome": "accepted"},
            {"outcome": "refused", "reason": "no"},
        ),
        "resend_delivery": (f"deliveries/{to_resend.idempotency_key}/resend", REASON, ANOTHER),
        "give_up_delivery": (f"deliveries/{to_end.idempotency_key}/give-up", REASON, ANOTHER),
        "lease_outbox": ("outbox/leases", {}, {"limit": 3}),
        "confirm_outbox": ("outbox/confirmations", *({"confirmations": [{"id": id}]} for id in "ab")),
        "redeliver_notification": (f"webhooks/notifications/{told.id}/redeliver", REASON, ANOTHER),
        "preview_replay": ("replays", {"ids": [order]}, {"ids": [order], "profile": "as-received"}),
        "confirm_replay": (f"replays/{shown.json['id']}/confirm", REASON, ANOTHER),
    }
    return {
        name: (f"/v1/{path}", json.dumps(one).encode(), json.dumps(other).encode())
        for name, (path, one, other) in said.items()
    } | {"release_outbox": ("/v1/outbox/leases/ls_1/release", b"", b"")}


def test_every_write_is_done_once_under_its_key_and_told_the_same_again(site: Site) -> None:
    erp = Caller(site, "system", "erp")
    found = writes(site, erp)
    assert {one.name for one in TABLE if one.method == "POST"} == {*found, "submit_transmission", "draw_token"}
    for name, (path, body, other) in found.items():
        with site.services.intake.exclusively("system:erp", name):
            busy = erp.post(path, body, Idempotency_Key=name)
        assert (busy.status, "Retry-After" in busy.headers) == (409, True), name
        first = erp.post(path, body, Idempotency_Key=name)
        assert first.status in (200, 201, 202), (name, first.text)
        again = erp.post(path, body, Idempotency_Key=name)
        assert (again.status, again.body, again.location) == (first.status, first.body, first.location), name
        if other:
            mismatch = erp.post(path, other, Idempotency_Key=name)
            assert (mismatch.status, "used before" in mismatch.json["detail"]) == (422, True), name
        elsewhere = erp.post("/v1/outbox/leases", b'{"limit": 7}', Idempotency_Key=name)
        assert elsewhere.status == 422, name


def test_what_was_refused_is_no_first_answer(site: Site) -> None:
    with site.store.begin() as tx:
        made = dead_letter(tx, site.clock())
    erp, path = Caller(site, "system", "erp"), f"/v1/deliveries/{made.idempotency_key}"
    body = json.dumps(REASON).encode()
    assert erp.post(f"{path}/resend?dry_run=true", body, Idempotency_Key="k").status == 200
    assert erp.post(f"{path}/resend", body, Idempotency_Key="k").status == 202, "a dry run uses up no key"
    assert erp.post(f"{path}/give-up", body, Idempotency_Key="g").status == 409
    assert erp.post(f"{path}/give-up", body, Idempotency_Key="g").json["detail"] == "It is due, not a dead letter."


def test_a_system_gives_up_its_own_dead_letter_and_nobody_elses(site: Site) -> None:
    with site.store.begin() as tx:
        made = dead_letter(tx, site.clock())
    path, body = f"/v1/deliveries/{made.idempotency_key}/give-up", json.dumps(REASON).encode()
    assert Caller(site, "partner", "birch-paper").post(path, body).status == 403
    assert Caller(site, "system", "erp").post("/v1/deliveries/none/give-up", body).status == 404
    ended = Caller(site, "system", "erp").post(path, body)
    assert (ended.status, ended.json["status"], ended.json["reason"]) == (200, "given_up", "it is mended")
