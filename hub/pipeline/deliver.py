"""deliver: frozen bytes → one attempt, its record written before and after, never inside a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from channels.errors import ChannelError, CredentialError, PermanentError, TransientError
from channels.ports import Departure, Sender
from hub.retry import RetryPolicy, next_attempt
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store import deliveries, events, transmissions, work_items
from hub.store.records import StoredDelivery, Transmission
from hub.store.store import Tx

T = TypeVar("T")

log = logging.getLogger(__name__)


async def deliver(
    services: HubServices, departure: Transmission, sender: Sender, policy: RetryPolicy
) -> datetime | None:
    """Sends one claimed departure once and records how it went. Returns until when its target is to be left alone,
    when it refuses our credentials; else None."""
    number = await _in_store(services, partial(_begin, services, departure))
    try:
        result = await sender.send(_as_port(departure, await _in_store(services, partial(_body, services, departure))))
    except ChannelError as error:
        return await _in_store(services, partial(_failed, services, departure, number, error, policy))
    except Exception as error:
        log.exception("an attempt ended with a fault of ours")
        fault = PermanentError(f"The hub failed while sending ({type(error).__name__}).")
        return await _in_store(services, partial(_failed, services, departure, number, fault, policy))
    await _in_store(services, partial(_delivered, services, departure, number, result.status, result.response))
    return None


async def _in_store(services: HubServices, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(services.executor, call)


def _begin(services: HubServices, departure: Transmission) -> int:
    with services.store.begin() as tx:
        return deliveries.open_attempt(tx, departure, services.clock())


def _body(services: HubServices, departure: Transmission) -> bytes:
    return transmissions.body(services.store, departure)


def _as_port(departure: Transmission, body: bytes) -> Departure:
    return Departure(
        id=departure.id,
        body=body,
        content_type=departure.content_type,
        file_name=departure.file_name,
        idempotency_key=departure.idempotency_key or departure.id,
        headers=departure.headers or {},
    )


def _delivered(services: HubServices, departure: Transmission, number: int, status: str, response: str) -> None:
    now = services.clock()
    with services.store.begin() as tx:
        deliveries.close_attempt(tx, departure.id, number, "delivered", status, response, now)
        transmissions.fenced_update(tx, departure, status=DepartureStatus.SENT, finished_at=now, reason=None)
        for delivery in deliveries.of_departure(tx, departure.id):
            if delivery.status != DeliveryStatus.COMPOSED:
                continue  # the partner's acknowledgment was quicker than our record
            due = delivery.acknowledgment_due
            if due is not None:  # agreed from the sending on, however long the way to it was
                due = now + (due - departure.received_at)
            deliveries.set_status(tx, delivery, DeliveryStatus.DELIVERED, now=now, acknowledgment_due=due)
            _tell(tx, "delivery.delivered", delivery, {"status": status}, now)
        work_items.close(tx, f"dead:{departure.id}", now)
        work_items.close(tx, f"credentials:{departure.target}", now)
    services.wake()  # a later delivery may have waited for this one


def undeliverable(services: HubServices, departure: Transmission, error: ChannelError) -> datetime | None:
    """Records that no sender could be made for a claimed departure. Returns as ``deliver`` does."""
    return _failed(services, departure, _begin(services, departure), error, RetryPolicy())


def _failed(
    services: HubServices, departure: Transmission, number: int, error: ChannelError, policy: RetryPolicy
) -> datetime | None:
    now = services.clock()
    target = services.settings.target(departure.target or "")
    passes = target is not None and target.on_dead_letter == "pass"
    with services.store.begin() as tx:
        deliveries.close_attempt(tx, departure.id, number, _outcome(error), None, error.detail, now)
        since = departure.since or departure.received_at
        tries = [a for a in deliveries.attempts_of(tx, departure.id) if a.started_at >= since]
        spent = sum(a.outcome != "credential" for a in tries)
        again = next_attempt(error, spent, policy, now, random.random(), since)
        if again is not None:
            transmissions.fenced_update(tx, departure, status=DepartureStatus.DUE, due_at=again, reason=error.detail)
        else:
            _bury(tx, departure, number, error, now, passes)
        if isinstance(error, CredentialError):
            key = f"credentials:{departure.target}"
            summary = f"{departure.target} refuses our credentials: {error.detail}. Its backlog is kept."
            work_items.raise_item(tx, "credentials", key, departure.partner, summary, [departure.id], now)
    return again if isinstance(error, CredentialError) else None


def _outcome(error: ChannelError) -> str:
    if isinstance(error, CredentialError):
        return "credential"
    return "transient" if isinstance(error, TransientError) else "permanent"


def _bury(tx: Tx, departure: Transmission, number: int, error: ChannelError, now: datetime, passes: bool) -> None:
    """The dead letter, with its reason; it blocks its order keys until a person resends it or gives it up, unless its
    target lets later deliveries pass."""
    tries = "" if not isinstance(error, TransientError) else f" after {number} attempts"
    reason = f"{error.detail}{tries}"
    transmissions.fenced_update(tx, departure, status=DepartureStatus.DEAD, finished_at=now, reason=reason)
    for delivery in deliveries.of_departure(tx, departure.id):
        if delivery.status == DeliveryStatus.COMPOSED:
            deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=now, reason=reason)
            if passes:
                deliveries.let_pass(tx, delivery)
            _tell(tx, "delivery.dead", delivery, {"reason": reason}, now)
    summary = f"Delivery to {departure.target} failed for good: {reason}"
    work_items.raise_item(tx, "dead-letter", f"dead:{departure.id}", departure.partner, summary, [departure.id], now)


def _tell(tx: Tx, kind: str, delivery: StoredDelivery, data: dict[str, str], now: datetime) -> None:
    arrival = deliveries.arrival_of(tx, delivery.id)
    data |= {"target": delivery.target, "document": delivery.document_id}
    events.record(tx, kind, delivery.id, transmission_id=arrival, partner=delivery.partner, data=data, now=now)
