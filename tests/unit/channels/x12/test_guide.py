from __future__ import annotations

import pytest
from pydantic import ValidationError

from canonical.finding import Verdict
from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT

ORDER = (
    "ST*850*0001~BEG*00*SA*4500**20240115~REF*DP*008**ZZ:1~N1*ST*STORE 1*92*0001~N2*BACK DOOR~N3*100 MAIN ST~"
    "PO1*1*12*EA*10.25**UP*087171630001~N1*ST*STORE 2*92*0002~N2*SIDE DOOR~CTT*1~SE*11*0001~"
)


_WHEN = {"element": "N101", "codes": ["ST"]}
_BILL_TO = {"element": "N101", "codes": ["BT"]}


def judged(rules: dict[str, object], text: str = ORDER, check: bool = True) -> Judgement:
    guide = Guide.model_validate({"850": rules})
    assert guide.problems("004010", "850") == [] or not check
    segments = [s.split("*") for s in text.split("~") if s]
    return judge(segments, grammar("004010", "850", guide), LENIENT, Separators("*", ":", "~"))


def found(judgement: Judgement) -> list[tuple[str, str]]:
    return [(f.code.removeprefix("X12-"), f.locator.removeprefix("ST*0001/")) for f in judgement.findings]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"segments": [{"segment": "CUR", "loop": "", "usage": "required"}]}, [("AK304-3-GUIDE", "CUR")]),
        ({"segments": [{"segment": "N1", "loop": "N1", "usage": "required"}]}, []),
        ({"segments": [{"segment": "N2", "loop": "N1", "usage": "forbidden"}]}, [("AK304-2-GUIDE", "N2[1]")]),
        (
            {"segments": [{"segment": "N2", "usage": "forbidden"}]},
            [("AK304-6-GUIDE", "N2[1]"), ("AK304-6-GUIDE", "N2[2]")],
        ),
        ({"segments": [{"segment": "N1", "loop": "N1", "max": 1}]}, []),
        ({"elements": [{"element": "BEG04", "usage": "required"}]}, [("AK403-1-GUIDE", "BEG[1]/BEG04")]),
        ({"elements": [{"element": "N103", "loop": "N1", "usage": "forbidden"}]}, [("AK403-10-GUIDE", "N1[1]/N103")]),
        ({"elements": [{"element": "BEG02", "codes": ["NE", "KN"]}]}, [("AK403-7-GUIDE", "BEG[1]/BEG02")]),
        ({"elements": [{"element": "PO107", "max": 10}]}, [("AK403-5-GUIDE", "PO1[1]/PO107")]),
        ({"elements": [{"element": "BEG03", "min": 6}]}, [("AK403-4-GUIDE", "BEG[1]/BEG03")]),
        ({"elements": [{"element": "REF04-2", "min": 3}]}, [("AK403-4-GUIDE", "REF[1]/REF04-2")]),
        ({"elements": [{"element": "REF04", "usage": "forbidden"}]}, [("AK403-10-GUIDE", "REF[1]/REF04")]),
    ],
)
def test_rules_narrow_the_standard(rules: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert found(judged(rules)) == expected


def test_a_narrowed_code_list_is_shown() -> None:
    [finding] = judged({"elements": [{"element": "BEG02", "codes": ["NE", "KN"]}]}).findings
    assert finding.allowed == ("NE", "KN")


ACME = "Acme's order guide"


@pytest.mark.parametrize(
    ("rules", "message", "fix"),
    [
        (
            {"elements": [{"element": "N104", "usage": "forbidden", "loop": "N1", "when": _WHEN}]},
            "N104 (Identification Code) is sent ('0001'): Acme's order guide does not use it when N101 is ST",
            "Leave N104 out.",
        ),
        (
            {"elements": [{"element": "N106", "usage": "required", "loop": "N1", "when": _WHEN, "note": "Ask us."}]},
            "N106 (Entity Identifier Code) is missing: Acme's order guide requires it when N101 is ST. Ask us.",
            "Send N106.",
        ),
        (
            {
                "elements": [{"element": "REF01", "codes": ["IA", "CO"]}],
                "meanings": [{"element": "REF01", "code": "IA", "text": "Your vendor number."}],
            },
            "REF01 (Reference Identification Qualifier) has 'DP': Acme's order guide takes only IA or CO",
            "Send IA (Your vendor number) or CO.",
        ),
        (
            {"elements": [{"element": "PO107", "max": 10}]},
            "PO107 (Product/Service ID) has '087171630001': Acme's order guide asks for at most 10 characters",
            "Send at most 10 characters.",
        ),
        (
            {"segments": [{"segment": "CUR", "loop": "", "usage": "required"}]},
            "CUR (Currency) is missing: Acme's order guide requires it",
            "Send CUR.",
        ),
        (
            {"segments": [{"segment": "N2", "loop": "N1", "usage": "forbidden", "note": "Use N102."}]},
            "N2 (Additional Name Information) is sent: Acme's order guide does not use it. Use N102.",
            "Leave N2 out.",
        ),
        (
            {"segments": [{"segment": "N1", "loop": "N1", "usage": "required", "having": _BILL_TO}]},
            "N1 (Name) where N101 is BT is missing: Acme's order guide requires it",
            "Send N1 where N101 is BT.",
        ),
    ],
)
def test_a_finding_says_that_the_guide_asks(rules: dict[str, object], message: str, fix: str) -> None:
    judgement = judged({"title": ACME, **rules})
    [finding] = judgement.findings
    assert (finding.message, finding.fix) == (message, fix)
    assert finding.code.endswith("-GUIDE")
    assert [fault.rule for fault in judgement.faults] == [1]


def test_what_a_guide_requires_is_not_forgiven_and_what_is_too_much_is() -> None:
    assert judged({"elements": [{"element": "BEG04", "usage": "required"}]}).verdict == Verdict.REJECTED
    assert judged({"elements": [{"element": "BEG02", "codes": ["NE"]}]}).verdict == Verdict.ACCEPTED_WITH_ERRORS
    forbidden = {"segments": [{"segment": "N2", "usage": "forbidden"}]}
    assert judged(forbidden).verdict == Verdict.ACCEPTED_WITH_ERRORS


def test_two_rules_for_one_element_both_hold() -> None:
    rules = {"elements": [{"element": "BEG02", "codes": ["SA", "NE"]}, {"element": "BEG02", "codes": ["NE", "KN"]}]}
    assert found(judged(rules)) == [("AK403-7-GUIDE", "BEG[1]/BEG02")]


def test_a_required_segment_that_comes_late_is_not_missing() -> None:
    late = ORDER.replace("~N1*ST*STORE 1", "~CUR*BY*USD~N1*ST*STORE 1")
    judgement = judged({"segments": [{"segment": "CUR", "loop": "", "usage": "required"}]}, late)
    assert [code for code, _ in found(judgement)] == ["AK304-7"]
    assert judgement.verdict == Verdict.ACCEPTED_WITH_ERRORS


def test_a_guide_leaves_other_sets_and_the_standard_alone() -> None:
    guide = Guide.model_validate({"810": {"segments": [{"segment": "CUR", "usage": "required"}]}})
    assert judged({}).verdict == Verdict.ACCEPTED
    segments = [s.split("*") for s in ORDER.split("~") if s]
    plain = judge(segments, grammar("004010", "850", guide), LENIENT, Separators("*", ":", "~"))
    assert plain.findings == ()


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ({"segments": [{"segment": "HL", "usage": "required"}]}, "segment HL is not in this set"),
        ({"segments": [{"segment": "BEG", "loop": "N1"}]}, "segment BEG in loop N1 is not in this set"),
        ({"segments": [{"segment": "BEG", "usage": "forbidden"}]}, "mandatory in the standard"),
        ({"segments": [{"segment": "PO1", "usage": "forbidden"}]}, "mandatory in the standard"),
        ({"segments": [{"segment": "CUR", "usage": "required"}]}, 'say which is required with loop, one of "", SAC'),
        ({"segments": [{"segment": "CUR", "max": 5}]}, "1 times in the standard, not 5"),
        ({"elements": [{"element": "BSN01"}]}, "segment BSN is not in this set"),
        ({"elements": [{"element": "BEG77"}]}, "BEG has 12 elements"),
        ({"elements": [{"element": "REF04-9"}]}, "REF04 has 6 components"),
        ({"elements": [{"element": "REF04", "max": 3}]}, "name a component, such as REF04-1"),
        ({"elements": [{"element": "BEG03", "usage": "forbidden"}]}, "mandatory in the standard"),
        ({"elements": [{"element": "BEG02", "codes": ["SA", "QQQ"]}]}, "QQQ not among the standard's codes"),
        ({"elements": [{"element": "BEG03", "max": 99}]}, "longer than the standard's 22"),
        ({"elements": [{"element": "N104", "min": 1}]}, "shorter than the standard's 2"),
        ({"elements": [{"element": "BEG03", "min": 9, "max": 5}]}, "minimum 9 is above the maximum 5"),
        ({"elements": [{"element": "BEG04"}]}, "asks nothing"),
        (
            {"elements": [{"element": "N104", "usage": "required", "when": {"element": "REF01", "codes": ["DP"]}}]},
            "must be on an element of N1, not on REF01",
        ),
        (
            {"elements": [{"element": "N104", "usage": "required", "when": {"element": "N103", "codes": ["Q?"]}}]},
            "condition on N103: Q? not among the standard's codes",
        ),
        (
            {"elements": [{"element": "N104", "usage": "required", "when": {"element": "N109", "present": True}}]},
            "condition on N109: N1 has 6 elements",
        ),
        (
            {"elements": [{"element": "N103", "usage": "required", "when": {"element": "N103", "present": False}}]},
            "condition is on the element itself",
        ),
        ({"elements": [{"element": "BEG04", "usage": "forbidden", "max": 5}]}, "codes and lengths say nothing then"),
        (
            {"elements": [{"element": "BEG02", "codes": ["SA"]}, {"element": "BEG02", "codes": ["NE"]}]},
            "left without a code by two rules",
        ),
        (
            {"elements": [{"element": "BEG04", "usage": "required"}, {"element": "BEG04", "usage": "forbidden"}]},
            "both required and forbidden",
        ),
        (
            {"segments": [{"segment": "N1", "loop": "N1", "max": 2, "having": {"element": "N101", "codes": ["Q?"]}}]},
            "segment N1: condition on N101: Q? not among",
        ),
        ({"meanings": [{"element": "PO106", "code": "I?", "text": "x"}]}, "I? not among the standard's codes"),
        ({"meanings": [{"element": "PO107", "code": "1", "text": "x"}]}, "PO107 has no list of codes"),
        ({"meanings": [{"element": "PO106", "code": "IN", "meaning": "vendor"}]}, "vendor is no word for it"),
        ({"meanings": [{"element": "BEG02", "code": "SA", "meaning": "x"}]}, "data elements 98, 128, 235, 374"),
        (
            {
                "elements": [{"element": "PO106", "codes": ["VN"]}],
                "meanings": [{"element": "PO106", "code": "IN", "text": "x"}],
            },
            "does not allow this code",
        ),
    ],
)
def test_what_does_not_fit_the_standard_is_said(rules: dict[str, object], problem: str) -> None:
    [text] = Guide.model_validate({"850": rules}).problems("004010", "850")
    assert text.startswith("850: ")
    assert problem in text


def test_a_guide_for_an_unknown_set_is_a_problem() -> None:
    [text] = Guide.model_validate({"811": {}}).problems("004010", "811")
    assert "not supported" in text


@pytest.mark.parametrize(
    "document",
    [
        {"85": {}},
        {"850": {"loops": []}},
        {"850": {"segments": [{"segment": "beg"}]}},
        {"850": {"segments": [{"segment": "BEG", "usage": "must"}]}},
        {"850": {"elements": [{"element": "BEG1"}]}},
        {"850": {"elements": [{"element": "BEG01", "max": 0}]}},
        {"850": {"elements": [{"element": "BEG01", "when": {"element": "BEG02"}}]}},
        {"850": {"elements": [{"element": "BEG01", "when": {"element": "BEG02", "codes": ["SA"], "present": True}}]}},
        {"850": {"meanings": [{"element": "PO106", "code": "IN"}]}},
    ],
)
def test_misspelt_rules_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Guide.model_validate(document)
