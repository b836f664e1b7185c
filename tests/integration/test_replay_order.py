"""Order and replays: what a replay makes takes the place of what it replaces, however often."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from canonical.document import Document
from hub.operator import operations
from hub.states import OPEN_DELIVERIES, DeliveryStatus, DocumentStatus
from hub.store.configuration import crosswalks
from hub.store.questions import lines
from hub.store.questions.search import DocumentFilter
from hub.store.questions.search import documents as search_documents
from hub.store.schema.records import CrosswalkRow, StoredDelivery, StoredDocument
from hub.store.store import Store
from hub.store.traffic import deliveries, documents
from tests.builders import make_purchase_order, make_purchase_order_change
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub

ACTOR = "operator:mira"
POSTED = SETTINGS.replace("documents: [purchase_order]", "documents: [purchase_order, purchase_order_change]")
CHANGES = (
    profile()
    + """
  - {type: purchase_order_change, direction: outbound, channel: files}
crosswalk: {item: required}
"""
)
_runs = itertools.count(1)


def named(hub: SteppedHub, item: str, to: str) -> None:
    """The partner's own number for an item of ours."""
    with hub.store.begin() as tx:
        crosswalks.merge(tx, "acme", [CrosswalkRow("item", "", to, item)], ACTOR, hub.services.clock())


def about(document: Document, item: str) -> Document:
    """The same with a single line, which is for this item."""
    (line, *_) = document.model_dump()["lines"]
    line |= {"identifiers": [{"kind": "buyer_item_number", "value": item}]}
    totals = {"line_item_count": 1}
    return type(document).model_validate({**document.model_dump(), "lines": [line], "totals": totals})


def change(order: str, sequence: int, item: str) -> Document:
    changed = make_purchase_order_change(purchase_order_number=order, change_order_sequence=str(sequence))
    return about(changed, item)


def test_an_850_that_was_dead_leaves_by_its_replay_before_the_860_that_waited(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        hub.apply(CHANGES, settings=POSTED)
        hub.post(about(make_purchase_order(purchase_order_number="PO-1"), "B-1"))
        named(hub, "B-2", "THEIRS-2")
        hub.post(change("PO-1", 1, "B-2"))
        assert hub.leave() == []
        named(hub, "B-1", "THEIRS-1")
        (order,) = outbound(hub, "purchase_order")
        (done,) = operations.replay(hub.services, [order.id], reason="the item is imported", actor=ACTOR)
        assert done.done, done.message
        assert ["ST*850" in text for text in hub.leave()] == [True]
        assert ["ST*860" in text for text in hub.leave()] == [True]
        assert hub.leave() == []


def outbound(hub: SteppedHub, type: str) -> list[StoredDocument]:
    with hub.store.read() as tx:
        found = search_documents(tx, DocumentFilter(type=type, limit=500))
    return [one for one in found if one.status != DocumentStatus.REPLACED]


class ReplayOrder(RuleBasedStateMachine):
    """Changes of two orders on their way to a partner. ``stands`` has each change where it stands: where it was posted,
    or, replayed after it had arrived, at the end."""

    hub: SteppedHub

    def __init__(self) -> None:
        super().__init__()
        self.run = next(_runs)
        self.stands: dict[str, int] = {}
        self.order: dict[str, str] = {}
        self.items: dict[str, str] = {}
        self.numbers = itertools.count(1)
        self.departed: set[str] = set()

    @rule(order=st.sampled_from(("A", "B")), fitting=st.lists(st.booleans(), min_size=1, max_size=3))
    def post(self, order: str, fitting: list[bool]) -> None:
        """One that does not fit is a dead letter when it is composed, and the others wait behind it."""
        for fits in fitting:
            self.post_one(order, fits)
        self.compose()

    def post_one(self, order: str, fits: bool) -> None:
        number = next(self.numbers)
        item = f"I{self.run}-{number}"
        if fits:
            named(self.hub, item, f"T{number}")
        name = f"{order}{self.run}"
        (document,) = self.hub.documents_of(self.hub.post(change(name, number, item)))
        self.stands[document.origin_id], self.order[document.origin_id] = number, name
        self.items[document.origin_id] = item

    @precondition(lambda self: self.not_pending())
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """Its item has another number from now on, so that its payload changes wherever it was composed."""
        origin = data.draw(st.sampled_from(self.not_pending()))
        open_still = any(one.status in OPEN_DELIVERIES for one in self.line(origin))
        number = next(self.numbers)
        named(self.hub, self.items[origin], f"T{self.run}-{number}")
        current = self.current(origin)
        (outcome,) = operations.replay(self.hub.services, [current.id], reason="mended", actor=ACTOR)
        assert outcome.done, outcome.message
        if not open_still and self.current(origin).revision > current.revision:
            self.stands[origin] = number

    def not_pending(self) -> list[str]:
        return [one for one in self.stands if self.line(one)[-1].status != DeliveryStatus.PENDING]

    @precondition(lambda self: self.not_pending())
    @rule(data=st.data(), act=st.sampled_from((operations.resend, operations.give_up)))
    def decide(self, data: st.DataObject, act: object) -> None:
        """It may be refused, as a person may be who asks for what cannot be."""
        origin = data.draw(st.sampled_from(self.not_pending()))
        ids = [one.id for one in self.line(origin)][-1:]
        act(self.hub.services, ids, reason="decided", actor=ACTOR)  # type: ignore[operator]

    @rule()
    def compose(self) -> None:
        self.hub.compose()
        self.nothing_is_overtaken()

    @rule()
    def leave(self) -> None:
        self.compose()
        asyncio.run(self.hub.deliver_all())

    def nothing_is_overtaken(self) -> None:
        for departure in self.hub.departures("due"):
            with self.hub.store.read() as tx:
                (carried,) = deliveries.of_departure(tx, departure.id)
                document = documents.get(tx, carried.document_id)
            assert document is not None
            if departure.id in self.departed or document.origin_id not in self.stands:
                continue
            self.departed.add(departure.id)
            own = document.origin_id
            ahead = [one for one in self.stands if self.stands[one] < self.stands[own]]
            overtaken = [
                one
                for one in ahead
                if self.order[one] == self.order[own]
                and any(delivery.status in OPEN_DELIVERIES for delivery in self.line(one))
            ]
            assert not overtaken

    def line(self, origin: str) -> list[StoredDelivery]:
        with self.hub.store.read() as tx:
            return lines.of_line(tx, origin)

    def current(self, origin: str) -> StoredDocument:
        (found,) = [one for one in outbound(self.hub, "purchase_order_change") if one.origin_id == origin]
        return found

    def teardown(self) -> None:
        """Leaves nothing open for the next run."""
        open_ones = [d.id for one in self.stands for d in self.line(one) if d.status == DeliveryStatus.DEAD]
        if open_ones:
            operations.give_up(self.hub.services, open_ones, reason="the run ends", actor=ACTOR)
        for _ in self.stands:
            self.hub.leave()


def test_whatever_is_replayed_resent_or_given_up_no_change_of_an_order_overtakes_another(
    store: Store, tmp_path: Path
) -> None:
    with stepped_hub(store, tmp_path) as hub:
        hub.apply(CHANGES, settings=POSTED)

        class OnThisStore(ReplayOrder):
            pass

        OnThisStore.hub = hub
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            OnThisStore,
            settings=settings(
                max_examples=12,
                stateful_step_count=15,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
