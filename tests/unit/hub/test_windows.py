"""Maintenance windows, in their own time zone, over midnight and over the changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sending import WEEK, Window
from hub.timers import closed_until

NIGHT = Window(days=("sat",), start="22:00", end="04:00", zone="Europe/Berlin")
NOON = Window(start="12:00", end="13:30")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-10T20:59:59.999999", None),  # Saturday, 21:59 in Berlin
        ("2026-01-10T21:00:00", "2026-01-11T03:00:00"),
        ("2026-01-10T23:30:00", "2026-01-11T03:00:00"),  # Sunday there already
        ("2026-01-11T02:59:59.999999", "2026-01-11T03:00:00"),
        ("2026-01-11T03:00:00", None),
        ("2026-01-11T21:30:00", None),  # Sunday night is none of its
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_starts_on(now: str, ends: str | None) -> None:
    assert closed_until([NIGHT], at(now)) == (at(ends) if ends else None)


def test_windows_that_touch_are_one() -> None:
    weekend = Window(days=("sat", "sun"), start="00:00", end="00:00")
    assert closed_until([weekend, Window(days=("mon",), start="00:00", end="01:00")], at("2026-01-10T12:00:00")) == at(
        "2026-01-12T01:00:00"
    )
    assert closed_until([NOON, Window(start="13:00", end="15:00")], at("2026-01-10T12:10:00")) == at(
        "2026-01-10T15:00:00"
    )


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])  # Berlin's clocks change at 01:00 UTC
def test_the_clock_is_that_of_the_zone_when_it_changes(day: str) -> None:
    window = Window(start="01:00", end="05:00", zone="Europe/Berlin")
    hours = [at(f"{day}T00:00:00") + timedelta(minutes=10 * n) for n in range(-12, 40)]
    closed = [instant for instant in hours if closed_until([window], instant)]
    length = timedelta(hours=3 if day == "2026-03-29" else 5)
    assert closed[-1] - closed[0] + timedelta(minutes=10) == length


def test_a_time_that_the_clock_leaps_over_still_starts_and_ends() -> None:
    window = Window(start="02:30", end="03:30", zone="Europe/Berlin")  # there is no 02:30 on that day
    day = [at("2026-03-29T00:00:00") + timedelta(minutes=n) for n in range(24 * 60)]
    assert 0 < sum(closed_until([window], instant) is not None for instant in day) <= 60


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    days=st.lists(st.sampled_from(WEEK), min_size=1, max_size=6, unique=True),
    minute=st.integers(0, 20_000),
)
def test_it_agrees_with_a_plain_count_of_minutes(start: int, end: int, days: list[str], minute: int) -> None:
    window = Window(days=tuple(days), start=f"{start // 60:02}:{start % 60:02}", end=f"{end // 60:02}:{end % 60:02}")  # type: ignore[arg-type]
    now = at("2026-01-05T00:00:00") + timedelta(minutes=minute)  # a Monday
    length = (end - start) % 1440 or 1440
    week = minute % 10_080
    inside = any((week - (WEEK.index(day) * 1440 + start)) % 10_080 < length for day in window.days)
    found = closed_until([window], now)
    assert (found is not None) == inside
    if found is not None:
        assert found > now
        assert closed_until([window], found) is None
