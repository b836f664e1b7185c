"""The batch step alone: order per purchase order, groups by type, claims and kills, on both stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.x12.envelope import Interchange, scan
from channels.x12.envelope.segments import set_segments
from hub.desk.desk import Desk
from hub.node.arrivals import process_pending
from hub.pipeline.batch import TIMER, compose_batch
from hub.pipeline.compose import compose_due
from hub.principal import Principal
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.store.coordination import timers
from hub.store.errors import StaleLease
from hub.store.schema.records import StoredDelivery, Timer
from hub.store.store import Store
from hub.store.traffic import deliveries, transmissions
from tests.builders import make_invoice, make_purchase_order_acknowledgment
from tests.scenarios.running import SAMPLES, configure, sample_profiles

CORNER, TARGET = "corner-hardware", "channel:corner-hardware/files"
START = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)


class Bench:
    """A hub without its node: the steps are made by hand, the clock stands until it is moved."""

    def __init__(self, services: HubServices) -> None:
        self.services = services
        self.now = START
        services.clock = lambda: self.now
        self._posts = 0

    def acknowledge(self, order: str, **changes: Any) -> None:
        self._post(
            make_purchase_order_acknowledgment(1, purchase_order_number=order, **changes).model_dump(mode="json")
        )

    def bill(self, invoice: str, order: str) -> None:
        made = make_invoice(1, invoice_number=invoice, purchase_order_number=order, purchase_order_date="2025-03-03")
        self._post(made.model_dump(mode="json"))

    def _post(self, document: dict[str, Any]) -> None:
        self._posts += 1
        body = json.dumps({"partner": CORNER, "document": document}).encode()
        Desk(self.services, Principal("system", "erp")).accept_document(body, f"post-{self._posts}")
        process_pending(self.services, "test")

    def claim(self, seconds: float = 0) -> Timer | None:
        self.now += timedelta(seconds=seconds)
        with self.services.store.begin() as tx:
            return timers.claim_due(tx, "test", self.now, 60)

    def leave(self, seconds: float = 0) -> None:
        timer = self.claim(seconds)
        assert timer is not None
        assert timer.kind == TIMER
        compose_batch(self.services, timer)

    def deliveries(self) -> list[StoredDelivery]:
        with self.services.store.read() as tx:
            found = deliveries.ROWS.all(tx, deliveries.ROWS.select.order_by(deliveries.table.c.seq))
        return [delivery for delivery in found if delivery.target == TARGET]

    def statuses(self) -> list[str]:
        return [delivery.status for delivery in self.deliveries()]

    def departures(self) -> list[str]:
        return list(dict.fromkeys(d.departure_id for d in self.deliveries() if d.departure_id))

    def sent(self, departure: str) -> list[tuple[str, list[str]]]:
        """Of each group its GS01 and the numbers of its documents, in order."""
        with self.services.store.read() as tx:
            found = transmissions.get(tx, departure)
            assert found is not None
            data = transmissions.body(self.services.store, found)
        (interchange,) = scan(data).interchanges
        assert (interchange.note_code, interchange.findings) == ("000", ())
        return [
            (group.functional_identifier, [_number(data, interchange, n, m) for m in range(len(group.sets))])
            for n, group in enumerate(interchange.groups)
        ]


def _number(data: bytes, interchange: Interchange, group: int, at: int) -> str:
    span = interchange.groups[group].sets[at]
    assert (span.control_number, span.errors) == (f"{at + 1:04}", ())
    first = list(set_segments(data, span, interchange.separators))[1]
    return first[{"BAK": 3, "BIG": 2}[first[0]]]


@pytest.fixture
def bench(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Corner Hardware's documents gather for ten minutes, five at most, types mixed unless told otherwise."""
    batch = getattr(request, "param", "{wait_seconds: 600, max_documents: 5, mixed: true}")
    texts = sample_profiles()
    texts[CORNER] = texts[CORNER].replace("x12:\n", f"x12:\n  batch: {batch}\n", 1)
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=tmp_path / "data", executor=executor)
        configure(store, services, (SAMPLES / "hub.yaml").read_text(), texts)
        yield Bench(services)


def test_types_that_may_be_mixed_leave_in_a_group_each(bench: Bench) -> None:
    bench.acknowledge("C-1")
    bench.bill("I-1", "C-1")
    bench.acknowledge("C-2")
    assert compose_due(bench.services) == 0
    assert bench.deliveries()[0].reason == (
        "It gathers with others, 5 at most, into one departure, which leaves by 2026-11-21 09:15 UTC."
    )
    assert bench.claim(599) is None
    bench.leave(1)
    (departure,) = bench.departures()
    assert bench.sent(departure) == [("PR", ["C-1", "C-2"]), ("IN", ["I-1"])]
    assert bench.claim(86_400) is None
    assert {delivery.reason for delivery in bench.deliveries()} == {None}


