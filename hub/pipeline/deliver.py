"""deliver: frozen bytes → one attempt. Its record is opened by the claim and closed when it has ended; nothing is sent
inside a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

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
from hub.store.grouped import Grouped
from hub.store.records import Transmission
from hub.store.store import Tx

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the attempt that a claimed departure stands for ended, and when."""

    departure: Transmission
    result: SendResult | ChannelError
    at: datetime


class Attempts:
    """The attempts of one node. Those that end together are written down together."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        # What nobody knows to be written is not written again: it is given back, and sent again under the same key.
        self._ended: Grouped[_Ended, None] = Grouped(services.store, self._write, repeatable=False)

    async def deliver(self, departure: Transmission, sender: Sender) -> ChannelError | None:
        """Sends a claimed departure once, as the attempt that its claim opened, and records how it went. Returns the
        error that it ended with, if it did."""
        error: ChannelError | None = None
        try:
            result: SendResult | ChannelError = await sender.send(_as_port(departure, await self._body(departure)))
        except ChannelError as refusal:
            result = error = refusal
        except NoBytes as gone:
            result = error = PermanentError(f"Nothing was sent: {gone}. Replay its documents")
        except Exception as fault:
            log.exception("an attempt ended with a fault of ours")
            result = error = PermanentError(f"The hub failed while sending ({type(fault).__name__}).")
        ended = _Ended(departure, result, self._services.clock())
        await asyncio.get_running_loop().run_in_executor(self._services.executor, self._ended.take, [ended])
        if isinstance(result, SendResult) and result.offered:
            self._services.offered.ring(offer.box_of(departure))
        return error

    def undeliverable(self, departure: Transmission, error: ChannelError) -> None:
        """Records that no sender could be made for a claimed departure. Blocking."""
        self._ended.take([_Ended(departure, error, self._services.clock())])

    async def _body(self, departure: Transmission) -> bytes:
        read = partial(transmissions.body, self._services.store, departure)
        if departure.body is not None:
            return read()  # it came with the row
        return await asyncio.get_running_loop().run_in_executor(self._services.executor, read)

    def _write(self, tx: Tx, items: Sequence[_Ended], *, again: bool = False) -> list[None]:
        """In one order, whoever writes: two nodes whose groups touch the same targets wait for each other once."""
        for one in sorted(items, key=lambda one: (one.departure.target or "", one.departure.seq)):
            if isinstance(one.result, SendResult):
                _delivered(tx, self._services, one.departure, one.result, one.at)
            else:
                _failed(tx, self._services, one.departure, one.result, one.at)
        return [None for _ in items]


def _as_port(departure: Transmission, body: bytes) -> Departure:
    return Departure(
        id=departure.id,
        body=body,
        content_type=departure.content_type,
        file_name=departure.file_name,
        idempotency_key=departure.idempotency_key or departure.id,
        headers=departure.headers or {},
    )


def _delivered(tx: Tx, services: HubServices, departure: Transmission, result: SendResult, now: datetime) -> None:
    confirmation = None if result.final else confirmation_of(services.catalog(), departure.target or "")
    later = confirmation is not None or (result.offered and not result.final)
    word = "awaiting" if later else "delivered"
    deliveries.close_attempt(tx, departure.id, departure.attempts, word, result.status, result.response, now)
    current = _ours(tx, departure)
    if current is not None and confirmation is not None:
        settle.handed_over(tx, current, confirmation, now)
    elif current is not None and later:
        settle.awaits_word(tx, current, f"{departure.target} has not confirmed it yet.", now)
    elif current is not None:
        settle.arrived(tx, current, now, {"status": result.status})
    health.note_success(tx, departure.target or "", now)
    if current is not None and result.offered:
        offer.put(tx, current, now)


def _ours(tx: Tx, departure: Transmission) -> Transmission | None:
    """The claimed departure as it is now; None when the other side's own word was quicker than our record. Raises
    StaleLease when another node has claimed it since."""
    current = transmissions.hold(tx, departure.id)
    if current.fence != departure.fence:
        raise StaleLease(f"{departure.id} has been claimed by another since")
    return current if current.status == DepartureStatus.DUE else None


def _failed(tx: Tx, services: HubServices, departure: Transmission, error: ChannelError, now: datetime) -> None:
    catalog, target, number = services.catalog(), departure.target or "", departure.attempts
    sending, configured = catalog.sending(target), catalog.settings.target(target)
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
    again = next_attempt(error, deliveries.spent(tx, departure.id, since), sending.retry, now, random.random(), since)
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
