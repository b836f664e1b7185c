from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict
from channels.x12.acknowledging.acknowledgment import (
    SetOutcome,
    acknowledge_group,
    acknowledge_interchange,
    acknowledgeable,
    acknowledgeable_interchange,
    read_ta1,
    ta1_segment,
)
from channels.x12.envelope import Group, Interchange, PartyId, Separators
from channels.x12.judging.faults import Fault


def group(functional_identifier: str = "PO", errors: tuple[str, ...] = (), declared_sets: str = "") -> Group:
    return Group(
        functional_identifier=functional_identifier,
        sender="SUPPLIER",
        receiver="BUYER",
        date="20261121",
        time="0905",
        control_number="12",
        agency="X",
        release="004010",
        offset=106,
        length=200,
        sets=(),
        declared_sets=declared_sets,
        errors=errors,
    )


def interchange(
    groups: tuple[Group, ...] = (), ta1: tuple[tuple[str, ...], ...] = (), note: str = "000"
) -> Interchange:
    return Interchange(
        sender=PartyId("ZZ", "SUPPLIER"),
        receiver=PartyId("ZZ", "BUYER"),
        date="261121",
        time="0905",
        version="00401",
        control_number="000000042",
        acknowledgment_requested=False,
        usage_indicator="P",
        separators=Separators("*", ">", "~"),
        offset=0,
        length=400,
        groups=groups,
        ta1=ta1,
        note_code=note,
    )


def fault(position: int = 2, segment: str = "BEG", **changes: object) -> Fault:
    values: dict[str, object] = {
        "loop": "",
        "segment_code": "",
        "element": 0,
        "component": 0,
        "repetition": 0,
        "data_element": "",
        "element_code": "",
        "value": "",
    }
    return Fault(position=position, segment=segment, **{**values, **changes})  # type: ignore[arg-type]


def outcome(number: str, verdict: Verdict = Verdict.ACCEPTED, **changes: object) -> SetOutcome:
    return SetOutcome("850", number, "", verdict, **changes)  # type: ignore[arg-type]


BAD_ELEMENT = fault(7, "PO1", loop="PO1", element=3, data_element="355", element_code="7", value="XX")


def test_an_accepted_group_names_each_set_without_notes() -> None:
    acknowledgment = acknowledge_group(interchange(), group(declared_sets="2"), [outcome("0001"), outcome("0002")])

    assert acknowledgment.interchange is None
    assert acknowledgment.group is not None
    assert (acknowledgment.group.functional_identifier, acknowledgment.group.control_number) == ("PO", "12")
    assert acknowledgment.verdict is AcknowledgmentVerdict.ACCEPTED
    assert (acknowledgment.sets_included, acknowledgment.sets_received, acknowledgment.sets_accepted) == (2, 2, 2)
    assert [(s.control_number, s.codes, s.segments) for s in acknowledgment.transaction_sets] == [
        ("0001", (), ()),
        ("0002", (), ()),
    ]


@pytest.mark.parametrize(
    ("verdicts", "group_errors", "expected"),
    [
        ("AA", (), AcknowledgmentVerdict.ACCEPTED),
        ("AE", (), AcknowledgmentVerdict.ACCEPTED_WITH_ERRORS),
        ("AA", ("5",), AcknowledgmentVerdict.ACCEPTED_WITH_ERRORS),
        ("AR", (), AcknowledgmentVerdict.PARTIALLY_ACCEPTED),
        ("RR", (), AcknowledgmentVerdict.REJECTED),
        ("RR", ("4",), AcknowledgmentVerdict.REJECTED),
        ("", (), AcknowledgmentVerdict.REJECTED),
    ],
)
def test_the_sets_decide_the_groups_verdict(
    verdicts: str, group_errors: tuple[str, ...], expected: AcknowledgmentVerdict
) -> None:
    letters = {"A": Verdict.ACCEPTED, "E": Verdict.ACCEPTED_WITH_ERRORS, "R": Verdict.REJECTED}
    outcomes = [outcome(f"{n:04d}", letters[letter]) for n, letter in enumerate(verdicts)]
    acknowledgment = acknowledge_group(interchange(), group(errors=group_errors), outcomes)
    assert acknowledgment.verdict is expected
    assert acknowledgment.codes == group_errors


