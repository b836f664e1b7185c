"""Documents in order, of every set held: both judges accept them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from channels.x12.sample import sample
from channels.x12.second_judge.comparison import Agreement
from tests.benchmarks.interchanges import TYPES
from tests.benchmarks.interchanges import interchange as measured
from tests.differential.documents import Author
from tests.differential.judging import interchange, judged_twice, unlisted

CASES = Path(__file__).parents[2] / "samples" / "cases"


def test_samples_of_every_set_are_accepted_by_both(held: tuple[str, str]) -> None:
    release, set_type = held
    body = sample(set_type, release, seed=1).body
    data = interchange(release, set_type, [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]])
    (twice,) = (twice for _, twice in judged_twice(data))
    assert twice.ours.verdict == "accepted"
    assert not unlisted(twice)
    assert isinstance(twice.comparison, Agreement) or set_type == "820"  # its ENT carries no ENT02


def test_whatever_the_tables_allow_is_judged_alike(held: tuple[str, str]) -> None:
    release, set_type = held
    accepted = 0
    for number in range(4):
        author = Author(release, set_type, random.Random(f"{release} {set_type} {number}"), 0.1 * number)
        for _, twice in judged_twice(interchange(release, set_type, author.write())):
            assert not unlisted(twice)
            accepted += twice.comparison == Agreement(refused=False)
    assert accepted


@pytest.mark.parametrize("set_type", TYPES)
def test_measured_documents_are_accepted_by_both(set_type: str) -> None:
    for _, twice in judged_twice(measured(set_type, 2, lines=3)):
        assert twice.comparison == Agreement(refused=False)


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: str(case.name))
def test_sample_cases_are_judged_alike(case: Path) -> None:
    judged = [twice for _, twice in judged_twice((case / "input.edi").read_bytes())]
    assert judged
    assert not [told for told in map(unlisted, judged) if told]
