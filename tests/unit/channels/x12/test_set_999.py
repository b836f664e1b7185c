"""The 999: the 997 in the words of those who judge by a guide as well, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import SetOutcome, acknowledge_group, form_for
from channels.x12.envelope import PartyId, scan
from channels.x12.guide import Guide
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.sets import DOCUMENT_OF, SET_OF, decode, encode
from channels.x12.writing.writer import GroupHeader, InterchangeHeader, TransactionSet, interchange_version, write
from tests.unit.channels.x12.reading import CREATED, SEPARATORS, UNHURRIED, judged, read, segments

REJECTION = """
AK1*PO*12*005010
AK2*850*0001
IK5*A
AK2*850*0002*005010X1
IK3*PO1*7*PO1*8
CTX*SITUATIONAL TRIGGER*N1*3*N1*2>1*66
CTX*PO1>17
IK4*3*355*I6*XX
IK4*4>2*212*6
CTX*PO107
IK3*CTT*9**3
IK5*R*I5*5
AK9*P*2*2*1
"""


def told(faults: list[Fault], release: str = "005010", form: str = "999") -> list[tuple[str | None, ...]]:
    """What is said of the faults of one 850: the codes of IK3 and IK4 by segment, the set's own first."""
    header = InterchangeHeader(
        PartyId("ZZ", "SUPPLIER"), PartyId("ZZ", "BUYER"), 1, CREATED, version=interchange_version(release)
    )
    group = GroupHeader("PO", "SUPPLIER", "BUYER", 7, CREATED, release)
    (source,) = scan(
        write(header, [(group, [TransactionSet("850", 1, segments("BEG*00*SA*1**20260101"))])])
    ).interchanges
    outcome = SetOutcome("850", "0001", "", Verdict.REJECTED, faults)
    (answered,) = acknowledge_group(source, source.groups[0], [outcome], form).transaction_sets
    notes = [(s.segment, s.code, *(e.code for e in s.elements)) for s in answered.segments]
    return [("IK5", *answered.codes), *notes]


def faults_of(body: str, guide: dict[str, object] | None = None) -> list[Fault]:
    """The faults of an 850 under a guide, as our judge finds them."""
    compiled = grammar("005010", "850", Guide.model_validate({"850": guide or {}}))
    whole = [["ST", "850", "0001"], *segments(body)]
    return judge([*whole, ["SE", str(len(whole) + 1), "0001"]], compiled, STRICT, SEPARATORS).faults


def test_a_received_999_is_read_and_written_again() -> None:
    body = segments(REJECTION)
    acknowledgment = read("999", body, "005010").document
    assert isinstance(acknowledgment, FunctionalAcknowledgment)
    assert acknowledgment.verdict is AcknowledgmentVerdict.PARTIALLY_ACCEPTED
    accepted, rejected = acknowledgment.transaction_sets
    assert (accepted.control_number, accepted.verdict) == ("0001", AcknowledgmentVerdict.ACCEPTED)
    assert (rejected.implementation, rejected.codes) == ("005010X1", ("I5", "5"))
    po1, _ = rejected.segments
    trigger, line = po1.contexts
    assert (trigger.name, trigger.segment, trigger.position, trigger.loop) == ("SITUATIONAL TRIGGER", "N1", 3, "N1")
    assert (trigger.element, trigger.component, trigger.data_element) == (2, 1, "66")
    assert (line.name, line.reference) == ("PO1", "17")
    assert [(e.position, e.component, e.code, e.value, len(e.contexts)) for e in po1.elements] == [
        (3, None, "I6", "XX", 0),
        (4, 2, "6", None, 1),
    ]
    assert not po1.extras
    assert encode(acknowledgment, "005010", SEPARATORS, "999") == body


def test_997_and_999_become_the_same_document_and_the_997_is_the_usual_one() -> None:
    kind = DOCUMENT_OF["999"]
    assert DOCUMENT_OF["997"] == kind
    assert SET_OF[kind] == "997"
    body = segments("AK1*PO*12\nAK2*850*0001\nIK5*A\nAK9*A*1*1*1")
    acknowledgment = read("999", body, "005010").document
    assert isinstance(acknowledgment, FunctionalAcknowledgment)
    as_997 = segments("AK1*PO*12\nAK2*850*0001\nAK5*A\nAK9*A*1*1*1")
    assert encode(acknowledgment, "005010", SEPARATORS) == as_997
    assert read("997", as_997, "005010").document == acknowledgment


