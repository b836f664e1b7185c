"""An acknowledgment laid beside what was sent: every set of ours comes out once, whatever the partner wrote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canonical.functional_acknowledgment import (
    AcknowledgedGroup,
    AcknowledgedTransactionSet,
    AcknowledgmentVerdict,
    FunctionalAcknowledgment,
)
from hub.pipeline.reconcile import read_group
from hub.states import DeliveryStatus
from hub.store.schema.records import SentSet

SENT = [SentSet(f"dl_{n}", "tr_1", "acme", "000000001", "PO", "000000001", "850", f"{n:04}") for n in (1, 2, 3)]
VERDICTS = st.sampled_from([{"verdict": v, "verdict_code": (*v.codes, "Z")[0]} for v in AcknowledgmentVerdict])
COUNTS = st.none() | st.integers(0, 5)


@st.composite
def acknowledgments(draw: st.DrawFn) -> FunctionalAcknowledgment:
    numbers = st.sampled_from(["0001", "1", "00002", "0003", "0004", "", "x"])
    types = st.sampled_from(["850", "850", "850", "810"])
    sets = [
        AcknowledgedTransactionSet(transaction_set=draw(types), control_number=number or "?", **draw(VERDICTS))
        for number in draw(st.lists(numbers, max_size=5))
    ]
    return FunctionalAcknowledgment(
        group=AcknowledgedGroup(functional_identifier="PO", control_number="1"),
        **draw(VERDICTS),
        sets_received=draw(COUNTS),
        sets_accepted=draw(COUNTS),
        transaction_sets=tuple(sets),
    )


@given(acknowledgments())
def test_every_set_of_ours_is_told_of_or_left_open(document: FunctionalAcknowledgment) -> None:
    reading = read_group(document, SENT)
    told = [one.sent.delivery_id for one in reading.told]
    unclear = [one.delivery_id for one in reading.unclear]
    assert {*told, *unclear} == {sent.delivery_id for sent in SENT}
    named = len(document.transaction_sets)
    others = len(SENT) - len({*told, *unclear} & _named(document))
    assert len(told) + len(unclear) + len(reading.unknown) == named + others
    if document.verdict is AcknowledgmentVerdict.REJECTED:
        assert not unclear
        assert {one.outcome for one in reading.told} == {DeliveryStatus.REFUSED}
    assert all(one.why for one in reading.told if one.outcome is DeliveryStatus.REFUSED and document.codes)
    if document.verdict is AcknowledgmentVerdict.OTHER:
        assert all(one.sent.delivery_id in _named(document) for one in reading.told)


def _named(document: FunctionalAcknowledgment) -> set[str]:
    numbers = {s.control_number.lstrip("0") for s in document.transaction_sets if s.transaction_set == "850"}
    return {sent.delivery_id for sent in SENT if sent.set_control_number.lstrip("0") in numbers}
