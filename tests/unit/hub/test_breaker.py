"""The circuit breaker as a machine: whatever happens in whatever order, it keeps its promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from channels.errors import ChannelError, CredentialError, MisdirectedError, ThrottledError, TransientError
from channels.sending import RateLimit, RetryPolicy, Sending
from hub.states import BreakerState
from hub.store.schema.records import TargetState
from hub.targets import breaker
from hub.targets.standing import Gate, room, standing

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SENDING = Sending(
    concurrency=3, breaker_failures=3, retry=RetryPolicy(first_delay_seconds=10, cap_seconds=60, jitter=0.5)
)
PROBE_SECONDS = 90


class Breaker(RuleBasedStateMachine):
    """Departures leave as the hub lets them, their attempts end in any way and order, time passes. ``failures`` in a
    row is what the model counts by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.state = TargetState("tg_1", "erp", NOW)
        self.under_way: dict[str, bool] = {}  # departure → whether it left as a probe
        self.count = 0
        self.failures = 0
        self.probes_since_open = 0

    def may_leave(self) -> bool:
        stands = standing(self.state, SENDING, self.now)
        return stands.leaves and room(self.state, SENDING, len(self.under_way)) > 0

    @precondition(lambda self: self.may_leave())
    @rule()
    def leave(self) -> None:
        self.count += 1
        name = f"tr_{self.count}"
        closed = self.state.breaker == BreakerState.CLOSED
        if not closed:
            lost_at = self.now + timedelta(seconds=PROBE_SECONDS)
            self.state = breaker.probing(self.state, name, self.now, lost_at)
        self.under_way[name] = not closed

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        self.end(data)
        self.state = breaker.answered(self.state, self.now)
        assert self.state.breaker == BreakerState.CLOSED
        assert not self.state.failures
        self.failures = 0

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), wish=st.none() | st.just(0.0) | st.floats(1, 1e12), random=st.floats(0, 0.99))
    def fail(self, data: st.DataObject, wish: float | None, random: float) -> None:
        kind = data.draw(st.sampled_from([TransientError, ThrottledError]))
        self.after(data, kind("down", wish), random)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def be_refused(self, data: st.DataObject) -> None:
        before = self.state
        name = self.after(data, CredentialError("401"), 0.0)
        if before.breaker == BreakerState.CLOSED or before.probe == name:
            assert self.state.probe_at == self.now + timedelta(seconds=SENDING.retry.credential_pause_seconds)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), random=st.floats(0, 0.99))
    def be_misdirected(self, data: st.DataObject, random: float) -> None:
        before, name = self.state, self.end(data)
        known = before.misdirected or []
        error = MisdirectedError("404", "404")
        self.state = breaker.misdirected(before, name, error, SENDING, self.now, random)
        told = len(known) + (name not in known) >= SENDING.breaker_failures
        if told and (before.breaker == BreakerState.CLOSED or before.probe == name):
            assert self.state.breaker == BreakerState.OPEN
            assert self.state.openings == before.openings + 1
        elif told:
            assert self.state.breaker == before.breaker, "what had left before tells nothing new"
        else:
            assert self.state.breaker == BreakerState.CLOSED, "it answers"

    def after(self, data: st.DataObject, error: ChannelError, random: float) -> str:
        name, before = self.end(data), self.state
        self.state = breaker.failed(before, name, error, SENDING, self.now, random)
        assert self.state.breaker != BreakerState.CLOSED or self.state.failures >= before.failures
        if isinstance(error, ThrottledError):
            assert standing(self.state, SENDING, self.now).gate in (Gate.BREAKER, Gate.HELD)
        if before.breaker != BreakerState.CLOSED and before.probe != name:
            assert self.state.breaker == before.breaker, "what had left before tells nothing new"
            assert self.state.probe_at == before.probe_at
        if before.probe == name:
            assert self.state.breaker == BreakerState.OPEN
            assert self.state.openings == before.openings + 1
        return name

    def end(self, data: st.DataObject) -> str:
        name = str(data.draw(st.sampled_from(sorted(self.under_way))))
        del self.under_way[name]
        return name

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        """The node is killed with an attempt under way."""
        self.end(data)

    @rule(seconds=st.integers(1, 200))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def one_probe_at_a_time(self) -> None:
        if self.state.breaker == BreakerState.HALF_OPEN:
            assert self.state.probe is not None
            if self.now < (self.state.probe_at or self.now):
                assert not self.may_leave(), "a probe is under way"

    @invariant()
    def closed_as_long_as_too_few_failed(self) -> None:
        if self.state.breaker == BreakerState.CLOSED:
            assert self.state.failures < SENDING.breaker_failures
            assert self.state.probe_at is None
            assert not self.state.openings

    @invariant()
    def it_is_never_left_alone_for_ever(self) -> None:
        longest = max(SENDING.retry.credential_pause_seconds, SENDING.retry.retry_after_cap_seconds)
        stands = standing(self.state, SENDING, self.now + timedelta(seconds=longest))
        assert stands.leaves, stands


