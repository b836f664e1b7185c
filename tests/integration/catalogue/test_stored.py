"""Rows of the catalogue of bad input in which the store takes part: who sent it, whether it came before, what it
answers.

Each file goes the whole way: received, worked, its answers composed and delivered to the folder of the partner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.desk.desk import Desk
from hub.principal import Principal
from hub.states import ArrivalStatus, DeliveryStatus, DocumentStatus
from hub.store.questions.search import DocumentFilter, trace
from hub.store.schema.records import StoredInterchange, Transmission
from hub.store.store import Store
from hub.store.traffic import deliveries, interchanges
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, body_of, group, purchase_order, transaction_set

ISA = Isa()
ORDER = group("PO", purchase_order())
GOOD = ISA.around(ORDER)
ACCEPTED = "AK1*PO*7\nAK2*850*0001\nAK5*A\nAK9*A*1*1*1"
ACME, BETA = profile(), profile("beta", "BETA")


def answers(hub: SteppedHub) -> list[str]:
    """What partners get now, apart from envelopes; the orders that go to the ERP are none of it."""
    return [body_of(text) for text in hub.leave()]


def ta1(verdict: str, note: str) -> str:
    return f"TA1*000000042*261120*0905*{verdict}*{note}"


def interchange_of(hub: SteppedHub, transmission: Transmission) -> StoredInterchange:
    with hub.store.read() as tx:
        return interchanges.of_transmission(tx, transmission.id)[0]


def kinds(hub: SteppedHub) -> list[str]:
    return [item.kind for item in hub.work_items()]


def codes(hub: SteppedHub, transmission: Transmission) -> list[str]:
    return [finding["code"] for finding in interchange_of(hub, transmission).findings]


def statuses(hub: SteppedHub, transmission: Transmission) -> list[str]:
    return [document.status for document in hub.documents_of(transmission) if document.direction == "inbound"]


@pytest.mark.parametrize(
    "data", [b"", b"<html>Please sign in</html>", b"IEA*1*000000042~"], ids=["XE01", "XE03", "XE16"]
)
def test_a_file_that_is_no_x12_is_rejected_and_a_person_told(store: Store, tmp_path: Path, data: bytes) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(data)
        assert taken.status == ArrivalStatus.REJECTED
        assert taken.reason
        assert answers(hub) == []
        assert kinds(hub) == ["unreadable"]


@pytest.mark.parametrize(
    ("row", "tail", "status"),
    [("XE24", Isa(number="000000043").around(ORDER)[:60], "processed"), ("XE25", b"Best regards, Jo", "processed")],
)
def test_what_follows_an_interchange_is_told_and_the_interchange_goes_on(
    store: Store, tmp_path: Path, row: str, tail: bytes, status: str
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(GOOD + tail)
        assert (taken.status, statuses(hub, taken)) == (status, [DocumentStatus.ROUTED])
        assert answers(hub) == [ACCEPTED]
        (item,) = hub.work_items()
        assert item.kind == "remnant"
        assert f"{len(tail)} bytes at offset {len(GOOD)}" in item.summary


def test_xe06_an_unknown_sender_is_quarantined_and_answered_by_nothing(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(Isa(sender="NOBODY", requested="1").around(ORDER))
        assert (taken.status, codes(hub, taken)) == (ArrivalStatus.QUARANTINED, ["PARTNER-UNKNOWN"])
        assert hub.documents_of(taken) == []
        assert answers(hub) == []
        assert kinds(hub) == ["quarantine"]


@pytest.mark.parametrize(
    ("policy", "expected"), [("on_request", [ta1("R", "009")]), ("on_error", [ta1("R", "009")]), ("never", [])]
)
def test_xe06_a_receiver_that_is_not_us_is_quarantined_and_its_known_sender_told(
    store: Store, tmp_path: Path, policy: str, expected: list[str]
) -> None:
    with stepped_hub(store, tmp_path, profile(acknowledgments={"interchange": policy})) as hub:
        taken = hub.take(Isa(receiver="SOMEBODYELSE").around(ORDER))
        assert (taken.status, codes(hub, taken)) == (ArrivalStatus.QUARANTINED, ["RECEIVER-UNKNOWN"])
        assert hub.documents_of(taken) == [d for d in hub.documents_of(taken) if d.direction == "outbound"]
        assert answers(hub) == expected
        assert kinds(hub) == ["quarantine"]


def test_xe07_a_sender_through_the_door_of_another_is_quarantined_and_neither_hears_of_it(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path, ACME, BETA) as hub:
        taken = hub.take(Isa(sender="BETA", requested="1").around(ORDER), partner="acme")
        assert (taken.status, codes(hub, taken)) == (ArrivalStatus.QUARANTINED, ["PARTNER-FOREIGN"])
        assert answers(hub) == []
        assert hub.documents_of(taken) == []
        assert kinds(hub) == ["quarantine"]
        for partner in ("acme", "beta"):
            desk = Desk(hub.services, Principal("partner", partner))
            assert desk.documents(DocumentFilter(limit=10), {"purchase_order": "PO-1"}).documents == []


def test_xe10_the_same_bytes_again_get_the_first_answer_with_its_own_numbers(store: Store, tmp_path: Path) -> None:
    """As the same file, and as the same interchange beside another."""
    other = Isa(number="000000043").around(group("PO", purchase_order(order="PO-2"), number="8"))
    with stepped_hub(store, tmp_path) as hub:
        hub.take(GOOD)
        first = hub.leave()
        again = hub.take(GOOD)
        assert again.status == ArrivalStatus.DUPLICATE
        assert hub.leave() == first
        beside = hub.take(GOOD + other)
        assert beside.status == ArrivalStatus.PROCESSED
        assert [body_of(text) for text in hub.leave()] == [ACCEPTED, ACCEPTED.replace("PO*7", "PO*8")]
        assert [d.number for d in hub.documents_of(beside) if d.direction == "inbound"] == ["PO-2"]
        assert kinds(hub) == []


def test_xe11_the_number_again_with_other_bytes_is_refused_and_a_person_looks(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        first = hub.take(GOOD)
        hub.leave()
        again = hub.take(ISA.around(group("PO", purchase_order(order="PO-2"))))
        assert (again.status, codes(hub, again)) == (ArrivalStatus.QUARANTINED, ["X12-ISA13-REUSED"])
        assert answers(hub) == [ta1("R", "025")]
        assert statuses(hub, again) == []
        assert statuses(hub, first) == [DocumentStatus.ROUTED]
        assert kinds(hub) == ["quarantine"]


def test_xe11_the_number_of_a_refused_interchange_may_be_used_again(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        hub.take(GOOD[: GOOD.index(b"IEA")])
        assert answers(hub) == [ta1("R", "023")]
        assert hub.take(GOOD).status == ArrivalStatus.PROCESSED
        assert answers(hub) == [ACCEPTED]


@pytest.mark.parametrize(("in_use", "sent"), [("production", "T"), ("test", "P"), ("production", "I")])
def test_xe12_traffic_of_another_usage_is_refused(store: Store, tmp_path: Path, in_use: str, sent: str) -> None:
    text = ACME.replace("usage_indicator: production", f"usage_indicator: {in_use}")
    with stepped_hub(store, tmp_path, text) as hub:
        taken = hub.take(Isa(usage=sent).around(ORDER))
        assert (taken.status, codes(hub, taken)) == (ArrivalStatus.REJECTED, ["X12-ISA15-USAGE"])
        assert answers(hub) == [ta1("R", "020")]
        assert statuses(hub, taken) == []
        assert not list(hub.erp.iterdir())


def outbound(hub: SteppedHub) -> str:
    """A purchase order that has left; the id of its delivery."""
    posted = hub.post(make_purchase_order())
    hub.leave()
    return hub.deliveries_of(posted)[0].id


def status_of(hub: SteppedHub, delivery_id: str) -> str:
    with hub.store.read() as tx:
        delivery = deliveries.get(tx, delivery_id)
    assert delivery
    return delivery.status


def acknowledgment(number: str, *body: str) -> bytes:
    return Isa(number=number).around(group("FA", transaction_set("997", body)))


@pytest.mark.parametrize(
    "answer",
    [
        acknowledgment("000000050", "AK1*PO*99", "AK9*A*1*1*1"),
        Isa(number="000000050").around("TA1*000000099*261120*0905*R*025~"),
    ],
    ids=["997", "TA1"],
)
def test_xe29_an_answer_to_a_number_never_sent_is_an_orphan(store: Store, tmp_path: Path, answer: bytes) -> None:
    with stepped_hub(store, tmp_path) as hub:
        sent = outbound(hub)
        taken = hub.take(answer)
        assert statuses(hub, taken) == [DocumentStatus.ORPHAN]
        assert kinds(hub) == ["orphan-acknowledgment"]
        assert status_of(hub, sent) == DeliveryStatus.DELIVERED
        assert answers(hub) == []


def test_xe30_a_997_that_refuses_is_a_task_and_a_second_that_differs_is_a_conflict(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        sent = outbound(hub)
        hub.take(acknowledgment("000000050", "AK1*PO*1", "AK2*850*0001", "AK5*R*5", "AK9*R*1*1*0"))
        assert status_of(hub, sent) == DeliveryStatus.REFUSED
        assert kinds(hub) == ["refused"]
        hub.take(acknowledgment("000000051", "AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"))
        assert status_of(hub, sent) == DeliveryStatus.REFUSED
        assert kinds(hub) == ["refused", "acknowledgment-conflict"]
        assert answers(hub) == []


def test_xe30_a_997_that_does_not_come_is_overdue_and_one_that_comes_late_ends_that(
    store: Store, tmp_path: Path
) -> None:
    due = ACME.replace(
        "direction: outbound, channel: files", "direction: outbound, channel: files, acknowledgment_due_minutes: 60"
    )
    with stepped_hub(store, tmp_path, due) as hub:
        sent = outbound(hub)
        with store.read() as tx:
            later = hub.services.clock() + timedelta(minutes=61)
            assert [one.id for one in deliveries.overdue(tx, later)] == [sent]
        hub.take(acknowledgment("000000050", "AK1*PO*1", "AK9*A*1*1*1"))
        assert status_of(hub, sent) == DeliveryStatus.ACKNOWLEDGED
        with store.read() as tx:
            assert deliveries.overdue(tx, later) == []


def test_xe31_two_hubs_do_not_answer_each_other_for_ever(store: Store, tmp_path: Path) -> None:
    """Every answer of ours comes back as if it were the partner's, asking for one in turn."""
    with stepped_hub(store, tmp_path, profile(acknowledgments={"interchange": "always"})) as hub:
        hub.take(GOOD)
        first = hub.leave()
        assert [body_of(text) for text in first] == [ta1("A", "000"), ACCEPTED]
        for number, text in enumerate(first, 60):
            mirrored = text.replace("BUYER          ", "%").replace("ACME           ", "BUYER          ")
            mirrored = mirrored.replace("%", "ACME           ").replace("*0*P*", "*1*P*")
            isa13 = text.split("*")[13]
            hub.take(mirrored.replace(isa13, f"{number:09}").encode())
            assert hub.leave() == []


