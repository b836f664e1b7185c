"""A document on its way to one target."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.catalog import CHANNEL_PREFIX
from hub.states import DeliveryStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredAttempt, StoredDelivery
from hub.web.api.records.outbox import OfferRecord, offers_of
from hub.web.api.records.record import Record


class AttemptRecord(Record):
    """One try to send it; without ``outcome`` it is under way, or was cut off."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    status: str | None = None

    @classmethod
    def of(cls, attempt: StoredAttempt) -> AttemptRecord:
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            ended_at=attempt.ended_at,
            outcome=attempt.outcome,
            status=attempt.status,
        )


class DeliveryRecord(Record):
    """A partner is told of deliveries to systems of ours only how they stand: ``status``. ``content_url`` is where a
    partner fetches what was composed for it, ``outbox`` when it did."""

    status: DeliveryStatus
    id: str | None = None
    target: str | None = None
    reason: str | None = None
    idempotency_key: str | None = None
    created_at: datetime | None = None
    settled_at: datetime | None = None
    acknowledgment_due: datetime | None = None
    content_url: str | None = None
    attempts: tuple[AttemptRecord, ...] | None = None
    outbox: tuple[OfferRecord, ...] | None = None

    @classmethod
    def of(cls, delivery: StoredDelivery, trace: Trace, *, insider: bool) -> DeliveryRecord:
        """``insider``: a system of ours asks; a partner is told how far its document came, not by which ways of
        ours."""
        to_partner = delivery.target.startswith(CHANNEL_PREFIX)
        if not insider and not to_partner:
            return cls(status=DeliveryStatus(delivery.status))
        attempts = [one for one in trace.attempts if one.departure_id == delivery.departure_id]
        composed = to_partner and delivery.departure_id is not None
        return cls(
            id=delivery.id,
            target=delivery.target,
            status=DeliveryStatus(delivery.status),
            reason=delivery.reason,
            idempotency_key=delivery.idempotency_key,
            created_at=delivery.created_at,
            settled_at=delivery.settled_at,
            acknowledgment_due=delivery.acknowledgment_due,
            content_url=f"/v1/transmissions/{delivery.departure_id}/content" if composed else None,
            attempts=tuple(map(AttemptRecord.of, attempts)),
            outbox=offers_of(trace.offers, delivery.departure_id),
        )


class DeliveryState(Record):
    """How a delivery stands after what was said of it; with ``dry_run`` how it would stand."""

    id: str
    idempotency_key: str
    status: DeliveryStatus
    reason: str | None = None
    dry_run: Literal[True] | None = None

    @classmethod
    def of(cls, delivery: StoredDelivery, *, dry_run: bool = False) -> DeliveryState:
        return cls(
            dry_run=True if dry_run else None,
            id=delivery.id,
            idempotency_key=delivery.idempotency_key,
            status=DeliveryStatus(delivery.status),
            reason=delivery.reason,
        )
