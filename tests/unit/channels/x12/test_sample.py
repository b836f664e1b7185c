"""Samples are what they promise: valid, plausible, the same for the same seed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.identifier import has_valid_check_digit
from channels.x12.guide import Guide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import STRICT
from channels.x12.sample import Sample, sample
from channels.x12.second_judge.judge import SecondVerdict, second_judge
from channels.x12.sets import DOCUMENT_OF, decode
from channels.x12.standards import tables
from channels.x12.standards.tables import UnsupportedSetError
from channels.x12.writing.writer import USUAL_SEPARATORS
from tests.unit.channels.x12.reading import enveloped

HELD = [
    (release, set_type)
    for release in tables.RELEASES
    for set_type in tables.functional_identifiers()
    if set_type in tables.set_types(release)
]


def judged(made: Sample, release: str, guide: Guide | None = None) -> Judgement:
    compiled = grammar(release, made.set_type, guide)
    return judge(enveloped(made.set_type, made.body), compiled, STRICT, USUAL_SEPARATORS)


def test_every_set_that_is_held_is_sampled() -> None:
    assert len(HELD) == 59


@pytest.mark.parametrize(("release", "set_type"), HELD)
def test_a_sample_of_every_set_is_accepted_without_a_finding(release: str, set_type: str) -> None:
    for seed, lines in ((0, 1), (1, 2), (20261125, 5)):
        assert judged(sample(set_type, release, seed=seed, lines=lines), release).findings == ()


@settings(max_examples=40)
@given(st.sampled_from(HELD), st.integers(0, 10**12), st.integers(1, 30))
def test_whatever_the_seed_a_sample_is_accepted_and_read(held: tuple[str, str], seed: int, lines: int) -> None:
    release, set_type = held
    made = sample(set_type, release, seed=seed, lines=lines)
    judgement = judged(made, release)
    assert judgement.findings == ()
    if set_type in DOCUMENT_OF:
        decoded = decode(set_type, grammar(release, set_type), judgement, USUAL_SEPARATORS)
        assert decoded.document is not None
        assert decoded.findings == ()


def test_the_same_arguments_make_the_same_document_and_another_seed_another() -> None:
    assert sample("850", seed=7).body == sample("850", seed=7).body
    assert sample("850", seed=7).body != sample("850", seed=8).body


def test_documents_of_one_seed_are_about_one_trade() -> None:
    order, notice, invoice = (sample(set_type, seed=3).body for set_type in ("850", "856", "810"))
    number = next(segment[3] for segment in order if segment[0] == "BEG")
    assert next(segment[1] for segment in notice if segment[0] == "PRF") == number
    assert next(segment[4] for segment in invoice if segment[0] == "BIG") == number


def test_numbers_add_up_and_bear_right_check_digits() -> None:
    invoice = sample("810", seed=5, lines=4).body
    lines = [segment for segment in invoice if segment[0] == "IT1"]
    charges = sum(int(segment[5]) for segment in invoice if segment[0] == "SAC")
    cents = sum(int(segment[2]) * round(float(segment[4]) * 100) for segment in lines)
    [total] = [segment for segment in invoice if segment[0] == "TDS"]
    assert int(total[1]) == cents + charges
    assert all(has_valid_check_digit(segment[segment.index("UP") + 1]) for segment in lines)
    notice = sample("856", seed=5, lines=4).body
    marks = [segment[2] for segment in notice if segment[0] == "MAN"]
    assert len(set(marks)) == 4
    assert all(has_valid_check_digit(mark.removeprefix("00")) for mark in marks)


def test_a_notice_numbers_its_levels_and_says_which_structure_it_has() -> None:
    body = sample("856", lines=2).body
    assert [s[1:] for s in body if s[0] == "HL"] == [
        ["1", "", "S", "1"],
        ["2", "1", "O", "1"],
        ["3", "2", "P", "1"],
        ["4", "3", "I", "0"],
        ["5", "2", "P", "1"],
        ["6", "5", "I", "0"],
    ]
    assert [s[5] for s in body if s[0] == "BSN"] == ["0001"]


def test_companies_may_be_called_anything() -> None:
    made = sample("850", buyer="Müller*Söhne > Co~", seller="日本")
    assert judged(made, "004010").findings == ()
    assert next(segment[2] for segment in made.body if segment[0] == "N1") == "Muller Sohne   Co"


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(UnsupportedSetError):
        sample("851")


def guided(set_type: str, rules: dict[str, Any]) -> list[list[str]]:
    guide = Guide.model_validate({set_type: rules})
    assert guide.problems("004010", set_type) == []
    made = sample(set_type, "004010", guide, lines=2)
    assert judged(made, "004010", guide).findings == ()
    return made.body


def test_a_sample_keeps_a_guide() -> None:
    body = guided(
        "850",
        {
            "segments": [
                {"segment": "FOB", "usage": "required", "loop": ""},
                {"segment": "ITD", "usage": "forbidden", "loop": ""},
                {"segment": "DTM", "loop": "", "max": 1},
            ],
            "elements": [
                {"element": "BEG02", "codes": ["NE", "KN"]},
                {"element": "PO106", "codes": ["UP"]},
                {"element": "PO108", "codes": ["IN"]},
                {"element": "PO110", "usage": "forbidden"},
                {"element": "PO111", "usage": "forbidden"},
                {"element": "BEG03", "min": 10, "max": 12},
            ],
        },
    )
    names = [segment[0] for segment in body]
    assert "FOB" in names
    assert "ITD" not in names
    assert names.count("DTM") == 1
    [heading] = [segment for segment in body if segment[0] == "BEG"]
    assert heading[2] == "NE"
    assert 10 <= len(heading[3]) <= 12
    assert {(s[6], s[8], len(s)) for s in body if s[0] == "PO1"} == {("UP", "IN", 10)}


def test_what_a_guide_wants_of_one_segment_among_many_is_there() -> None:
    body = guided(
        "850",
        {
            "segments": [
                {"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["BT"]}},
                {"segment": "N1", "loop": "N1", "usage": "forbidden", "having": {"element": "N101", "codes": ["BY"]}},
                {"segment": "REF", "loop": "", "usage": "required", "having": {"element": "REF01", "codes": ["IA"]}},
            ]
        },
    )
    assert [segment[1] for segment in body if segment[0] == "N1"] == ["BT", "ST"]
    assert "IA" in [segment[1] for segment in body if segment[0] == "REF"]


@pytest.mark.parametrize(("release", "set_type"), HELD)
def test_pyx12_accepts_a_sample_of_every_set(release: str, set_type: str) -> None:
    made = sample(set_type, release, seed=2, lines=3)
    judgement = second_judge(release, set_type).judge(enveloped(set_type, made.body), USUAL_SEPARATORS)
    assert (judgement.verdict, judgement.errors) == (SecondVerdict.ACCEPTED, ())


@pytest.mark.parametrize("set_type", ["850", "810", "856"])
def test_a_sample_meets_conditions_that_depend_on_one_another(set_type: str) -> None:
    body = guided(
        set_type,
        {
            "elements": [
                {"element": "N104", "codes": ["0001", "0002"], "when": {"element": "N103", "codes": ["92"]}},
                {"element": "N103", "codes": ["92"], "when": {"element": "N101", "codes": ["ST"]}},
                {"element": "N102", "usage": "forbidden", "when": {"element": "N104", "codes": ["0001"]}},
                {"element": "N106", "usage": "required", "when": {"element": "N102", "present": False}},
            ]
        },
    )
    assert [segment[2:5] for segment in body if segment[:2] == ["N1", "ST"]] == [["", "92", "0001"]]
    assert all(segment[6] for segment in body if segment[:2] == ["N1", "ST"])