@pytest.mark.parametrize(
    ("release", "asked", "form"),
    [
        ("004010", "997", "997"),
        ("004010", "999", "997"),
        ("4010", "999", "997"),
        ("005010", "997", "997"),
        ("005010", "999", "999"),
        ("005010X222A1", "999", "999"),
        ("008030", "999", "999"),
        ("", "999", "997"),
    ],
)
def test_a_999_answers_only_who_asks_for_it_and_only_from_005010_on(release: str, asked: str, form: str) -> None:
    assert form_for(release, asked) == form


ORDER = "BEG*00*SA*PO-1**20260101\nREF*{ref}*1\nPO1*1*2*{unit}*3\nCTT*1"


@pytest.mark.parametrize(
    ("body", "guide", "expected"),
    [
        pytest.param(
            ORDER.format(ref="DP", unit="XX"),
            {},
            [("IK5", "5"), ("PO1", "8", "7")],
            id="a code that no list has is an error of the standard",
        ),
        pytest.param(
            ORDER.format(ref="DP", unit="CA"),
            {"elements": [{"element": "PO103", "codes": ["EA"]}]},
            [("IK5", "I5"), ("PO1", "8", "I6")],
            id="a code that only the guide leaves out",
        ),
        pytest.param(
            ORDER.format(ref="DP", unit="EA"),
            {"elements": [{"element": "REF02", "usage": "forbidden"}]},
            [("IK5", "I5"), ("REF", "8", "I10")],
            id="an element that only the guide forbids",
        ),
        pytest.param(
            ORDER.format(ref="DP", unit="EA"),
            {"segments": [{"segment": "REF", "usage": "forbidden"}]},
            [("IK5", "I5"), ("REF", "I4")],
            id="a segment that only the guide forbids",
        ),
        pytest.param(
            ORDER.format(ref="DP", unit="EA"),
            {"elements": [{"element": "PO107", "usage": "required"}]},
            [("IK5", "I5"), ("PO1", "8", "1")],
            id="an element that the guide requires is a required one",
        ),
        pytest.param(
            ORDER.format(ref="DP", unit="EA"),
            {"elements": [{"element": "PO107", "usage": "required", "when": {"element": "PO103", "codes": ["EA"]}}]},
            [("IK5", "I5"), ("PO1", "8", "I9")],
            id="an element that the guide requires on a condition",
        ),
        pytest.param(
            "BEG*00*SA*PO-1**20260101\nBIG*1\nPO1*1*2*EA*3",
            {},
            [("IK5", "5"), ("BIG", "6")],
            id="a segment of other sets is an error of the standard",
        ),
    ],
)
def test_what_only_a_guide_forbids_is_told_apart(
    body: str, guide: dict[str, object], expected: list[tuple[str, ...]]
) -> None:
    faults = faults_of(body, guide)
    assert told(faults) == expected
    in_997 = {code for note in told(faults, form="997") for code in note[1:] if code}
    assert not {code for code in in_997 if code.startswith("I")}


@UNHURRIED
@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4), st.data())
def test_our_own_999_is_always_accepted(verdicts: list[Verdict], data: st.DataObject) -> None:
    guide = {
        "elements": [{"element": "PO103", "codes": ["EA"]}],
        "segments": [{"segment": "REF", "usage": "forbidden"}],
    }
    bad = faults_of(ORDER.format(ref="DP", unit=data.draw(st.sampled_from(["CA", "XX", ""]))), guide)
    group = GroupHeader("PO", "SUPPLIER", "BUYER", 7, CREATED, "005010")
    header = InterchangeHeader(PartyId("ZZ", "SUPPLIER"), PartyId("ZZ", "BUYER"), 1, CREATED, version="00501")
    sets = [TransactionSet("850", n, segments("BEG*00*SA*1**20260101")) for n, _ in enumerate(verdicts, 1)]
    (interchange,) = scan(write(header, [(group, sets)])).interchanges
    outcomes = [
        SetOutcome(span.type, span.control_number, span.implementation, verdict, bad, ("4",))
        for verdict, span in zip(verdicts, interchange.groups[0].sets, strict=True)
    ]
    acknowledgment = acknowledge_group(interchange, interchange.groups[0], outcomes, "999")
    body = encode(acknowledgment, "005010", SEPARATORS, "999")
    judgement = judged("999", body, "005010")
    assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
    assert decode("999", grammar("005010", "999"), judgement, SEPARATORS).document == acknowledgment