def test_a_rejected_set_says_where_and_why() -> None:
    faults = [
        fault(9, "CTT", segment_code="3"),
        fault(7, "PO1", loop="PO1", element=2, data_element="330", element_code="1"),
        BAD_ELEMENT,
        fault(7, "PO1", loop="PO1", segment_code="4"),
    ]
    rejected = outcome("0001", Verdict.REJECTED, faults=faults, envelope_errors=("4",))

    (told,) = acknowledge_group(interchange(), group(), [rejected]).transaction_sets

    assert told.verdict is AcknowledgmentVerdict.REJECTED
    assert told.codes == ("4", "5")
    assert [(s.segment, s.position, s.loop, s.code) for s in told.segments] == [
        ("PO1", 7, "PO1", "4"),
        ("PO1", 7, "PO1", "8"),
        ("CTT", 9, None, "3"),
    ]
    assert [(e.position, e.data_element, e.code, e.value) for e in told.segments[1].elements] == [
        (2, "330", "1", None),
        (3, "355", "7", "XX"),
    ]


def test_what_an_accepting_policy_forgave_is_not_noted() -> None:
    (told,) = acknowledge_group(interchange(), group(), [outcome("0001", faults=[BAD_ELEMENT])]).transaction_sets
    assert (told.codes, told.segments) == ((), ())


def test_at_most_five_codes() -> None:
    errors = ("1", "2", "3", "4", "6", "7")
    rejected = outcome("0001", Verdict.REJECTED, envelope_errors=errors)
    acknowledgment = acknowledge_group(interchange(), group(errors=errors), [rejected])
    assert acknowledgment.codes == errors[:5]
    assert acknowledgment.transaction_sets[0].codes == errors[:5]


@given(st.text(max_size=120), st.text(max_size=8), st.integers(0, 10**7), st.integers(0, 500), st.text(max_size=6))
def test_whatever_was_received_can_be_acknowledged(
    value: str, segment: str, position: int, element: int, data_element: str
) -> None:
    bad = fault(position, segment, element=element, element_code="6", data_element=data_element, value=value)
    rejected = SetOutcome(value, value, value, Verdict.REJECTED, faults=[bad])
    acknowledgment = acknowledge_group(interchange(), group(), [rejected])
    (told,) = acknowledgment.transaction_sets
    for note in told.segments:
        assert 2 <= len(note.segment) <= 3
        assert note.position <= 999_999
        for element_note in note.elements:
            assert len(element_note.value or "") <= 99
            assert not set("*>~") & set(element_note.value or "")


def test_an_acknowledgment_is_never_acknowledged() -> None:
    assert acknowledgeable(group("PO"))
    assert not acknowledgeable(group("FA"))
    assert acknowledgeable_interchange(interchange((group("FA"), group("PO"))))
    assert not acknowledgeable_interchange(interchange((group("FA"),)))
    assert not acknowledgeable_interchange(interchange(ta1=(("000000001", "261121", "0905", "A", "000"),)))
    assert acknowledgeable_interchange(interchange())  # no group could be read: the sender must hear of it


@pytest.mark.parametrize(
    ("verdict", "note", "letter"),
    [(Verdict.ACCEPTED, "000", "A"), (Verdict.ACCEPTED_WITH_ERRORS, "001", "E"), (Verdict.REJECTED, "023", "R")],
)
def test_a_ta1_goes_out_and_comes_back(verdict: Verdict, note: str, letter: str) -> None:
    acknowledgment = acknowledge_interchange(interchange(note=note), verdict)
    segment = ta1_segment(acknowledgment)
    assert segment == ["TA1", "000000042", "261121", "0905", letter, note]
    assert read_ta1(segment[1:]) == (acknowledgment, ())


def test_the_receiver_can_give_the_note_itself() -> None:
    acknowledgment = acknowledge_interchange(interchange(), Verdict.REJECTED, note_code="025")
    assert ta1_segment(acknowledgment)[-2:] == ["R", "025"]


def test_a_groups_acknowledgment_is_no_ta1() -> None:
    with pytest.raises(ValueError, match="TA1"):
        ta1_segment(acknowledge_group(interchange(), group(), [outcome("0001")]))


@pytest.mark.parametrize("elements", [[], ["000000001"], ["", "261121", "0905", "A", "000"], ["1", "", "", "Z", "000"]])
def test_a_ta1_that_says_nothing_is_a_finding(elements: list[str]) -> None:
    acknowledgment, findings = read_ta1(elements)
    assert acknowledgment is None
    assert [f.code for f in findings] == ["X12-TA1"]


@given(st.lists(st.text(), max_size=8))
def test_reading_a_ta1_never_raises(elements: list[str]) -> None:
    acknowledgment, findings = read_ta1(elements)
    assert (acknowledgment is None) == bool(findings)
