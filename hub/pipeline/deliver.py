"""deliver: frozen bytes → one attempt, its record written before and after, never inside a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from channels.errors import ChannelError, CredentialError, InProgressError, PermanentError, TransientError
from channels.ports import Departure, Sender
from hub.pipeline import health
from hub.retry import next_attempt, not_after_probe
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store import deliveries, events, transmissions, work_items
from hub.store.errors import NoBytes
from hub.store.records import StoredDelivery, Transmission
from hub.store.store import Tx

T = TypeVar("T")

log = logging.getLogger(__name__)


async def deliver(services: HubServices, departure: Transmission, sender: Sender) -> ChannelError | None:
    """Sends one claimed departure once and records how it went. Returns the error that it ended with, if it did."""
    number = await _in_store(services, partial(_begin, services, departure))
    try:
        result = await sender.send(_as_port(departure, await _in_store(services, partial(_body, services, departure))))
    except ChannelError as refusal:
        error = refusal
    except NoBytes as gone:
        error = PermanentError(f"Nothing was sent: {gone}. Replay its documents")
    except Exception as fault:
        log.exception("an attempt ended with a fault of ours")
        error = PermanentError(f"The hub failed while sending ({type(fault).__name__}).")
    else:
        await _in_store(services, partial(_delivered, services, departure, number, result.status, result.response))
        return None
    await _in_store(services, partial(_failed, services, departure, number, error))
    return error


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
        health.note_success(tx, departure.target or "", now)
    services.wake()  # a later delivery may have waited for this one


def undeliverable(services: HubServices, departure: Transmission, error: ChannelError) -> None:
    """Records that no sender could be made for a claimed departure."""
    _failed(services, departure, _begin(services, departure), error)


def _failed(services: HubServices, departure: Transmission, number: int, error: ChannelError) -> None:
    now, catalog, target = services.clock(), services.catalog(), departure.target or ""
    sending, configured = catalog.sending(target), catalog.settings.target(target)
    passes = configured is not None and configured.on_dead_letter == "pass"
    with services.store.begin() as tx:
        deliveries.close_attempt(tx, departure.id, number, _outcome(error), None, error.detail, now)
        since = departure.since or departure.received_at
        tries = [a for a in deliveries.attempts_of(tx, departure.id) if a.started_at >= since]
        spent = sum(a.outcome != "credential" for a in tries)
        again = next_attempt(error, spent, sending.retry, now, random.random(), since)
        if isinstance(error, CredentialError | TransientError) and not isinstance(error, InProgressError):
            state = health.note_failure(tx, departure, error, sending, now)
        else:
            state = health.note_success(tx, target, now)
        if again is not None:
            due_at = not_after_probe(again, error, state, sending.retry, now)
            transmissions.fenced_update(tx, departure, status=DepartureStatus.DUE, due_at=due_at, reason=error.detail)
        else:
            _bury(tx, departure, number, error, now, passes)


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
