from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelError, CredentialError, PayloadError, PermanentError, TransientError
from channels.sending import RetryPolicy
from hub.retry import next_attempt

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy(max_attempts=5, first_delay_seconds=10, cap_seconds=60, jitter=0.5)
MAX_AGE = timedelta(seconds=POLICY.max_age_seconds)


def after(error: ChannelError, attempts: int = 1, random: float = 0.0, since: datetime = NOW) -> float | None:
    """Seconds until the next attempt."""
    instant = next_attempt(error, attempts, POLICY, NOW, random, since)
    return None if instant is None else (instant - NOW).total_seconds()


def test_pauses_double_up_to_the_cap() -> None:
    assert [after(TransientError("down"), attempts) for attempts in (1, 2, 3, 4)] == [10, 20, 40, 60]


def test_chance_only_lengthens_a_pause() -> None:
    assert after(TransientError("down"), random=0.5) == 12.5


def test_the_last_attempt_ends_in_a_dead_letter() -> None:
    assert after(TransientError("down"), attempts=5) is None


def test_an_old_delivery_ends_in_a_dead_letter() -> None:
    assert after(TransientError("down"), since=NOW - MAX_AGE) is None
    assert after(TransientError("down"), since=NOW - MAX_AGE + timedelta(seconds=10)) == 10


@pytest.mark.parametrize("error", [PermanentError("refused"), PayloadError("does not fit"), ChannelError("?")])
def test_what_would_fail_again_is_not_tried_again(error: ChannelError) -> None:
    assert after(error) is None


def test_the_other_sides_wish_is_obeyed_but_never_shortens_our_pause() -> None:
    assert after(TransientError("busy", retry_after=300)) == 300
    assert after(TransientError("busy", retry_after=1)) == 10


@pytest.mark.parametrize("absurd", [1e9, 1e300, float("inf")])
def test_an_absurd_wish_is_capped(absurd: float) -> None:
    assert after(TransientError("busy", retry_after=absurd)) == POLICY.retry_after_cap_seconds


def test_refused_credentials_pause_and_spend_nothing() -> None:
    assert after(CredentialError("401"), attempts=99, since=NOW - timedelta(days=30)) == 15 * 60


def test_the_default_policy_outlives_an_outage_of_eight_hours() -> None:
    policy, now, attempts = RetryPolicy(), NOW, 0
    while now - NOW < timedelta(hours=8):
        attempts += 1
        following = next_attempt(TransientError("down"), attempts, policy, now, 0.0, NOW)
        assert following is not None
        assert following - now <= timedelta(seconds=policy.cap_seconds)
        now = following


@given(
    attempts=st.integers(min_value=1, max_value=9_999),
    random=st.floats(min_value=0, max_value=1, exclude_max=True),
    retry_after=st.none() | st.floats(min_value=0, allow_nan=False),
)
def test_an_instant_always_lies_ahead_and_within_the_policy(
    attempts: int, random: float, retry_after: float | None
) -> None:
    policy = RetryPolicy(max_attempts=10_000)
    instant = next_attempt(TransientError("down", retry_after), attempts, policy, NOW, random, NOW)
    assert instant is not None
    assert policy.first_delay_seconds <= (instant - NOW).total_seconds() <= policy.retry_after_cap_seconds
