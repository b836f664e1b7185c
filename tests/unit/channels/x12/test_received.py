"""A file through the Python door: what it holds, what is answered, and that both are what the hub says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.finding import Verdict
from channels.errors import PayloadError
from channels.x12 import STRICT, Form, PartyId, read, write
from channels.x12.envelope import scan
from channels.x12.received import ReceivedSet
from hub.inspection.file import InspectedSet, InterchangeAnswered, inspect
from tests.builders import make_invoice, make_purchase_order

CASES = sorted((Path(__file__).parents[4] / "samples" / "cases").glob("*/input.edi"))
INVOICES = (Path(__file__).parents[4] / "samples/cases/three-invoices-one-bad/input.edi").read_bytes()


def sets(data: bytes) -> list[ReceivedSet]:
    return [each for interchange in read(data) for each in interchange]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_the_door_and_the_hub_answer_alike(case: Path) -> None:
    data = case.read_bytes()
    values = list(inspect(data))
    judged = {one.span: one.document for one in values if isinstance(one, InspectedSet)}
    assert {one.span: one.document for one in sets(data)} == judged
    by_hub = [text.encode() for one in values if isinstance(one, InterchangeAnswered) for text in one.acknowledgments]
    checked = [one.verdict for one in values if isinstance(one, InspectedSet)]
    if checked == [one.verdict for one in sets(data)]:  # the hub has business checks besides
        replies = [reply for interchange in read(data) for reply in interchange.acknowledge()]
        unnumbered = [
            reply.replace(b"*000000002*", b"*000000001*").replace(b"*000000002~", b"*000000001~") for reply in replies
        ]
        assert unnumbered == by_hub


def test_answers_count_their_own_numbers_and_are_not_answered() -> None:
    two = INVOICES.replace(b"*0*P*", b"*1*P*", 1).replace(b"IEA*1", GROUP + b"IEA*2")
    (interchange,) = read(two)
    replies = interchange.acknowledge(control_number=70, group_control_number=7)
    found = [scan(reply).interchanges[0] for reply in replies]
    assert [one.control_number for one in found] == ["000000070", "000000071", "000000072"]
    assert [[group.control_number for group in one.groups] for one in found] == [[], ["7"], ["8"]]
    assert len(found[0].ta1) == 1
    assert [each.acknowledge(interchange=True) for reply in replies for each in read(reply)] == [[], [], []]


GROUP = b"GS*IN*ACMEFASTENERS*EXAMPLEDIST*20260309*0700*106*X*004010~ST*810*0001~BIG*20260309*I1~SE*3*0001~GE*1*106~\n"


def test_a_refused_envelope_refuses_its_sets_and_is_answered_by_a_ta1_alone() -> None:
    cut = INVOICES[: INVOICES.index(b"IEA")]
    (interchange,) = read(cut)
    assert interchange.verdict is Verdict.REJECTED
    assert {each.verdict for each in interchange} == {Verdict.REJECTED}
    (reply,) = interchange.acknowledge()
    assert b"TA1*000000105*260309*0700*R*023" in reply


def test_a_set_without_a_canonical_document_is_judged_all_the_same() -> None:
    forecast = INVOICES.replace(b"ST*810*0001", b"ST*830*0001", 1)
    first = sets(forecast)[0]
    assert first.document is None
    assert first.verdict is Verdict.REJECTED
    assert {finding.code for finding in first.findings} & {"X12-AK304-2", "X12-AK304-3", "X12-AK304-6"}


def test_several_documents_make_one_interchange_with_a_group_for_each_type() -> None:
    documents = [make_invoice(1), make_purchase_order(1), make_invoice(2, invoice_number="INV-2")]
    ours, theirs = PartyId("ZZ", "US"), PartyId("ZZ", "THEM")
    written = write(documents, sender=ours, receiver=theirs, control_number=5, group_control_number=9)
    (interchange,) = read(written.data, policy=STRICT)
    groups = interchange.source.groups
    assert [(g.functional_identifier, g.control_number, len(g.sets)) for g in groups] == [
        ("IN", "9", 2),
        ("PO", "10", 1),
    ]
    assert [each.document for each in interchange] == [documents[0], documents[2], documents[1]]
    assert all(b"AK9*A" in reply for reply in interchange.acknowledge())


def test_a_sender_that_cannot_be_addressed_is_an_error_with_its_reason() -> None:
    nameless = INVOICES.replace(b"*ZZ*ACMEFASTENERS  *", b"*ZZ*               *", 1)
    (interchange,) = read(nameless)
    with pytest.raises(PayloadError, match="ISA07/ISA08"):
        interchange.acknowledge(interchange=True)


@settings(max_examples=60)
@given(st.data())
def test_no_bytes_make_it_raise(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(INVOICES)))
    junk = data.draw(st.binary(max_size=12))
    mutated = INVOICES[:at] + junk + INVOICES[at + data.draw(st.integers(0, 40)) :]
    for interchange in read(mutated):
        for each in interchange:
            assert each.accepted or each.findings
        try:
            replies = interchange.acknowledge(Form())
        except PayloadError as refused:
            assert refused.findings  # noqa: PT017
        else:
            assert all(scan(reply).interchanges[0].note_code == "000" for reply in replies)
