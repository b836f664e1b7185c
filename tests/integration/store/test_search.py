"""Lists, traces and tallies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from hub.store.questions import search, spans
from hub.store.questions.search import DeliveryFilter, DocumentFilter, TransmissionFilter
from hub.store.schema.records import SentSet, StoredDelivery, StoredDocument
from hub.store.store import Store
from hub.store.traffic import acknowledgments, deliveries, documents, tallies, transmissions
from hub.store.traffic.interchanges import record_interchange
from hub.store.trail import events
from tests.integration.store.rows_for_tests import NOW, arrival, delivery, departure, document


def numbers(store: Store, **wanted: Any) -> list[str]:
    with store.read() as tx:
        return [found.number for found in search.documents(tx, DocumentFilter(**wanted))]


@pytest.fixture
def filled(store: Store) -> Store:
    with store.begin() as tx:
        document(tx, number="PO1", keys=[("purchase_order", "PO1"), ("control_number", "000000042")], canonical="{}")
        document(
            tx, number="INV1", type="invoice", keys=[("purchase_order", "PO1"), ("invoice", "INV1")], status="held"
        )
        document(
            tx,
            "tr_2",
            number="PO2",
            partner="beta",
            keys=[("purchase_order", "PO2")],
            created_at=NOW + timedelta(days=1),
        )
        late = {"findings": [{"code": "LATE"}, {"code": "LATE"}, {"code": "ODD"}]}
        document(
            tx, "tr_2", number="PO3", partner="beta", direction="outbound", keys=[("purchase_order", "po3")], **late
        )
    return store


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["PO3", "PO2", "INV1", "PO1"]),
        ({"text": "PO1"}, ["INV1", "PO1"]),
        ({"text": " po1 "}, ["INV1", "PO1"]),
        ({"text": "po3"}, ["PO3"]),
        ({"text": "42"}, ["PO1"]),
        ({"text": "PO"}, []),
        ({"text": "%"}, []),
        ({"text": "' OR 1=1 --"}, []),
        ({"text": "tr_2"}, ["PO3", "PO2"]),
        ({"text": "PO1", "type": "invoice"}, ["INV1"]),
        ({"text": "PO1", "partner": "beta"}, []),
        ({"partner": "beta"}, ["PO3", "PO2"]),
        ({"state": "held"}, ["INV1"]),
        ({"direction": "outbound"}, ["PO3"]),
        ({"since": NOW + timedelta(seconds=1)}, ["PO2"]),
        ({"until": NOW}, []),
        ({"since": NOW, "until": NOW + timedelta(days=1)}, ["PO3", "INV1", "PO1"]),
        ({"before_seq": 3, "limit": 1}, ["INV1"]),
        ({"until": NOW + timedelta(days=1), "partner": "acme", "state": "routed"}, ["PO1"]),
        ({"until": NOW + timedelta(days=9), "state": "held", "type": "invoice"}, ["INV1"]),
        ({"until": NOW + timedelta(days=9)}, ["PO2", "PO3", "INV1", "PO1"]),
        ({"until": NOW + timedelta(days=9), "before_seq": 3}, ["PO3", "INV1", "PO1"]),
        ({"until": NOW + timedelta(days=1), "before_seq": 3}, ["PO3", "INV1", "PO1"]),
        ({"until": NOW + timedelta(days=9), "before_seq": 4, "limit": 1}, ["INV1"]),
        ({"since": NOW, "before_seq": 9}, ["PO3", "INV1", "PO1"]),
        ({"since": NOW, "before_seq": 0}, []),
        ({"finding": "ODD"}, ["PO3"]),
        ({"finding": "LATE", "partner": "beta", "direction": "outbound", "state": "routed"}, ["PO3"]),
        ({"finding": "LATE", "until": NOW + timedelta(seconds=1), "text": "po3"}, ["PO3"]),
        ({"finding": "LATE", "partner": "acme"}, []),
        ({"finding": "LATE", "before_seq": 4}, []),
        ({"finding": "LATE", "since": NOW + timedelta(seconds=1)}, []),
        ({"finding": "LAT"}, []),
        ({"finding": "%"}, []),
    ],
)
def test_documents_are_found_by_what_people_know(filled: Store, wanted: dict[str, Any], expected: list[str]) -> None:
    assert numbers(filled, **wanted) == expected


WIDE = [
    {"until": NOW + timedelta(days=1)},
    {"since": NOW, "partner": "acme"},
    {"since": NOW - timedelta(days=3), "until": NOW + timedelta(days=1), "state": "held"},
    {"finding": "LATE"},
    {"finding": "LATE", "partner": "acme", "state": "held"},
    {"finding": "LATE", "until": NOW + timedelta(hours=30)},
]


@pytest.mark.parametrize("few", [0, 5, 2000])
def test_pages_of_a_span_or_finding_join_whatever_index_leads_to_them(
    store: Store, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers and instants rise apart, as they do where clocks lie apart; some rows are those of an older version."""
    monkeypatch.setattr(spans, "FEW", few)
    with store.begin() as tx:
        for number in range(40):
            at = NOW + timedelta(hours=(number * 7) % 40 // 2 * 2)
            found = [{"code": "LATE"}] if number % 3 else []
            state = ("routed", "held")[number % 2]
            document(tx, partner=("acme", "beta")[number % 5 // 4], status=state, created_at=at, findings=found)
        tx.execute(text("DELETE FROM document_findings WHERE document_seq % 4 = 0"))
        tx.execute(text("UPDATE documents SET findings_listed = NULL WHERE seq % 4 = 0"))
        everything = search.documents(tx, DocumentFilter(limit=99))
        for wanted in WIDE:
            fitting = [one for one in everything if _fits(one, wanted)]
            if "since" in wanted or "until" in wanted:
                fitting.sort(key=lambda one: (one.created_at, one.seq), reverse=True)
            seen: list[StoredDocument] = []
            while page := search.documents(
                tx, DocumentFilter(limit=7, before_seq=seen[-1].seq if seen else None, **wanted)
            ):
                seen += page
            assert [one.seq for one in seen] == [one.seq for one in fitting], wanted
            assert len(seen) > 3, wanted


def _fits(one: StoredDocument, wanted: dict[str, Any]) -> bool:
    return (
        wanted.get("since", one.created_at) <= one.created_at < wanted.get("until", one.created_at + timedelta(1))
        and wanted.get("partner", one.partner) == one.partner
        and wanted.get("state", one.status) == one.status
        and ("finding" not in wanted or any(found["code"] == wanted["finding"] for found in one.findings))
    )


def test_deliveries_of_a_span_are_paged_by_their_instants(store: Store) -> None:
    with store.begin() as tx:
        of = document(tx)
        for number in range(20):
            at = NOW + timedelta(hours=number * 7 % 20)
            plain = {"document_id": of.id, "partner": ("acme", "beta")[number % 2], "idempotency_key": str(number)}
            deliveries.record(tx, target=f"t{number}", order_keys=[], now=at, **plain)
        seen: list[StoredDelivery] = []
        asked = {"partner": "acme", "since": NOW + timedelta(hours=2), "until": NOW + timedelta(hours=15)}
        while page := search.deliveries_like(
            tx, DeliveryFilter(limit=2, before_seq=seen[-1].seq if seen else None, **asked)
        ):
            seen += page
    assert [int(one.idempotency_key) * 7 % 20 for one in seen] == [14, 12, 10, 8, 6, 4, 2]


def test_pages_join_without_gap_or_overlap(store: Store) -> None:
    with store.begin() as tx:
        for number in range(25):
            document(tx, number=str(number), keys=[("purchase_order", "SAME")])
    seen: list[str] = []
    before: int | None = None
    while True:
        with store.read() as tx:
            page = search.documents(tx, DocumentFilter(text="SAME", before_seq=before, limit=7))
        if not page:
            break
        seen += [found.number for found in page]
        before = page[-1].seq
    assert seen == [str(number) for number in reversed(range(25))]


def test_a_list_leaves_large_parts_out(filled: Store) -> None:
    with filled.read() as tx:
        found = search.documents(tx, DocumentFilter(text="42"))[0]
        assert found.canonical is None
        full = documents.get(tx, found.id)
    assert full is not None
    assert full.canonical == "{}"


def test_an_outbound_document_is_found_by_the_control_number_it_left_under(store: Store) -> None:
    with store.begin() as tx:
        order = document(tx, number="PO9", direction="outbound")
        sent = delivery(tx, order.id, "PO9", target="channel:x12")
        numbers_of = SentSet(sent.id, "tr_9", "acme", "000000777", "PO", "7", "850", "0001")
        for _ in range(2):
            deliveries.record_sent_sets(tx, [(numbers_of, order.seq)])
    assert numbers(store, text="777") == ["PO9"]


def test_transmissions_are_found_by_id_and_file_name(store: Store) -> None:
    with store.begin() as tx:
        first = arrival(tx, transport_id="orders.edi", body=b"x" * 1000)
        second = departure(tx, file_name="orders.edi")
        arrival(tx, "beta")
    with store.read() as tx:
        found = search.transmissions(tx, TransmissionFilter(text="orders.edi"))
        assert [t.id for t in found] == [second.id, first.id]
        assert [t.body for t in found] == [None, None]
        assert [t.id for t in search.transmissions(tx, TransmissionFilter(text=first.id, state="received"))] == [
            first.id
        ]
        assert len(search.transmissions(tx, TransmissionFilter(direction="in"))) == 2


def test_the_trace_joins_everything_from_any_of_its_ids(store: Store) -> None:
    with store.begin() as tx:
        came = arrival(tx)
        envelope = record_interchange(
            tx, transmission_id=came.id, position=0, partner="acme", sender_qualifier="ZZ", sender_id="A",
            receiver_qualifier="ZZ", receiver_id="B", control_number="1", sha256="", date="", time="", version="",
            usage_indicator="P", note_code="000", verdict="accepted",
        )  # fmt: skip
        order, other = (document(tx, came.id, number=n, set_ordinal=i) for i, n in enumerate(("PO1", "PO2")))
        answer = document(tx, came.id, type="functional_acknowledgment", direction="outbound", set_ordinal=None)
        acknowledgments.record(
            tx, "group:g", document_id=answer.id, interchange_id=envelope.id, kind="997", verdict="accepted", now=NOW
        )
        left, answered = delivery(tx, order.id, "PO1"), delivery(tx, answer.id, target="channel:x12")
        delivery(tx, other.id, "PO2")
        sent, sent_answer = departure(tx), departure(tx, "channel:x12")
        left = deliveries.set_status(tx, left, "composed", departure_id=sent.id, now=NOW)
        deliveries.set_status(tx, answered, "composed", departure_id=sent_answer.id, now=NOW)
        deliveries.open_attempts(tx, [sent], NOW)
        events.record(tx, "user.joined", came.id, transmission_id=came.id, now=NOW)
        events.record(tx, "user.signed_in", other.id, transmission_id=came.id, now=NOW)
        again = arrival(tx, replay_of=came.id)
        copy = transmissions.set_status(tx, arrival(tx), "duplicate", duplicate_of=came.id)
    with store.read() as tx:
        for wanted in (order.id, left.id, sent.id):
            found = search.trace(tx, wanted)
            assert found is not None
            assert found.transmission == came
            assert [d.id for d in found.documents] == [order.id]
            assert found.deliveries == [left]
            assert [a.document_id for a in found.acknowledgments] == [answer.id]
            assert {d.id for d in found.departures} == {sent.id, sent_answer.id}
            assert [(a.departure_id, a.number) for a in found.attempts] == [(sent.id, 1)]
            assert [e.kind for e in found.events] == ["user.joined"]
        whole = search.trace(tx, came.id)
        assert whole is not None
        assert {d.id for d in whole.documents} == {order.id, other.id, answer.id}
        assert [e.kind for e in whole.events] == ["user.joined", "user.signed_in"]
        assert ([d.id for d in whole.duplicates], [r.id for r in whole.replays]) == ([copy.id], [again.id])
        assert search.trace(tx, "nothing") is None


def test_tallies_count_what_waits(store: Store) -> None:
    with store.begin() as tx:
        arrival(tx)
        arrival(tx, now=NOW + timedelta(hours=1))
        departure(tx)
        held = document(tx, status="held")
        document(tx, partner="beta", created_at=NOW + timedelta(days=1))
        deliveries.set_status(tx, delivery(tx, held.id), "dead", reason="no such order", now=NOW)
        queues = tallies.queues(tx)
        assert queues.transmissions == {"received": tallies.Queue(2, NOW), "due": tallies.Queue(1, NOW)}
        assert queues.documents == {"held": tallies.Queue(1, NOW)}
        assert queues.deliveries == {"dead": tallies.Queue(1, NOW)}
        assert queues.open_work_items == 0
        assert [(last.partner, last.type, last.at) for last in tallies.last_arrivals(tx)] == [
            ("acme", "purchase_order", NOW),
            ("beta", "purchase_order", NOW + timedelta(days=1)),
        ]
        (dead,) = deliveries.dead(tx, partner="acme", target="erp")
        assert dead.reason == "no such order"
        assert deliveries.dead(tx, before_seq=dead.seq) == []


def test_a_document_for_several_targets_has_come_as_far_as_what_needs_looking_at(store: Store) -> None:
    with store.begin() as tx:
        both, one, none = document(tx), document(tx), document(tx)
        held_up, *others = (delivery(tx, both.id, target=target) for target in ("wms-east", "erp", "wms-west"))
        delivery(tx, one.id)
        for other in others:
            deliveries.set_status(tx, deliveries.set_status(tx, other, "composed", now=NOW), "delivered", now=NOW)
        ids = [both.id, one.id, none.id]
        assert deliveries.standings(tx, ids) == {both.id: "pending", one.id: "pending"}
        deliveries.set_status(tx, held_up, "dead", now=NOW)
        assert deliveries.standings(tx, ids) == {both.id: "dead", one.id: "pending"}
        assert deliveries.standings(tx, []) == {}
