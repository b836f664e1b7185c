"""An event as a CloudEvent (1.0, JSON): the same for every reader of the feed, of the stream and of NATS."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hub.events.catalogue import Audience, schema_id, told, type_of
from hub.store.schema.records import StoredEvent

CONTENT_TYPE = "application/cloudevents+json"

SOURCE = "supplier-hub"
"""What events are of, where hub.yaml has no public_url."""

SEQUENCE_DIGITS = 19


def event_id(event: StoredEvent) -> str:
    """The same each time that the event is told, and to whomever."""
    return f"event-{event.position}"


def source_of(public_url: object) -> str:
    """The hub's own name: ``public_url`` of hub.yaml."""
    return str(public_url or "").rstrip("/") or SOURCE


def cloud_event(event: StoredEvent, key: str, source: str, audience: Audience) -> dict[str, Any]:
    """``key`` is what events have to stay in order for."""
    found: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id(event),
        "source": source,
        "type": type_of(event.kind),
        "subject": event.subject_id,
        "time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_id(event.kind),
        "sequence": str(event.position).zfill(SEQUENCE_DIGITS),
        "partitionkey": key,
    }
    if event.partner is not None:
        found["partner"] = event.partner
    if event.transmission_id is not None:
        found["transmission"] = event.transmission_id
    if audience is not Audience.PARTNERS:
        found["actor"] = event.actor
    return found | {"data": told(event.kind, event.data, audience)}


def text_of(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
