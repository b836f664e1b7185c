"""What each attempt tells about its target: the target's state, its work item and the event, in the transaction that
records the attempt."""

from __future__ import annotations

import random
from datetime import datetime

from channels.errors import CertificateError, ChannelError, CredentialError, MisdirectedError
from channels.sending import Sending
from hub.catalog import CHANNEL_PREFIX
from hub.pipeline import settle
from hub.states import BreakerState, DepartureStatus
from hub.store.outbound import targets
from hub.store.schema.records import TargetState, Transmission
from hub.store.store import Tx
from hub.store.traffic import transmissions
from hub.store.trail import events, work_items
from hub.targets import breaker


def note_success(tx: Tx, target: str, now: datetime) -> TargetState:
    """The target answered an attempt, if only by refusing what it carried."""
    known = targets.get(tx, target)
    if known is None or (known.breaker == BreakerState.CLOSED and not known.failures and not known.misdirected):
        return known or targets.unknown(target, now)
    before = targets.hold(tx, target, now)
    closed = breaker.answered(before, now)
    targets.save(tx, closed)
    _closed(tx, before, closed, now)
    return closed


def _closed(tx: Tx, before: TargetState, closed: TargetState, now: datetime) -> None:
    work_items.close(tx, item_key(closed), now)
    if before.breaker != BreakerState.CLOSED:
        tell(tx, closed, "target.closed", now, {"open_since": _text(before.since)})


def _unbury(tx: Tx, state: TargetState, now: datetime) -> None:
    for one in state.misdirected or []:
        departure = transmissions.hold(tx, one)
        if departure.status == DepartureStatus.DEAD:
            settle.unbury(tx, departure, f"{state.target} takes nothing: {state.reason}", now)


def note_failure(tx: Tx, departure: Transmission, error: ChannelError, sending: Sending, now: datetime) -> TargetState:
    """An attempt failed for a reason that lies with its target, or may. Once it is known to, what was buried for it
    before is due again."""
    assert departure.target is not None
    before = targets.hold(tx, departure.target, now)
    if isinstance(error, MisdirectedError):
        after = breaker.misdirected(before, departure.id, error, sending, now, random.random())
    else:
        after = breaker.failed(before, departure.id, error, sending, now, random.random())
    targets.save(tx, after)
    if before.breaker == BreakerState.CLOSED != after.breaker and isinstance(error, MisdirectedError):
        _unbury(tx, after, now)
    elif after.breaker == BreakerState.CLOSED != before.breaker:
        _closed(tx, before, after, now)
    kind, summary = _trouble(after, error)
    if after.openings > before.openings:
        _raise(tx, after, kind, summary, departure, now)
        tell(tx, after, "target.opened", now, {"reason": after.reason, "until": _text(after.probe_at)})
    elif isinstance(error, CertificateError):
        _raise(tx, after, kind, summary, departure, now)
    return after


def _trouble(state: TargetState, error: ChannelError) -> tuple[str, str]:
    name = state.target.removeprefix(CHANNEL_PREFIX)
    if isinstance(error, CredentialError):
        return "credentials", f"{name} does not let us in: {error.detail}. Its backlog is kept."
    if isinstance(error, CertificateError):
        return "certificate", f"{error.detail}. Its backlog is kept, and tried again."
    why = state.reason if isinstance(error, MisdirectedError) else error.detail
    return "target", f"{name} takes nothing: {why}. Its backlog is kept, and it is probed."


def _raise(tx: Tx, state: TargetState, kind: str, summary: str, departure: Transmission, now: datetime) -> None:
    partner = departure.partner if state.target.startswith(CHANNEL_PREFIX) else None  # an ERP is no one partner's
    work_items.raise_item(tx, kind, item_key(state), partner, summary, [departure.id], now)


def item_key(state: TargetState) -> str:
    return f"target:{state.target}"


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def tell(tx: Tx, state: TargetState, kind: str, now: datetime, data: dict[str, str | None], actor: str = "hub") -> None:
    told = {"target": state.target} | {name: value for name, value in data.items() if value is not None}
    events.record(tx, kind, state.id, actor=actor, data=told, now=now)
