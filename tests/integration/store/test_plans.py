"""What runs often or on behalf of a person reads an index, never a whole table: the engines' own query plans say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from hub.store.configuration import control_numbers
from hub.store.inbound import idempotency, same_bytes
from hub.store.inbound.idempotency import Answer, RequestKey
from hub.store.outbound import departures, outbox
from hub.store.questions import backlog, ledger, lines, newest, search, spans
from hub.store.questions.search import DeliveryFilter, DocumentFilter, TransmissionFilter
from hub.store.schema.records import SentSet, StoredDelivery, StoredGroup, StoredInterchange
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, documents, interchanges, order, tallies, transmissions
from hub.store.trail import events
from tests.integration.store.rows_for_tests import NOW

ROWS = 1500
DAY = timedelta(days=1)
LATER = NOW + DAY

QUESTIONS: dict[str, Callable[[Tx], Any]] = {
    "a purchase order": lambda tx: search.documents(tx, DocumentFilter(text="PO1")),
    "a number with filters": lambda tx: search.documents(
        tx, DocumentFilter(text="42", partner="acme", state="routed", since=NOW, before_seq=3000)
    ),
    "documents of a partner": lambda tx: search.documents(tx, DocumentFilter(partner="zenith")),
    "documents of partners": lambda tx: search.documents(tx, DocumentFilter(partners=("acme", "zenith"))),
    "documents of a partner by type and state": lambda tx: search.documents(
        tx, DocumentFilter(partner="acme", type="invoice", state="held")
    ),
    "documents of a state": lambda tx: search.documents(tx, DocumentFilter(state="held")),
    "documents of a partner's types": lambda tx: search.documents(
        tx, DocumentFilter(partners=("acme", "zenith"), types=("invoice", "purchase_order"))
    ),
    "documents of a type that never came": lambda tx: search.documents(tx, DocumentFilter(type="invoice")),
    "documents for a target that gets few": lambda tx: search.documents(tx, DocumentFilter(target="wms")),
    "the newest of each partner and type": tallies.last_arrivals,
    "the newest of a partner": lambda tx: newest.newest(tx, "acme", ["invoice", "purchase_order"]),
    "documents of a day": lambda tx: search.documents(tx, DocumentFilter(since=NOW - DAY, until=NOW - DAY / 2)),
    "documents before an instant": lambda tx: search.documents(tx, DocumentFilter(until=LATER)),
    "documents of a partner before an instant": lambda tx: search.documents(
        tx, DocumentFilter(until=LATER, partner="acme", state="routed", before_seq=700)
    ),
    "documents with a finding": lambda tx: search.documents(tx, DocumentFilter(finding="ODD")),
    "documents with a finding that many have": lambda tx: search.documents(
        tx, DocumentFilter(finding="WIDESPREAD", partner="acme", before_seq=700)
    ),
    "deliveries of a day": lambda tx: search.deliveries_like(tx, DeliveryFilter(since=NOW, until=LATER)),
    "deliveries to a target before an instant": lambda tx: search.deliveries_like(
        tx, DeliveryFilter(until=LATER, target="erp", before_seq=700)
    ),
    "dead letters of a target": lambda tx: search.deliveries_like(tx, DeliveryFilter(state="dead", target="erp")),
    "deliveries of a partner": lambda tx: search.deliveries_like(tx, DeliveryFilter(partner="zenith")),
    "deliveries to a target": lambda tx: search.deliveries_like(tx, DeliveryFilter(target="wms")),
    "deliveries of a type that never came": lambda tx: search.deliveries_like(tx, DeliveryFilter(type="invoice")),
    "deliveries that were refused": lambda tx: search.deliveries_like(tx, DeliveryFilter(state="refused")),
    "deliveries that wait": lambda tx: search.deliveries_like(tx, DeliveryFilter(state="pending")),
    "arrivals of a partner": lambda tx: search.transmissions(tx, TransmissionFilter(partner="zenith", direction="in")),
    "arrivals in trouble": lambda tx: search.transmissions(tx, TransmissionFilter(state="quarantined")),
    "arrivals that wait": lambda tx: search.transmissions(tx, TransmissionFilter(state="received")),
    "departures that are due": lambda tx: search.transmissions(tx, TransmissionFilter(state="due")),
    "arrivals that came twice": lambda tx: search.transmissions(tx, TransmissionFilter(state="duplicate")),
    "each partner's newest arrival": search.last_received,
    "a file name": lambda tx: search.transmissions(tx, TransmissionFilter(text="orders.edi")),
    "a trace": lambda tx: search.trace(tx, "doc_none"),
    "an arrival": lambda tx: transmissions.claim_arrival(tx, "node", LATER, 30),
    "a departure": lambda tx: departures.due(tx, "erp", LATER, 16),
    "the targets that something waits for": lambda tx: departures.waiting(tx, LATER),
    "what is under way": lambda tx: departures.under_way(tx, LATER),
    "all that waits for a target": lambda tx: departures.pull_forward(tx, "erp", NOW),
    "the same bytes": lambda tx: same_bytes.find_same_bytes(tx, "acme", "0" * 64, 9999),
    "first answers": lambda tx: idempotency.answered(tx, [RequestKey("partner:acme", f"{n}", "0") for n in range(3)]),
    "control numbers": lambda tx: interchanges.seen_numbers(tx, [("acme", "ACME", f"{n:09}") for n in range(3)]),
    "group control numbers": lambda tx: interchanges.seen_groups(
        tx, [("acme", "ACME", "PO", f"{n}") for n in range(3)]
    ),
    "a group's number": lambda tx: interchanges.find_group(tx, "acme", "ACME", "PO", "42"),
    "deliveries to compose": lambda tx: order.next_composable(tx, NOW, frozenset({"wms"}), 50),
    "a batch": lambda tx: order.of_batch(tx, "bt_none"),
    "how full a batch is": lambda tx: order.waiting_in(tx, "bt_none"),
    "what holds a batch back": lambda tx: order.held_from_outside(tx, "bt_none", [1, 2]),
    "order keys of a batch": lambda tx: order.keys_of(tx, [1, 2]),
    "the deliveries of a line of replays": lambda tx: lines.of_line(tx, "doc_none"),
    "where a line stands": lambda tx: order.place_of(tx, "doc_none", "erp"),
    "the delivery of a key": lambda tx: deliveries.of_key(tx, "doc_none.1.erp"),
    "dead letters": deliveries.dead,
    "overdue acknowledgments": lambda tx: deliveries.overdue(tx, LATER),
    "an identity": lambda tx: documents.find_identity(tx, "acme|PO1"),
    "identities of a chunk": lambda tx: documents.taken_identities(tx, [f"acme|PO{n}" for n in range(50)]),
    "tallies": tallies.queues,
    "what waits for each target": tallies.by_target,
    "when a partner last sent something": lambda tx: backlog.last_arrivals(tx, "acme", [LATER, NOW]),
    "overdue acknowledgments by partner": lambda tx: backlog.overdue_by_partner(tx, LATER),
    "why departures wait": backlog.last_failures,
    "departures that could not be made": backlog.dead_departures,
    "the outbox of a gateway": lambda tx: outbox.page(tx, {"partner:acme", "partner:zenith"}, 9, 50),
    "the outbox of one channel": lambda tx: outbox.page(tx, {"partner:acme"}, 0, 50, "channel:acme/api"),
    "what may be leased": lambda tx: outbox.lease(tx, {"partner:acme"}, "ls_1", 50, LATER, NOW),
    "the end of a lease": lambda tx: outbox.release(tx, {"partner:acme"}, "ls_1"),
    "the first fetch": lambda tx: outbox.fetched(tx, "tr_1", "partner:acme", NOW, settles=True),
    "confirmations": lambda tx: outbox.close(tx, ["tr_1", "tr_2"], "confirmed", "partner:acme", NOW),
    "what was offered": lambda tx: outbox.offers_of(tx, ["tr_1", "tr_2"]),
    "what waits in outboxes": outbox.waiting,
    "the end of the feed": events.newest,
    "events of a partner": lambda tx: events.chosen(tx, 700, 10, ["document.routed"], ["acme"]),
    "events of any partner": lambda tx: events.chosen(tx, 700, 10, ["document.routed"], None),
    "all events": lambda tx: events.feed(tx, 700, 10),
    "the ledger of a day": lambda tx: ledger.lines(tx, NOW - DAY, NOW - DAY / 2),
    "numbers of ours that never left": control_numbers.unsent,
    "numbers of partners that came lately": lambda tx: list(control_numbers.received(tx, since=LATER)),
    "numbers of a partner that came lately": lambda tx: list(control_numbers.received(tx, "acme", LATER)),
    "what waits for too long": lambda tx: outbox.waiting_since(tx, "channel:acme/api", LATER, 100),
}
IN_ORDER = {
    "documents before an instant": ["ix_documents_created"],
    "documents of a partner before an instant": ["ix_documents_created"],
    "documents with a finding that many have": ["document_findings", "ix_documents_unlisted"],
    "deliveries of a day": ["ix_deliveries_created"],
    "deliveries to a target before an instant": ["ix_deliveries_created"],
    "control numbers": ["ix_interchanges_number"],
    "group control numbers": ["ix_groups_number"],
}
"""Question → the indexes that its page is read from, without a sort of all that fits."""
LARGE = (
    "transmissions",
    "interchanges",
    "groups",
    "documents",
    "document_keys",
    "document_findings",
    "deliveries",
    "delivery_keys",
    "sent_sets",
    "events",
    "outbox",
    "idempotency_keys",
)


def fill(store: Store) -> None:
    """Finished work of many days, as a hub that is up to date has it."""
    with store.begin() as tx:
        made = [
            documents.new(
                transmission_id=f"tr_{n}",
                partner="acme",
                direction="inbound",
                type="purchase_order",
                usage_indicator="P",
                verdict="accepted",
                status="routed",
                created_at=NOW,
                identity_key=f"acme|PO{n}",
                findings=[{"code": "ODD" if n == 3 else "USUAL"}, *([] if n % 5 else [{"code": "WIDESPREAD"}])],
            )
            for n in range(ROWS)
        ]
        documents.record_many(tx, [(one, [("purchase_order", f"PO{n}")]) for n, one in enumerate(made)])
        left: dict[int, str] = {}
        for n in range(ROWS):
            recorded = transmissions.record(
                tx,
                direction=("in", "out")[n % 2],
                channel="acme/in",
                partner="acme",
                order_scope="acme",
                content_type="application/edi-x12",
                status=("processed", "sent")[n % 2],
                transport_id=f"file-{n}",
                body=str(n).encode(),
                now=NOW,
            )
            if n % 2:
                left[n] = recorded.id
                outbox.put(tx, recorded, "partner:acme", NOW)
                outbox.close(tx, [recorded.id], "confirmed", "partner:acme", NOW)
        sent = [
            deliveries.new(document_id=one.id, partner="acme", target="erp", idempotency_key=one.id, now=NOW)._replace(
                departure_id=left.get(n)
            )
            for n, one in enumerate(made)
        ]
        sent = deliveries.record_many(tx, [(one, [f"PO{n}"]) for n, one in enumerate(sent)])
        tx.execute(text("UPDATE deliveries SET status = 'acknowledged'"))
        tx.execute(text("UPDATE delivery_keys SET open = (1 = 0)"))
        departed = [one for one in sent if one.departure_id]
        deliveries.record_sent_sets(tx, [(_sent_set(one, n), n) for n, one in enumerate(departed)])
        _fill_envelopes(tx)
        told = {"type": "purchase_order", "number": "42", "verdict": "accepted"}
        happened = events.event("document.routed", "doc_1", partner="acme", now=NOW, data=told)
        events.record_many(tx, [happened._replace(subject_id=f"doc_{n}", position=n + 1) for n in range(ROWS)])
    if store.dialect == "postgresql":
        with store.begin() as tx:
            tx.execute(text("ANALYZE"))


def _sent_set(one: StoredDelivery, n: int) -> SentSet:
    number = f"{n:09}"
    return SentSet(one.id, one.departure_id or "", one.partner, number, "IN", number, "810", "0001")


def _fill_envelopes(tx: Tx) -> None:
    around = {"sender_qualifier": "ZZ", "sender_id": "ACME", "receiver_qualifier": "ZZ", "receiver_id": "US"}
    around |= {"sha256": "0" * 64, "date": "", "time": "", "version": "", "usage_indicator": "P", "note_code": "000"}
    one = StoredInterchange("", "", 0, "acme", control_number="", verdict="accepted", **around)
    group = StoredGroup("", "", 0, "PO", "", "004010", 1)
    numbers = range(ROWS)
    interchanges.record_many(
        tx,
        [one._replace(id=f"ic_{n}", transmission_id=f"tr_{n}", control_number=f"{n:09}") for n in numbers],
        [group._replace(id=f"gr_{n}", interchange_id=f"ic_{n}", control_number=f"{n}") for n in numbers],
    )
    answer = Answer(202, "")
    idempotency.keep(tx, {RequestKey("partner:acme", f"{n}", "0"): answer for n in numbers}, NOW)


def plan(store: Store, question: Callable[[Tx], Any]) -> list[str]:
    """The plan's lines for every statement that a question runs."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    with store.begin() as tx:
        event.listen(tx, "before_cursor_execute", note)
        question(tx)
        event.remove(tx, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if store.dialect == "sqlite" else "EXPLAIN "
        rows = [row for statement, values in statements for row in tx.exec_driver_sql(explain + statement, values)]
    return [str(row[-1]) for row in rows]


def reads_all_of(line: str) -> str | None:
    """The large table that a plan's line reads whole, if it does; a partial index holds only what waits."""
    words = line.replace("->", "").split()
    if words[0] == "SCAN" and "USING" in words and words[words.index("INDEX") + 1] in PARTIAL:
        return None
    whole = words[0] == "SCAN" or (words[0] == "SEARCH" and "USING" not in words)  # as max() of a column has it
    table = words[1] if whole else words[3] if words[:3] == ["Seq", "Scan", "on"] else ""
    return table if table in LARGE else None


PARTIAL = {
    index.name
    for name in LARGE
    for index in documents.table.metadata.tables[name].indexes
    if index.dialect_options["postgresql"]["where"] is not None
}


def test_no_question_reads_a_whole_table(store: Store) -> None:
    fill(store)
    found = {
        name: (line, lines)
        for name, question in QUESTIONS.items()
        for lines in [plan(store, question)]
        for line in lines
        if reads_all_of(line)
    }
    assert found == {}


def test_a_page_is_read_from_an_index_in_its_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more fit than are worth a sort."""
    fill(store)
    monkeypatch.setattr(spans, "FEW", ROWS // 10)
    for name, indexes in IN_ORDER.items():
        lines = plan(store, QUESTIONS[name])
        assert all(any(index in line for line in lines) for index in indexes), (name, lines)
        assert not [line for line in lines if "Sort" in line.split() or "ORDER BY" in line], (name, lines)
