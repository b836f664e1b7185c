"""The JSON shapes of stored records: what the API tells, and no more (no lease, no blob, no other partner's row)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from channels.x12.sets.provenance import spread
from hub.catalog import CHANNEL_PREFIX
from hub.store.records import (
    StoredAcknowledgment,
    StoredAttempt,
    StoredDelivery,
    StoredDocument,
    StoredInterchange,
)
from hub.store.search import Trace

Json = dict[str, Any]


def document_summary(document: StoredDocument) -> Json:
    """One row of a list."""
    return _present(
        id=document.id,
        url=f"/v1/documents/{document.id}",
        type=document.type,
        number=document.number or None,
        partner=document.partner,
        direction=document.direction,
        status=document.status,
        reason=document.reason,
        verdict=document.verdict,
        usage_indicator=document.usage_indicator,
        revision=document.revision,
        created_at=_instant(document.created_at),
        transmission_id=document.transmission_id,
        findings_count=len(document.findings),
    )


def document_record(trace: Trace, document: StoredDocument, *, insider: bool) -> Json:
    """Canonical document with its envelope, findings, changes, acknowledgments and deliveries beside it. ``insider``:
    a system of ours asks; a partner is told how far its document came, not by which ways of ours."""
    deliveries = [delivery for delivery in trace.deliveries if delivery.document_id == document.id]
    return document_summary(document) | _present(
        document=json.loads(document.canonical) if document.canonical else None,
        envelope=document.envelope,
        provenance=spread(document.provenance) or None,
        findings=document.findings,
        changes=document.changes,
        replay_of=document.replay_of,
        acknowledgments=[acknowledgment_record(a) for a in trace.acknowledgments if a.concerns(document)],
        deliveries=[
            delivery_record(delivery, trace.attempts)
            if insider or delivery.target.startswith(CHANNEL_PREFIX)
            else {"status": delivery.status}
            for delivery in deliveries
        ],
    )


def transmission_record(trace: Trace) -> Json:
    transmission = trace.transmission
    return _present(
        id=transmission.id,
        status=transmission.status,
        reason=transmission.reason,
        direction=transmission.direction,
        partner=transmission.partner,
        received_at=_instant(transmission.received_at),
        finished_at=_instant(transmission.finished_at),
        content_type=transmission.content_type,
        size=transmission.size,
        sha256=transmission.sha256,
        duplicate_of=transmission.duplicate_of,
        replay_of=transmission.replay_of,
        findings=transmission.findings or [],
        interchanges=[interchange_record(interchange) for interchange in trace.interchanges],
        acknowledgments=[acknowledgment_record(a) for a in trace.acknowledgments],
        documents=[document_summary(document) for document in trace.documents],
    )


def interchange_record(interchange: StoredInterchange) -> Json:
    return _present(
        sender={"qualifier": interchange.sender_qualifier, "id": interchange.sender_id},
        receiver={"qualifier": interchange.receiver_qualifier, "id": interchange.receiver_id},
        control_number=interchange.control_number,
        usage_indicator=interchange.usage_indicator,
        verdict=interchange.verdict,
        findings=interchange.findings,
    )


def acknowledgment_record(acknowledgment: StoredAcknowledgment) -> Json:
    return _present(
        kind=acknowledgment.kind,
        verdict=acknowledgment.verdict,
        document_id=acknowledgment.document_id,
        created_at=_instant(acknowledgment.created_at),
    )


def delivery_record(delivery: StoredDelivery, attempts: list[StoredAttempt]) -> Json:
    return _present(
        id=delivery.id,
        target=delivery.target,
        status=delivery.status,
        reason=delivery.reason,
        idempotency_key=delivery.idempotency_key,
        created_at=_instant(delivery.created_at),
        settled_at=_instant(delivery.settled_at),
        acknowledgment_due=_instant(delivery.acknowledgment_due),
        content_url=_content_url(delivery),
        attempts=[
            _present(
                number=attempt.number,
                started_at=_instant(attempt.started_at),
                ended_at=_instant(attempt.ended_at),
                outcome=attempt.outcome,
                status=attempt.status,
            )
            for attempt in attempts
            if attempt.departure_id == delivery.departure_id
        ],
    )


def confirmation_record(delivery: StoredDelivery) -> Json:
    return _present(
        id=delivery.id,
        idempotency_key=delivery.idempotency_key,
        status=delivery.status,
        reason=delivery.reason,
    )


def _content_url(delivery: StoredDelivery) -> str | None:
    """Where a partner fetches what was composed for it."""
    if delivery.departure_id is None or not delivery.target.startswith(CHANNEL_PREFIX):
        return None
    return f"/v1/transmissions/{delivery.departure_id}/content"


def _instant(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _present(**values: Any) -> Json:
    """Absent and not null: a reader asks with one ``in``."""
    return {name: value for name, value in values.items() if value is not None}
