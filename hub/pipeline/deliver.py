"""deliver: frozen bytes → one attempt, its record written before and after, never inside a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from channels.errors import (
    ChannelError,
    CredentialError,
    InProgressError,
    MisdirectedError,
    PermanentError,
    TransientError,
)
from channels.ports import Departure, Sender, SendResult
from hub.pipeline import health, offer, settle
from hub.pipeline.confirm import confirmation_of
from hub.retry import next_attempt, not_after_probe
from hub.services import HubServices
from hub.states import BreakerState, DepartureStatus
from hub.store import deliveries, transmissions
from hub.store.errors import NoBytes, StaleLease
from hub.store.records import Transmission
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
        await _in_store(services, partial(_delivered, services, departure, number, result))
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


def _delivered(services: HubServices, departure: Transmission, number: int, result: SendResult) -> None:
    now = services.clock()
    confirmation = None if result.final else confirmation_of(services.catalog(), departure.target or "")
    later = confirmation is not None or (result.offered and not result.final)
    word = "awaiting" if later else "delivered"
    with services.store.begin() as tx:
        deliveries.close_attempt(tx, departure.id, number, word, result.status, result.response, now)
        current = _ours(tx, departure)
        if current is not None and confirmation is not None:
            settle.handed_over(tx, current, confirmation, now)
        elif current is not None and later:
            settle.awaits_word(tx, current, f"{departure.target} has not confirmed it yet.", now)
        elif current is not None:
            settle.arrived(tx, current, now, {"status": result.status})
        health.note_success(tx, departure.target or "", now)
        if current is not None and result.offered:
            offer.put(tx, current, now)  # the last: whoever offers waits for this commit
    services.wake()  # a later delivery may have waited for this one
    if result.offered:
        services.offered.ring(offer.box_of(departure))


def _ours(tx: Tx, departure: Transmission) -> Transmission | None:
    """The claimed departure as it is now; None when the other side's own word was quicker than our record. Raises
    StaleLease when another node has claimed it since."""
    current = transmissions.hold(tx, departure.id)
    if current.fence != departure.fence:
        raise StaleLease(f"{departure.id} has been claimed by another since")
    return current if current.status == DepartureStatus.DUE else None


def undeliverable(services: HubServices, departure: Transmission, error: ChannelError) -> None:
    """Records that no sender could be made for a claimed departure."""
    _failed(services, departure, _begin(services, departure), error)


def _failed(services: HubServices, departure: Transmission, number: int, error: ChannelError) -> None:
    now, catalog, target = services.clock(), services.catalog(), departure.target or ""
    sending, configured = catalog.sending(target), catalog.settings.target(target)
    with services.store.begin() as tx:
        deliveries.close_attempt(tx, departure.id, number, _outcome(error), None, error.detail, now)
        current = _ours(tx, departure)
        if isinstance(error, _OF_TARGET) and not isinstance(error, InProgressError):
            state = health.note_failure(tx, departure, error, sending, now)
        else:
            state = health.note_success(tx, target, now)
        if current is None:
            return
        if isinstance(error, MisdirectedError) and state.breaker != BreakerState.CLOSED:
            error = TransientError(error.detail)  # it is the target's, and would have been any document's
        since = current.since or current.received_at  # as it is now: the clock may have been set meanwhile
        again = next_attempt(
            error, deliveries.spent(tx, departure.id, since), sending.retry, now, random.random(), since
        )
        if again is not None:
            due_at = not_after_probe(again, error, state, sending.retry, now)
            transmissions.fenced_update(tx, departure, status=DepartureStatus.DUE, due_at=due_at, reason=error.detail)
        else:
            tries = f" after {number} attempts" if isinstance(error, TransientError) else ""
            passes = configured is not None and configured.on_dead_letter == "pass"
            settle.bury(tx, current, f"{error.detail}{tries}", now, passes=passes)


_OF_TARGET = (CredentialError, TransientError, MisdirectedError)
"""What tells, or may tell, of the target and not of what was sent to it."""


def _outcome(error: ChannelError) -> str:
    if isinstance(error, CredentialError):
        return "credential"
    return "transient" if isinstance(error, TransientError) else "permanent"
