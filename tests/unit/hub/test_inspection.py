"""Inspection: the pipeline's steps over bytes and a profile, one value at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.finding import Verdict
from channels.x12.envelope import PartyId, Scan, scan
from hub.inspection.file import (
    NEUTRAL,
    InspectedSet,
    InterchangeAnswered,
    InterchangeOpened,
    inspect,
    readable,
)
from partners.loader import load_profile_text
from partners.pinned import Pinned

SAMPLES = Path(__file__).parents[3] / "samples"
ORDER = (SAMPLES / "cases/customer-order/input.edi").read_bytes()
INVOICES = (SAMPLES / "cases/three-invoices-one-bad/input.edi").read_bytes()

PIECES = (b"", b"~", b"*", b">", b"ISA", b"\xff", b"ST*850*1~")
"""What damage puts in place of bytes."""


def sets(data: bytes, pinned: Pinned | None = NEUTRAL) -> list[InspectedSet]:
    return [value for value in inspect(data, profile_of=lambda _: pinned) if isinstance(value, InspectedSet)]


def answers(data: bytes, pinned: Pinned | None = NEUTRAL, at: datetime | None = None) -> list[str]:
    found = inspect(data, profile_of=lambda _: pinned, at=at)
    return [text for value in found if isinstance(value, InterchangeAnswered) for text in value.acknowledgments]


def profile(**x12: object) -> Pinned:
    """The sample supplier with these X12 settings."""
    text = (SAMPLES / "partners/acme-fasteners.yaml").read_text()
    partner = load_profile_text(text, "acme-fasteners.yaml").require()
    return Pinned(partner.model_copy(update={"x12": partner.x12.model_copy(update=x12)}), 1)


def test_values_come_in_file_order_and_sets_one_at_a_time() -> None:
    kinds = [type(value) for value in inspect(INVOICES + ORDER)]
    invoices = [InterchangeOpened, *[InspectedSet] * 3, InterchangeAnswered]
    assert kinds == [Scan, *invoices, InterchangeOpened, InspectedSet, InterchangeAnswered]


def test_one_bad_set_leaves_its_neighbours_as_they_are() -> None:
    found = sets(INVOICES)
    assert [one.verdict for one in found] == [Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ACCEPTED]
    numbers = [one.document.document_number() for one in found if one.document and one.verdict is Verdict.ACCEPTED]
    assert numbers == ["INV-55130", "INV-55132"]


def test_an_interchange_cut_off_is_refused_whole_with_its_reason_at_every_set() -> None:
    cut = INVOICES[: INVOICES.index(b"IEA")]
    found = sets(cut)
    assert {one.verdict for one in found} == {Verdict.REJECTED}
    assert {one.findings[-1].code for one in found} == {"X12-INTERCHANGE-REFUSED"}
    (answer,) = answers(cut)
    assert "TA1*000000105*260309*0700*R*023~" in answer
    assert "GS*FA" not in answer


def test_an_envelope_that_miscounts_is_accepted_with_a_lenient_partner_only() -> None:
    miscounted = INVOICES.replace(b"IEA*1*", b"IEA*7*")
    assert sets(miscounted)[0].verdict is Verdict.ACCEPTED
    assert sets(miscounted, profile(policy="strict"))[0].verdict is Verdict.REJECTED


def test_a_ta1_is_sent_where_the_isa_asks_for_it() -> None:
    asking = INVOICES.replace(b"*0*P*", b"*1*P*", 1)
    assert asking != INVOICES
    ta1, functional = answers(asking)
    assert "TA1*000000105*260309*0700*A*000~" in ta1
    assert "ST*997*0001" in functional


def test_answers_are_written_with_the_partners_separators_and_date_given() -> None:
    x12 = profile().partner.x12
    piped = profile(
        separators=x12.separators.model_copy(update={"element": "|"}),
        lines=x12.lines.model_copy(update={"wrap": "segment"}),
    )
    (answer,) = answers(INVOICES, piped, at=datetime(2027, 2, 1, 15, 30, tzinfo=UTC))
    assert answer.startswith("ISA|00|")
    assert (
        "|270201|1530|U|00401|000000001|0|P|>~\nGS|FA|EXAMPLEDIST|ACMEFASTENERS|20270201|1530|1|X|004010~\n" in answer
    )


def test_an_answer_is_readable_x12_and_is_not_answered_in_turn() -> None:
    (answer,) = answers(INVOICES)
    assert readable(scan(answer.encode()))
    (acknowledged,) = sets(answer.encode())
    assert (acknowledged.span.type, acknowledged.verdict) == ("997", Verdict.ACCEPTED)
    assert answers(answer.encode()) == []


def test_an_answer_that_cannot_be_addressed_is_a_finding() -> None:
    nameless = INVOICES.replace(b"*ZZ*ACMEFASTENERS  *", b"*ZZ*               *", 1)
    (answered,) = [value for value in inspect(nameless) if isinstance(value, InterchangeAnswered)]
    assert answered.acknowledgments == ()
    assert [finding.code for finding in answered.findings] == ["X12-ANSWER-UNWRITABLE"]


def test_a_date_that_cannot_be_read_does_not_stop_the_answer() -> None:
    (answer,) = answers(INVOICES.replace(b"*260309*0700*", b"*269999*0700*", 1))
    assert "*000101*0000*" in answer


def test_the_profile_is_told_the_sender_as_the_isa_names_it() -> None:
    asked: list[PartyId] = []
    for _ in inspect(INVOICES, profile_of=lambda sender: asked.append(sender)):
        pass
    assert asked == [PartyId("ZZ", "ACMEFASTENERS")]


def test_traffic_of_another_usage_than_agreed_is_told() -> None:
    opened = inspect(INVOICES.replace(b"*P*>", b"*T*>", 1), profile_of=lambda _: profile())
    codes = [f.code for value in opened if isinstance(value, InterchangeOpened) for f in value.findings]
    assert codes == ["X12-ISA15-USAGE"]


@pytest.mark.parametrize("data", [b"", b"nothing of the kind", b"ISA*00*"])
def test_what_holds_no_interchange_is_not_readable(data: bytes) -> None:
    (scanned,) = inspect(data)
    assert isinstance(scanned, Scan)
    assert not readable(scanned)


@settings(max_examples=150)
@given(st.data())
def test_no_damage_raises_or_loses_a_byte(data: st.DataObject) -> None:
    source = bytearray(data.draw(st.sampled_from([ORDER, INVOICES])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source)))
        length = data.draw(st.sampled_from([0, 1, 1, 3, 40]))
        source[start : start + length] = data.draw(
            st.sampled_from([b"", b"~", b"*", b"ISA", b"\xff", b"ST*850*1~", b">"])
        )
    scanned, *rest = inspect(bytes(source))
    assert isinstance(scanned, Scan)
    assert scanned.size == scanned.bytes_accounted == len(source)
    faults = [f for one in rest if isinstance(one, InspectedSet) for f in one.findings if f.code == "HUB-FAULT"]
    assert not faults
