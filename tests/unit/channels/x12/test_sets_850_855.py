"""Purchase order and acknowledgment, both directions."""

from __future__ import annotations

from datetime import date
from time import process_time

import pytest

from canonical.order import Purpose
from canonical.party import PartyRole
from canonical.purchase_order import PurchaseOrder, PurchaseOrderType
from canonical.purchase_order_acknowledgment import AcknowledgmentType, LineStatus, PurchaseOrderAcknowledgment
from channels.errors import PayloadError
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import Decoded, decode, encode
from tests.builders import make_line, make_purchase_order
from tests.unit.channels.x12.strategies import SEPARATORS


def read(*segments: str, set_type: str = "850") -> Decoded:
    """A 004010 set as its judge would place it."""
    compiled = grammar("004010", set_type)
    whole = [text.split("*") for text in (f"ST*{set_type}*0001", *segments, f"SE*{len(segments) + 2}*0001")]
    judgement = judge(whole, compiled, LENIENT, SEPARATORS)
    return decode(set_type, compiled, judgement, SEPARATORS)


def test_an_order_is_read_into_business_words() -> None:
    decoded = read(
        "BEG*00*SA*PO-1**20250102",
        "DTM*002*20250110*1200*ET",
        "N1*ST*Store 5*92*0005",
        "N4*Dallas*TX*75001",
        "PO1*1*12*EA*9.95*PE*UP*012345678905*VN*A1",
        "SDQ*EA*92*0001*5*0002*7",
        "CTT*1*12",
    )
    order = decoded.document
    assert isinstance(order, PurchaseOrder)
    assert decoded.findings == ()
    assert (order.purpose, order.order_type) == (Purpose.ORIGINAL, PurchaseOrderType.STAND_ALONE)
    assert order.requested_delivery_date == date(2025, 1, 10)
    assert order.dates[0].time_zone == "ET"
    assert order.parties[0].role is PartyRole.SHIP_TO
    assert [store.quantity.value for store in order.lines[0].destination_quantities] == [5, 7]
    assert decoded.provenance["/lines/0/destination_quantities/1/quantity/value"] == "7:SDQ[1]/SDQ06"
    assert decoded.provenance["/parties/0/address/city"] == "5:N4[1]/N401"


def test_an_acknowledgment_answers_each_line() -> None:
    decoded = read(
        "BAK*00*AC*PO-1*20250102*****20250103",
        "PO1*1*12*EA*9.95**VN*A1",
        "ACK*IQ*10*EA*068*20250110",
        "ACK*IS*2*EA****VN*A2",
        set_type="855",
    )
    answer = decoded.document
    assert isinstance(answer, PurchaseOrderAcknowledgment)
    assert answer.acknowledgment_type is AcknowledgmentType.ACCEPTED_WITH_CHANGES
    assert [one.status for one in answer.lines[0].acknowledgments] == [
        LineStatus.QUANTITY_CHANGED,
        LineStatus.SUBSTITUTED,
    ]
    assert answer.lines[0].acknowledgments[1].identifiers[0].value == "A2"


def test_a_loop_without_what_it_needs_is_kept_whole() -> None:
    decoded = read("BEG*00*SA*PO-1**20250102", "N1**Nobody", "N3*1 Main Street", "N1*ST*Store", "PO1**1*EA")
    order = decoded.document
    assert isinstance(order, PurchaseOrder)
    assert [party.name for party in order.parties] == ["Store"]
    assert [(extra.name, extra.values) for extra in order.extras] == [
        ("N1", {"N102": "Nobody"}),
        ("N1/N3", {"N301": "1 Main Street"}),
    ]
    assert decoded.findings[0].locator == "ST*0001/N1[1]/N102"


def test_each_release_gets_the_segments_it_has() -> None:
    note = {"kind": "text", "value": "1", "messages": [{"text": "Handle with care"}]}
    order = make_purchase_order(notes=[note])
    assert ["MSG", "Handle with care"] in encode(order, "004010", SEPARATORS)
    assert ["MTX", "", "Handle with care"] in encode(order, "005010", SEPARATORS)


def test_what_a_release_lacks_is_refused_and_named() -> None:
    message = {"reference_code": "GEN", "text": "Handle with care"}
    order = make_purchase_order(notes=[{"kind": "text", "messages": [message]}])
    with pytest.raises(PayloadError, match="/notes/0/messages/0/reference_code: 850 of 004010 has no place for it"):
        encode(order, "004010", SEPARATORS)


def test_no_set_carries_more_than_it_has_room_for() -> None:
    line = make_line(identifiers=[{"kind": "other", "qualifier": f"Q{n}", "value": "1"} for n in range(11)])
    with pytest.raises(PayloadError, match="carries 10, not 11"):
        encode(make_purchase_order(lines=0).model_copy(update={"lines": (line,)}), "004010", SEPARATORS)


def test_units_of_the_sender_are_a_trace_only() -> None:
    quantity = {"value": "2", "unit_of_measure": "CA", "sender_unit_of_measure": "BOX"}
    order = make_purchase_order(lines=0).model_copy(update={"lines": (make_line(quantity=quantity),)})
    assert ["PO1", "1", "2", "CA", "9.95", "PE", "VN", "V-0001", "BP", "B-0001"] in encode(order, "004010", SEPARATORS)


def test_a_store_without_a_quantity_leaves_the_other_stores_their_unit() -> None:
    decoded = read("BEG*00*SA*1**20240115", "PO1*1*12*EA*1", "SDQ*EA*92*0001*5*0002**0003*7")
    assert isinstance(decoded.document, PurchaseOrder)
    [line] = decoded.document.lines
    stores = [(s.location, s.quantity.value, s.quantity.unit_of_measure) for s in line.destination_quantities]
    assert stores == [("0001", 5, "EA"), ("0003", 7, "EA")]
    assert [(extra.name, extra.values) for extra in line.extras] == [("SDQ", {"SDQ05": "0002"})]
    written = encode(decoded.document, "004010", SEPARATORS)
    assert sorted(t for s in written if s[0] == "SDQ" for t in s[1:] if t) == sorted(
        ["EA", "92", "0001", "0002", "0003", "5", "7"]
    )


def test_values_that_cannot_be_understood_are_counted_and_cost_no_more_than_others() -> None:
    lines = [("PO1*1**EA*1", "SDQ*EA*92*0001*5*0002*") for _ in range(1500)]
    started = process_time()
    decoded = read("BEG*00*SA*1**20240115", *(segment for line in lines for segment in line))
    assert process_time() - started < 10  # 20 seconds when each value looked through all the others
    assert decoded.document is not None
    assert len(decoded.findings) == 101
    assert decoded.findings[-1].message.startswith("2900 more values")
