"""The ledger: in = accepted + rejected + duplicate + quarantined + in flight, of documents and of bytes (R20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from channels.channel import Codec
from hub.operator.operations import replay
from hub.pipeline import chunks, flow
from hub.pipeline.scan import quarantine
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.questions import ledger
from hub.store.questions.ledger import ARRIVALS, DOCUMENTS, Line, Sides
from hub.store.schema.records import Transmission
from hub.store.schema.tables import documents, interchanges
from hub.store.schema.tables import transmissions as transmission_table
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.receiving import Arrival, receive

ORDERS = group("PO", purchase_order("0001", "PO-1"), purchase_order("0002", "PO-2"), purchase_order("0003", "PO-3"))


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as hub:
        yield hub


def line_of(hub: SteppedHub, arrival: Transmission) -> Line:
    with hub.store.read() as tx:
        line = ledger.line_of(tx, arrival.id)
    assert line is not None
    return line


def documents_of(hub: SteppedHub, arrival: Transmission) -> Sides:
    """Its equation of documents; that of its bytes holds in any case."""
    line = line_of(hub, arrival)
    assert line.bytes.balanced
    assert line.bytes.arrived == arrival.size
    return line.documents


def whole(hub: SteppedHub) -> Line:
    now = hub.services.clock()
    with hub.store.read() as tx:
        return ledger.total(ledger.lines(tx, now - timedelta(days=1), now + timedelta(days=1)))


def test_every_status_stands_on_one_side() -> None:
    assert set(DOCUMENTS) == set(DocumentStatus) - {DocumentStatus.REPLACED}
    assert set(ARRIVALS) == set(ArrivalStatus)
    assert {*DOCUMENTS.values(), *ARRIVALS.values()} == set(ledger.SIDES)


def test_each_thing_that_comes_in_stands_on_its_side_and_all_of_it_adds_up(hub: SteppedHub) -> None:
    clean = Isa().around(ORDERS)
    bad = ORDERS.replace("PO1*1*12*EA*9.95", "PO1*1*twelve*EA*9.95", 1).replace("PO-", "XO-")
    other = Isa("000000043").around(group("PO", purchase_order(order="PO-9"), number="9"))
    stranger = Isa("000000045", sender="STRANGER").around(ORDERS)
    cases = [
        (clean, Sides(3, accepted=3)),
        (clean, Sides(3, duplicate=3)),
        (Isa("000000044").around(bad), Sides(3, accepted=2, rejected=1)),
        (Isa().around(ORDERS.replace("PO-", "YO-")), Sides(3, quarantined=3)),  # its number was used before
        (stranger, Sides(3, quarantined=3)),
        (b"%PDF-1.7", Sides()),
        (other + b"\r\n" + Isa(usage="T", number="000000046").around(ORDERS), Sides(4, accepted=1, rejected=3)),
        (Isa("000000047").around(group("PO", purchase_order(order="PO-9"))), Sides(1, duplicate=1)),
    ]
    for body, expected in cases:
        assert documents_of(hub, hub.take(body)) == expected
    assert documents_of(hub, hub.post(make_purchase_order())) == Sides(1, accepted=1)
    line = whole(hub)
    assert line.documents == sum((expected for _, expected in cases), Sides(1, accepted=1))
    assert line.bytes.balanced
    assert (line.arrivals, line.uncounted) == (9, 0)


def test_what_is_not_worked_yet_is_in_flight_and_so_is_what_a_restart_goes_on_with(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SETS", 2)
    arrival = Arrival("acme/files", Isa().around(ORDERS), Codec.X12.content_type, "file")
    received = receive(hub.store, arrival, partner="acme", actor="test", now=hub.services.clock())
    line = line_of(hub, received)
    assert (line.uncounted, line.documents, line.bytes.in_flight) == (1, Sides(), received.size)
    with hub.store.begin() as tx:
        claimed = transmissions.claim_arrival(tx, "test", hub.services.clock(), 30)
    assert claimed is not None
    next(flow.process(hub.services, [claimed]))  # and the node dies after the first chunk
    assert documents_of(hub, received) == Sides(3, accepted=2, in_flight=1)
    with hub.store.read() as tx:
        current = transmissions.get(tx, received.id)
    assert current is not None
    quarantine(hub.services, current, "It could not be worked.")
    assert documents_of(hub, received) == Sides(3, accepted=2, quarantined=1)


def test_a_replay_of_a_document_changes_its_side_and_counts_once(hub: SteppedHub) -> None:
    taken = hub.take(Isa().around(ORDERS.replace("PO1*1*12*EA*9.95", "PO1*1*twelve*EA*9.95", 1)))
    bad = next(d for d in hub.documents_of(taken) if d.status == DocumentStatus.REJECTED)
    (outcome,) = replay(hub.services, [bad.id], reason="again", actor="test")
    assert outcome.done, outcome.message
    assert documents_of(hub, taken) == Sides(3, accepted=2, rejected=1)


def test_a_document_that_was_lost_is_a_difference_and_one_too_many_is_another(hub: SteppedHub) -> None:
    first, second = hub.take(Isa().around(ORDERS)), hub.take(Isa("000000043").around(ORDERS.replace("PO-", "XO-")))
    with hub.store.begin() as tx:
        tx.execute(delete(documents).where(documents.c.transmission_id == first.id, documents.c.set_ordinal == 1))
        tx.execute(update(transmission_table).where(transmission_table.c.id == second.id).values(sets=2))
    assert (line_of(hub, first).documents.difference, line_of(hub, second).documents.difference) == (1, -1)
    assert "difference of 1" in line_of(hub, first).documents.in_words()
    with hub.store.read() as tx:
        wrong = {id for id, line in ledger.each(tx, 0, second.seq) if not line.documents.balanced}
    assert wrong == {first.id, second.id}, "however well the sum of both fits"


def test_more_bytes_in_interchanges_than_came_are_a_difference(hub: SteppedHub) -> None:
    taken = hub.take(Isa().around(ORDERS))
    with hub.store.begin() as tx:
        tx.execute(update(interchanges).values(byte_length=taken.size + 1))
    assert not line_of(hub, taken).bytes.balanced
