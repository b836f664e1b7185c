from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.stability import Fingerprint, Stability

FILE = Fingerprint(inode=7, size=100, modified=1_000)


def test_a_file_is_complete_when_two_polls_saw_it_unchanged() -> None:
    stability = Stability()
    assert stability.complete({"a.edi": FILE}) == []
    assert stability.complete({"a.edi": FILE}) == ["a.edi"]
    assert stability.complete({"a.edi": FILE}) == ["a.edi"]


def test_any_change_starts_the_wait_again() -> None:
    for changed in (FILE._replace(size=101), FILE._replace(modified=1_001), FILE._replace(inode=8)):
        stability = Stability()
        stability.complete({"a.edi": FILE})
        assert stability.complete({"a.edi": changed}) == []
        assert stability.complete({"a.edi": changed}) == ["a.edi"]


def test_a_file_that_was_away_is_new() -> None:
    stability = Stability()
    stability.complete({"a.edi": FILE})
    stability.complete({})
    assert stability.complete({"a.edi": FILE}) == []


def test_the_oldest_comes_first_and_then_the_name_decides() -> None:
    stability = Stability()
    listing = {"c": FILE, "b": FILE, "a": FILE._replace(modified=1_001), "d": FILE._replace(modified=999)}
    stability.complete(listing)
    assert stability.complete(listing) == ["d", "b", "c", "a"]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.builds(Fingerprint, *[st.integers(0, 1)] * 3))))
def test_complete_means_in_this_listing_and_the_one_before(
    polls: list[dict[str, Fingerprint]],
) -> None:
    stability = Stability()
    before: dict[str, Fingerprint] = {}
    for listing in polls:
        assert set(stability.complete(listing)) == {n for n, f in listing.items() if before.get(n) == f}
        before = listing
