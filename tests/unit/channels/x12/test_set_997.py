from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import SetOutcome, acknowledge_group
from channels.x12.envelope import PartyId, scan
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import grammar
from channels.x12.sets import decode, encode
from channels.x12.writing.writer import GroupHeader, InterchangeHeader, TransactionSet, interchange_version, write
from tests.unit.channels.x12.reading import CREATED, SEPARATORS, UNHURRIED, judged, read, segments

REJECTION = """
AK1*PO*12
AK2*850*0001
AK5*A
AK2*850*0002
AK3*PO1*7*PO1*8
AK4*3*355*7*XX
AK4*4>2*212*6
AK3*CTT*9**3
AK5*R*5*4
AK9*P*2*2*1
"""


def test_a_received_997_is_read_and_written_again() -> None:
    body = segments(REJECTION)
    decoded = read("997", body)
    acknowledgment = decoded.document
    assert isinstance(acknowledgment, FunctionalAcknowledgment)
    assert acknowledgment.group is not None
    assert (acknowledgment.group.functional_identifier, acknowledgment.group.control_number) == ("PO", "12")
    assert acknowledgment.verdict is AcknowledgmentVerdict.PARTIALLY_ACCEPTED
    assert [(s.control_number, s.verdict, s.codes) for s in acknowledgment.transaction_sets] == [
        ("0001", AcknowledgmentVerdict.ACCEPTED, ()),
        ("0002", AcknowledgmentVerdict.REJECTED, ("5", "4")),
    ]
    po1, ctt = acknowledgment.transaction_sets[1].segments
    assert [(e.position, e.component, e.code, e.value) for e in po1.elements] == [
        (3, None, "7", "XX"),
        (4, 2, "6", None),
    ]
    assert (ctt.segment, ctt.position, ctt.loop, ctt.code) == ("CTT", 9, None, "3")
    assert encode(acknowledgment, "004010", SEPARATORS) == body


@UNHURRIED
@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4), st.sampled_from(["004010", "005010"]))
def test_our_own_997_is_always_accepted(verdicts: list[Verdict], release: str) -> None:
    bad = judged("810", segments("BIG*2026112X*INV-1\nIT1*1*x*EA\nXYZ*1"), release)
    group = GroupHeader("IN", "SUPPLIER", "BUYER", 7, CREATED, release)
    header = InterchangeHeader(
        PartyId("ZZ", "SUPPLIER"), PartyId("ZZ", "BUYER"), 1, CREATED, version=interchange_version(release)
    )
    sets = [TransactionSet("810", n, segments("BIG*20261120*INV-1")) for n, _ in enumerate(verdicts, 1)]
    (interchange,) = scan(write(header, [(group, sets)])).interchanges
    outcomes = [
        SetOutcome(span.type, span.control_number, span.implementation, verdict, bad.faults, ("4",))
        for verdict, span in zip(verdicts, interchange.groups[0].sets, strict=True)
    ]
    acknowledgment = acknowledge_group(interchange, interchange.groups[0], outcomes)
    body = encode(acknowledgment, release, SEPARATORS)
    judgement = judged("997", body, release)
    assert (judgement.verdict, judgement.findings) == (Verdict.ACCEPTED, ())
    assert decode("997", grammar(release, "997"), judgement, SEPARATORS).document == acknowledgment


@UNHURRIED
@given(st.text(max_size=12), st.text(max_size=120), st.sampled_from(["004010", "005010"]))
def test_whatever_was_received_our_997_can_be_written(name: str, value: str, release: str) -> None:
    faults = [
        Fault(2, name, name, "1", 0, 0, 0, "", "", value),
        Fault(3, "N1", "N1", "", 2, 3, 4, "C040", "13", value),
        Fault(10**7, "N1", "N1", "", 2, 0, 0, "93", "5", value),
    ]
    header = InterchangeHeader(
        PartyId("ZZ", "SUPPLIER"), PartyId("ZZ", "BUYER"), 1, CREATED, version=interchange_version(release)
    )
    group = GroupHeader("IN", "SUPPLIER", "BUYER", 7, CREATED, release)
    sent = write(header, [(group, [TransactionSet("810", 1, segments("BIG*20261120*INV-1"))])])
    (interchange,) = scan(sent).interchanges
    outcome = SetOutcome(value, name, name, Verdict.REJECTED, faults, ("6", "7"))
    answer = acknowledge_group(interchange, interchange.groups[0]._replace(control_number=name), [outcome])
    body = encode(answer, release, SEPARATORS)
    write(header, [(group, [TransactionSet("997", 1, body)])])
    assert judged("997", body, release, strict=False).verdict is not Verdict.REJECTED
