"""deliver: frozen bytes → one attempt. Its record is opened by the claim and closed when it has ended; nothing is sent
inside a transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
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
from hub.catalog import Catalog
from hub.pipeline import health, offer, settle
from hub.pipeline.confirm import confirmation_of
from hub.retry import next_attempt, not_after_probe
from hub.services import HubServices
from hub.settings import Confirmation
from hub.states import BreakerState, DepartureStatus
from hub.store.errors import NoBytes, StaleLease
from hub.store.grouped import Grouped
from hub.store.schema.records import Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, transmissions
from hub.store.traffic.deliveries import AttemptEnd

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
        """In one order, whoever writes: nodes whose groups touch the same wait for each other, and not in a circle."""
        ended, catalog = sorted(items, key=lambda one: one.departure.seq), self._services.catalog()
        current = _held(tx, ended)
        deliveries.close_attempts(tx, [_end_of(catalog, one) for one in ended])
        _taken(tx, catalog, ended, current)
        for one in sorted(ended, key=lambda one: one.departure.target or ""):
            if isinstance(one.result, ChannelError):
                _failed(tx, catalog, one.departure, current.get(one.departure.id), one.result, one.at)
        for one in ended:
            if isinstance(one.result, SendResult) and one.result.offered and one.departure.id in current:
                offer.put(tx, current[one.departure.id], one.at)  # the last: whoever offers waits for this commit
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


def _held(tx: Tx, ended: Sequence[_Ended]) -> dict[str, Transmission]:
    """The claimed departures as they are now, by their ids, without those of which the other side's own word was
    quicker than our record. Raises StaleLease when another node has claimed one since."""
    held = transmissions.hold_many(tx, [one.departure.id for one in ended])
    for one, current in zip(ended, held, strict=True):
        if current.fence != one.departure.fence:
            raise StaleLease(f"{current.id} has been claimed by another since")
    return {current.id: current for current in held if current.status == DepartureStatus.DUE}


def _end_of(catalog: Catalog, one: _Ended) -> AttemptEnd:
    departure, result = one.departure, one.result
    if isinstance(result, ChannelError):
        return AttemptEnd(departure, departure.attempts, _outcome(result), None, result.detail, one.at)
    later = _waits(result) or _confirms(catalog, departure, result) is not None
    word = "awaiting" if later else "delivered"
    return AttemptEnd(departure, departure.attempts, word, result.status, result.response, one.at)


def _confirms(catalog: Catalog, departure: Transmission, result: SendResult) -> Confirmation | None:
    """How a target that has only been handed something says later that it takes it."""
    return None if result.final else confirmation_of(catalog, departure.target or "")


def _waits(result: SendResult) -> bool:
    """Whether it lies in the outbox of a system, whose word delivers it."""
    return result.offered and not result.final


def _taken(tx: Tx, catalog: Catalog, ended: Sequence[_Ended], current: Mapping[str, Transmission]) -> None:
    targets, arrived = set[str](), list[tuple[Transmission, str]]()
    for one in ended:
        if not isinstance(one.result, SendResult):
            continue
        targets.add(one.departure.target or "")
        departure = current.get(one.departure.id)
        if departure is None:
            continue
        if (confirmation := _confirms(catalog, departure, one.result)) is not None:
            settle.handed_over(tx, departure, confirmation, one.at)
        elif _waits(one.result):
            settle.awaits_word(tx, departure, f"{departure.target} has not confirmed it yet.", one.at)
        else:
            arrived.append((departure, one.result.status))
    now = max(one.at for one in ended)
    if arrived:
        settle.arrived(tx, arrived, now)
    for target in sorted(targets):
        health.note_success(tx, target, now)


def _failed(
    tx: Tx,
    catalog: Catalog,
    departure: Transmission,
    current: Transmission | None,
    error: ChannelError,
    now: datetime,
) -> None:
    target = departure.target or ""
    sending, configured = catalog.sending(target), catalog.settings.target(target)
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
        tries = f" after {departure.attempts} attempts" if isinstance(error, TransientError) else ""
        passes = configured is not None and configured.on_dead_letter == "pass"
        settle.bury(tx, current, f"{error.detail}{tries}", now, passes=passes)


_OF_TARGET = (CredentialError, TransientError, MisdirectedError)
"""What tells, or may tell, of the target and not of what was sent to it."""


def _outcome(error: ChannelError) -> str:
    if isinstance(error, CredentialError):
        return "credential"
    return "transient" if isinstance(error, TransientError) else "permanent"
