"""Thousands of spoilt documents of every set held: both judges agree, or differ for a listed reason.

DIFFERENTIAL_SEED and DIFFERENTIAL_COUNT ask for others and for more.
"""

from __future__ import annotations

import os
import random

from channels.x12.sample import sample
from channels.x12.standards import tables
from tests.differential.documents import Author
from tests.differential.judging import Segments, interchange, judged_twice, unlisted
from tests.differential.mutation import mutated

SEED = os.environ.get("DIFFERENTIAL_SEED", "1")
COUNT = int(os.environ.get("DIFFERENTIAL_COUNT", "5700"))
SETS = sum(len(tables.set_types(release)) for release in tables.RELEASES)


def original(release: str, set_type: str, number: int, source: random.Random) -> Segments:
    """Every third is like a trading document, the others use whatever the tables allow."""
    if number % 3 == 0:
        body = sample(set_type, release, seed=number, lines=1).body
        return [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    return Author(release, set_type, source, source.choice((0.0, 0.1, 0.2, 0.3))).write()


def test_both_judges_agree_on_spoilt_sets_or_differ_for_a_listed_reason(held: tuple[str, str]) -> None:
    release, set_type = held
    accepted = refused = 0
    strange = []
    for number in range(-(-COUNT // SETS)):
        source = random.Random(f"{SEED} {release} {set_type} {number}")
        segments, names = mutated(source, original(release, set_type, number, source))
        data = interchange(release, set_type, segments)
        for _, twice in judged_twice(data):
            accepted += twice.ours.verdict == "accepted"
            refused += twice.ours.verdict == "rejected"
            if told := unlisted(twice):
                strange.append(f"document {number}, {' and '.join(names)}: {told}\n{data.decode()}")
    assert not strange, "\n\n".join([f"{len(strange)} differences of no listed class", *strange[:5]])
    assert refused > accepted
