"""Order: a delivery waits for earlier open ones to the same target that share a key, whatever happens to them.

The machine keeps its own list of what is open and compares after every step. It runs on one store an engine: emptied
between runs by giving each run keys and targets of its own.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hub.states import DELIVERIES, OPEN_DELIVERIES, DeliveryStatus, ForbiddenTransition
from hub.store.errors import StaleStatus
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store
from hub.store.traffic import deliveries, order
from hub.store.traffic.deliveries import AttemptEnd
from tests.integration.store.rows_for_tests import NOW, arrival, delivery, departure, document

TARGETS = ("erp", "wms")
KEYS = ("PO1", "PO2", "PO3")
_runs = itertools.count()


class DeliveryOrder(RuleBasedStateMachine):
    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.run = next(_runs)
        self.keys: dict[str, set[str]] = {}
        self.known: list[StoredDelivery] = []

    @rule(
        target_name=st.sampled_from(TARGETS), keys=st.sets(st.sampled_from(KEYS), max_size=3), count=st.integers(1, 3)
    )
    def route(self, target_name: str, keys: set[str], count: int) -> None:
        target = f"{target_name}-{self.run}"
        made = [
            deliveries.new(
                document_id=f"{self.run}-{len(self.known) + n}",
                partner="acme",
                target=target,
                idempotency_key="k",
                now=NOW,
            )
            for n in range(count)
        ]
        with self.store.begin() as tx:
            written = deliveries.record_many(tx, [(one, keys) for one in made])
        assert [d.seq for d in written] == sorted(d.seq for d in written)
        self.known += written
        self.keys |= {one.id: keys for one in written}

    @precondition(lambda self: self.known)
    @rule(data=st.data(), status=st.sampled_from(list(DeliveryStatus)))
    def move(self, data: st.DataObject, status: DeliveryStatus) -> None:
        index = data.draw(st.integers(0, len(self.known) - 1))
        old = self.known[index]
        allowed = status in DELIVERIES[DeliveryStatus(old.status)]
        with self.store.begin() as tx:
            if allowed:
                self.known[index] = deliveries.set_status(tx, old, status, reason="r", now=NOW)
            else:
                with pytest.raises(ForbiddenTransition):
                    deliveries.set_status(tx, old, status, now=NOW)

    @invariant()
    def only_the_first_of_a_key_may_go(self) -> None:
        own = {d.target for d in self.known}
        with self.store.begin() as tx:
            composable = {d.id for d in order.next_composable(tx, NOW, limit=10_000) if d.target in own}
        open_ones = [d for d in sorted(self.known, key=lambda d: d.seq) if d.status in OPEN_DELIVERIES]
        expected = {
            d.id
            for n, d in enumerate(open_ones)
            if d.status == DeliveryStatus.PENDING
            and not any(e.target == d.target and self.keys[e.id] & self.keys[d.id] for e in open_ones[:n])
        }
        assert composable == expected

    def teardown(self) -> None:
        """Leaves nothing pending for the next run's questions to wade through."""
        with self.store.begin() as tx:
            for one in self.known:
                if one.status == DeliveryStatus.PENDING:
                    deliveries.set_status(tx, one, DeliveryStatus.GIVEN_UP, now=NOW)


def test_never_is_a_delivery_composable_before_an_earlier_open_one_that_shares_a_key(store: Store) -> None:
    class OnThisStore(DeliveryOrder):
        pass

    OnThisStore.store = store
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnThisStore,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_skipped_targets_and_the_limit_bound_what_is_composed(store: Store) -> None:
    with store.begin() as tx:
        made = [delivery(tx, document(tx).id, f"PO{n}", target=("erp", "wms")[n % 2]) for n in range(6)]
        assert order.next_composable(tx, NOW, limit=2) == made[:2]
        assert order.next_composable(tx, NOW, frozenset({"erp"}), 2) == [made[1], made[3]]
        assert order.next_composable(tx, NOW, frozenset({"erp", "wms"}), 2) == []


def test_a_delivery_moves_only_from_the_status_it_was_read_in(store: Store) -> None:
    with store.begin() as tx:
        read = delivery(tx, document(tx).id, "PO1")
        composed = deliveries.set_status(tx, read, "composed", departure_id="tr_9", now=NOW)
        with pytest.raises(StaleStatus):
            deliveries.set_status(tx, read, "composed", departure_id="tr_8", now=NOW)
        assert deliveries.get(tx, read.id) == composed
        assert deliveries.of_departure(tx, "tr_9") == [composed]


def test_an_attempt_is_written_before_it_is_made_and_closed_once(store: Store) -> None:
    later = NOW + timedelta(seconds=3)
    with store.begin() as tx:
        sent = departure(tx)
        (sent,) = deliveries.open_attempts(tx, [sent], NOW)
        deliveries.close_attempts(tx, [AttemptEnd(sent, 1, "transient", "503", "busy", later)])
        deliveries.close_attempts(tx, [AttemptEnd(sent, 1, "delivered", "200", "late answer", later)])
        deliveries.open_attempts(tx, [sent], later)
        first, second = deliveries.attempts_of(tx, sent.id)
        assert (first.outcome, first.detail, first.ended_at) == ("transient", "busy", later)
        assert (second.number, second.outcome, second.ended_at) == (2, None, None)


def test_overdue_ones_are_delivered_and_unanswered(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    with store.begin() as tx:
        for due in (NOW, later, None):
            made = deliveries.record(
                tx,
                document_id=document(tx, arrival(tx).id).id,
                partner="acme",
                target="channel:x12",
                idempotency_key="k",
                order_keys=["PO1"],
                now=NOW,
                acknowledgment_due=due,
            )
            made = deliveries.set_status(tx, made, "composed", now=NOW)
            deliveries.set_status(tx, made, "delivered", now=NOW)
        assert [d.acknowledgment_due for d in deliveries.overdue(tx, NOW + timedelta(minutes=1))] == [NOW]


def test_what_was_put_aside_comes_back_though_its_order_ends_at_the_same_moment(store: Store) -> None:
    count = 150
    with store.begin() as tx:
        made = [deliveries.new(document_id=f"d{n}", partner="acme", target="erp", idempotency_key="k", now=NOW)
                for n in range(2 * count)]  # fmt: skip
        written = deliveries.record_many(tx, [(one, [f"PO{n % count}"]) for n, one in enumerate(made)])
    orders, changes = written[:count], {one.seq for one in written[count:]}

    def end_orders() -> None:
        for one in orders:
            with store.begin() as tx:
                deliveries.set_status(tx, one, DeliveryStatus.GIVEN_UP, now=NOW)

    found: set[int] = set()
    with ThreadPoolExecutor(1) as thread:
        ending = thread.submit(end_orders)
        while True:
            ended = ending.done()
            with store.begin() as tx:
                found = {one.seq for one in order.next_composable(tx, NOW, limit=1000)} & changes
            if ended:
                break
    ending.result()
    assert found == changes
