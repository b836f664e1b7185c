"""A set as a tree: nothing of it is lost, everything has its name, findings stand where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.finding import Finding, Severity
from channels.x12.envelope import Separators, SetSpan, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.explain import Loop, Placing, Segment, SetTree, explain_bytes, tree_record
from channels.x12.guide import Guide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import LENIENT
from channels.x12.standards.identity import business_number
from tests.unit.channels.x12.reading import SEPARATORS, UNHURRIED

SAMPLES = Path(__file__).parents[4] / "samples" / "cases"


def tree_of(
    body: str, set_type: str = "850", release: str = "004010", findings: list[Finding] | None = None
) -> SetTree:
    """Of a set without its ST and SE; without ``findings`` it is given the judge's."""
    data = f"ST*{set_type}*0001~{body}SE*{body.count('~') + 2}*0001~".encode()
    span = SetSpan(set_type, "0001", "", 0, len(data), 0)
    if findings is not None:
        return explain_bytes(data, span, release, SEPARATORS, findings)
    judged = judge(set_segments(data, span, SEPARATORS), grammar(release, set_type), LENIENT, SEPARATORS)
    return explain_bytes(data, span, release, SEPARATORS, judged.findings, judged.faults)


def segments(tree: SetTree) -> list[Segment]:
    return [node for _, node in tree.walk() if isinstance(node, Segment)]


def loops(tree: SetTree) -> list[tuple[int, str, str]]:
    return [(depth, node.name, node.label) for depth, node in tree.walk() if isinstance(node, Loop)]


def finding(locator: str, code: str = "X") -> Finding:
    return Finding(code=code, severity=Severity.ERROR, locator=locator, message="wrong")


def test_a_shipments_levels_are_nested_as_its_hl_segments_say() -> None:
    data = (SAMPLES / "shipment-cartons" / "input.edi").read_bytes()
    (interchange,) = scan(data).interchanges
    tree = explain_bytes(data, interchange.groups[0].sets[0], "004010", interchange.separators)
    levels = [(depth, name, label) for depth, name, label in loops(tree) if name != "Party"]
    assert levels == [
        (0, "Shipment", "Bill of Lading Number · BOL88123"),
        (1, "Order", "10045"),
        (2, "Pack", "00006141410000000012"),
        (3, "Item", "1 · 100210"),
        (2, "Pack", "00006141410000000029"),
        (3, "Item", "1 · 100210"),
        (2, "Pack", "00006141410000000036"),
        (3, "Item", "2 · 100220"),
        (3, "Item", "3 · 100230"),
    ]


@pytest.mark.parametrize(
    "parents", ["HL*1*9*S~HL*2*2*O~HL*1*1*P~HL*4*7*I~", "HL~HL**~HL*3*1~", "HL*1**S~HL*2*1*I~HL*3*2*O~"]
)
def test_levels_that_point_nowhere_or_at_themselves_still_make_a_tree(parents: str) -> None:
    tree = tree_of(f"BSN*00*S1*20260306*1630~{parents}", "856")
    assert sorted(s.position for s in segments(tree)) == list(range(1, tree.segment_count + 1))


def test_values_are_told_in_words() -> None:
    body = "BEG*00*SA*4500*A*20260304~REF*IA***ZZ>7>>>AB~DTM*002****D8*20260310~AMT*TT*12.50~"
    shown = {e.designator: e.meaning for s in segments(tree_of(body)) for e in s.elements()}
    assert shown["BEG01"] == "Original"
    assert shown["BEG05"] == "4 March 2026"
    assert shown["DTM06"] == "10 March 2026"
    assert shown["AMT02"] == ""
    (ref,) = [s for s in segments(tree_of(body)) if s.id == "REF"]
    (composite,) = [e for e in ref.elements() if e.designator == "REF04"]
    assert [(p.designator, p.text) for p in composite.parts] == [("REF04-1", "ZZ"), ("REF04-2", "7"), ("REF04-5", "AB")]


def test_a_code_is_told_as_the_partner_means_it() -> None:
    said = {"element": "REF01", "code": "DP", "text": "The department that orders."}
    guide = Guide.model_validate({"850": {"meanings": [said]}})
    data = b"ST*850*0001~BEG*00*SA*1**20240115~REF*DP*008~PO1*1*1*EA*1**VN*2~SE*5*0001~"
    tree = explain_bytes(data, SetSpan("850", "0001", "", 0, len(data), 0), "004010", SEPARATORS, guide=guide)
    reference = next(segment for segment in segments(tree) if segment.id == "REF")
    assert [element.meaning for element in reference.elements()] == ["The department that orders.", ""]


def test_implied_decimals_and_times_are_written_out() -> None:
    tree = tree_of("BIG*20260304*INV1~ITD*01*3*2**10**30*1250~TDS*123456~DTM*011*20260304*163005~", "810")
    shown = {e.designator: e.meaning for s in segments(tree) for e in s.elements()}
    assert (shown["TDS01"], shown["ITD08"], shown["DTM03"]) == ("1234.56", "12.50", "16:30:05")


def test_repetitions_are_shown_one_by_one() -> None:
    tree = tree_of(f"EMS{'*' * 15}A^B~", "850", "005010", [])
    (found,) = [s for s in segments(tree) if s.id == "EMS"]
    element = next(found.elements())
    assert [(part.designator, part.text) for part in element.parts] == [("EMS15[1]", "A"), ("EMS15[2]", "B")]


