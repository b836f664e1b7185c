"""A guide's rules on the elements of one segment, and on which of many segments stand in a set."""

from __future__ import annotations

from typing import Any

import pytest

from channels.x12.guide import Guide, SetGuide
from channels.x12.guide.check import Occurrences, layered
from channels.x12.guide.wording import element_rule, segment_rule
from channels.x12.judging.grammar import grammar
from channels.x12.standards import tables
from channels.x12.standards.elements import ElementFault


def rules(**given: Any) -> SetGuide:
    guide = Guide.model_validate({"850": given})
    assert guide.problems("004010", "850") == []
    return guide.rules("850")


def faults(segment: str, *asked: dict[str, Any]) -> list[tuple[int, int, str]]:
    """(element, component, code and rule) of what the guide finds wrong with a segment."""
    e = segment.split("*")
    guide = rules(elements=list(asked))
    check = layered(lambda *_: None, guide.element_rules(e[0], ""), tables.segment_table("004010", e[0]), "004010")
    return [(fault[0], fault[1], fault[4]) for fault in check(e, ":", None) or ()]


NUMBERED = {"element": "N103", "codes": ["92"]}


@pytest.mark.parametrize(
    ("segment", "asked", "expected"),
    [
        ("N1*ST*STORE*92", {"element": "N104", "usage": "required", "when": NUMBERED}, [(4, 0, "2:1")]),
        ("N1*ST*STORE*92*1", {"element": "N104", "usage": "required", "when": NUMBERED}, []),
        ("N1*ST*STORE*9", {"element": "N104", "usage": "required", "when": NUMBERED}, []),
        ("N1*ST*STORE", {"element": "N104", "usage": "required", "when": NUMBERED}, []),
        ("N1*ST*STORE*92*1", {"element": "N102", "usage": "forbidden", "when": NUMBERED}, [(2, 0, "10:1")]),
        ("N1*ST*STORE*92*123", {"element": "N104", "codes": ["0001"], "when": NUMBERED}, [(4, 0, "7:1")]),
        ("N1*ST*STORE*92*0001", {"element": "N104", "codes": ["0001"], "when": NUMBERED}, []),
        ("N1*ST*STORE*92*123", {"element": "N104", "min": 4, "when": NUMBERED}, [(4, 0, "4:1")]),
        ("N1*ST*STORE*92*12345", {"element": "N104", "max": 4, "when": NUMBERED}, [(4, 0, "5:1")]),
        (
            "N1*ST",
            {"element": "N102", "usage": "required", "when": {"element": "N103", "present": False}},
            [(2, 0, "2:1")],
        ),
        ("N1*ST**1*2", {"element": "N102", "usage": "required", "when": {"element": "N103", "present": False}}, []),
        ("REF*DP*1**ZZ:1", {"element": "REF04-2", "codes": ["2"]}, [(4, 2, "7:1")]),
        ("REF*DP*1", {"element": "REF04-2", "usage": "required"}, []),
        ("REF*DP*1**ZZ", {"element": "REF04-2", "usage": "required"}, [(4, 2, "1:1")]),
        ("PO1**12*EA*-10.25", {"element": "PO104", "max": 4}, []),
        ("PO1**12*EA*-110.25", {"element": "PO104", "max": 4}, [(4, 0, "5:1")]),
    ],
)
def test_a_rule_is_held_against_a_segment(
    segment: str, asked: dict[str, Any], expected: list[tuple[int, int, str]]
) -> None:
    assert faults(segment, asked) == expected


def test_an_element_that_the_standard_faults_is_not_faulted_again() -> None:
    def standard(e: list[str], component: str, repetition: str | None) -> list[ElementFault]:
        return [(2, 0, 0, "92", "7", e[2])]

    guide = rules(elements=[{"element": "BEG02", "codes": ["SA"]}, {"element": "BEG04", "usage": "required"}])
    check = layered(standard, guide.element_rules("BEG", ""), tables.segment_table("004010", "BEG"), "004010")
    found = check(["BEG", "00", "??", "1"], ":", None)
    assert found is not None
    assert [(fault[0], fault[4]) for fault in found] == [(2, "7"), (4, "1:2")]


def test_a_segment_without_rules_keeps_the_standards_own_check() -> None:
    def standard(*_: object) -> None:
        return None

    assert layered(standard, (), tables.segment_table("004010", "BEG"), "004010") is standard


ORDER = "ST,BEG,REF*DP,REF*IA,N1*ST,N1*BY,PO1,REF*DP,PO1,N1*ST,CTT,SE"
"""Names and first elements; the REF and N1 behind a PO1 stand in its loops."""

PLACES = [
    ("ST", ""),
    ("BEG", ""),
    ("REF", ""),
    ("REF", ""),
    ("N1", "N1"),
    ("N1", "N1"),
    ("PO1", "PO1"),
    ("REF", "PO1"),
    ("PO1", "PO1"),
    ("N1", "PO1_N1"),
    ("CTT", "CTT"),
    ("SE", ""),
]


def miscounts(**rule: Any) -> list[tuple[int, str, int]]:
    nodes = grammar("004010", "850").nodes
    index = {(node.segment, node.loop): node.index for node in nodes}
    rows = [text.split("*") for text in ORDER.split(",")]
    found = Occurrences(rules(segments=[rule]), nodes).miscounts([index[place] for place in PLACES], rows, ":")
    return [(one.position, one.code, one.rule) for one in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["ST"]}}, []),
        (
            {"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["BT"]}},
            [(12, "3", 1)],
        ),
        (
            {"segment": "N1", "loop": "N1", "usage": "forbidden", "having": {"element": "N101", "codes": ["BY"]}},
            [(6, "2", 1)],
        ),
        (
            {"segment": "REF", "loop": "", "max": 1, "having": {"element": "REF01", "codes": ["DP", "IA"]}},
            [(4, "5", 1)],
        ),
        (
            {"segment": "REF", "loop": "PO1", "usage": "required", "having": {"element": "REF01", "codes": ["DP"]}},
            [(11, "3", 1)],
        ),
        (
            {"segment": "N1", "loop": "PO1_N1", "usage": "required", "having": {"element": "N101", "codes": ["ST"]}},
            [(9, "3", 1)],
        ),
    ],
)
def test_of_many_segments_those_that_meet_a_condition_are_counted(
    rule: dict[str, Any], expected: list[tuple[int, str, int]]
) -> None:
    assert miscounts(**rule) == expected


def test_rules_are_said_in_plain_words() -> None:
    guide = rules(
        segments=[
            {"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["ST"]}},
            {"segment": "DTM", "loop": "", "max": 3},
        ],
        elements=[
            {"element": "N104", "usage": "required", "when": NUMBERED},
            {"element": "BEG02", "codes": ["SA", "NE", "KN"]},
            {"element": "BEG03", "min": 4, "max": 8},
        ],
    )
    assert [segment_rule(rule) for rule in guide.segments] == ["one where N101 is ST is required", "at most 3"]
    assert [element_rule(rule) for rule in guide.elements] == [
        "required when N103 is 92",
        "only SA, NE or KN",
        "4 to 8 characters",
    ]
