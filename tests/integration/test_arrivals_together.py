"""Many small arrivals share a transaction, and none notices; a large one lets others pass between its chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from channels.channel import Codec
from hub.bootstrap import children
from hub.node.arrivals import UnderWay, claim, process_pending
from hub.pipeline.chunks import CHUNK_SETS
from hub.settings import ComputingSettings
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.schema import tables
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import documents, transmissions
from tests.integration.stepping import SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, transaction_set
from tests.receiving import Arrival, receive

PARTNERS = ("acme", "bolt", "cord")


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path, *(profile(partner, partner.upper()) for partner in PARTNERS)) as stepped:
        yield stepped


def order(number: str) -> list[str]:
    return [f"BEG*00*SA*{number}**20261120", "PO1*1*2*EA*3.5**BP*A1", f"PID*F****{'Bolt ' * 8}", "CTT*1"]


def orders(*numbers: str, control_number: int, partner: str = "acme") -> bytes:
    sets = [transaction_set("850", order(number), f"{n:04}") for n, number in enumerate(numbers, 1)]
    around = Isa(number=f"{control_number:09}", sender=partner.upper())
    return around.around(group("PO", *sets, number=str(control_number)))


def put(hub: SteppedHub, body: bytes, partner: str = "acme") -> Transmission:
    """What comes through the partner's folder, and waits."""
    arrival = Arrival(f"{partner}/files", body, Codec.X12.content_type, "file")
    return receive(hub.store, arrival, partner=partner, actor="test", now=hub.services.clock())


def now(hub: SteppedHub, one: Transmission) -> Transmission:
    with hub.store.read() as tx:
        found = transmissions.get(tx, one.id)
    assert found is not None
    return found


def statuses(hub: SteppedHub, *arrivals: Transmission) -> list[str]:
    return [now(hub, one).status for one in arrivals]


def routed(hub: SteppedHub) -> Counter[str]:
    with hub.store.read() as tx:
        rows = tx.execute(
            select(tables.documents.c.number).where(
                tables.documents.c.status == DocumentStatus.ROUTED, tables.documents.c.direction == "inbound"
            )
        )
        return Counter(rows.scalars())


def test_small_arrivals_of_several_partners_are_claimed_together_in_the_order_of_each(hub: SteppedHub) -> None:
    put_in = [
        put(hub, orders(f"PO{n}", control_number=n + 1, partner=PARTNERS[n % 3]), PARTNERS[n % 3]) for n in range(9)
    ]
    claimed = claim(hub.services, "node")
    assert {one.id for one in claimed} == {one.id for one in put_in}
    for partner in PARTNERS:
        seqs = [one.seq for one in claimed if one.partner == partner]
        assert seqs == sorted(seqs)
    assert claim(hub.services, "another node") == []
    under_way = UnderWay(hub.services, claimed)
    while under_way.step():
        pass
    assert set(statuses(hub, *put_in)) == {ArrivalStatus.PROCESSED}
    with hub.store.read() as tx:
        instants = tx.execute(select(func.count(tables.transmissions.c.finished_at.distinct()))).scalar_one()
    assert instants == 1, "one commit"
    assert routed(hub) == Counter(f"PO{n}" for n in range(9))


def test_what_an_earlier_one_of_the_same_batch_was_is_recognised(hub: SteppedHub) -> None:
    first = put(hub, orders("PO1", control_number=1))
    same_bytes = put(hub, orders("PO1", control_number=1))
    same_number = put(hub, orders("PO2", control_number=1))
    same_order = put(hub, orders("PO1", control_number=2))
    assert process_pending(hub.services, "node") == 4
    assert statuses(hub, first, same_bytes) == [ArrivalStatus.PROCESSED, ArrivalStatus.DUPLICATE]
    assert now(hub, same_bytes).duplicate_of == first.id
    assert statuses(hub, same_number) == [ArrivalStatus.QUARANTINED]
    (again,) = [one for one in hub.documents_of(same_order) if one.direction == "inbound"]
    assert again.status == DocumentStatus.DUPLICATE
    assert routed(hub) == {"PO1": 1}


@pytest.fixture
def computed(hub: SteppedHub, request: pytest.FixtureRequest) -> Iterator[None]:
    """The hub computes in so many child processes."""
    computing = children(ComputingSettings(children=request.param)) if request.param else None
    hub.services.computing = computing
    yield
    if computing is not None:
        computing.close()


