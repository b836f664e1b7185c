"""Statuses and the transitions between them, as data. A status is one fact; direction is a column of its own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class ArrivalStatus(StrEnum):
    """An inbound transmission."""

    RECEIVED = "received"  # bytes and row are on disk, the sender has been told
    PROCESSING = "processing"  # unpacked; chunks are being worked
    PROCESSED = "processed"  # every set has an outcome and every acknowledgment is on its way
    REJECTED = "rejected"  # unreadable or refused as a whole; the reason says why
    QUARANTINED = "quarantined"  # a person must look: unknown sender, foreign identity, fault of ours
    DUPLICATE = "duplicate"  # the same bytes or interchange again; linked to the first


class DepartureStatus(StrEnum):
    """An outbound transmission: frozen bytes for one target."""

    DUE = "due"  # to be sent at due_at
    AWAITING = "awaiting"  # handed over; the target says later whether it took it
    SENT = "sent"  # the target took it
    DEAD = "dead"  # permanent failure or attempts spent; blocks its keys until resent or given up
    GIVEN_UP = "given_up"  # a person decided against it


class DocumentStatus(StrEnum):
    """One business document."""

    ROUTED = "routed"  # deliveries exist
    UNROUTED = "unrouted"  # no route takes it: a finding and a work item
    HELD = "held"  # a check holds it for a person; replay releases it
    REJECTED = "rejected"  # the judge or a check refused it; the sender is told
    QUARANTINED = "quarantined"  # a fault of ours; nothing was answered for it yet
    RECONCILED = "reconciled"  # an acknowledgment that closed the deliveries it names
    DUPLICATE = "duplicate"  # the same business document again; linked to the first, delivered once
    ORPHAN = "orphan"  # an acknowledgment of something we never sent; kept and shown
    REPLACED = "replaced"  # a replay made a newer one of the same origin


class DeliveryStatus(StrEnum):
    """One document on its way to one target."""

    PENDING = "pending"  # waits for its turn among the deliveries that share a key
    COMPOSED = "composed"  # frozen in a departure
    AWAITING = "awaiting"  # handed over; the target says later whether it took it
    DELIVERED = "delivered"  # the target took it
    ACKNOWLEDGED = "acknowledged"  # the partner's acknowledgment accepted it
    REFUSED = "refused"  # the partner's acknowledgment rejected it
    DEAD = "dead"  # dead letter with its reason
    GIVEN_UP = "given_up"  # a person decided against it


class BreakerState(StrEnum):
    """The circuit breaker of a target or channel."""

    CLOSED = "closed"  # deliveries leave
    OPEN = "open"  # it failed too often, or does not let us in: nothing leaves until a probe is due
    HALF_OPEN = "half_open"  # one departure probes it; all others wait for its outcome


OPEN_DELIVERIES = (
    DeliveryStatus.PENDING,
    DeliveryStatus.COMPOSED,
    DeliveryStatus.AWAITING,
    DeliveryStatus.DEAD,
)
"""A delivery in one of these holds back later ones to the same target that share an order key."""

FOREMOST_DELIVERIES = (
    DeliveryStatus.DEAD,
    DeliveryStatus.REFUSED,
    DeliveryStatus.PENDING,
    DeliveryStatus.COMPOSED,
    DeliveryStatus.AWAITING,
    DeliveryStatus.GIVEN_UP,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.ACKNOWLEDGED,
)
"""Of a document's deliveries its standing is that of the first of these: what needs a person, what is still to come,
what is done."""

KEPT_DELIVERIES = (
    DeliveryStatus.PENDING,
    DeliveryStatus.COMPOSED,
    DeliveryStatus.AWAITING,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.ACKNOWLEDGED,
)
"""A replay that changes nothing of the payload keeps a delivery in one of these: nothing is sent twice."""

ARRIVALS: dict[ArrivalStatus, frozenset[ArrivalStatus]] = {
    ArrivalStatus.RECEIVED: frozenset(
        {
            ArrivalStatus.PROCESSING,
            ArrivalStatus.PROCESSED,  # a small one, in a single commit
            ArrivalStatus.REJECTED,
            ArrivalStatus.QUARANTINED,
            ArrivalStatus.DUPLICATE,
        }
    ),
    ArrivalStatus.PROCESSING: frozenset({ArrivalStatus.PROCESSED, ArrivalStatus.QUARANTINED}),
    ArrivalStatus.PROCESSED: frozenset(),
    ArrivalStatus.REJECTED: frozenset({ArrivalStatus.RECEIVED}),  # replay
    ArrivalStatus.QUARANTINED: frozenset({ArrivalStatus.RECEIVED}),  # replay
    ArrivalStatus.DUPLICATE: frozenset(),
}

DEPARTURES: dict[DepartureStatus, frozenset[DepartureStatus]] = {
    DepartureStatus.DUE: frozenset({DepartureStatus.SENT, DepartureStatus.AWAITING, DepartureStatus.DEAD}),
    DepartureStatus.AWAITING: frozenset(
        {DepartureStatus.SENT, DepartureStatus.DEAD, DepartureStatus.DUE}  # due: not confirmed in time, or resent
    ),
    DepartureStatus.SENT: frozenset({DepartureStatus.DUE}),  # resend
    DepartureStatus.DEAD: frozenset({DepartureStatus.DUE, DepartureStatus.GIVEN_UP}),  # resend, give up
    DepartureStatus.GIVEN_UP: frozenset(),
}

DELIVERIES: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset({DeliveryStatus.COMPOSED, DeliveryStatus.DEAD, DeliveryStatus.GIVEN_UP}),
    DeliveryStatus.COMPOSED: frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.AWAITING, DeliveryStatus.DEAD}),
    DeliveryStatus.AWAITING: frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.COMPOSED, DeliveryStatus.DEAD}),
    DeliveryStatus.DELIVERED: frozenset(
        {DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED, DeliveryStatus.COMPOSED}  # composed: resend
    ),
    DeliveryStatus.ACKNOWLEDGED: frozenset({DeliveryStatus.COMPOSED}),
    DeliveryStatus.REFUSED: frozenset({DeliveryStatus.COMPOSED}),
    DeliveryStatus.DEAD: frozenset({DeliveryStatus.COMPOSED, DeliveryStatus.PENDING, DeliveryStatus.GIVEN_UP}),
    DeliveryStatus.GIVEN_UP: frozenset(),
}


BREAKERS: dict[BreakerState, frozenset[BreakerState]] = {
    BreakerState.CLOSED: frozenset({BreakerState.OPEN}),
    BreakerState.OPEN: frozenset({BreakerState.HALF_OPEN, BreakerState.CLOSED}),  # closed: by hand, or a late success
    BreakerState.HALF_OPEN: frozenset({BreakerState.OPEN, BreakerState.CLOSED}),
}


class ForbiddenTransition(Exception):
    """A status change that the tables above do not allow."""


Status = TypeVar("Status", bound=StrEnum)


def check(table: Mapping[Status, frozenset[Status]], old: Status, new: Status) -> None:
    """Raises ForbiddenTransition unless ``table`` allows ``old`` → ``new``."""
    if new not in table[old]:
        raise ForbiddenTransition(f"{old.value} → {new.value} is not allowed")
