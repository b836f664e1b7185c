"""Buckets of requests: full at first, filled evenly, never more than the limit."""

from __future__ import annotations

from channels.sending import RateLimit
from hub.entry.rates import Rates, Standing

LIMIT = RateLimit(requests=60, per="minute")


def test_a_bucket_empties_and_tells_when_the_next_is_let_in() -> None:
    rates = Rates()
    told = [rates.take("partner:a", LIMIT, 100.0) for _ in range(61)]
    assert [one.wait for one in told[:60]] == [0] * 60
    assert [one.remaining for one in told[:60]] == list(range(59, -1, -1))
    assert told[60] == Standing(LIMIT, remaining=0, full_in=60, wait=1)
    assert rates.take("partner:b", LIMIT, 100.0).remaining == 59, "another caller has its own"


def test_a_bucket_fills_evenly_and_no_further() -> None:
    rates = Rates()
    for _ in range(60):
        rates.take("partner:a", LIMIT, 0.0)
    assert rates.take("partner:a", LIMIT, 0.5).wait == 1
    assert rates.take("partner:a", LIMIT, 1.0).wait == 0
    assert rates.take("partner:a", LIMIT, 1.0).wait == 1
    assert rates.take("partner:a", LIMIT, 10_000.0).remaining == 59


def test_refused_requests_cost_nothing() -> None:
    rates = Rates()
    hourly = RateLimit(requests=1, per="hour")
    assert rates.take("partner:a", hourly, 0.0).wait == 0
    waits = [rates.take("partner:a", hourly, float(second)).wait for second in (0, 600, 3599, 3600)]
    assert waits == [3600, 3000, 1, 0]


def test_a_limit_that_was_lowered_counts_at_once() -> None:
    rates = Rates()
    rates.take("partner:a", LIMIT, 0.0)
    assert rates.take("partner:a", RateLimit(requests=2, per="minute"), 0.0).remaining == 1
