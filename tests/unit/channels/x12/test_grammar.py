from __future__ import annotations

import json
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.x12.judging.grammar import grammar
from channels.x12.standards import tables
from channels.x12.standards.elements import (
    MISSING,
    compile_check,
    note_faults,
    rule_for,
    valid_date,
    valid_time,
    value_fault,
)
from channels.x12.standards.tables import RELEASES, UnsupportedSetError

SETS = [
    (release, set_type)
    for release in RELEASES
    for set_type in json.loads((resources.files("channels.x12") / "standards" / release / "sets.json").read_text())
]


@pytest.mark.parametrize(("release", "set_type"), SETS)
def test_every_set_compiles_and_each_of_its_places_can_be_reached(release: str, set_type: str) -> None:
    """Walks the set in the standard's own order: every place follows the one before without an error."""
    rules = grammar(release, set_type)
    assert [node.index for node in rules.nodes] == list(range(len(rules.nodes)))
    assert (rules.nodes[0].segment, rules.nodes[-1].segment) == ("ST", "SE")
    state = rules.start
    for node in rules.nodes:
        assert rules.checks[node.index]
        reached = {step.target: step for step in rules.candidates(state, node.segment)}
        assert node.index in reached, (state, node)
        assert reached[node.index].detour is None
        state = node.index
    assert rules.left_open(state) == ()


def test_nodes_know_their_loops() -> None:
    nodes = [n for n in grammar("004010", "856").nodes if n.segment == "HL"]
    assert [(n.loop, n.loop_path, n.starts_loop) for n in nodes] == [("HL", ("HL",), True)]
    top = [n for n in grammar("004010", "850").nodes if n.segment in ("BEG", "CTT")]
    assert [(n.loop, n.starts_loop) for n in top] == [("", False), ("CTT", True)]


def test_grammars_are_kept_and_suffixes_do_not_matter() -> None:
    assert grammar("004010VICS", "850") is grammar("004010", "850")
    assert grammar("005010X222", "850").release == "005010"


@pytest.mark.parametrize(
    ("asked", "read_as"),
    [("004010", "004010"), ("003040", "004010"), ("004030", "004010"), ("004060", "005010"), ("006020", "005010"),
     ("00401", "004010"), ("00501", "005010"), ("", "004010"), ("VICS", "004010"), ("4010", "004010"),
     ("5010VICS", "005010")],
)  # fmt: skip
def test_other_releases_are_read_by_the_nearest(asked: str, read_as: str) -> None:
    rules = grammar(asked, "850")
    assert (rules.release, rules.exact) == (read_as, asked == read_as)


def test_an_unknown_set_has_no_grammar() -> None:
    with pytest.raises(UnsupportedSetError, match="'811'"):
        grammar("004010", "811")


def test_meanings_are_there_for_the_lists_a_person_reads() -> None:
    assert tables.meaning("355", "EA") == "Each"
    assert tables.meaning("98", "ST") == "Ship To"
    assert tables.meaning("98", "no such code") == ""
    assert tables.meaning("479", "PO") == ""


@pytest.mark.parametrize("text", ["20240229", "19991231", "991231", "000229"])
def test_days_of_the_calendar(text: str) -> None:
    assert valid_date(text)


@pytest.mark.parametrize(
    "text", ["20230229", "20241301", "20240100", "00000000", "2024010", "2024-1-1", "", "\u0662" * 8]
)
def test_days_that_do_not_exist(text: str) -> None:
    assert not valid_date(text)


def test_times_of_day() -> None:
    assert all(map(valid_time, ["0000", "2359", "235959", "2359599", "23595999"]))
    assert not any(map(valid_time, ["2400", "1260", "126", "12:30", "120060", "", "\u0661\u0662\u0663\u0660"]))


@pytest.mark.parametrize(
    ("note", "values", "broken"),
    [
        ("P0203", ["", "a", ""], [(3, "2")]),
        ("P0203", ["", "", ""], []),
        ("P010203", ["a", "", ""], [(2, "2"), (3, "2")]),
        ("R0203", ["a"], [(2, "2")]),
        ("R0203", ["", "", "a"], []),
        ("E0103", ["a", "", "b"], [(3, "10")]),
        ("E0103", ["a", "b", ""], []),
        ("C0102", ["a"], [(2, "2")]),
        ("C0201", ["", "a"], [(1, "2")]),
        ("C0102", ["", "b"], []),
        ("L010203", ["a", "", ""], [(2, "2")]),
        ("L010203", ["a", "", "c"], []),
    ],
)
def test_syntax_notes(note: str, values: list[str], broken: list[tuple[int, str]]) -> None:
    assert note_faults(note, values) == broken


VALUES = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"-?[0-9]{0,12}(\.[0-9]{0,6})?", fullmatch=True),
    st.from_regex(r"20[0-9]{2}[01][0-9][0-3][0-9]", fullmatch=True),
    st.from_regex(r"[0-2][0-9][0-6][0-9]{1,5}", fullmatch=True),
    st.sampled_from(
        ["EA", "EA ", " ", "UP", "12.", ".5", "1E3", "\u0661", "\u00b2", "A" * 90, "a\0", "CAF\u00c9", "-1"]
    ),
)


@settings(max_examples=400)
@given(st.data())
def test_the_compiled_check_says_what_the_rules_say(data: st.DataObject) -> None:
    """The generated code only skips values that the full rule finds right."""
    numbers = data.draw(
        st.lists(
            st.sampled_from(["324", "330", "212", "355", "93", "373", "337", "782", "610", "309"]),
            min_size=1,
            max_size=6,
        )
    )
    rules = [rule_for("004010", number, data.draw(st.booleans())) for number in numbers]
    notes = data.draw(
        st.lists(st.sampled_from(["P0102", "R0203", "E0103", "C0201", "L010203", "R0104"]), max_size=3, unique=True)
    )
    notes = [n for n in notes if max(int(n[i : i + 2]) for i in range(1, len(n), 2)) <= len(rules)]
    values = data.draw(st.lists(st.one_of(st.just(""), VALUES), max_size=len(rules)))
    expected = {(i, note_code) for note in notes for i, note_code in note_faults(note, values)}
    for i, rule in enumerate(rules, 1):
        value = values[i - 1] if i <= len(values) else ""
        code = value_fault(rule, value) if value else MISSING if rule.mandatory else ""
        expected |= {(i, code)} if code else set()
    found = compile_check(rules, notes)(["XX", *values], ":", None) or []
    assert {(fault[0], fault[4]) for fault in found} == expected
