"""When to try again: a pure decision, an instant or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.errors import ChannelError, CredentialError, TransientError
from channels.sending import RetryPolicy
from hub.states import BreakerState
from hub.store.schema.records import TargetState


def next_attempt(
    error: ChannelError, attempts: int, policy: RetryPolicy, now: datetime, random: float, since: datetime
) -> datetime | None:
    """The instant of the next attempt after ``error``, or None: the delivery is a dead letter.

    ``attempts`` counts what was spent so far, this one included; ``since`` is when the first attempt was due. A
    CredentialError spends nothing and never ends a delivery: its target's breaker opens and its backlog is kept. A
    TransientError waits at least as long as the other side asked, within the policy. Everything else would fail
    again with the same bytes.
    """
    if isinstance(error, CredentialError):
        return now + timedelta(seconds=policy.credential_pause_seconds)
    if not isinstance(error, TransientError) or attempts >= policy.max_attempts:
        return None
    pause = max(policy.pause(attempts, random), policy.granted(error.retry_after))
    instant = now + timedelta(seconds=pause)
    return instant if instant - since <= timedelta(seconds=policy.max_age_seconds) else None


def not_after_probe(
    instant: datetime, error: ChannelError, state: TargetState, policy: RetryPolicy, now: datetime
) -> datetime:
    """While a target's breaker is open its pauses are the back-off: what failed waits no longer than for the probe,
    unless the other side asked for more."""
    if state.breaker != BreakerState.OPEN or state.probe_at is None:
        return instant
    wish = policy.granted(error.retry_after) if isinstance(error, TransientError) else 0.0
    return max(min(instant, state.probe_at), now + timedelta(seconds=wish))
