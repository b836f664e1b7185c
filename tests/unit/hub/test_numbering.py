"""Which numbers of a count are missing, whatever order they came in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.numbering import missing_numbers, warning_of


@pytest.mark.parametrize(
    ("came", "missing"),
    [
        pytest.param([], [], id="nothing came"),
        pytest.param([7], [], id="one number has no neighbours"),
        pytest.param([7, 8, 9], [], id="in a row"),
        pytest.param([7, 9], [(8, 8, 1)], id="one is missing"),
        pytest.param([7, 12, 8], [(9, 11, 3)], id="late ones close a gap"),
        pytest.param([9, 7, 8, 8], [], id="out of order and twice"),
        pytest.param([999_999_998, 1, 3], [(999_999_999, 999_999_999, 1), (2, 2, 1)], id="missing around the wrap"),
        pytest.param([999_999_997, 2], [(999_999_998, 1, 3)], id="missing across the wrap"),
        pytest.param([1, 999_999_999], [], id="the last before the wrap came late"),
        pytest.param([5000, 5001, 1, 2, 4], [(3, 3, 1)], id="a sender that starts anew begins another count"),
        pytest.param([1, 2, 700_000, 700_002], [(700_001, 700_001, 1)], id="a leap begins another count"),
        pytest.param([5000, 1, 5002, 2], [(5001, 5001, 1)], id="two counts by turns"),
    ],
)
def test_missing_numbers(came: list[int], missing: list[tuple[int, int, int]]) -> None:
    assert [(gap.first, gap.last, gap.count) for gap in missing_numbers(came)] == missing


@given(st.integers(1, 999_999_999), st.integers(2, 40), st.data())
def test_what_is_left_out_of_a_count_is_what_is_missing(first: int, length: int, data: st.DataObject) -> None:
    """Ends must stay: beyond them nobody knows what was sent."""
    inner = data.draw(st.sets(st.integers(1, length - 2), max_size=length)) if length > 2 else set()
    kept = [place for place in range(length) if place not in inner]
    came = [(first + place - 1) % 999_999_999 + 1 for place in data.draw(st.permutations(kept))]
    gaps = missing_numbers(came)
    told = {(gap.first + n - 1) % 999_999_999 + 1 for gap in gaps for n in range(gap.count)}
    assert told == {(first + place - 1) % 999_999_999 + 1 for place in inner}
    assert sum(gap.count for gap in gaps) == len(inner)


def test_a_gap_tells_how_many_came_right_before_it() -> None:
    assert [gap.came for gap in missing_numbers([1, 2, 3, 5, 8, 9])] == [3, 1]


def test_setting_a_counter_warns_of_what_it_repeats_or_skips() -> None:
    assert warning_of(42, 42) == ""
    assert "5 to 41 may have been used" in warning_of(42, 5)
    assert "42 to 99 are skipped" in warning_of(42, 100)
