from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.finding import Severity, Verdict
from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.judging import judge as judge_module
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge, reject_unsupported
from channels.x12.judging.policy import LENIENT, STRICT, STYLE, Policy

SEPARATORS = Separators("*", ":", "~", "^")

ORDER = (
    "ST*850*0001~BEG*00*SA*4500**20240115~CUR*BY*USD~REF*DP*008~PER*BD*JANE*TE*2145550101~DTM*002*20240120~"
    "N1*ST*STORE 1*92*0001~N3*100 MAIN ST~N4*DALLAS*TX*75201*US~"
    "PO1*1*12*EA*10.25**UP*087171630001~PID*F*08***SHOVEL~PO4*16*1*EA~"
    "PO1*2*6*EA*3**UP*087171630002~CTT*2~SE*15*0001~"
)

SHIP_NOTICE = (
    "ST*856*0001~BSN*00*S1*20240115*1200*0001~HL*1**S~TD5*B*2*FDXG~REF*BM*77~DTM*011*20240115~N1*ST*STORE*92*0001~"
    "HL*2*1*O~PRF*4500~HL*3*2*P~MAN*GM*00007121610006156802~HL*4*3*I~LIN**UP*883932284904~SN1**1*EA~CTT*4~SE*16*0001~"
)


def judged(
    text: str, set_type: str = "850", release: str = "004010", policy: Policy = LENIENT, guide: Guide | None = None
) -> Judgement:
    segments = [s.split("*") for s in text.split("~") if s]
    return judge(segments, grammar(release, set_type, guide), policy, SEPARATORS)


def codes(judgement: Judgement) -> list[str]:
    return [f.code.removeprefix("X12-") for f in judgement.findings]


def test_clean_sets_are_accepted_with_every_segment_at_its_node() -> None:
    for set_type, text in (("850", ORDER), ("856", SHIP_NOTICE)):
        for release in ("004010", "005010"):
            judgement = judged(text, set_type, release, STRICT)
            assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
            nodes = grammar(release, set_type).nodes
            names = [segment.split("*")[0] for segment in text.split("~") if segment]
            assert [nodes[node].segment for node, _ in judgement.events] == names


