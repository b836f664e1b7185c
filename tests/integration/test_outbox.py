"""The outbox beside the rest of the hub: what nobody fetches is complained of once and never removed, what is sent
again lies there again, and a reader that goes on from its cursor misses nothing that is committed late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from channels.ports import Confirmed
from hub.channel_names import box_of_partner
from hub.desk.desk import Desk
from hub.desk.outbox import OwnOutbox
from hub.operator.operations import resend
from hub.pipeline import offer
from hub.principal import Principal
from hub.store.coordination import timers
from hub.store.outbound import outbox
from hub.store.schema.records import Transmission, WorkItem
from hub.store.store import Store, Tx
from hub.store.traffic import transmissions
from tests.builders import make_purchase_order
from tests.contract.test_outbox import SETTINGS, fetching
from tests.integration.stepping import SteppedHub, stepped_hub
from tests.integration.store.rows_for_tests import NOW, departure
from tests.integration.test_retention import after, defects, has_bytes
from tests.integration.web.running_hub import Clock
from tests.integration.x12_text import Isa, group, purchase_order

KEPT = "retention: {raw: 5}\n"


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as stepped:
        stepped.apply(fetching("acme", "ACME") + KEPT, fetching("zenith", "ZENITH"), settings=SETTINGS)
        stepped.services.clock = Clock()
        yield stepped


def own(hub: SteppedHub, kind: str = "partner", subject: str = "acme") -> OwnOutbox:
    return Desk(hub.services, Principal(kind, subject)).outbox()  # type: ignore[arg-type]


def order(hub: SteppedHub, number: str, partner: str = "acme") -> str:
    hub.post(make_purchase_order(purchase_order_number=number), partner)
    hub.leave()
    return own(hub, "partner", partner).page()[-1].id


def complaints(hub: SteppedHub) -> list[WorkItem]:
    """What persons are told by the timer that asks."""
    with hub.store.begin() as tx:
        timers.set(tx, "unfetched", "", hub.services.clock())
        timer = timers.claim_due(tx, "test", hub.services.clock(), 60)
    assert timer is not None
    offer.raise_waiting(hub.services, timer)
    return [item for item in hub.work_items() if item.kind in offer.KINDS]


def pass_by(hub: SteppedHub, **span: float) -> None:
    assert isinstance(hub.services.clock, Clock)
    hub.services.clock.pass_by(**span)


def test_what_a_partner_does_not_fetch_is_one_work_item_that_the_last_fetch_closes(hub: SteppedHub) -> None:
    first = order(hub, "A-1")
    pass_by(hub, hours=70)
    second = order(hub, "A-2")
    order(hub, "Z-1", "zenith")
    assert complaints(hub) == []
    pass_by(hub, hours=3)
    (item,) = complaints(hub)
    assert (item.kind, item.partner, item.subjects) == ("unfetched", "acme", (first,))
    assert "acme/api: 2 since" in item.summary
    pass_by(hub, hours=70)
    mine, theirs = complaints(hub)
    assert (mine.id, set(mine.subjects), theirs.partner) == (item.id, {first, second}, "zenith")
    own(hub).fetched(first)
    assert len(complaints(hub)) == 2, "the other still lies there"
    own(hub).fetched(second)
    assert [one.partner for one in hub.work_items()] == ["zenith"], "closed by the fetch"
    assert [one.partner for one in complaints(hub)] == ["zenith"]


def test_what_a_system_does_not_confirm_is_one_too_also_after_it_was_fetched(hub: SteppedHub) -> None:
    for number in ("1", "2"):
        hub.take(Isa(f"{number:0>9}").around(group("PO", purchase_order(order=f"W-{number}"), number=number)))
    hub.leave()
    wms = own(hub, "system", "wms")
    ids = [entry.id for entry in wms.page()]
    for id in ids:
        wms.fetched(id)
    pass_by(hub, minutes=61)
    (item,) = complaints(hub)
    assert (item.kind, set(item.subjects)) == ("uncollected", set(ids))
    wms.confirm(ids)
    assert hub.work_items() == []


def test_a_channel_that_is_gone_is_complained_of_no_more(hub: SteppedHub) -> None:
    order(hub, "A-1")
    pass_by(hub, hours=73)
    assert len(complaints(hub)) == 1
    hub.apply(fetching("acme", "ACME").replace("kind: api", "kind: api, overdue_after_hours: null"), settings=SETTINGS)
    assert complaints(hub) == []


def test_retention_removes_nothing_that_was_not_fetched(hub: SteppedHub) -> None:
    lying, taken = order(hub, "A-1"), order(hub, "A-2")
    own(hub).fetched(taken)
    with hub.store.read() as tx:
        kept, gone = transmissions.get(tx, lying), transmissions.get(tx, taken)
    assert kept is not None
    assert gone is not None
    after(hub, days=400)
    assert (has_bytes(hub, kept), has_bytes(hub, gone)) == (True, False)
    item = own(hub).open(lying)
    assert item is not None
    assert b"A-1" in item.body
    own(hub).fetched(lying)
    after(hub, days=401)
    assert not has_bytes(hub, kept)
    assert defects(hub) == []


def test_what_is_sent_again_lies_at_the_end_under_the_same_key(hub: SteppedHub) -> None:
    first = order(hub, "A-1")
    second = order(hub, "A-2")
    before = own(hub).page()
    own(hub).confirm([first])
    (outcome,) = resend(hub.services, [first], reason="lost by the partner", actor="operator:anna")
    assert outcome.done, outcome.message
    hub.leave()
    entries = own(hub).page()
    assert [entry.id for entry in entries] == [second, first]
    assert entries[1].idempotency_key == before[0].idempotency_key
    assert entries[1].position > before[1].position
    assert entries[1].fetched_at is None
    with hub.store.read() as tx:
        offers = outbox.offers_of(tx, [first])
    assert [offered.outcome for offered in offers] == ["confirmed", None]
    assert defects(hub) == []


def test_what_was_sent_by_another_way_can_be_read_and_not_be_confirmed(hub: SteppedHub) -> None:
    with hub.store.begin() as tx:
        sent = departure(tx, "channel:acme/files")
    acme = own(hub)
    assert acme.page() == []
    assert acme.open(sent.id) is not None
    assert acme.confirm([sent.id]) == {sent.id: Confirmed.UNKNOWN}


def test_two_who_lease_and_two_who_confirm_everything_do_not_hinder_each_other(hub: SteppedHub) -> None:
    with hub.store.begin() as tx:
        ids = [departure(tx, "channel:acme/api").id for _ in range(40)]
    for id in reversed(ids):  # as they were sent again: they lie in another order than their ids have
        with hub.store.begin() as tx:
            lying = transmissions.get(tx, id)
            assert lying is not None
            outbox.put(tx, lying, BOX, NOW)
    acme = own(hub)

    def lease() -> int:
        return len(acme.lease(40, 60).entries)

    with ThreadPoolExecutor(4) as executor:
        leased = [executor.submit(lease) for _ in range(2)]
        confirmed = [executor.submit(acme.confirm, ids) for _ in range(2)]
        assert sum(one.result() for one in leased) <= 40
        assert [set(one.result().values()) for one in confirmed] == [{Confirmed.DONE}] * 2
    assert acme.page() == []


def test_a_cursor_misses_nothing_that_is_committed_later(store: Store) -> None:
    """One transaction has put something in and lingers, another would like to overtake it, and somebody reads."""
    put, released = threading.Event(), threading.Event()

    def linger() -> None:
        with store.begin() as tx:
            outbox.put(tx, departing(tx), BOX, NOW)
            put.set()
            assert released.wait(60)

    def overtake() -> None:
        with store.begin() as tx:
            outbox.put(tx, departing(tx), BOX, NOW)

    with ThreadPoolExecutor(2) as executor:
        slow = executor.submit(linger)
        assert put.wait(60)
        quick = executor.submit(overtake)
        while not quick.done() and store.dialect == "postgresql" and not waits_for_a_lock(store):
            time.sleep(0.01)
        seen = read_on(store, 0)
        released.set()
        slow.result()
        quick.result()
    assert len(seen + read_on(store, max(seen, default=0))) == 2


BOX = box_of_partner("acme")


def departing(tx: Tx) -> Transmission:
    return departure(tx, "channel:acme/api")


def waits_for_a_lock(store: Store) -> bool:
    with store.read() as tx:
        return bool(tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def read_on(store: Store, after: int) -> list[int]:
    with store.read() as tx:
        return [one.offer.seq for one in outbox.page(tx, {BOX}, after, 10)]