def test_xc09_a_number_of_another_partner_tells_nothing_of_that_partner(store: Store, tmp_path: Path) -> None:
    """Until orders are followed as a thread, an invoice for an order that was never sent goes on as what it is: the
    sender's own document. It touches nothing of who has an order of that number."""
    invoice = transaction_set("810", ["BIG*20261120*INV-1**PO-1", "IT1*1*1*EA*1", "TDS*100", "CTT*1"])
    with stepped_hub(store, tmp_path, ACME, BETA) as hub:
        foreign = Isa(sender="BETA").around(ORDER.replace("ACME", "BETA"))
        order = hub.take(foreign, partner="beta")
        taken = hub.take(ISA.around(group("IN", invoice)))
        (document,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
        assert (document.partner, document.status) == ("acme", DocumentStatus.ROUTED)
        assert "beta" not in str(document.findings)
        desk = Desk(hub.services, Principal("partner", "acme"))
        assert [d.id for d in desk.documents(DocumentFilter(limit=10), {"purchase_order": "PO-1"}).documents] == [
            document.id
        ]
        assert statuses(hub, order) == [DocumentStatus.ROUTED]


def test_xc10_the_same_order_again_is_delivered_once_and_another_of_its_number_waits(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        first = hub.take(GOOD)
        (original,) = [d for d in hub.documents_of(first) if d.direction == "inbound"]
        again = hub.take(Isa(number="000000043").around(ORDER))
        (same,) = [d for d in hub.documents_of(again) if d.direction == "inbound"]
        assert same.status == DocumentStatus.DUPLICATE
        assert original.id in (same.reason or "")
        changed = group("PO", purchase_order(lines=["PO1*1*13*EA*9.95"]))
        other = hub.take(Isa(number="000000044").around(changed))
        (held,) = [d for d in hub.documents_of(other) if d.direction == "inbound"]
        assert held.status == DocumentStatus.HELD
        assert [f["code"] for f in held.findings] == ["DUPLICATE-DOCUMENT"]
        assert kinds(hub) == ["held"]
        assert answers(hub) == [ACCEPTED] * 3
        assert len(list(hub.erp.iterdir())) == 1


def test_xc11_a_change_before_its_order_is_never_taken_for_the_order(store: Store, tmp_path: Path) -> None:
    """It waits for a person as long as nothing is agreed about changes."""
    change = ["BCH*04*SA*PO-1***20261120", "POC*1*CA*12*12*EA*9.95", "CTT*1"]
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(ISA.around(group("PC", transaction_set("860", change))))
        (document,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
        assert document.type != "purchase_order"
        assert document.status in (DocumentStatus.HELD, DocumentStatus.REJECTED)
        assert not list(hub.erp.iterdir())


def test_xc12_a_notice_whose_levels_had_to_be_guessed_waits_for_a_person(store: Store, tmp_path: Path) -> None:
    levels: Sequence[str] = ("HL*1**S", "HL*2*9*O", "PRF*PO-1", "CTT*2")
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(ISA.around(group("SH", transaction_set("856", ["BSN*00*SH-1*20261120*0905", *levels]))))
        (document,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
        assert document.status == DocumentStatus.HELD
        assert "X12-HL-PARENT" in [finding["code"] for finding in document.findings]
        assert (document.reason or "").startswith("The set follows the standard, but part of it had to be guessed")
        assert answers(hub) == ["AK1*SH*7\nAK2*856*0001\nAK5*A\nAK9*A*1*1*1"]


def test_xc13_every_entry_that_the_crosswalk_lacks_is_named_and_the_document_waits_whole(
    store: Store, tmp_path: Path
) -> None:
    lines = ["PO1*1*12*EA*9.95**VN*A-1", "PO1*2*12*EA*9.95**VN*A-2"]
    required = ACME + "crosswalk: {item: required}\n"
    with stepped_hub(store, tmp_path, required) as hub:
        taken = hub.take(ISA.around(group("PO", purchase_order(lines=lines))))
        (document,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
        assert document.status == DocumentStatus.HELD
        assert [item.kind for item in hub.work_items()] == ["crosswalk", "crosswalk"]
        assert {"A-1", "A-2"} == {f["value"] for f in document.findings if f["value"] in ("A-1", "A-2")}
        assert not list(hub.erp.iterdir())


def test_a_group_is_answered_once_and_an_event_tells_of_it(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(GOOD)
        with store.read() as tx:
            traced = trace(tx, taken.id)
        assert traced is not None
        told = [event.data for event in traced.events if event.kind == "acknowledgment.made"]
        assert told == [{"kind": "997", "verdict": "accepted"}]


def test_a_999_leaves_where_the_profile_asks_for_it(store: Store, tmp_path: Path) -> None:
    newer = replace(ISA, version="00501", standards="^")
    with stepped_hub(store, tmp_path, profile(acknowledgments={"form": "999"})) as hub:
        taken = hub.take(newer.around(group("PO", purchase_order(), release="005010")))
        (text,) = hub.leave()
        assert body_of(text) == "AK1*PO*7*005010\nAK2*850*0001\nIK5*A\nAK9*A*1*1*1"
        assert "~ST*999*0001~" in text
        assert "*X*005010~" in text
        (own,) = [d for d in hub.documents_of(taken) if d.direction == "outbound"]
        assert own.set_type == "999"
        hub.take(replace(ISA, number="000000043").around(group("PO", purchase_order(order="PO-2"))))
        (text,) = hub.leave()
        assert "~ST*997*0001~" in text