def test_segments_are_told_apart_by_their_loops() -> None:
    nodes = grammar("004010", "850").nodes
    loops = {(e[0], nodes[node].loop_path) for node, e in judged(ORDER).events}
    assert ("N3", ("N1",)) in loops
    assert ("PID", ("PO1", "PO1_PID")) in loops or ("PID", ("PO1", "PID")) in loops


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # X12 720, the segment's place
        ("CUR*BY*USD~", "XYZ*1~", [("AK304-1", "ST*0001/XYZ[1]")]),
        ("CUR*BY*USD~", "cur*BY*USD~", [("AK304-1", "ST*0001/cur[1]")]),
        ("CUR*BY*USD~", "ZB1*X~", [("AK304-1-LOCAL", "ST*0001/ZB1[1]")]),
        ("CUR*BY*USD~", "CUR*BY*USD~Zinc coated~", [("AK304-1", "ST*0001/Zinc coated[1]")]),
        ("CUR*BY*USD~", "BSN*00~", [("AK304-6", "ST*0001/BSN[1]")]),
        ("CUR*BY*USD~", "PO4*1~", [("AK304-2", "ST*0001/PO4[1]")]),
        ("CUR*BY*USD~", "SLN*1**I~", [("AK304-2-LOOP", "ST*0001/SLN[1]")]),
        ("BEG*00*SA*4500**20240115~", "", [("AK304-3", "ST*0001/BEG")]),
        ("CUR*BY*USD~", "CUR*BY*USD~CUR*BY*USD~", [("AK304-5", "ST*0001/CUR[2]")]),
        ("N3*100 MAIN ST~N4*DALLAS*TX*75201*US~", "N4*DALLAS~N3*MAIN ST~", [("AK304-7", "ST*0001/N3[1]")]),
        # X12 723, the element
        ("BEG*00*SA*4500*", "BEG*00*SA**", [("AK403-1", "ST*0001/BEG[1]/BEG03")]),
        ("BEG*00*SA*4500**20240115", "BEG*00*SA*4500", [("AK403-1-UNDATED", "ST*0001/BEG[1]/BEG05")]),
        ("PER*BD*JANE", "PER**JANE", [("AK403-1-OPTIONAL", "ST*0001/PER[1]/PER01")]),
        ("REF*DP*008", "REF*DP", [("AK403-2", "ST*0001/REF[1]/REF02")]),
        ("UP*087171630002", "UP", [("AK403-2", "ST*0001/PO1[2]/PO107")]),
        ("CTT*2", "CTT*2*1*2*KG*2*CR*SURPLUS*MORE", [("AK403-3", "ST*0001/CTT[1]/CTT08")]),
        ("N3*100 MAIN ST", "N3*" + "X" * 56, [("AK403-5", "ST*0001/N3[1]/N301")]),
        ("N1*ST*STORE 1*92*0001", "N1*ST*STORE 1*92*1", [("AK403-4", "ST*0001/N1[1]/N104")]),
        ("PO1*1*12*EA", "PO1*1*twelve*EA", [("AK403-6", "ST*0001/PO1[1]/PO102")]),
        ("PO1*1*12*EA", "PO1*1*\u0661\u0662*EA", [("AK403-6", "ST*0001/PO1[1]/PO102")]),
        ("PO1*1*12*EA", "PO1*1*1E3*EA", [("AK403-6", "ST*0001/PO1[1]/PO102")]),
        ("STORE 1", "STO\x1bRE", [("AK403-6", "ST*0001/N1[1]/N102")]),
        ("BEG*00*SA", "BEG*00*ZZZ", [("AK403-7", "ST*0001/BEG[1]/BEG02")]),
        ("20240120", "20240230", [("AK403-8", "ST*0001/DTM[1]/DTM02")]),
        ("20240120", "00000000", [("AK403-8-ZERO", "ST*0001/DTM[1]/DTM02")]),
        ("20240120", "240120", [("AK403-4", "ST*0001/DTM[1]/DTM02")]),
        ("BEG*00*SA*4500**20240115", "BEG*00*SA*4500**00000000", [("AK403-8", "ST*0001/BEG[1]/BEG05")]),
        ("DTM*002*20240120", "DTM*002*20240120*2561", [("AK403-9", "ST*0001/DTM[1]/DTM03")]),
        # deviations of style
        ("CUR*BY*USD~", "CUR*BY*USD**~", [("TRAILING-SEPARATOR", "ST*0001/CUR[1]")]),
        ("STORE 1", "STORE 1  ", [("TRAILING-SPACE", "ST*0001/N1[1]/N102")]),
        ("STORE 1", "CAF\u00c9", [("NON-ASCII", "ST*0001/N1[1]/N102")]),
        ("STORE 1", "STORE\t1", [("NON-ASCII", "ST*0001/N1[1]/N102")]),
        ("STORE 1", "STORE\u00a01", [("NON-ASCII", "ST*0001/N1[1]/N102")]),
        ("PO1*1*12*EA", "PO1*1*+12*EA", [("NUMBER-FORM", "ST*0001/PO1[1]/PO102")]),
        ("PO1*1*12*EA", "PO1*1*  12*EA", [("NUMBER-FORM", "ST*0001/PO1[1]/PO102")]),
        ("CTT*2", "CTT*Q2", [("AK403-6-COUNT", "ST*0001/CTT[1]/CTT01")]),
        ("PO1*1*12*EA", "PO1*1*+-12*EA", [("AK403-6", "ST*0001/PO1[1]/PO102")]),
    ],
)
def test_each_error_is_named_once_at_its_place(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    judgement = judged(ORDER.replace(old, new, 1))
    assert [(f.code.removeprefix("X12-"), f.locator) for f in judgement.findings] == expected
    assert judgement.verdict == (
        Verdict.REJECTED
        if judgement.findings[0].code not in LENIENT.forgive
        else Verdict.ACCEPTED
        if judgement.findings[0].code in STYLE
        else Verdict.ACCEPTED_WITH_ERRORS
    )
    assert judged(ORDER.replace(old, new, 1), policy=STRICT).verdict == Verdict.REJECTED
    assert all(f.message and f.fix for f in judgement.findings)


def test_exclusions_and_list_conditions_are_found() -> None:
    # notes E0204 of QTY and L13101112 of PO4
    quantity = "PO4*16*1*EA"
    assert codes(judged(ORDER.replace(quantity, "QTY*01*5**FREE", 1))) == ["AK403-10"]
    assert codes(judged(ORDER.replace(quantity, "PO4*16*1*EA**********CM", 1))) == ["AK403-2"]


def test_a_finding_says_what_was_there_what_is_allowed_and_how_to_mend_it() -> None:
    [finding] = judged(ORDER.replace("DTM*002*20240120", "DTM*002*20240230")).findings
    assert (finding.value, finding.expected) == ("20240230", "a date CCYYMMDD")
    assert finding.message == "DTM02 (Date) is not a day of the calendar: '20240230'"
    [finding] = judged(ORDER.replace("PID*F*", "PID*Q*")).findings
    assert finding.code == "X12-AK403-7"
    assert finding.allowed == ("F", "S", "X")


def test_faults_carry_the_numbers_that_an_acknowledgment_needs() -> None:
    [fault] = judged(ORDER.replace("PO1*2*6*EA", "PO1*2*six*EA")).faults
    assert (fault.position, fault.segment, fault.loop, fault.element) == (13, "PO1", "PO1", 2)
    assert (fault.data_element, fault.element_code, fault.segment_code, fault.value) == ("330", "6", "", "six")


def test_one_bad_qualifier_does_not_cascade() -> None:
    assert codes(judged(ORDER.replace("BEG*00", "BEG*99X"))) == ["AK403-7"]
    assert codes(judged(SHIP_NOTICE.replace("HL*2*1*O", "HL*2*1*QQ"), "856")) == ["AK403-7"]


def test_the_segments_behind_a_skipped_loop_start_are_not_reported_one_by_one() -> None:
    text = "ST*850*0001~BEG*00*SA*4500**20240115~LIN2*1~PO4*1~SDQ*EA*92*1*1~PO1*1*12*EA~CTT*1~SE*8*0001~"
    judgement = judged(text)
    assert codes(judgement) == ["AK304-1"]
    assert [node for node, _ in judgement.events if node < 0] == [-1, -1, -1]


def test_a_loop_that_comes_too_late_is_reported_once_and_read_in_its_place() -> None:
    text = SHIP_NOTICE.replace("CTT*4~", "").replace("HL*1**S~", "CTT*4~HL*1**S~")
    assert codes(judged(text, "856")) == ["AK304-7"]
    assert judged(text, "856").verdict == Verdict.ACCEPTED_WITH_ERRORS
    nodes = grammar("004010", "856").nodes
    assert [nodes[n].loop for n, e in judged(text, "856").events if e[0] == "HL"] == ["HL"] * 4


def test_a_stray_loop_of_an_earlier_part_is_skipped_with_its_segments() -> None:
    text = ORDER.replace("CTT*2~", "CTT*2~N1*BT*HEAD OFFICE*92*0009~N3*1 HIGH ST~N4*AUSTIN~AMT*TT*1~")
    judgement = judged(text)
    assert (judgement.verdict, codes(judgement)) == (Verdict.REJECTED, ["AK304-7-LOOP"])
    assert [e[0] for node, e in judgement.events if node < 0] == ["N1", "N3", "N4"]


def test_a_loop_over_its_maximum_is_named() -> None:
    text = ORDER.replace("N1*ST", "N1*BY*A*92*01~" * 200 + "N1*ST")
    assert codes(judged(text)) == ["AK304-4"]


def test_bounded_loops_are_read() -> None:
    text = ORDER.replace("PO4*16*1*EA~", "PO4*16*1*EA~LS*LDT~LDT*AF*5*DA~LE*LDT~")
    assert codes(judged(text)) == []
    assert codes(judged(text.replace("LE*LDT~", ""))) == ["AK304-3"]


def test_composites_and_repetitions() -> None:
    reference = "REF*DP*008**ZZ:1"
    assert codes(judged(ORDER.replace("REF*DP*008", reference))) == []
    [finding] = judged(ORDER.replace("REF*DP*008", reference + ":DP")).findings
    assert (finding.code, finding.locator) == ("X12-AK403-2", "ST*0001/REF[1]/REF04-4")
    [finding] = judged(ORDER.replace("REF*DP*008", "REF*DP*008**:1")).findings
    assert (finding.code, finding.locator) == ("X12-AK403-1-OPTIONAL", "ST*0001/REF[1]/REF04-1")
    assert codes(judged(ORDER.replace("REF*DP*008", "REF*DP*008**ZZ:1:::::7"))) == ["AK403-13"]


def test_what_a_guide_asks_for_is_no_slip_and_our_own_slips_are_not_forgiven() -> None:
    required = {"850": {"elements": [{"element": "REF03", "usage": "required"}]}}
    assert codes(judged(ORDER, guide=Guide.model_validate(required))) == ["AK403-1-GUIDE"]
    for slip in ("PO4*1~", "BSN*00~", "ZB1*X~", "PER**JANE~", "DTM*002*00000000~CUR*BY*USD~"):
        text = ORDER.replace("CUR*BY*USD~", slip)
        assert judged(text).verdict == Verdict.ACCEPTED_WITH_ERRORS
        assert judged(text, policy=LENIENT.for_sending()).verdict == Verdict.REJECTED
    assert judged(ORDER.replace("PID*F", "PID*Q"), policy=LENIENT.for_sending()).verdict == Verdict.ACCEPTED_WITH_ERRORS


def test_a_segment_of_a_release_that_is_not_held_may_well_be_one() -> None:
    text = ORDER.replace("CUR*BY*USD~", "AT*1~")
    assert codes(judged(text)) == ["AK304-1"]
    assert codes(judged(text, release="003040")) == ["AK304-6", "RELEASE-NEAREST"]


def test_a_group_of_another_kind_is_forgiven() -> None:
    segments = [s.split("*") for s in ORDER.split("~") if s]
    for code in ("6", "18"):
        for policy, verdict in ((LENIENT, Verdict.ACCEPTED_WITH_ERRORS), (STRICT, Verdict.REJECTED)):
            assert judge(segments, grammar("004010", "850"), policy, SEPARATORS, (code,)).verdict == verdict


def test_errors_of_the_envelope_reject_the_set_in_plain_words() -> None:
    segments = [s.split("*") for s in ORDER.split("~") if s]
    judgement = judge(segments, grammar("004010", "850"), LENIENT, SEPARATORS, ("4",))
    [finding] = judgement.findings
    assert (judgement.verdict, finding.code) == (Verdict.REJECTED, "X12-AK502-4")
    assert finding.message == "SE01 says 15 segments, the set has 15"
    forgiving = Policy("own", frozenset({"X12-AK502-4"}))
    judgement = judge(segments, grammar("004010", "850"), forgiving, SEPARATORS, ("4",))
    assert (judgement.verdict, judgement.findings[0].severity) == (Verdict.ACCEPTED_WITH_ERRORS, Severity.WARNING)


def test_a_count_cut_to_its_last_digits_is_forgiven_and_told() -> None:
    lines = "PO1*1*1*EA~" * 1000
    for counted, verdict, code in (
        ("015", Verdict.ACCEPTED_WITH_ERRORS, "AK502-4-TRUNCATED"),
        ("15", Verdict.REJECTED, "AK502-4"),  # too short to tell
        ("016", Verdict.REJECTED, "AK502-4"),
    ):
        text = ORDER.replace("CTT*2~", lines + "CTT*1002~").replace("SE*15*", f"SE*{counted}*")
        segments = [s.split("*") for s in text.split("~") if s]
        judgement = judge(segments, grammar("004010", "850"), LENIENT, SEPARATORS, ("4",))
        assert (judgement.verdict, codes(judgement)) == (verdict, [code])
        assert judge(segments, grammar("004010", "850"), STRICT, SEPARATORS, ("4",)).verdict == Verdict.REJECTED


def test_a_set_without_trailer_is_not_told_so_twice() -> None:
    segments = [s.split("*") for s in ORDER.split("~")[:-2]]
    judgement = judge(segments, grammar("004010", "850"), LENIENT, SEPARATORS, ("2",))
    assert codes(judgement) == ["AK502-2"]


def test_a_near_release_is_said_and_older_dates_have_six_digits() -> None:
    older = ORDER.replace("20240115", "240115")
    judgement = judged(older, release="003060")
    assert (judgement.verdict, codes(judgement)) == (Verdict.ACCEPTED, ["RELEASE-NEAREST"])
    assert codes(judged(ORDER, release="004010VICS")) == []
    assert codes(judged(ORDER, release="005010X999")) == []


def test_an_unsupported_set_is_rejected_by_name() -> None:
    judgement = reject_unsupported("811", "004010", "0001")
    assert (judgement.verdict, codes(judgement)) == (Verdict.REJECTED, ["AK502-1"])


def test_many_errors_are_counted_and_the_first_hundred_shown() -> None:
    judgement = judged(ORDER.replace("CTT", "PO1*1*x*EA~" * 500 + "CTT"))
    assert (judgement.faults_total, len(judgement.faults)) == (500, 100)
    assert judgement.findings[-1].code == "X12-MORE-ERRORS"
    assert judgement.findings[99].locator == "ST*0001/PO1[102]/PO102"


def test_a_set_beyond_the_limit_is_rejected_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_module, "SEGMENT_LIMIT", 50)
    judgement = judged(ORDER.replace("CTT", "PO1*1*5*EA~" * 100 + "CTT"))
    assert (judgement.verdict, judgement.events, judgement.segment_count) == (Verdict.REJECTED, [], 115)
    assert codes(judgement)[0] == "LIMIT-SEGMENTS"


