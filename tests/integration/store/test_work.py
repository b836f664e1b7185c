"""Work items, timers, idempotency keys, refusals, acknowledgments and envelopes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.store.coordination import timers
from hub.store.errors import StaleLease
from hub.store.inbound import idempotency
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.store.schema.records import StoredInterchange
from hub.store.store import Store, Tx
from hub.store.traffic import acknowledgments, interchanges
from hub.store.trail import refusals, work_items

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_one_open_work_item_per_key_however_many_wait(store: Store) -> None:
    with store.begin() as tx:
        first = work_items.raise_item(tx, "crosswalk", "acme:item:A1", "acme", "1 document waits", ["doc_1"], NOW)
        assert (
            work_items.raise_item(tx, "crosswalk", "acme:item:A1", "acme", "2 wait", ["doc_2", "doc_1"], NOW) == first
        )
        other = work_items.raise_item(tx, "crosswalk", "acme:item:B2", "acme", "1 waits", ["doc_2"], NOW)
        items = work_items.open_items(tx)
        assert [(item.id, item.summary, item.subjects) for item in items] == [
            (first, "2 wait", ("doc_1", "doc_2")),
            (other, "1 waits", ("doc_2",)),
        ]
        assert work_items.close(tx, "acme:item:A1", LATER)
        assert not work_items.close(tx, "acme:item:A1", LATER)
        again = work_items.raise_item(tx, "crosswalk", "acme:item:A1", "acme", "again", [], LATER)
        assert again != first
        assert [item.closed_at for item in work_items.of_subject(tx, "doc_1")] == [LATER]


def test_timers_are_claimed_once_and_fenced(store: Store) -> None:
    with store.begin() as tx:
        timers.set(tx, "poll", "acme/in", LATER, {"n": 1})
        timers.set(tx, "poll", "acme/in", NOW, {"n": 2})
        timers.set(tx, "poll", "beta/in", LATER)
        assert timers.next_due(tx) == NOW
        held = timers.claim_due(tx, "node-1", NOW, 30)
        assert held is not None
        assert (held.key, held.payload) == ("acme/in", {"n": 2})
        assert timers.claim_due(tx, "node-2", NOW, 30) is None
        taken_over = timers.claim_due(tx, "node-2", NOW + timedelta(seconds=30), 30)
        assert taken_over is not None
        with pytest.raises(StaleLease):
            timers.settle(tx, held, LATER)
        timers.settle(tx, taken_over, LATER + timedelta(minutes=1))
        assert timers.next_due(tx) == LATER
        last = timers.claim_due(tx, "node-1", LATER, 30)
        assert last is not None
        assert timers.release_own(tx, "node-1") == 1
        last = timers.claim_due(tx, "node-1", LATER, 30)
        assert last is not None
        timers.settle(tx, last, None)
        timers.delete(tx, "poll", "acme/in")
        assert timers.next_due(tx) is None


def test_moving_a_timer_ends_the_claim_on_it(store: Store) -> None:
    with store.begin() as tx:
        timers.set(tx, "overdue", "dl_1", NOW)
        held = timers.claim_due(tx, "node-1", NOW, 30)
        assert held is not None
        timers.set(tx, "overdue", "dl_1", LATER)
        with pytest.raises(StaleLease):
            timers.settle(tx, held, None)
        moved = timers.get(tx, "overdue", "dl_1")
        assert moved is not None
        assert (moved.due_at, moved.lease_owner) == (LATER, None)


def test_the_first_answer_to_a_key_is_the_answer(store: Store) -> None:
    key, other = RequestKey("system:erp", "k", "h1"), RequestKey("partner:acme", "k", "h2")
    with store.begin() as tx:
        assert idempotency.answered(tx, [key, other]) == {}
        assert idempotency.keep(tx, {key: Answer(202, "first"), other: Answer(202, "theirs")}, NOW) == {key, other}
        assert idempotency.keep(tx, {key: Answer(202, "second")}, NOW) == set()
    with store.read() as tx:
        found = idempotency.answered(tx, [key, other, RequestKey("system:erp", "new", "h1")])
        assert found == {key: Answer(202, "first"), other: Answer(202, "theirs")}
        misused = RequestKey("system:erp", "k", "h2")
        assert isinstance(idempotency.answered(tx, [misused])[misused], Mismatch)


def test_a_refusal_is_a_row(store: Store) -> None:
    with store.begin() as tx:
        refusals.record(tx, subject="system:erp", sha256="0" * 64, size=5, reason="not JSON", now=NOW)


def interchange(tx: Tx, position: int, verdict: str = "accepted") -> StoredInterchange:
    return interchanges.record_interchange(
        tx,
        transmission_id="tr_1",
        position=position,
        partner="acme",
        sender_qualifier="ZZ",
        sender_id="ACME",
        receiver_qualifier="ZZ",
        receiver_id="US",
        control_number="000000042",
        sha256="0" * 64,
        date="260102",
        time="0304",
        version="00401",
        usage_indicator="P",
        note_code="000",
        verdict=verdict,
        findings=[{"code": "x"}],
    )


def test_interchanges_and_groups_are_found_again(store: Store) -> None:
    with store.begin() as tx:
        rejected, first, second = (interchange(tx, n, v) for n, v in enumerate(("rejected", "accepted", "accepted")))
        group = interchanges.record_group(
            tx,
            interchange_id=first.id,
            position=0,
            functional_identifier="PO",
            control_number="7",
            release="004010",
            set_count=2,
        )
    with store.read() as tx:
        assert interchanges.find_control_number(tx, "acme", "ACME", "000000042") == first
        assert interchanges.find_control_number(tx, "beta", "ACME", "000000042") is None
        assert interchanges.of_transmission(tx, "tr_1") == [rejected, first, second]
        assert interchanges.groups_of(tx, "tr_1") == [group]
        assert interchanges.groups_of_interchange(tx, second.id) == []
        assert interchanges.get(tx, first.id) == first


def test_the_number_of_a_group_is_found_for_whose_it_is_also_where_an_older_version_did_not_say(store: Store) -> None:
    with store.begin() as tx:
        around, again = interchange(tx, 0), interchange(tx, 1)
        for position, (number, whose) in enumerate((("7", {}), ("8", {"partner": "acme", "sender_id": "ACME"}))):
            for one in (around, again):
                plain = {"functional_identifier": "PO", "release": "004010", "set_count": 1}
                interchanges.record_group(
                    tx, interchange_id=one.id, position=position, control_number=number, **plain, **whose
                )
    sought = [
        (partner, "ACME", kind, number) for partner in ("acme", "beta") for kind in ("PO", "IN") for number in "789"
    ]
    with store.read() as tx:
        found = [one for one in sought if interchanges.find_group(tx, *one) == "tr_1"]
        assert found == [("acme", "ACME", "PO", "7"), ("acme", "ACME", "PO", "8")]
        assert interchanges.seen_groups(tx, sought) == {"7", "8"}
        assert interchanges.seen_groups(tx, [one for one in sought if one not in found]) == set()
        numbers = [("acme", "ACME", "000000042"), ("beta", "ACME", "000000042"), ("acme", "ACME", "000000043")]
        assert interchanges.seen_numbers(tx, numbers) == {"000000042"}
        assert interchanges.seen_numbers(tx, numbers[1:]) == interchanges.seen_numbers(tx, []) == set()


def test_a_scope_is_acknowledged_once(store: Store) -> None:
    with store.begin() as tx:
        answered = interchange(tx, 0)
        for expected in (True, False):
            assert expected == acknowledgments.record(
                tx,
                "group:gr_1",
                document_id="doc_9",
                interchange_id=answered.id,
                group_id="gr_1",
                kind="997",
                verdict="accepted",
                now=NOW,
            )
        (held,) = acknowledgments.of_transmission(tx, "tr_1")
        assert acknowledgments.of_interchange(tx, answered.id) == [held]
        assert acknowledgments.of_scope(tx, "group:gr_1") == held
        assert held.document_id == "doc_9"
