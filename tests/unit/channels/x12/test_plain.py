"""The quick way passes nothing that the careful way would not."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.x12.envelope import Separators, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.guide import ElementRule, Guide
from channels.x12.guide.check import layered
from channels.x12.judging import plain
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.plain import Automaton, Checks, NotPlain
from channels.x12.judging.policy import LENIENT, STRICT
from channels.x12.standards import tables
from channels.x12.standards.elements import Check, compile_check, rule_for
from channels.x12.standards.elements import ElementRule as RuleOfElement
from tests.benchmarks.interchanges import interchange
from tests.unit.channels.x12.test_judge import ORDER, SHIP_NOTICE

SEPARATORS = Separators("*", ":", "~", "^")
TEXTS = st.one_of(
    st.sampled_from(["", "1", "EA", "UP", "12.5", "1.2.3", ".", "-5", "+1", "9" * 31, "Z" * 81, "ST", "92", "00"]),
    st.sampled_from(["20240229", "20240230", "00000000", "1200", "2561", "A:B", "A^B", " ", "X ", "CAF\u00c9", "\t"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="*~"), max_size=6),
)


def plainly(text: str) -> bool:
    return text.isascii() and text.isprintable() and not text.endswith(" ")


@settings(max_examples=500)
@given(st.data())
def test_an_element_that_is_plainly_fine_is_fine(data: st.DataObject) -> None:
    release = data.draw(st.sampled_from(["004010", "005010"]))
    rules_of = grammar(release, data.draw(st.sampled_from(["850", "855", "856", "810", "846"])))
    node = data.draw(st.sampled_from(rules_of.nodes))
    rules, notes = rules_of.rules(node), rules_of.notes(node)
    values = data.draw(st.lists(TEXTS.filter(plainly), max_size=len(rules) + 1))
    segment = [node.segment, *values]
    if Checks(rules, notes)[len(segment)](segment, ":", "^"):
        assert compile_check(rules, notes)(segment, ":", "^") is None
        assert segment[-1] != ""


@st.composite
def conditional_rules(draw: st.DrawFn, segment: str) -> dict[str, object]:
    """A rule of a guide for some element or component of a segment, under a condition on another."""
    places = [f"{segment}{at:02}" for at in range(1, 5)] + [f"{segment}04-2"] * (segment == "REF")
    codes = st.lists(st.sampled_from(["1", "EA", "UP", "12.5", "ST", "92", "00", "-5"]), min_size=1, max_size=3)
    asked = st.fixed_dictionaries({"codes": codes}) | st.fixed_dictionaries({"present": st.booleans()})
    limits = st.fixed_dictionaries({}, optional={"min": st.integers(1, 3), "max": st.integers(3, 6), "codes": codes})
    usage = st.fixed_dictionaries({"usage": st.sampled_from(["required", "forbidden"])})
    rule: dict[str, object] = {"element": draw(st.sampled_from(places)), **draw(limits | usage)}
    return rule | {"when": {"element": draw(st.sampled_from(places)), **draw(asked)}}


@settings(max_examples=300)
@given(st.data())
def test_a_segment_under_conditions_that_is_plainly_fine_is_fine(data: st.DataObject) -> None:
    segment = data.draw(st.sampled_from(["N1", "REF", "PO1", "PER"]))
    guided = [ElementRule.model_validate(data.draw(conditional_rules(segment))) for _ in range(2)]
    rules, notes, standard = standard_of(segment)
    shape: list[str] = data.draw(st.sampled_from([["ST", "EA", "92", "1"], ["1", "12.5", "EA", "10"], ["DP", "7"], []]))
    e = [segment, *(data.draw(st.just(text) | TEXTS.filter(plainly)) for text in shape)]
    if Checks(rules, notes, guided)[len(e)](e, ":", None):
        table = tables.segment_table("004010", segment)
        assert layered(standard, enumerate(guided, 1), table, "004010")(e, ":", None) is None


@cache
def standard_of(segment: str) -> tuple[tuple[RuleOfElement, ...], tuple[str, ...], Check]:
    rules_of = grammar("004010", "850")
    node = next(node for node in rules_of.nodes if node.segment == segment)
    rules, notes = rules_of.rules(node), rules_of.notes(node)
    return rules, notes, compile_check(rules, notes)


def test_a_rule_under_a_condition_that_is_plainly_kept_takes_no_second_look() -> None:
    required = {"element": "N104", "usage": "required", "when": {"element": "N101", "codes": ["ST", "BY"]}}
    rules_of = grammar("004010", "850", Guide.model_validate({"850": {"elements": [required]}}))
    node = next(node for node in rules_of.nodes if node.segment == "N1")
    fine = Automaton(rules_of).fine(node.index)
    segments = [["N1", "ST", "A", "92", "01"], ["N1", "SE", "A"], ["N1", "ST", "A"]]
    assert [bool(fine[len(e)](e, ":", None)) for e in segments] == [True, True, False]


def test_most_values_of_real_documents_are_plainly_fine() -> None:
    """Else the quick way were of no use, and nobody would notice."""
    data = interchange("856", 3)
    [found] = scan(data).interchanges
    rules_of = grammar("004010", "856")
    for span in found.groups[0].sets:
        for block in set_segments(data, span, found.separators).blocks():
            assert not block.odd
            states = Automaton(rules_of).walk(Automaton(rules_of).start, block.rows)
            assert all(state.fine[len(e)](e, ">", None) for state, e in zip(states, block.rows, strict=True))


@pytest.mark.parametrize("mandatory", [True, False])
def test_each_note_is_asked_for_every_length(mandatory: bool) -> None:
    rules = [rule_for("004010", "127", mandatory and position == 0) for position in range(4)]
    for note in ("P0204", "R0203", "E020304", "C0203", "C020304", "L020304"):
        for bits in range(1, 16):
            values = ["x" if bits & 1 << place else "" for place in range(4)]
            while values[-1] == "":
                values.pop()
            segment = ["XX", *values]
            fine = bool(Checks(rules, [note])[len(segment)](segment, ":", None))
            assert fine == (compile_check(rules, [note])(segment, ":", None) is None), (note, values)


def outcome(judgement: Judgement) -> tuple[object, ...]:
    return judgement.verdict, judgement.faults, judgement.findings, judgement.events, judgement.faults_total


@settings(max_examples=400)
@given(st.data())
def test_blocks_and_single_segments_are_judged_alike(data: st.DataObject) -> None:
    set_type, text = data.draw(st.sampled_from([("850", ORDER), ("856", SHIP_NOTICE)]))
    segments = [s.split("*") for s in text.split("~") if s]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(1, len(segments) - 1))
        match data.draw(st.sampled_from(["drop", "double", "many", "value", "blank"])):
            case "drop":
                segments.pop(at)
            case "double":
                segments.insert(at, segments[at])
            case "many":
                segments[at:at] = [segments[at]] * 12
            case "value":
                place = data.draw(st.integers(1, len(segments[at])))
                segments[at] = [*segments[at][:place], data.draw(TEXTS), *segments[at][place + 1 :]]
            case "blank":
                segments[at] = [*segments[at], ""]
        if len(segments) < 3:
            return
    written = "".join("*".join(segment) + "~" for segment in segments)
    head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260307*0830*^*00501*000000001*0*P*:~"
    whole = (head + f"GS*PO*A*B*20260307*0830*1*X*004010~{written}GE*1*1~IEA*1*000000001~").encode()
    rules = grammar("004010", set_type)
    for found in scan(whole).interchanges:
        for group in found.groups:
            for span in group.sets:
                read = set_segments(whole, span, SEPARATORS)
                for policy in (LENIENT, STRICT):
                    quick = judge(read, rules, policy, SEPARATORS, span.errors)
                    slow = judge(list(read), rules, policy, SEPARATORS, span.errors)
                    assert outcome(quick) == outcome(slow)


def test_what_may_come_without_end_makes_no_states_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "STATES_LIMIT", 50)
    automaton = Automaton(grammar("004010", "850"))
    rows = [s.split("*") for s in ORDER.split("~") if s]
    item = rows.index(next(row for row in rows if row[0] == "PO1"))
    long = [
        *rows[:item],
        *[["PO1", "1"], *[["MSG", "x"]] * 3, ["N9", "ZZ"], *[["MSG", "x"]] * 9] * 40,
        ["SE", "9", "1"],
    ]
    states = automaton.walk(automaton.start, long)
    assert [automaton._grammar.nodes[state.node].segment for state in states] == [row[0] for row in long]
    assert len(automaton._states) <= 50


def test_a_segment_over_its_maximum_is_not_plain() -> None:
    automaton = Automaton(grammar("004010", "850"))
    head = [["ST", "850"], ["BEG", "00"]]
    assert len(automaton.walk(automaton.start, [*head, *[["DTM", "002"]] * 10])) == 12
    with pytest.raises(NotPlain):
        automaton.walk(automaton.start, [*head, *[["DTM", "002"]] * 11])


def test_what_states_do_not_count_is_counted_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "FAR", 100)
    rules = grammar("004010", "850")
    plain.automaton.cache_clear()
    text = ORDER.replace("CTT*2~", "N1*BY*A*92*01~" * 3 + "CTT*2~")
    party = "N1*BY*A*92*01~"
    few, many = (
        judge(
            [s.split("*") for s in text.replace("N1*ST", party * count + "N1*ST").split("~") if s],
            rules,
            LENIENT,
            SEPARATORS,
        )
        for count in (100, 205)
    )
    plain.automaton.cache_clear()
    assert "X12-AK304-4" not in {finding.code for finding in few.findings}
    assert [finding.code for finding in many.findings if "304-4" in finding.code] == ["X12-AK304-4"] * 6