def test_hostile_values_are_clipped_and_escaped() -> None:
    [finding] = judged(ORDER.replace("STORE 1", "\x1b]0;" + "A" * 5000)).findings
    assert finding.value is not None
    assert len(finding.message) < 200
    assert "\x1b" not in finding.message + finding.value


def test_errors_do_not_slow_the_judge_down() -> None:
    line, broken = "PO1*1*12*EA*10.25**UP*087171630001~", "PO1*1*x*QQQ*10.2.5**UP~"

    def seconds(text: str) -> float:
        segments = [s.split("*") for s in text.split("~") if s]
        started = time.process_time()
        judge(segments, grammar("004010", "850"), LENIENT, SEPARATORS)
        return time.process_time() - started

    clean = min(seconds(ORDER.replace("CTT", line * 5000 + "CTT")) for _ in range(3))
    damaged = min(seconds(ORDER.replace("CTT", broken * 5000 + "CTT")) for _ in range(3))
    assert damaged < 20 * clean


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["drop", "swap", "double", "garble", "name"]), st.integers(0, 40), st.text(max_size=4)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_sets_never_raise_and_keep_every_segment(damages: list[tuple[str, int, str]]) -> None:
    for set_type, text in (("850", ORDER), ("856", SHIP_NOTICE)):
        segments = [s.split("*") for s in text.split("~") if s]
        for kind, at, value in damages:
            at %= len(segments)
            if kind == "drop" and len(segments) > 2:
                segments.pop(at)
            elif kind == "swap":
                other = (at + 3) % len(segments)
                segments[at], segments[other] = segments[other], segments[at]
            elif kind == "double":
                segments.insert(at, list(segments[at]))
            elif kind == "garble":
                segments[at] = [*segments[at][:2], value, *segments[at][3:]]
            elif kind == "name":
                segments[at] = [value, *segments[at][1:]]
        judgement = judge(segments, grammar("004010", set_type), LENIENT, SEPARATORS)
        assert [e for _, e in judgement.events] == segments
        strict = judge(segments, grammar("004010", set_type), STRICT, SEPARATORS)
        assert (strict.verdict == Verdict.ACCEPTED) == (not strict.findings)
