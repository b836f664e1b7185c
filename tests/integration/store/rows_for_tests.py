"""Rows with plain contents, for tests that care about one or two columns of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hub.store.outbound import departures
from hub.store.schema.records import StoredDelivery, StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.traffic.documents import Keys

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def arrival(tx: Tx, scope: str = "acme", *, body: bytes = b"ISA", now: datetime = NOW, **columns: Any) -> Transmission:
    return transmissions.record(
        tx,
        direction="in",
        channel=f"{scope}/in",
        partner=scope,
        order_scope=scope,
        content_type="application/edi-x12",
        status="received",
        now=now,
        **({"body": body} | columns),
    )


def departure(tx: Tx, target: str = "erp", *, due_at: datetime = NOW, **columns: Any) -> Transmission:
    return transmissions.record(
        tx,
        direction="out",
        channel=target,
        partner="acme",
        order_scope=f"target:{target}",
        content_type="application/json",
        status="due",
        due_at=due_at,
        target=target,
        body=b"{}",
        now=NOW,
        **columns,
    )


def notification(tx: Tx, target: str, **columns: Any) -> Transmission:
    """What a webhook is told of a delivery."""
    values: dict[str, Any] = {"status": "sent", "body": b'{"type": "supplier-hub.delivery.dead"}'}
    return transmissions.record(
        tx,
        direction="out",
        channel="webhooks",
        partner="acme",
        order_scope="dl_1",
        content_type="application/json",
        target=target,
        now=NOW,
        **(values | columns),
    )


def claimed(tx: Tx, target: str, owner: str, now: datetime, until: datetime) -> Transmission | None:
    """The target's departure that is due for longest, claimed."""
    found = departures.due(tx, target, now, 1)
    return departures.claim(tx, [(found[0], until)], owner)[0] if found else None


def document(tx: Tx, transmission_id: str = "tr_1", *, keys: Keys = (), **columns: Any) -> StoredDocument:
    values: dict[str, Any] = {
        "transmission_id": transmission_id,
        "partner": "acme",
        "direction": "inbound",
        "type": "purchase_order",
        "usage_indicator": "P",
        "verdict": "accepted",
        "status": "routed",
        "created_at": NOW,
    }
    return documents.record(tx, keys=keys, **(values | columns))


def delivery(tx: Tx, document_id: str, *order_keys: str, target: str = "erp") -> StoredDelivery:
    return deliveries.record(
        tx,
        document_id=document_id,
        partner="acme",
        target=target,
        idempotency_key=f"{document_id}:1:{target}",
        order_keys=order_keys,
        now=NOW,
    )


def dead_letter(tx: Tx, now: datetime = NOW) -> StoredDelivery:
    """A delivery of a new document to the ERP that was sent and could not be made."""
    of = document(tx, arrival(tx).id)
    made = deliveries.record(
        tx,
        document_id=of.id,
        partner="acme",
        target="erp",
        idempotency_key=f"{of.origin_id}.1.erp",
        order_keys=[],
        now=now,
    )
    left = departure(tx)
    made = deliveries.set_status(tx, made, "composed", now=now, departure_id=left.id)
    made = deliveries.set_status(tx, made, "dead", now=now)
    transmissions.set_status(tx, left, "dead")
    return made