@pytest.mark.parametrize("computed", [0, 1, 2], indirect=True, ids=["here", "one child", "two children"])
@pytest.mark.usefixtures("computed")
def test_of_many_each_is_told_what_it_repeats_of_those_computed_ahead_of_it(hub: SteppedHub) -> None:
    bodies = [orders(f"PO{n}", control_number=n) for n in range(1, 71)]
    bodies[30] = orders(*(f"M{n}" for n in range(2 * CHUNK_SETS)), control_number=31)
    bodies[65] = bodies[8]
    bodies[66] = orders("PO100", control_number=64)
    bodies[67] = orders("PO62", control_number=100)
    arrivals = [put(hub, body) for body in bodies]
    assert process_pending(hub.services, "node") == 70
    told = statuses(hub, *arrivals)
    assert (told[65], told[66]) == (ArrivalStatus.DUPLICATE, ArrivalStatus.QUARANTINED)
    assert now(hub, arrivals[65]).duplicate_of == arrivals[8].id
    assert set(told[:65] + told[67:]) == {ArrivalStatus.PROCESSED}
    once = [*(f"PO{n}" for n in range(1, 71) if n not in (31, 66, 67, 68)), *(f"M{n}" for n in range(2 * CHUNK_SETS))]
    assert routed(hub) == Counter(once)


@pytest.mark.parametrize("computed", [1], indirect=True, ids=["one child"])
@pytest.mark.usefixtures("computed")
def test_who_works_at_the_same_time_shares_a_child_to_the_end(hub: SteppedHub) -> None:
    claims = []
    for partner in PARTNERS:
        for n in range(40):
            put(hub, orders(f"{partner}{n}", control_number=n + 1, partner=partner), partner)
        claims.append(claim(hub.services, "node"))
    with ThreadPoolExecutor(len(claims)) as threads:
        working = [threads.submit(UnderWay(hub.services, claimed).step) for claimed in claims]
        assert [one.result(timeout=100) for one in working] == [True] * len(claims)
    assert len(routed(hub)) == 40 * len(PARTNERS)


def test_damaged_bytes_fail_their_own_arrival_alone(hub: SteppedHub) -> None:
    arrivals = [put(hub, orders(f"PO{n}", control_number=n)) for n in range(1, 6)]
    with hub.store.begin() as tx:
        tx.execute(update(tables.transmissions).where(tables.transmissions.c.id == arrivals[2].id), {"body": b"rot"})
    assert process_pending(hub.services, "node") == 5
    assert statuses(hub, *arrivals) == [
        ArrivalStatus.QUARANTINED if one is arrivals[2] else ArrivalStatus.PROCESSED for one in arrivals
    ]
    assert routed(hub) == Counter(f"PO{n}" for n in (1, 2, 4, 5))


def test_what_another_node_has_taken_over_is_left_to_it_and_the_others_are_worked_once(hub: SteppedHub) -> None:
    arrivals = [put(hub, orders(f"PO{n}", control_number=n)) for n in range(1, 6)]
    claimed = claim(hub.services, "node")
    with hub.store.begin() as tx:
        taken_over = update(tables.transmissions).where(tables.transmissions.c.id == arrivals[3].id)
        tx.execute(taken_over, {"fence": 7, "lease_owner": "another node"})
    under_way = UnderWay(hub.services, claimed)
    while under_way.step():
        pass
    assert statuses(hub, *arrivals) == [
        ArrivalStatus.RECEIVED if one is arrivals[3] else ArrivalStatus.PROCESSED for one in arrivals
    ]
    assert routed(hub) == {"PO1": 1, "PO2": 1, "PO3": 1, "PO5": 1}


def test_others_are_worked_between_the_chunks_of_a_large_arrival(hub: SteppedHub) -> None:
    large = put(hub, orders(*(f"L{n}" for n in range(350)), control_number=1))
    small = put(hub, orders("S1", control_number=2))
    (claimed,) = claim(hub.services, "node")
    assert claimed.id == large.id, "the oldest, alone: it is no small one"
    under_way = UnderWay(hub.services, [claimed])
    assert under_way.step()
    assert now(hub, large).next_chunk == CHUNK_SETS
    others = [put(hub, orders(f"O{n}", control_number=n + 1, partner="bolt"), "bolt") for n in range(3)]
    assert process_pending(hub.services, "node") == 3
    assert set(statuses(hub, *others)) == {ArrivalStatus.PROCESSED}
    assert statuses(hub, large, small) == [ArrivalStatus.PROCESSING, ArrivalStatus.RECEIVED], "its partner's wait"
    while under_way.step():
        pass
    assert process_pending(hub.services, "node") == 1
    assert len(routed(hub)) == 354
    with hub.store.read() as tx:
        answers = [d for d in documents.of_transmission(tx, large.id) if d.set_type == "997"]
    assert len(answers) == 1


def test_an_arrival_that_was_begun_goes_on_behind_its_last_commit(hub: SteppedHub) -> None:
    large = put(hub, orders(*(f"L{n}" for n in range(250)), control_number=1))
    under_way = UnderWay(hub.services, claim(hub.services, "node"))
    assert under_way.step()
    del under_way  # the node is killed
    with hub.store.begin() as tx:
        transmissions.release_own(tx, "node")
    assert process_pending(hub.services, "node") == 1
    assert statuses(hub, large) == [ArrivalStatus.PROCESSED]
    assert routed(hub) == Counter(f"L{n}" for n in range(250))