def test_a_missing_segment_stands_where_it_should_have() -> None:
    tree = tree_of("BIG*20260304*INV1~IT1*1*2*EA*3~CTT*1~", "810")
    order = [(s.placing, s.id) for s in segments(tree)]
    assert order[3:5] == [(Placing.MISSING, "TDS"), (Placing.HELD, "CTT")]
    assert tree.findings == ()


def test_an_element_that_is_missing_is_shown_with_its_finding() -> None:
    tree = tree_of("BEG*00*SA~")
    (beg,) = [s for s in segments(tree) if s.id == "BEG"]
    assert next((e.designator, e.name, e.text) for e in beg.elements() if e.findings) == (
        "BEG03",
        "Purchase Order Number",
        "",
    )


def test_a_segment_without_a_place_is_shown_and_said_to_have_none() -> None:
    tree = tree_of("BEG*00*SA*4500**20260304~ZZZ*1~TDS*100~")
    assert [(s.id, s.placing, s.name) for s in segments(tree)][2:4] == [
        ("ZZZ", Placing.UNPLACED, ""),
        ("TDS", Placing.UNPLACED, "Total Monetary Value Summary"),
    ]


def test_a_finding_about_a_field_stands_at_the_element_it_came_from() -> None:
    data = b"ST*850*0001~BEG*00*SA*4500**20260304~PO1*1*5*EA~SE*4*0001~"
    span = SetSpan("850", "0001", "", 0, len(data), 0)
    origin = {"/lines/0/quantity/value": "3:PO1[1]/PO102"}
    tree = explain_bytes(data, span, "004010", SEPARATORS, [finding("/lines/0/quantity")], provenance=origin)
    (line,) = [s for s in segments(tree) if s.id == "PO1"]
    assert [position for position, _ in line.findings] == [2]


def test_a_set_that_no_table_holds_is_shown_flat_with_the_names_of_its_segments() -> None:
    tree = tree_of("B3*1*2~N1*SH*Someone~", "417", findings=[])
    assert loops(tree) == []
    assert [s.name for s in segments(tree) if s.id == "N1"] == ["Name"]
    assert {s.placing for s in segments(tree)} == {Placing.HELD}


def test_a_cut_tree_keeps_what_has_findings_and_counts_the_rest() -> None:
    body = "BEG*00*SA*4500**20260304~" + "PO1*1*5*EA~" * 50
    whole = tree_of(body, findings=[finding("ST*0001/PO1[40]/PO102")])
    cut = whole.cut(5)
    assert [s.position for s in segments(cut)] == [1, 2, 3, 4, 5, 42]
    assert len(segments(cut)) + cut.left_out == len(segments(whole))


@pytest.mark.parametrize(
    ("set_type", "body", "number"),
    [
        ("830", ["BFR", "05", "", "R-0612", "DL", "A"], "R-0612"),
        ("940", ["W05", "N", "DO-1", "PO-9"], "DO-1"),
        ("856", ["BSN", "00", "SH-1", "20260304"], "SH-1"),
        ("820", ["BPR", "C", "5", "C", "ACH", "", "01", "021000021"], ""),
    ],
)
def test_the_number_that_people_know_a_set_by(set_type: str, body: list[str], number: str) -> None:
    assert business_number("004010", set_type, [["ST", set_type, "1"], body]) == number


@UNHURRIED
@given(
    st.lists(
        st.sampled_from(["BEG*00", "PO1*1*5*EA", "N1*ST*A", "HL*2*1*O", "HL*1**S", "MAN*GM*1", "*", "N1", "XX*é"]),
        max_size=30,
    ),
    st.sampled_from(["850", "856", "830", "940", "000", ""]),
    st.sampled_from(["004010", "005010", "003010", ""]),
    st.lists(
        st.text(max_size=30) | st.sampled_from(["ST*0001/PO1[1]/PO102", "ST*0001/N1", "/lines/0", "ST*0001"]),
        max_size=5,
    ),
)
def test_every_segment_and_every_finding_stands_once_in_the_tree(
    parts: list[str], set_type: str, release: str, locators: list[str]
) -> None:
    data = "~".join([f"ST*{set_type}*0001", *parts, "SE*2*0001", ""]).encode()
    findings = [finding(locator, "X12-AK304-3") for locator in locators]
    tree = explain_bytes(data, SetSpan(set_type, "0001", "", 0, len(data), 0), release, SEPARATORS, findings)
    held = [s for s in segments(tree) if s.placing is not Placing.MISSING]
    assert sorted(s.position for s in held) == list(range(1, len(held) + 1))
    assert len(held) == sum(1 for part in data.decode().split("~") if part)
    assert sum(len(s.findings) for s in segments(tree)) + len(tree.findings) == len(findings)
    json.dumps(tree_record(tree))


@UNHURRIED
@given(st.binary(max_size=300))
def test_no_bytes_stop_it(data: bytes) -> None:
    separators = Separators("*", ">", "~", "^")
    tree = explain_bytes(data, SetSpan("850", "", "", 0, len(data), 0), "004010", separators)
    json.dumps(tree_record(tree))
