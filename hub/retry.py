"""When to try again: a pure decision, an instant or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from channels.channel import SettingsModel
from channels.errors import ChannelError, CredentialError, TransientError

_DAY = 86_400.0


class RetryPolicy(SettingsModel):
    """Exponential back-off with an end.

    The defaults ride out an outage of three days, and a target that recovers hears from us within a quarter of an hour.
    """

    max_attempts: int = Field(default=400, ge=1, le=10_000)
    first_delay_seconds: float = Field(default=5.0, gt=0, le=_DAY)
    factor: float = Field(default=2.0, ge=1, le=10)
    cap_seconds: float = Field(default=900.0, gt=0, le=7 * _DAY, description="Longest pause of our own choosing")
    jitter: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Largest share of a pause that chance adds, so that a backlog does not return all at once",
    )
    max_age_seconds: float = Field(
        default=3 * _DAY,
        gt=0,
        le=90 * _DAY,
        description="No attempt is planned later than this after the first was due",
    )
    retry_after_cap_seconds: float = Field(
        default=0.25 * _DAY, ge=0, le=7 * _DAY, description="Longest pause that the other side may ask for"
    )
    credential_pause_seconds: float = Field(
        default=900.0, gt=0, le=_DAY, description="Pause of a target that refuses our credentials"
    )

    def pause(self, attempts: int, random: float) -> float:
        """Seconds to wait after the ``attempts``-th attempt (from 1); ``random`` lies in [0, 1)."""
        growth = self.factor ** min(attempts - 1, 64)  # later only the cap speaks, and floats would overflow
        return min(self.first_delay_seconds * growth, self.cap_seconds) * (1 + self.jitter * random)


def next_attempt(
    error: ChannelError, attempts: int, policy: RetryPolicy, now: datetime, random: float, since: datetime
) -> datetime | None:
    """The instant of the next attempt after ``error``, or None: the delivery is a dead letter.

    ``attempts`` counts what was spent so far, this one included; ``since`` is when the first attempt was due. A
    CredentialError spends nothing and never ends a delivery: its target is paused and its backlog kept. A
    TransientError waits at least as long as the other side asked, within the policy. Everything else would fail
    again with the same bytes.
    """
    if isinstance(error, CredentialError):
        return now + timedelta(seconds=policy.credential_pause_seconds)
    if not isinstance(error, TransientError) or attempts >= policy.max_attempts:
        return None
    asked = min(error.retry_after or 0.0, policy.retry_after_cap_seconds)
    instant = now + timedelta(seconds=max(policy.pause(attempts, random), asked))
    return instant if instant - since <= timedelta(seconds=policy.max_age_seconds) else None
