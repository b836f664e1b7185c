"""Every class of difference and every wording is shown by a case; what no class explains is told as unlisted."""

from __future__ import annotations

import pytest

from channels.x12.envelope import Separators
from channels.x12.guide import Guide, SetGuide
from channels.x12.judging import judge as judging
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.second_judge.comparison import Agreement, Difference, compare, judge_twice
from channels.x12.second_judge.differences import DIFFERENCES, WORDINGS
from channels.x12.second_judge.judge import SecondError, SecondJudgement, SecondVerdict

SEPARATORS = Separators("*", ":", "~")

ORDER = "BEG*00*SA*4500**20240115~CUR*BY*USD~REF*DP*008~N1*ST*STORE*92*0001~PO1*1*12*EA*10.25**UP*087171630001~CTT*1~"
NOTICE = "BSN*00*S1*20240115*1200~HL*1**S~HL*2*1*I~LIN**UP*883932284904~SN1**1*EA~CTT*2~"
SCHEDULE = "BSS*00*1*20240115*KB*20240115*20240120*R1~LIN**BP*1~UIT*EA~"
CATALOGUE = "BCT*PC*1~LIN**BP*1~CTP**UCP*5~LS*LM~LE*LM~LS*N1~LE*N1~"
REMITTANCE = "BPR*C*10*C*ACH~ENT*1~RMR*IV*77**10~"


def compared(set_type: str, body: str, release: str = "004010") -> Agreement | Difference:
    segments = [segment.split("*") for segment in body.split("~") if segment]
    enveloped = [["ST", set_type, "0001"], *segments, ["SE", str(len(segments) + 2), "0001"]]
    return judge_twice(enveloped, release, set_type, None, SEPARATORS).comparison


CASES = {
    "BLANKS-BELOW-MINIMUM": ("850", ORDER.replace("*0001~", "*1     ~"), "004010"),
    "LOOP-RESTARTED": ("862", SCHEDULE.replace("LIN**BP*1~", "LIN**BP*1~LIN**BP*2~"), "004010"),
    "COMPOSITE-NOTE": ("850", ORDER.replace("REF*DP*008", "REF*DP*008**SI:1:SI"), "004010"),
    "ARRIVES-LATE": ("850", ORDER.replace(ORDER[:25], "") + ORDER[:25], "004010"),
    "CARET-GRAVE": ("850", ORDER.replace("STORE", "STORE^1"), "004010"),
    "BEFORE-1800": ("850", ORDER.replace("20240115", "17991231"), "004010"),
    "TRAILING-POINT": ("850", ORDER.replace("*12*", "*12.*"), "004010"),
    "COMPONENT-SEPARATOR": ("850", ORDER.replace("STORE", "STORE:1"), "004010"),
    "SEPARATORS-ALONE": ("850", ORDER.replace("*008~", "*:~"), "004010"),
    "KEY-OF-ENT": ("820", REMITTANCE, "004010"),
    "HIERARCHY-NUMBERS": ("856", NOTICE.replace("HL*2*1*", "HL*3*1*"), "004010"),
    "EMPTY-SEGMENT": ("850", ORDER.replace("PO1*1", "N4~PO1*1"), "004010"),
    "SECOND-PLACE": ("832", CATALOGUE, "005010"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_shows_each_class(name: str) -> None:
    found = compared(*CASES[name])
    assert isinstance(found, Difference)
    assert name in found.classes
    assert not found.unlisted


def test_what_only_the_group_or_the_size_of_a_set_shows_is_a_class_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    segments = [s.split("*") for s in f"ST*850*0001~{ORDER}SE*8*0001".split("~")]
    twice = judge_twice(segments, "004010", "850", None, SEPARATORS, ("23",))
    assert twice.comparison == Difference("ours", ("GROUP-ENVELOPE",))
    monkeypatch.setattr(judging, "SEGMENT_LIMIT", 5)
    assert judge_twice(segments, "004010", "850", None, SEPARATORS).comparison == Difference("ours", ("SIZE",))


GUIDED: list[dict[str, object]] = [
    {"elements": [{"element": "N104", "usage": "forbidden", "when": {"element": "N103", "codes": ["92"]}}]},
    {
        "segments": [
            {"segment": "N1", "loop": "N1", "usage": "required", "having": {"element": "N101", "codes": ["BY"]}}
        ]
    },
]


@pytest.mark.parametrize("rules", GUIDED)
def test_rules_of_a_guide_under_a_condition_are_ours_alone(rules: dict[str, object]) -> None:
    segments = [s.split("*") for s in f"ST*850*0001~{ORDER}SE*8*0001".split("~")]
    guide = Guide.model_validate({"850": rules})
    twice = judge_twice(segments, "004010", "850", guide, SEPARATORS)
    assert twice.comparison == Difference("ours", ("GUIDE-CONDITION",))


def test_each_class_has_its_case() -> None:
    assert {found.name for found in DIFFERENCES} == CASES.keys() | {"GROUP-ENVELOPE", "SIZE", "GUIDE-CONDITION"}
    assert {found.name for found in WORDINGS} == SPOKEN.keys()


SPOKEN = {
    "KEY-ELEMENT": ("BEG*00*", "BEG*??*"),
    "NOTE-PLACE": ("*UP*087171630001", "*UP"),
    "SURPLUS-PLACE": ("CTT*1", "CTT*1*******" + "*" * 5 + "X"),
}


@pytest.mark.parametrize("name", SPOKEN)
def test_a_case_shows_each_wording(name: str) -> None:
    assert compared("850", ORDER.replace(*SPOKEN[name], 1)) == Agreement(refused=True, wording=(name,))


def test_one_bad_qualifier_costs_pyx12_the_segments_behind_it_and_our_judge_one_element() -> None:
    segments = [s.split("*") for s in f"ST*850*0001~{ORDER.replace('BEG*00', 'BEG*09')}SE*8*0001".split("~")]
    twice = judge_twice(segments, "004010", "850", None, SEPARATORS)
    assert [(fault.segment, fault.element, fault.element_code) for fault in twice.ours.faults] == [("BEG", 1, "7")]
    assert [error.segment for error in twice.theirs.errors] == ["BEG", "BEG"]
    assert {error.code for error in twice.theirs.errors} == {"1", "3"}


def test_a_plain_disagreement_is_unlisted() -> None:
    segments = [s.split("*") for s in f"ST*850*0001~{ORDER}SE*8*0001".split("~")]
    ours = judge(segments, grammar("004010", "850"), STRICT, SEPARATORS)
    error = SecondError(2, "BEG", 1, 0, "7", "made up")
    found = compare(ours, SecondJudgement(SecondVerdict.REFUSED, (error,)), SEPARATORS, SetGuide())
    assert isinstance(found, Difference)
    assert (found.alone, found.classes, [named.text for named in found.unlisted]) == ("pyx12", (), ["made up"])
    spoilt = judge([*segments[:2], *segments[3:]], grammar("004010", "850"), STRICT, SEPARATORS, ("4",))
    found = compare(spoilt, SecondJudgement(SecondVerdict.ACCEPTED), SEPARATORS, SetGuide())
    assert isinstance(found, Difference)
    assert found.alone == "ours"
    assert found.unlisted


def test_agreement_is_on_the_first_segment_that_both_refuse() -> None:
    assert compared("850", ORDER) == Agreement(refused=False)
    assert compared("850", ORDER.replace("20240115", "20240230")) == Agreement(refused=True)
