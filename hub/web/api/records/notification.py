"""What a webhook was notified of."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.notifications import Notification
from hub.states import DepartureStatus
from hub.web.api.records.record import Record


class NotificationAttempt(Record):
    """``outcome`` is delivered, transient, permanent or credential; absent while it is under way."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    status: str | None = None


class NotificationRecord(Record):
    """``event`` is the id of the CloudEvent and the Idempotency-Key, ``subject`` what it is about. What is due and has
    no ``due_at`` waits for an earlier one of its subject. With ``dry_run`` it is how it would stand."""

    id: str
    webhook: str
    event: str
    subject: str
    status: DepartureStatus
    reason: str | None = None
    created_at: datetime
    due_at: datetime | None = None
    attempts: tuple[NotificationAttempt, ...]
    dry_run: Literal[True] | None = None

    @classmethod
    def of(cls, told: Notification, *, dry_run: bool = False) -> NotificationRecord:
        departure = told.departure
        return cls(
            dry_run=True if dry_run else None,
            id=departure.id,
            webhook=told.webhook,
            event=departure.idempotency_key or departure.id,
            subject=departure.order_scope,
            status=DepartureStatus(departure.status),
            reason=departure.reason,
            created_at=departure.received_at,
            due_at=departure.due_at if departure.status == DepartureStatus.DUE else None,
            attempts=tuple(
                NotificationAttempt(
                    number=one.number,
                    started_at=one.started_at,
                    ended_at=one.ended_at,
                    outcome=one.outcome,
                    status=one.status,
                )
                for one in told.attempts
            ),
        )


class NotificationList(Record):
    """``next`` continues the list, where there is more."""

    notifications: tuple[NotificationRecord, ...]
    next: str | None = None
