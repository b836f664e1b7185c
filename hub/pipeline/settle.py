"""What becomes of a departure and of the deliveries that it carries, however that is learnt: by an attempt, by what the
target or the partner says later, or because nobody says anything.

Each function takes departures as ``transmissions.hold`` gave them in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.channel_names import WEBHOOKS
from hub.settings import Confirmation
from hub.states import DeliveryStatus, DepartureStatus
from hub.store.coordination import timers
from hub.store.outbound import notifications, outbox
from hub.store.schema.records import StoredDelivery, StoredEvent, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import events, work_items

CONFIRM = "confirm"
"""Timers of this kind are due when a target should have said whether it took a departure; their key is its id."""


def arrived(tx: Tx, departures: Sequence[tuple[Transmission, str]], now: datetime) -> list[StoredDelivery]:
    """The other side has them, also what was a dead letter before; the text says by what that is known. Returns all
    that they carry."""
    known = {departure.id: (departure, status) for departure, status in departures}
    carried = [_reopened(tx, delivery, now) for delivery in deliveries.of_departures(tx, list(known))]
    transmissions.sent_many(tx, [_due(tx, departure) for departure, _ in departures], now)
    coming = [one for one in carried if one.status in (DeliveryStatus.COMPOSED, DeliveryStatus.AWAITING)]
    owed = [(one, _acknowledgment_due(known[one.departure_id or ""][0], one, now)) for one in coming]
    here = {one.id: one for one in deliveries.delivered_many(tx, owed)}
    origins = deliveries.origins_of(tx, list(here))
    told = [_delivered(one, *known[one.departure_id or ""], origins[one.id], now) for one in here.values()]
    events.record_many(tx, told)
    for departure, _ in departures:
        _close(tx, departure, now)
    return [here.get(one.id, one) for one in carried]


def _due(tx: Tx, departure: Transmission) -> Transmission:
    if departure.status != DepartureStatus.DEAD:
        return departure
    return transmissions.set_status(tx, departure, DepartureStatus.DUE)


def _reopened(tx: Tx, delivery: StoredDelivery, now: datetime) -> StoredDelivery:
    if delivery.status != DeliveryStatus.DEAD:
        return delivery
    return deliveries.set_status(tx, delivery, DeliveryStatus.COMPOSED, now=now)


def _acknowledgment_due(departure: Transmission, delivery: StoredDelivery, now: datetime) -> datetime | None:
    """Agreed from the sending on, however long the way to it was."""
    due = delivery.acknowledgment_due
    return None if due is None else now + (due - departure.received_at)


def _delivered(
    delivery: StoredDelivery, departure: Transmission, status: str, origin: deliveries.Origin, now: datetime
) -> StoredEvent:
    told = {"status": status}
    if departure.finished_at is not None:
        told["again"] = "resent"
    elif origin.replayed:
        told["again"] = "replayed"
    return _event("delivery.delivered", delivery, origin.arrival, told, now)


def _close(tx: Tx, departure: Transmission, now: datetime) -> None:
    """What may have been open about it. What arrives at its first attempt has left nothing open."""
    if departure.status != DepartureStatus.DUE or departure.attempts > 1:
        timers.delete(tx, CONFIRM, departure.id)
        for kind in ("dead", "unconfirmed"):
            work_items.close(tx, f"{kind}:{departure.id}", now)
    if departure.channel == WEBHOOKS:
        notifications.let_next(tx, departure, now)


def handed_over(tx: Tx, departure: Transmission, confirmation: Confirmation, now: datetime) -> None:
    """The target has it, and says later whether it takes it."""
    due = now + timedelta(seconds=confirmation.within_seconds)
    reason = f"{departure.target} confirms it by {due:%Y-%m-%d %H:%M} UTC, or it counts as overdue."
    awaits_word(tx, departure, reason, now)
    asked = now + timedelta(seconds=confirmation.status.every_seconds) if confirmation.status else due
    timers.set(tx, CONFIRM, departure.id, min(asked, due), {"until": due.isoformat()})


def awaits_word(tx: Tx, departure: Transmission, reason: str, now: datetime) -> None:
    """Delivered once the target says so; until then what shares an order key goes on waiting."""
    transmissions.set_status(tx, departure, DepartureStatus.AWAITING, reason=reason)
    for delivery in deliveries.of_departure(tx, departure.id):
        if delivery.status == DeliveryStatus.COMPOSED:
            deliveries.set_status(tx, delivery, DeliveryStatus.AWAITING, now=now, reason=reason)
            tell(tx, "delivery.awaiting", delivery, {}, now)


def due_again(tx: Tx, departure: Transmission, now: datetime, reason: str) -> None:
    """Sent once more, under the same key: what was handed over was not confirmed in time."""
    transmissions.set_status(tx, departure, DepartureStatus.DUE, due_at=now, reason=reason)
    for delivery in deliveries.of_departure(tx, departure.id):
        if delivery.status == DeliveryStatus.AWAITING:
            deliveries.set_status(tx, delivery, DeliveryStatus.COMPOSED, now=now, reason=reason)


def bury(tx: Tx, departure: Transmission, reason: str, now: datetime, *, passes: bool) -> None:
    """The dead letter, with its reason; it blocks its order keys until a person resends it or gives it up, unless its
    target lets later deliveries pass."""
    transmissions.set_status(tx, departure, DepartureStatus.DEAD, finished_at=now, reason=reason)
    timers.delete(tx, CONFIRM, departure.id)
    outbox.close(tx, [departure.id], "withdrawn", "hub", now)
    for delivery in deliveries.of_departure(tx, departure.id):
        if delivery.status in (DeliveryStatus.COMPOSED, DeliveryStatus.AWAITING):
            deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=now, reason=reason)
            if passes:
                deliveries.let_pass(tx, delivery)
            tell(tx, "delivery.dead", delivery, {"reason": reason}, now)
    summary = f"Delivery to {departure.target} failed for good: {reason}"
    work_items.raise_item(tx, "dead-letter", f"dead:{departure.id}", departure.partner, summary, [departure.id], now)
    if departure.channel == WEBHOOKS:
        notifications.let_next(tx, departure, now)


def unbury(tx: Tx, departure: Transmission, reason: str, now: datetime) -> None:
    """A dead letter is due again: it was not the reason for what it was refused for."""
    transmissions.set_status(tx, departure, DepartureStatus.DUE, due_at=now, since=now, reason=reason)
    for delivery in deliveries.of_departure(tx, departure.id):
        if delivery.status == DeliveryStatus.DEAD:
            deliveries.set_status(tx, delivery, DeliveryStatus.COMPOSED, now=now)
            tell(tx, "delivery.resent", delivery, {"reason": reason}, now)
    work_items.close(tx, f"dead:{departure.id}", now)


def tell(tx: Tx, kind: str, delivery: StoredDelivery, data: dict[str, str], now: datetime, actor: str = "hub") -> None:
    arrival = deliveries.origins_of(tx, [delivery.id])[delivery.id].arrival
    events.record_many(tx, [_event(kind, delivery, arrival, data, now, actor)])


def _event(
    kind: str, delivery: StoredDelivery, arrival: str, data: dict[str, str], now: datetime, actor: str = "hub"
) -> StoredEvent:
    told = data | {"target": delivery.target, "document": delivery.document_id}
    return events.event(
        kind, delivery.id, transmission_id=arrival, partner=delivery.partner, actor=actor, data=told, now=now
    )
