"""The outbox against a model of it: whatever is put in, leased, fetched, confirmed, released or sent again, in whatever
order and however late, is given to one at a time, oldest first and no two of one order to two, until it is confirmed.

It runs on one store an engine: each run has a box of its own.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from channels.ports import Confirmed
from hub.channel_names import box_of_partner
from hub.desk.outbox import OwnOutbox
from hub.principal import Principal
from hub.services import HubServices
from hub.store.outbound import outbox
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import deliveries, transmissions
from tests.integration.store.rows_for_tests import NOW, arrival, delivery, document
from tests.integration.web.running_hub import Clock

_runs = itertools.count()


@dataclass
class Put:
    """What the model knows of an entry. ``place`` rises with every time that it is offered."""

    departure: Transmission
    place: int
    keys: frozenset[str]
    open: bool = True
    lease: str = ""
    until: datetime = datetime(1, 1, 1, tzinfo=UTC)
    fetched_at: datetime | None = None


class Outboxes(RuleBasedStateMachine):
    services: HubServices
    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        self.partner = f"p{next(_runs)}"
        self.box = OwnOutbox(
            self.services, Principal("partner", self.partner), frozenset([box_of_partner(self.partner)])
        )
        self.places = itertools.count()
        self.entries: list[Put] = []
        self.leases: list[str] = []

    def lying(self) -> list[Put]:
        return sorted((one for one in self.entries if one.open), key=lambda one: one.place)

    def offer(self, departure: Transmission) -> None:
        with self.services.store.begin() as tx:
            outbox.put(tx, departure, box_of_partner(self.partner), self.clock())

    @rule(put=st.lists(st.frozensets(st.sampled_from(("PO-1", "PO-2", "PO-3")), max_size=2), min_size=1, max_size=3))
    def put(self, put: list[frozenset[str]]) -> None:
        for keys in put:
            with self.services.store.begin() as tx:
                made = transmissions.record(
                    tx,
                    direction="out",
                    channel=f"{self.partner}/api",
                    partner=self.partner,
                    order_scope="",
                    content_type="application/json",
                    status="sent",
                    target=f"channel:{self.partner}/api",
                    idempotency_key=f"key-{len(self.entries)}",
                    body=b"{}",
                    now=NOW,
                )
                inside = delivery(tx, document(tx, arrival(tx).id).id, *keys, target=f"channel:{self.partner}/api")
                deliveries.set_status(tx, inside, "composed", now=NOW, departure_id=made.id)
            self.offer(made)
            self.entries.append(Put(made, next(self.places), keys))

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """Open or not, it lies at the end, and whoever had it has it no more."""
        entry = data.draw(st.sampled_from(self.entries))
        self.offer(entry.departure)
        entry.place, entry.open, entry.lease, entry.fetched_at = next(self.places), True, "", None

    def free(self, limit: int) -> list[Put]:
        """What nobody has, and what shares no order with what somebody has."""
        now, found = self.clock(), []
        leased = [one for one in self.lying() if one.lease and one.until > now]
        held = {key for one in leased for key in one.keys}
        for one in self.lying():
            if one in leased:
                continue
            if one.keys & held:
                held |= one.keys
            else:
                found.append(one)
        return found[:limit]

    @rule(limit=st.integers(1, 4), seconds=st.sampled_from((5, 60)))
    def lease(self, limit: int, seconds: int) -> None:
        now, free = self.clock(), self.free(limit)
        lease = self.box.lease(limit, seconds)
        assert [entry.id for entry in lease.entries] == [one.departure.id for one in free]
        assert [entry.idempotency_key for entry in lease.entries] == [one.departure.idempotency_key for one in free]
        self.leases.append(lease.name)
        for one in free:
            one.lease, one.until = lease.name, now + timedelta(seconds=seconds)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.leases))
        self.box.release(name)
        for one in self.entries:
            if one.lease == name:
                one.lease = ""

    @rule(seconds=st.sampled_from((1, 5, 60)))
    def pass_by(self, seconds: int) -> None:
        """Whoever holds a lease may have been killed meanwhile."""
        self.clock.pass_by(seconds=seconds)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def fetch(self, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from(self.entries))
        assert self.box.open(entry.departure.id) is not None
        self.box.fetched(entry.departure.id)
        if entry.open and entry.fetched_at is None:
            entry.fetched_at = self.clock()

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        """Leased or not, and also what was confirmed before."""
        chosen = data.draw(st.lists(st.sampled_from(self.entries), min_size=1, max_size=4))
        found = self.box.confirm([one.departure.id for one in chosen])
        assert set(found.values()) == {Confirmed.DONE}
        for one in chosen:
            one.open, one.lease = False, ""

    @invariant()
    def it_lists_what_is_open(self) -> None:
        lying, read, after = self.lying(), [], 0
        while page := self.box.page(after=after, limit=3):
            read += page
            after = page[-1].position
        assert [entry.id for entry in read] == [one.departure.id for one in lying]
        assert [entry.fetched_at for entry in read] == [one.fetched_at for one in lying]

    @invariant()
    def it_complains_of_what_nobody_has_fetched(self) -> None:
        with self.services.store.read() as tx:
            waiting = outbox.waiting(tx).get(f"channel:{self.partner}/api")
        assert (waiting.count if waiting else 0) == sum(one.fetched_at is None for one in self.lying())


def test_the_outbox_does_what_its_model_does(store: Store, tmp_path: Path) -> None:
    class OnThisStore(Outboxes):
        pass

    with ThreadPoolExecutor(1) as executor:
        clock = Clock()
        OnThisStore.clock = clock
        OnThisStore.services = HubServices(store=store, data_dir=tmp_path / "data", executor=executor, clock=clock)
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            OnThisStore,
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
