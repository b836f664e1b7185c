"""Comparing files by meaning: every file is the same as itself, and nothing stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.inspection.comparison import compare
from hub.inspection.file import inspect

CASES = {path.parent.name: path.read_bytes() for path in Path(__file__).parents[3].glob("samples/cases/*/input.edi")}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_the_same_as_itself(name: str) -> None:
    found = compare(inspect(CASES[name]), inspect(CASES[name]))
    assert found.same
    assert found.envelope == ()
    assert found.sets


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(CASES)), st.integers(110, 1500), st.sampled_from([b"", b"~", b"*9", b"\xff", b"ST*850*1~"])
)
def test_a_damaged_file_is_compared_and_the_same_both_ways(name: str, at: int, damage: bytes) -> None:
    whole = CASES[name]
    damaged = whole[:at] + damage + whole[at:]
    there, back = compare(inspect(whole), inspect(damaged)), compare(inspect(damaged), inspect(whole))
    assert there.same == back.same
    assert sum(len(one.differences) for one in there.sets) == sum(len(one.differences) for one in back.sets)


def test_an_exponent_where_a_number_should_be_is_compared_as_text() -> None:
    hostile = CASES["planning-schedule"].replace(b"FST*36*", b"FST*1E99999999*")
    assert compare(inspect(hostile), inspect(hostile)).same
    (one,) = compare(inspect(CASES["planning-schedule"]), inspect(hostile)).sets
    assert [(each.old, each.new) for each in one.differences] == [("36", "1E99999999")]