Breaker.TestCase.settings = settings(max_examples=100, stateful_step_count=30)
TestBreaker = Breaker.TestCase


def test_failures_in_a_row_open_it_and_a_success_begins_anew() -> None:
    state = TargetState("tg_1", "erp", NOW)
    for _ in range(2):
        state = breaker.failed(state, "tr_1", TransientError("down"), SENDING, NOW, 0.0)
    assert state.breaker == BreakerState.CLOSED
    state = breaker.answered(state, NOW)
    for _ in range(3):
        assert state.breaker == BreakerState.CLOSED
        state = breaker.failed(state, "tr_1", TransientError("no route to host"), SENDING, NOW, 0.0)
    assert state.breaker == BreakerState.OPEN
    assert state.reason == "no route to host"
    assert state.probe_at == NOW + timedelta(seconds=10)


def test_pauses_between_probes_grow_up_to_the_cap() -> None:
    state, now, pauses = TargetState("tg_1", "erp", NOW), NOW, []
    state = breaker.failed(state, "tr_1", CredentialError("401"), SENDING, now, 0.0)
    for n in range(5):
        assert state.probe_at is not None
        now = state.probe_at
        state = breaker.probing(state, f"tr_{n}", now, now + timedelta(seconds=PROBE_SECONDS))
        state = breaker.failed(state, f"tr_{n}", TransientError("down"), SENDING, now, 0.0)
        assert state.probe_at is not None
        pauses.append((state.probe_at - now).total_seconds())
        assert state.since == NOW, "the outage began with the first failure"
    assert pauses == [20, 40, 60, 60, 60]


def test_what_is_throttled_together_counts_once() -> None:
    state = TargetState("tg_1", "erp", NOW)
    for _ in range(10):
        state = breaker.failed(state, "tr_1", ThrottledError("429", 30), SENDING, NOW, 0.0)
    assert (state.breaker, state.failures) == ("closed", 1)
    assert standing(state, SENDING, NOW).until == NOW + timedelta(seconds=30)


def test_an_absurd_wish_is_granted_up_to_the_cap_only() -> None:
    state = breaker.failed(TargetState("t", "erp", NOW), "tr", ThrottledError("503", 1e300), SENDING, NOW, 0.0)
    assert state.hold_until == NOW + timedelta(hours=6)


def test_a_clock_that_was_set_back_does_not_stop_what_is_paced() -> None:
    rate = RateLimit(requests=5)
    state, paced = TargetState("tg_1", "erp", NOW, next_at=NOW + rate.spacing), Sending(rate=rate)
    assert standing(state, paced, NOW).gate is Gate.RATE
    assert standing(state, paced, NOW - timedelta(hours=1)).gate is Gate.OPEN