@pytest.mark.parametrize("bench", ["{wait_seconds: 600, max_documents: 5}"], indirect=True)
def test_types_leave_apart_unless_they_may_be_mixed(bench: Bench) -> None:
    bench.acknowledge("C-1")
    bench.acknowledge("C-2")
    bench.bill("I-1", "C-3")
    bench.leave(600)
    bench.leave()
    assert [bench.sent(departure) for departure in bench.departures()] == [[("PR", ["C-1", "C-2"])], [("IN", ["I-1"])]]


def test_no_document_stands_before_an_earlier_one_of_its_order(bench: Bench) -> None:
    bench.acknowledge("C-1")
    bench.bill("I-1", "C-2")
    bench.acknowledge("C-2")  # its group stands before that of the invoice it must follow
    bench.acknowledge("C-3")
    bench.leave(600)
    (first,) = bench.departures()
    assert bench.sent(first) == [("PR", ["C-1", "C-3"]), ("IN", ["I-1"])]
    assert bench.statuses() == ["composed", "composed", "pending", "composed"]
    bench.leave()
    assert bench.statuses()[2] == "pending", "the first interchange is still on its way"
    with bench.services.store.begin() as tx:
        for delivery in deliveries.of_departure(tx, first):
            deliveries.set_status(tx, delivery, DeliveryStatus.DELIVERED, now=bench.now)
    bench.leave(60)
    assert bench.sent(bench.departures()[1]) == [("PR", ["C-2"])]


def test_documents_of_one_order_leave_together_in_their_order(bench: Bench) -> None:
    for number in ("I-1", "I-2", "I-3"):
        bench.bill(number, "C-1")
    bench.leave(600)
    assert bench.sent(bench.departures()[0]) == [("IN", ["I-1", "I-2", "I-3"])]


def test_a_dead_letter_holds_its_own_order_back_and_nothing_else(bench: Bench) -> None:
    bench.bill("I*1", "C-1")
    bench.bill("I-2", "C-1")
    bench.bill("I-3", "C-2")
    bench.leave(600)
    assert bench.statuses() == ["dead", "pending", "composed"]
    for number in range(4, 10):
        bench.bill(f"I-{number}", f"C-{number}")
    bench.leave()
    assert bench.sent(bench.departures()[1]) == [("IN", [f"I-{n}" for n in range(4, 9)])], "at most five"


def test_a_batch_that_is_full_is_due_at_once(bench: Bench) -> None:
    for number in range(7):
        if number < 5:
            assert bench.claim() is None
        bench.acknowledge(f"C-{number}")
    bench.leave()
    assert bench.statuses() == ["composed"] * 5 + ["pending"] * 2
    bench.leave()
    assert bench.statuses() == ["composed"] * 7, "what is over leaves with the next one, as it has waited as well"


def test_a_claim_that_was_lost_writes_nothing_and_draws_no_number(bench: Bench) -> None:
    bench.acknowledge("C-1")
    stale = bench.claim(600)
    assert stale is not None
    bench.now += timedelta(minutes=10)
    bench.leave()  # another node, after the lease
    before = bench.departures()
    bench.acknowledge("C-2")
    with pytest.raises(StaleLease):
        compose_batch(bench.services, stale)
    assert bench.departures() == before
    assert bench.statuses() == ["composed", "pending"]


def test_what_fails_in_the_middle_leaves_everything_as_it_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.acknowledge("C-1")
    bench.acknowledge("C-2")
    timer = bench.claim(600)
    assert timer is not None
    with monkeypatch.context() as patched:
        patched.setattr(bench.services.store, "keep", _full_disk)
        with pytest.raises(OSError, match="no space left"):
            compose_batch(bench.services, timer)
    assert bench.statuses() == ["pending", "pending"]
    bench.leave(60)  # after the lease
    (departure,) = bench.departures()
    assert bench.sent(departure) == [("PR", ["C-1", "C-2"])]
    with bench.services.store.read() as tx:
        sent = deliveries.sent_sets_of_interchange(tx, CORNER, "000000001")
    assert [one.set_control_number for one in sent] == ["0001", "0002"], "the number of the first try was given back"


def _full_disk(body: bytes) -> None:
    raise OSError("no space left on device")


def test_the_profile_of_the_moment_decides_how_it_leaves(bench: Bench) -> None:
    bench.acknowledge("C-1")
    bench.acknowledge("C-2")
    configure(bench.services.store, bench.services, (SAMPLES / "hub.yaml").read_text(), sample_profiles())
    bench.leave(600)
    assert bench.sent(bench.departures()[0]) == [("PR", ["C-1", "C-2"])]
    bench.acknowledge("C-3")
    assert compose_due(bench.services) == 1
