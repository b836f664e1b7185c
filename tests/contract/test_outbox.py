"""The outbox of a partner and of a system, on both databases: real documents that came the way of the pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from channels.ports import Confirmed, Outbox
from hub.desk.desk import Desk
from hub.errors import NotAllowed
from hub.principal import Principal
from hub.store.store import Store
from tests.builders import make_purchase_order
from tests.contract.outbox_contract import OutboxContract
from tests.integration.stepping import PROFILE, SteppedHub, stepped_hub
from tests.integration.web.running_hub import Clock
from tests.integration.x12_text import Isa, group, purchase_order

SETTINGS = """
identities: [{key: main, qualifier: ZZ, id: BUYER, default: true}]
targets:
  - {key: wms, kind: outbox, system: wms}
  - {key: tms, kind: outbox, system: tms}
routes:
  - {documents: purchase_order, to: wms}
systems: [{key: erp, documents: purchase_order}, {key: wms}, {key: tms}]
folder_root: folders
"""


def fetching(key: str, id: str) -> str:
    """A supplier that sends files and fetches its orders by API."""
    return (
        PROFILE.format(key=key, id=id, x12="{}")
        .replace("channels: [", "channels: [{name: api, kind: api}, ", 1)
        .replace("{type: purchase_order, direction: outbound, channel: files}", ORDERS, 1)
    )


ORDERS = "{type: purchase_order, direction: outbound, channel: api}"


class Lying:
    """Documents on their way into an outbox."""

    def __init__(self, hub: SteppedHub, caller: Principal, others: Sequence[Principal]) -> None:
        self.hub = hub
        self.clock = Clock()
        hub.services.clock = self.clock
        self.outbox: Outbox = Desk(hub.services, caller).outbox()
        self.others = [Desk(hub.services, other).outbox() for other in others]

    def offer(self, number: str) -> str:
        self.put(number)
        self.hub.leave()
        (id,) = [entry.id for entry in self.outbox.page() if entry.documents[0].number == number]
        return id

    def put(self, number: str) -> None:
        """Sets off a document of this number that ends in the outbox."""
        self.hub.post(make_purchase_order(purchase_order_number=number))

    def pass_seconds(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)


class LyingForSystem(Lying):
    def __init__(self, hub: SteppedHub, caller: Principal, others: Sequence[Principal]) -> None:
        super().__init__(hub, caller, others)
        self._count = 0

    def put(self, number: str) -> None:
        self._count += 1
        control = f"{self._count:09}"
        orders = group("PO", purchase_order(order=number), number=str(self._count))
        self.hub.take(Isa(control).around(orders))


PARTNERS = [Principal("partner", "acme"), Principal("partner", "zenith")]
SYSTEMS = [Principal("system", "wms"), Principal("system", "tms"), Principal("system", "erp")]


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as stepped:
        stepped.apply(fetching("acme", "ACME"), fetching("zenith", "ZENITH"), settings=SETTINGS)
        yield stepped


class TestPartnerOutbox(OutboxContract):
    @pytest.fixture
    def subject(self, hub: SteppedHub) -> Lying:
        return Lying(hub, PARTNERS[0], [PARTNERS[1], *SYSTEMS])

    def test_it_counts_as_delivered_when_it_lies_there(self, subject: Lying) -> None:
        id = subject.offer("A-1")
        assert [departure.id for departure in subject.hub.departures("sent") if departure.id == id] == [id]

    def test_what_shares_an_order_with_a_leased_one_waits_for_it(self, subject: Lying) -> None:
        put = [subject.offer("A-1"), subject.offer("B-1")]
        subject.hub.post(make_purchase_order(purchase_order_number="A-1", purpose="replace"))
        subject.hub.leave()
        (after_first,) = {entry.id for entry in subject.outbox.page()} - set(put)
        first, second, third = (subject.outbox.lease(1, 60) for _ in range(3))
        assert [entry.id for lease in (first, second) for entry in lease.entries] == put
        assert third.entries == ()
        subject.outbox.confirm([put[0]])
        assert [entry.id for entry in subject.outbox.lease(10, 60).entries] == [after_first]

    def test_a_partner_refuses_nothing_here(self, subject: Lying) -> None:
        id = subject.offer("A-1")
        with pytest.raises(NotAllowed):
            subject.outbox.refuse(id, "no")
        assert len(subject.outbox.page()) == 1


class TestSystemOutbox(OutboxContract):
    @pytest.fixture
    def subject(self, hub: SteppedHub) -> LyingForSystem:
        return LyingForSystem(hub, SYSTEMS[0], [*PARTNERS, *SYSTEMS[1:]])

    def test_it_is_delivered_by_the_confirmation_and_by_nothing_before(self, subject: LyingForSystem) -> None:
        id = subject.offer("A-1")
        subject.outbox.fetched(id)
        assert [departure.id for departure in subject.hub.departures("awaiting")] == [id]
        subject.outbox.confirm([id])
        assert id in [departure.id for departure in subject.hub.departures("sent")]

    def test_the_next_of_a_key_shows_once_the_one_before_is_confirmed(self, subject: LyingForSystem) -> None:
        first = subject.offer("A-1")
        replacing = purchase_order(order="A-1").replace("BEG*00*", "BEG*05*")
        subject.hub.take(Isa("000000901").around(group("PO", replacing, number="901")))
        subject.hub.leave()
        assert [entry.id for entry in subject.outbox.page()] == [first]
        subject.outbox.confirm([first])
        subject.hub.leave()
        (second,) = subject.outbox.page()
        assert second.id != first
        assert second.documents[0].number == "A-1"

    def test_a_refusal_is_a_dead_letter_with_its_reason(self, subject: LyingForSystem) -> None:
        id = subject.offer("A-1")
        for _ in range(2):
            assert subject.outbox.refuse(id, "unknown warehouse") is Confirmed.DONE
        assert subject.outbox.page() == []
        (dead,) = subject.hub.departures("dead")
        assert "unknown warehouse" in (dead.reason or "")
        assert [item.kind for item in subject.hub.work_items()] == ["dead-letter"]
        assert subject.outbox.confirm([id]) == {id: Confirmed.DONE}, "taking it after all is believed"
        assert subject.hub.work_items() == []

    def test_a_refusal_after_a_confirmation_comes_too_late(self, subject: LyingForSystem) -> None:
        id = subject.offer("A-1")
        subject.outbox.confirm([id])
        assert subject.outbox.refuse(id, "no") is Confirmed.TOO_LATE
        assert subject.outbox.refuse("tr_none", "no") is Confirmed.UNKNOWN
