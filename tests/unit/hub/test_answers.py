"""What a partner is answered, from verdicts and its profile alone."""

from __future__ import annotations

import pytest

from canonical.finding import Verdict
from channels.x12.acknowledging.acknowledgment import SetOutcome
from channels.x12.acknowledging.answering import answer_release
from channels.x12.envelope import scan
from hub.pipeline.answers import functional_answer, interchange_answer
from tests.integration.catalogue.case import pinned
from tests.integration.x12_text import Isa, group, purchase_order


@pytest.mark.parametrize(
    ("release", "answered_in"),
    [
        ("004010", "004010"),
        ("004010VICS", "004010"),  # told since 005010 only: the partner's own release
        ("005010", "005010"),
        ("005010VICS", "005010VICS"),
        ("005010X222A1", "005010"),  # the guide of the sets that are answered is not that of the answer
        ("008030", "008030"),
        ("5010", "004010"),
        ("", "004010"),
    ],
)
def test_an_answer_speaks_the_release_of_what_it_answers(release: str, answered_in: str) -> None:
    (source,) = scan(Isa().around(group("PO", purchase_order(), release=release))).interchanges
    outcome = SetOutcome("850", "0001", "", Verdict.ACCEPTED)
    answer = functional_answer(pinned(), source, source.groups[0], [outcome])
    assert answer is not None
    assert answer_release(answer.document, pinned().partner.x12.release) == answered_in


def test_each_answer_tells_what_carries_it() -> None:
    (source,) = scan(Isa(requested="1").around(group("PO", purchase_order(), release="005010"))).interchanges
    owner = pinned(acknowledgments={"form": "999"})
    of_interchange = interchange_answer(owner, source, Verdict.ACCEPTED, "000")
    of_group = functional_answer(owner, source, source.groups[0], [SetOutcome("850", "0001", "", Verdict.ACCEPTED)])
    assert of_interchange is not None
    assert of_group is not None
    assert (of_interchange.set_type, of_group.set_type) == ("TA1", "999")
