"""The circuit breaker of a target: pure decisions about when it is left alone, and when one departure probes it.

It opens after so many failures in a row, at once when the target does not let us in, and when it says to so many
documents in a row that it takes nothing at this place. When its pause is over one departure may leave; what becomes of
that one closes it again, or opens it for a longer pause.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from canonical.finding import clip
from channels.errors import ChannelError, CredentialError, MisdirectedError, ThrottledError, TransientError
from channels.sending import Sending
from hub import states
from hub.states import BreakerState
from hub.store.schema.records import TargetState

REASON = 500
"""Characters of a reason that are kept."""

SEVERAL = 2
"""Documents that are told the same, at least, before it is said to be about the target."""


def lets_through(state: TargetState, now: datetime) -> bool:
    """Whether a departure may leave as far as the breaker is concerned; while it is not closed, only as its probe."""
    return state.breaker == BreakerState.CLOSED or state.probe_at is None or state.probe_at <= now


def probing(state: TargetState, departure: str, now: datetime, lost_at: datetime) -> TargetState:
    """``departure`` leaves as the probe; when nothing is heard of it until ``lost_at``, another may."""
    moved = state if state.breaker == BreakerState.HALF_OPEN else _moved(state, BreakerState.HALF_OPEN, now)
    return replace(moved, probe=departure, probe_at=lost_at)


def answered(state: TargetState, now: datetime) -> TargetState:
    """After an attempt that the target answered, if only by refusing this one departure."""
    closed = state if state.breaker == BreakerState.CLOSED else _moved(state, BreakerState.CLOSED, now)
    return replace(closed, failures=0, openings=0, misdirected=None, reason=None, probe=None, probe_at=None)


def misdirected(
    state: TargetState, departure: str, error: MisdirectedError, sending: Sending, now: datetime, random: float
) -> TargetState:
    """After an answer that is about one document, or about the address: the next documents tell. One that was refused
    so before tells nothing new."""
    many = max(sending.breaker_failures, SEVERAL)
    known = state.misdirected or []
    if departure not in known and len(known) < many:
        known = [*known, departure]
    if len(known) < many:
        return replace(answered(state, now), misdirected=known)
    state = replace(state, misdirected=known)
    if state.breaker != BreakerState.CLOSED and state.probe != departure:
        return state
    reason = f"it answers {error.answer} to everything: is its address right? {error.detail}"
    return opened(state, reason, now, _pause(state, error, sending, random))


def failed(
    state: TargetState, departure: str, error: ChannelError, sending: Sending, now: datetime, random: float
) -> TargetState:
    """After an attempt that failed for a reason that lies with the target. A wish for patience holds everything back;
    failures of what was under way together meanwhile count once."""
    if isinstance(error, ThrottledError):
        held = state.hold_until is not None and now < state.hold_until
        wish = sending.retry.granted(error.retry_after) or sending.retry.pause(state.failures + 1, random)
        until = now + timedelta(seconds=wish)
        state = replace(state, hold_until=until if state.hold_until is None else max(state.hold_until, until))
        if held and state.probe != departure:
            return state
    if state.breaker == BreakerState.CLOSED:
        state = replace(state, failures=state.failures + 1, reason=clip(error.detail, REASON))
        if not isinstance(error, CredentialError) and state.failures < sending.breaker_failures:
            return state
    elif state.probe != departure:
        return state  # it had left before the breaker opened, and tells nothing new
    return opened(state, error.detail, now, _pause(state, error, sending, random))


def opened(state: TargetState, reason: str, now: datetime, pause: float) -> TargetState:
    """Open, or open again after a probe: nothing leaves for ``pause`` seconds."""
    return replace(
        _moved(state, BreakerState.OPEN, now),
        openings=state.openings + 1,
        reason=clip(reason, REASON),
        probe=None,
        probe_at=now + timedelta(seconds=pause),
    )


def _pause(state: TargetState, error: ChannelError, sending: Sending, random: float) -> float:
    if isinstance(error, CredentialError):
        return sending.retry.credential_pause_seconds
    wish = error.retry_after if isinstance(error, TransientError) else None
    return max(sending.retry.pause(state.openings + 1, random), sending.retry.granted(wish))


def _moved(state: TargetState, new: BreakerState, now: datetime) -> TargetState:
    """``since`` is when it was last closed, or last left that: probes that fail do not make an outage younger."""
    old = BreakerState(state.breaker)
    states.check(states.BREAKERS, old, new)
    return replace(state, breaker=new.value, since=now if BreakerState.CLOSED in (old, new) else state.since)
