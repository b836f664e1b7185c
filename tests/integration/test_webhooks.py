"""Webhooks: real events of a real store, posted to a real server, each step when the test says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, verify
from hub import timers as schedule
from hub.desk.desk import Desk
from hub.errors import OperationRefused
from hub.operator.operations import resend
from hub.pipeline.notify import CONTENT_TYPE, notify
from hub.principal import Principal
from hub.rules import all_rules
from hub.settings import HubSettings, load_settings_text
from hub.states import DepartureStatus
from hub.store.coordination import timers
from hub.store.outbound import notifications
from hub.store.questions import references
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.trail import audit, events
from partners.loader import Known, load_profile_text
from partners.problem import path_text
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.partner_api import PartnerApi, running_api

KEYS = {
    "ACME_KEY": "acme verifies with this one",
    "BETA_KEY": "beta verifies with that one",
    "ERP_KEY": "what our own ERP has",
}
ORDER = Isa().around(group("PO", purchase_order()))


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


@pytest.fixture
def receiver() -> Iterator[PartnerApi]:
    with running_api() as api:
        api.answer = lambda request: web.Response(status=204)
        yield api


def webhook(name: str, url: str, events: str = "'transmission.*', 'document.*', 'delivery.*'", more: str = "") -> str:
    return f"webhooks: [{{name: {name}, url: '{url}', events: [{events}], secret: 'env:{name.upper()}_KEY'{more}}}]\n"


def settings(url: str = "", more: str = "") -> str:
    text = SETTINGS + "partner_networks: [loopback]\n"
    hook = webhook("erp", url, more=", allow_networks: [loopback]" + more).strip()
    return text.replace("documents: [purchase_order]}]", f"documents: [purchase_order], {hook}}}]") if url else text


class Notified:
    """A hub whose webhooks are notified when the test says so."""

    def __init__(self, hub: SteppedHub, receiver: PartnerApi) -> None:
        self.hub, self.receiver = hub, receiver
        self.now = datetime.now().astimezone()
        hub.services.clock = lambda: self.now
        self.tell()  # what comes next is told

    def tell(self) -> None:
        """What happened is sealed, and made into notifications."""
        with self.hub.store.begin() as tx:
            while audit.seal_next(tx, self.now):
                pass
            timers.arm(tx, schedule.NOTIFY, "", self.now)
            timer = timers.claim_due(tx, "test", self.now, 60)
        assert timer is not None
        assert timer.kind == schedule.NOTIFY
        notify(self.hub.services, timer)
        with self.hub.store.begin() as tx:
            timers.settle(tx, timer, self.now + timedelta(days=1))

    def send(self) -> None:
        asyncio.run(self.hub.deliver_all())

    def told(self, path: str = "") -> list[dict[str, Any]]:
        """The events that were posted, to whichever path or to this one."""
        posts = zip(self.receiver.requests, self.receiver.bodies, strict=True)
        return [json.loads(body) for (_, at), body in posts if path in ("", at)]

    def waiting(self) -> list[Transmission]:
        return [one for one in self.hub.departures("due") if one.channel == "webhooks"]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("supplier-hub.") for event in events]


def test_each_is_told_of_its_own_and_nothing_of_what_documents_hold(
    store: Store, tmp_path: Path, receiver: PartnerApi
) -> None:
    acme = profile() + webhook("acme", f"{receiver.url}/acme")
    beta = profile("beta", "BETA") + webhook("beta", f"{receiver.url}/beta")
    with stepped_hub(store, tmp_path, acme, beta) as hub:
        hub.apply(acme, beta, settings=settings(f"{receiver.url}/erp"))
        notified = Notified(hub, receiver)
        taken = {
            "acme": hub.take(ORDER),
            "beta": hub.take(Isa(sender="BETA").around(group("PO", purchase_order())), "beta"),
        }
        hub.leave()
        notified.tell()
        notified.send()
        for key, transmission in taken.items():
            told = notified.told(f"/{key}")
            assert {event["data"]["partner"] for event in told} == {key}
            assert {event["data"]["transmission"] for event in told} == {transmission.id}
            assert {"transmission.received", "transmission.processed", "document.routed"} <= set(types(told))
            targets = [event for event in told if event["type"].endswith("delivery.delivered")]
            assert len(targets) == 1, "its 997; what goes to the ERP is not its to know"
        assert {event["data"]["partner"] for event in notified.told("/erp")} == {"acme", "beta"}
        routed = next(event for event in notified.told("/acme") if event["type"].endswith("document.routed"))
        assert set(routed) == {
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data",
        }  # fmt: skip
        assert set(routed["data"]) == {"partner", "status", "transmission", "document", "links"}
        assert set(routed["data"]["document"]) == {"id", "type", "number"}
        assert routed["data"]["links"]["document"] == f"/v1/documents/{routed['subject']}"
        before = len(receiver.requests)
        notified.tell()
        notified.send()
        assert len(receiver.requests) == before, "nothing is told twice"
        with store.read() as tx:
            assert references.empty_departures(tx) == [], "hub verify takes no notification for a lost delivery"


def test_a_notification_is_signed_and_keeps_its_id_on_each_attempt(
    store: Store, tmp_path: Path, receiver: PartnerApi
) -> None:
    more = ", previous_secret: 'env:BETA_KEY'"
    acme = profile() + webhook("acme", f"{receiver.url}/acme", "transmission.received", more)
    with stepped_hub(store, tmp_path, acme) as hub:
        hub.apply(acme, settings=settings())
        notified = Notified(hub, receiver)
        fails = [503]
        receiver.answer = lambda request: web.Response(status=fails.pop() if fails else 200)
        hub.take(ORDER)
        notified.tell()
        notified.send()
        notified.now += timedelta(minutes=1)
        notified.send()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]
    event = json.loads(receiver.bodies[0])
    for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
        assert headers["Content-Type"] == CONTENT_TYPE
        assert headers["Idempotency-Key"] == event["id"]
        stamp = headers[TIMESTAMP_HEADER]
        for key in ("ACME_KEY", "BETA_KEY"):
            verify([KEYS[key]], stamp, headers[SIGNATURE_HEADER], body, int(stamp))


def test_events_of_one_subject_arrive_in_order_and_others_do_not_wait(
    store: Store, tmp_path: Path, receiver: PartnerApi
) -> None:
    acme = profile() + webhook("acme", f"{receiver.url}/acme", "'transmission.*'")
    with stepped_hub(store, tmp_path, acme) as hub:
        hub.apply(acme, settings=settings())
        notified = Notified(hub, receiver)
        first = hub.take(ORDER)
        second = hub.take(Isa(number="000000043").around(group("PO", purchase_order())))
        notified.tell()
        assert len(notified.waiting()) == 4
        fails = [503]
        receiver.answer = lambda request: web.Response(status=fails.pop() if fails else 200)
        notified.send()
        assert [event["subject"] for event in notified.told()] == [first.id, second.id, second.id]
        notified.now += timedelta(minutes=1)
        notified.send()
        told = [event for event in notified.told() if event["subject"] == first.id]
    assert types(told) == ["transmission.received", "transmission.received", "transmission.processed"]


def test_a_dead_letter_holds_up_nothing_and_is_sent_again_by_hand(
    store: Store, tmp_path: Path, receiver: PartnerApi
) -> None:
    acme = profile() + webhook("acme", f"{receiver.url}/acme", "'transmission.*'")
    with stepped_hub(store, tmp_path, acme) as hub:
        hub.apply(acme, settings=settings())
        notified = Notified(hub, receiver)
        hub.take(ORDER)
        notified.tell()
        refuses = [410]
        receiver.answer = lambda request: web.Response(status=refuses.pop() if refuses else 200)
        notified.send()
        assert types(notified.told()) == ["transmission.received", "transmission.processed"]
        (dead,) = hub.departures(DepartureStatus.DEAD)
        assert [item.kind for item in hub.work_items()] == ["dead-letter"]
        (outcome,) = resend(hub.services, [dead.id], reason="it is mended", actor="operator:test")
        assert outcome.done, outcome.message
        notified.send()
        assert types(notified.told())[2:] == ["transmission.received"]
        assert receiver.bodies[2] == receiver.bodies[0]
        assert [item.kind for item in hub.work_items()] == []
        with store.read() as tx:
            recent = notifications.recent(tx, ["webhook:partner:acme/acme"], 1 << 62, 10)
    assert [(one.status, one.attempts) for one in recent] == [("sent", 1), ("sent", 2)]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("https://hooks.partner.example/", "https://127.0.0.1/"), "webhooks[0].url"),
        (("https://hooks.partner.example/", "http://hooks.partner.example/"), "webhooks[0].url"),
        (("https://hooks.partner.example/", "file:///etc/passwd"), "webhooks[0].url"),
        (("'delivery.dead'", "'delivery.lost'"), "webhooks[0].events[0]"),
        (("'delivery.dead'", "'key.created'"), "webhooks[0].events[0]"),
        ((", secret: 'env:ACME_KEY'", ""), "webhooks[0].secret"),
        (("name: acme", "name: a name"), "webhooks[0].name"),
    ],
)
def test_a_webhook_that_must_not_be_is_refused_with_its_place(change: tuple[str, str], path: str) -> None:
    text = webhook("acme", "https://hooks.partner.example/", "'delivery.dead'")
    known = Known(all_rules(), objection=HubSettings().objection_to_remote)
    assert load_profile_text(profile() + text, "acme.yaml", known).problems == ()
    found = load_profile_text(profile() + text.replace(*change), "acme.yaml", known).problems
    assert path_text(found[0].path) == path


def test_a_webhook_of_a_system_stays_in_the_networks_it_names() -> None:
    assert load_settings_text(settings("http://127.0.0.1:1/"), "hub.yaml").problems == ()
    text = settings("http://127.0.0.1:1/").replace("allow_networks: [loopback]", "allow_networks: [10.0.0.0/8]")
    (problem,) = load_settings_text(text, "hub.yaml").problems
    assert path_text(problem.path) == "systems[0].webhooks[0].url"


def test_a_webhook_that_is_new_is_told_of_what_comes_next(store: Store, tmp_path: Path, receiver: PartnerApi) -> None:
    acme = profile()
    with stepped_hub(store, tmp_path, acme) as hub:
        hub.take(ORDER)
        hub.apply(acme + webhook("acme", f"{receiver.url}/acme"), settings=settings())
        notified = Notified(hub, receiver)
        notified.send()
        assert receiver.requests == []
        hub.take(Isa(number="000000043").around(group("PO", purchase_order())))
        notified.tell()
        notified.send()
        assert "transmission.received" in types(notified.told())


def test_an_owner_sees_its_notifications_with_their_attempts_and_has_them_sent_again(
    store: Store, tmp_path: Path, receiver: PartnerApi
) -> None:
    acme = profile() + webhook("acme", f"{receiver.url}/acme", "transmission.received")
    beta = profile("beta", "BETA")
    with stepped_hub(store, tmp_path, acme, beta) as hub:
        hub.apply(acme, beta, settings=settings(f"{receiver.url}/erp"))
        notified = Notified(hub, receiver)
        hub.take(ORDER)
        notified.tell()
        notified.send()
        own = Desk(hub.services, Principal("partner", "acme")).notifications()
        others = [Desk(hub.services, Principal(*name)).notifications() for name in OTHERS]
        (found,) = own.recent(1 << 60, 10)
        assert (found.webhook, found.departure.status) == ("acme", "sent")
        assert [attempt.outcome for attempt in found.attempts] == ["delivered"]
        for other in others:
            assert found.departure.id not in {one.departure.id for one in other.recent(1 << 60, 10)}
            assert other.redeliver(found.departure.id, "not theirs") is None
        looked_at = own.redeliver(found.departure.id, "lost", dry_run=True)
        assert looked_at is not None
        assert (looked_at.departure.status, len(notified.waiting())) == ("due", 0)
        assert own.redeliver(found.departure.id, "lost") is not None
        with pytest.raises(OperationRefused, match="on its way"):
            own.redeliver(found.departure.id, "lost")
        notified.send()
        posted = [body for (_, at), body in zip(receiver.requests, receiver.bodies, strict=True) if at == "/acme"]
        assert posted[0] == posted[1]
        with store.read() as tx:
            told = events.of_subject(tx, found.departure.id)
    assert [(one.kind, one.actor) for one in told][-1:] == [("notification.resent", "partner:acme")]


OTHERS = (("partner", "beta"), ("system", "erp"), ("partner", "erp"), ("gateway", "acme"))
