"""notify: sealed events → one departure to each webhook that asks for them, in the order of the feed.

A notification is a CloudEvent (1.0, structured JSON) of ids, numbers and links: whoever wants more fetches it with its
own credential.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from hub.channel_names import WEBHOOKS
from hub.events.cloud import CONTENT_TYPE, event_id, source_of
from hub.services import HubServices
from hub.states import DepartureStatus
from hub.store.coordination import timers
from hub.store.outbound import notifications
from hub.store.schema.records import StoredDelivery, StoredDocument, StoredEvent, Timer
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import audit, events
from hub.webhooks import Endpoint
from partners.webhook import EVENTS

BATCH = 200
"""Events that are looked at in one transaction."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What an event is about, as far as it is a document or a delivery of one."""

    document: StoredDocument | None = None
    delivery: StoredDelivery | None = None


def notify(services: HubServices, timer: Timer) -> None:
    """Goes on behind the last event that was looked at, which the timer knows; a new one begins with what comes next.
    Raises StaleLease when the claim was lost: then another node notifies."""
    after: int | None = (timer.payload or {}).get("after")
    while True:
        with services.store.begin() as tx:
            timers.hold(tx, timer)
            if after is None:
                newest = audit.head(tx)
                after = newest.last if newest else 0
            happened = events.feed(tx, after, BATCH)
            for event in happened:
                if event.kind in EVENTS:
                    _notify_of(tx, services, event)
            after = happened[-1].position if happened else after
            timers.note(tx, timer, {"after": after})
        services.wake()
        if len(happened) < BATCH:
            return


def _notify_of(tx: Tx, services: HubServices, event: StoredEvent) -> None:
    catalog = services.catalog()
    subject = _subject(tx, event)
    target = subject.delivery.target if subject.delivery else None
    told = [one for one in catalog.endpoints.values() if one.is_told(event.kind, event.partner, target)]
    if told:
        body = notification(event, subject.document, subject.delivery, catalog.settings.web.public_url or "")
        _write(tx, services, event, told, body)


def _subject(tx: Tx, event: StoredEvent) -> _Subject:
    kind = event.kind.partition(".")[0]
    delivery = deliveries.get(tx, event.subject_id) if kind == "delivery" else None
    document_id = delivery.document_id if delivery else event.subject_id
    return _Subject(documents.get(tx, document_id) if kind != "transmission" else None, delivery)


def _write(tx: Tx, services: HubServices, event: StoredEvent, told: Iterable[Endpoint], body: bytes) -> None:
    now = services.clock()
    for endpoint in told:
        waits = notifications.is_open(tx, endpoint.target, event.subject_id)
        transmissions.record(
            tx,
            direction="out",
            channel=WEBHOOKS,
            partner=event.partner if endpoint.owner.kind == "partner" else None,
            order_scope=event.subject_id,
            body=body,
            content_type=CONTENT_TYPE,
            status=DepartureStatus.DUE,
            target=endpoint.target,
            idempotency_key=event_id(event),
            headers={deliveries.CORRELATION: event.transmission_id} if event.transmission_id else None,
            due_at=None if waits else now,
            now=now,
        )


def notification(
    event: StoredEvent, document: StoredDocument | None, delivery: StoredDelivery | None, public_url: str
) -> bytes:
    """The CloudEvent. Nothing of a document's content is in it."""
    base = public_url.rstrip("/")
    data: dict[str, Any] = {"partner": event.partner, "status": event.kind.partition(".")[2]}
    links: dict[str, str] = {}
    if event.transmission_id is not None:
        data["transmission"] = event.transmission_id
        links["transmission"] = f"{base}/v1/transmissions/{event.transmission_id}"
    if document is not None:
        data["document"] = {"id": document.id, "type": document.type, "number": document.number}
        links["document"] = f"{base}/v1/documents/{document.id}"
    if delivery is not None:
        data["delivery"] = {"id": delivery.id, "idempotency_key": delivery.idempotency_key}
    told = {
        "specversion": "1.0",
        "id": event_id(event),
        "source": source_of(base),
        "type": f"supplier-hub.{event.kind}",
        "subject": event.subject_id,
        "time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data | {"links": links},
    }
    return json.dumps(told, ensure_ascii=False).encode()
