"""When to try again: a pure decision, an instant or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.errors import ChannelError, CredentialError, TransientError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with an end.

    The defaults ride out an outage of three days with a last pause of a quarter of an hour, so that a recovered target
    hears from us within that time.
    """

    max_attempts: int = 400
    first_delay: timedelta = timedelta(seconds=5)
    factor: float = 2.0
    cap: timedelta = timedelta(minutes=15)
    """Longest pause of our own choosing."""
    jitter: float = 0.2
    """Largest share of the pause that chance adds, so that a backlog does not return all at once."""
    max_age: timedelta = timedelta(days=3)
    """No attempt is planned later than this after the delivery first became due."""
    retry_after_cap: timedelta = timedelta(hours=6)
    """Longest pause that the other side may ask for."""
    credential_pause: timedelta = timedelta(minutes=15)

    def delay(self, attempts: int, random: float) -> timedelta:
        """The pause after the ``attempts``-th attempt (from 1); ``random`` lies in [0, 1)."""
        growth = self.factor ** min(attempts - 1, 64)  # beyond 64 doublings only the cap speaks, and floats overflow
        seconds = min(self.first_delay.total_seconds() * growth, self.cap.total_seconds())
        return timedelta(seconds=seconds * (1 + self.jitter * random))


def next_attempt(
    error: ChannelError, attempts: int, policy: RetryPolicy, now: datetime, random: float, since: datetime
) -> datetime | None:
    """The instant of the next attempt after ``error``, or None: the delivery is a dead letter.

    ``attempts`` counts what was spent so far, this one included; ``since`` is when the delivery first became due.
    A CredentialError spends nothing and never ends a delivery: its target is paused and its backlog kept. A
    TransientError waits at least as long as the other side asked, within the policy. Everything else would fail
    again with the same bytes.
    """
    if isinstance(error, CredentialError):
        return now + policy.credential_pause
    if not isinstance(error, TransientError) or attempts >= policy.max_attempts:
        return None
    pause = policy.delay(attempts, random)
    if error.retry_after is not None:
        asked = min(error.retry_after, policy.retry_after_cap.total_seconds())
        pause = max(pause, timedelta(seconds=asked))
    instant = now + pause
    return instant if instant - since <= policy.max_age else None
