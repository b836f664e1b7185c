"""hub verify's checks: a hub that works is sound at any moment, and whatever is damaged has a finding by name (R24)."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from channels.channel import Codec
from hub import services
from hub.node.arrivals import process_pending
from hub.operator.operations import replay
from hub.pipeline import chunks
from hub.services import FileClock, utc_now
from hub.states import DeliveryStatus
from hub.store.kept.blobs import INLINE_LIMIT
from hub.store.schema.records import Timer
from hub.store.store import Store
from hub.store.trail import audit
from hub.upkeep.sweeping import OLD, sweep
from hub.verify.checks import verify
from hub.verify.defect import Defect, Subject
from tests.builders import make_purchase_order
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.receiving import Arrival, receive

FLIPPED = 200


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(
        store, tmp_path, profile(), profile("bolt", "BOLT", acknowledgments={"functional": "on_error"})
    ) as hub:
        yield hub


def findings(hub: SteppedHub) -> list[Defect]:
    subject = Subject(hub.store.read, hub.store.blobs, hub.services.data_dir, utc_now())
    return [defect for _, defect in verify(subject)]


def codes(hub: SteppedHub) -> set[str]:
    return {defect.code for defect in findings(hub)}


def orders(number: int, count: int = 2, **isa: str) -> bytes:
    sets = [purchase_order(f"{n:04}", f"PO-{number}-{n}") for n in range(1, count + 1)]
    return Isa(f"{number:09}", **isa).around(group("PO", *sets, number=str(number)))


def a_day(hub: SteppedHub, first: int = 1) -> None:
    """A bit of everything: taken, refused, duplicate, quarantined, replayed, posted, acknowledged."""
    bad = orders(first + 1).replace(b"PO1*1*12*EA*9.95", b"PO1*1*twelve*EA*9.95", 1)
    for body in (
        orders(first),
        orders(first),
        bad,
        orders(first, count=3),
        orders(first + 2, sender="NOBODY"),
        b"junk",
    ):
        hub.take(body)
    stranger = hub.take(orders(first + 3, receiver="SOMEBODY"))
    replay(hub.services, [stranger.id], reason="once more", actor="test")
    process_pending(hub.services, "test")
    taken = hub.take(orders(first + 4, requested="1") + orders(first + 5, usage="T"))
    replay(hub.services, [hub.documents_of(taken)[0].id], reason="again", actor="test")
    hub.take(orders(first + 6, sender="BOLT").replace(b"PO1*1*12*EA", b"PO1*1*12*XX"), "bolt")
    hub.take(orders(first + 7, sender="BOLT"), "bolt")
    hub.take(orders(first + 8, count=20))
    for number in range(2):
        hub.post(make_purchase_order(purchase_order_number=f"OUT-{first}-{number}"))
    hub.leave()
    hub.post(make_purchase_order(purchase_order_number=f"OUT-{first}-waits"))
    with hub.store.begin() as tx:
        while audit.seal_next(tx, utc_now()):
            pass


def test_a_hub_after_a_day_of_everything_is_sound(hub: SteppedHub) -> None:
    a_day(hub)
    assert findings(hub) == []


def test_a_hub_is_sound_at_any_moment_of_its_work(hub: SteppedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SETS", 3)
    done = Event()

    def work() -> None:
        try:
            a_day(hub)
        finally:
            done.set()

    with ThreadPoolExecutor(1) as pool:
        working, looked = pool.submit(work), 0
        while not done.is_set():
            assert findings(hub) == []
            looked += 1
        working.result()
    assert looked > 1


# ---- one bit


def flip(data: bytes, chance: random.Random) -> bytes:
    bit = chance.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def damage(hub: SteppedHub, ids: list[str], chance: random.Random) -> None:
    """Flips one bit of the bytes of each transmission, in its row or its blob."""
    for id in ids:
        with hub.store.begin() as tx:
            row = tx.execute(text("SELECT sha256, body FROM transmissions WHERE id = :id"), {"id": id}).one()
            if row.body is not None:
                changed = {"id": id, "body": flip(bytes(row.body), chance)}
                tx.execute(text("UPDATE transmissions SET body = :body WHERE id = :id"), changed)
        if row.body is None:
            path = hub.services.data_dir / "blobs" / row.sha256[:2] / row.sha256
            path.write_bytes(flip(path.read_bytes(), chance))


def test_one_flipped_bit_is_found_in_200_of_200_and_none_of_it_is_worked(hub: SteppedHub) -> None:
    received = []
    for number in range(FLIPPED):
        body = orders(1 + number)
        if number % 4 == 0:  # some are blobs
            lines = [f"PO1*{n}*12*EA*9.95**BP*{'X' * 40}" for n in range(1, 1 + INLINE_LIMIT // 50)]
            body = Isa(f"{1 + number:09}").around(group("PO", purchase_order(order=f"PO-{number}", lines=lines)))
            assert len(body) > INLINE_LIMIT
        arrival = Arrival("acme/files", body, Codec.X12.content_type, "file")
        received.append(receive(hub.store, arrival, partner="acme", actor="test", now=hub.services.clock()))
    damage(hub, [one.id for one in received], random.Random(7))
    damaged = {defect.place for defect in findings(hub) if defect.code == "BYTES-DAMAGED"}
    assert damaged == {one.id for one in received}
    assert process_pending(hub.services, "test") == FLIPPED
    with hub.store.read() as tx:
        assert set(tx.execute(text("SELECT DISTINCT status FROM transmissions")).scalars()) == {"quarantined"}
        assert tx.execute(text("SELECT count(*) FROM documents")).scalar_one() == 0
    items = hub.work_items()
    assert len(items) == FLIPPED
    assert all("damaged" in item.summary for item in items)


def test_a_departure_with_a_flipped_bit_is_never_sent(hub: SteppedHub) -> None:
    for number in range(5):
        hub.post(make_purchase_order(purchase_order_number=f"OUT-{number}"))
    hub.compose()
    leaving = hub.departures("due")
    damage(hub, [one.id for one in leaving], random.Random(7))
    asyncio.run(hub.deliver_all())
    assert [one.reason for one in hub.departures("dead") if "damaged" not in (one.reason or "")] == []
    assert len(hub.departures("dead")) == len(leaving) == 5
    assert list((hub.services.folder_root / "acme/out").iterdir()) == []
    (item, *_) = hub.work_items()
    assert item.kind == "dead-letter"


def test_a_changed_canonical_document_is_never_sent(hub: SteppedHub) -> None:
    taken = hub.take(orders(1, count=1))
    with hub.store.begin() as tx:
        tx.execute(text("UPDATE documents SET canonical = replace(canonical, '9.95', '0.05')"))
    assert codes(hub) == {"DOCUMENT-CHANGED"}
    hub.leave()
    (delivery,) = [d for d in hub.deliveries_of(taken) if d.target == "erp"]
    assert delivery.status == DeliveryStatus.DEAD
    assert "damaged" in (delivery.reason or "")
    (document,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
    (outcome,) = replay(hub.services, [document.id], reason="from its bytes", actor="test")
    assert outcome.done, outcome.message
    hub.leave()
    assert len(list(hub.erp.iterdir())) == 1


def test_damaged_bytes_are_not_replayed(hub: SteppedHub) -> None:
    taken = hub.take(orders(1, sender="NOBODY"))
    damage(hub, [taken.id], random.Random(7))
    (outcome,) = replay(hub.services, [taken.id], reason="once more", actor="test")
    assert not outcome.done
    assert "damaged" in outcome.message


# ---- everything else, by name

DAMAGES = {
    "BYTES-SIZE": "UPDATE transmissions SET size = size + 1 WHERE seq = 1",
    "SCAN-SETS": "UPDATE transmissions SET sets = sets + 1 WHERE seq = 1",
    "SCAN-INTERCHANGES": "DELETE FROM interchanges WHERE seq = 1",
    "SCAN-GROUPS": "UPDATE groups SET set_count = 7 WHERE seq = 1",
    "INTERCHANGE-CHANGED": "UPDATE interchanges SET control_number = '000000999' WHERE seq = 1",
    "DOCUMENT-CHANGED": "UPDATE documents SET canonical = canonical || ' ' WHERE seq = 1",
    "LEDGER-DOCUMENTS": "DELETE FROM documents WHERE seq = 1",
    "LEDGER-BYTES": "UPDATE interchanges SET byte_length = 100000 WHERE seq = 1",
    "REFERENCE-LOST": "UPDATE deliveries SET document_id = 'doc_nobody' WHERE seq = 1",
    "DELIVERY-DISAGREES": "UPDATE transmissions SET status = 'due' WHERE status = 'sent'",
    "DEPARTURE-EMPTY": "UPDATE deliveries SET departure_id = NULL WHERE status = 'delivered'",
    "DOCUMENT-NOT-DELIVERED": "DELETE FROM deliveries WHERE seq = 1",
    "ORDER-KEY-STUCK": "UPDATE delivery_keys SET open = (1 = 1)",
    "ACKNOWLEDGMENT-MISSING": "DELETE FROM acknowledgments WHERE seq = 1",
    "ACKNOWLEDGMENT-UNWANTED": "UPDATE interchanges SET duplicate_of = id WHERE seq = 1",
    "ACKNOWLEDGMENT-CONTRADICTS": "UPDATE acknowledgments SET verdict = 'rejected' WHERE seq = 1",
    "CONTROL-NUMBER-REUSED": "UPDATE sent_sets SET interchange_control_number = '000000001'",
    "CONTROL-NUMBER-MISSING": "DELETE FROM sent_sets WHERE interchange_control_number = '000000002'",
    "CONTROL-NUMBER-BEHIND": "UPDATE control_numbers SET next = 2",
    "CONTROL-NUMBER-TAKEN-TWICE": "UPDATE interchanges SET control_number = '000000001', duplicate_of = NULL",
    "AUDIT-EVENTS-DIFFER": "UPDATE events SET actor = 'nobody' WHERE seq = 1",
}


@pytest.mark.parametrize("code", DAMAGES)
def test_each_damage_has_a_finding_by_its_name(hub: SteppedHub, code: str) -> None:
    hub.take(orders(1))
    hub.take(orders(2))
    hub.post(make_purchase_order())
    hub.leave()
    with hub.store.begin() as tx:
        audit.seal_next(tx, utc_now())
    assert findings(hub) == []
    with hub.store.begin() as tx:
        assert tx.execute(text(DAMAGES[code])).rowcount > 0
    found = [defect for defect in findings(hub) if defect.code == code]
    assert found, codes(hub)
    assert all(defect.place and defect.got and defect.expected and defect.fix for defect in found)


@pytest.mark.own_stores("pages of SQLite's file")
def test_a_damaged_page_of_the_database_is_found(tmp_path: Path) -> None:
    store = Store("", tmp_path / "data")
    store.migrate()
    with stepped_hub(store, tmp_path) as hub:
        for number in range(1, 60):
            hub.take(orders(number))
        with store.read() as tx:
            root = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_documents_list'"
            page, size = tx.execute(text(root)).scalar_one(), tx.execute(text("PRAGMA page_size")).scalar_one()
        store.close()
    with (tmp_path / "data" / "hub.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 100)
    reader = Store("", tmp_path / "data", writable=False)
    subject = Subject(reader.read, reader.blobs, tmp_path / "data", utc_now())
    assert "DATABASE-DAMAGED" in {defect.code for _, defect in verify(subject, ["database"])}
    reader.close()


@pytest.mark.own_stores("PostgreSQL takes no JSON that cannot be read")
def test_rows_that_cannot_be_read_are_a_finding_and_the_other_checks_go_on(tmp_path: Path) -> None:
    store = Store("", tmp_path / "data")
    store.migrate()
    with stepped_hub(store, tmp_path) as hub:
        hub.take(orders(1))
        with store.begin() as tx:
            tx.execute(text("UPDATE documents SET findings = '{', canonical = 'x' WHERE seq = 1"))
            tx.execute(text("UPDATE transmissions SET size = 1 WHERE seq = 1"))
        assert {"UNREADABLE", "BYTES-SIZE"} <= codes(hub)
    store.close()


def test_left_over_files_are_findings_once_they_are_old_and_the_sweeper_removes_them(hub: SteppedHub) -> None:
    kept = hub.store.keep(b"x" * (INLINE_LIMIT + 1))  # and the process was killed before the row
    blob = hub.services.data_dir / "blobs" / kept.sha256[:2] / kept.sha256
    half, exported = blob.with_name(f".{kept.sha256}.1.2"), hub.erp / f".{'a' * 32}.part"
    foreign = hub.erp / "somebody-else.part"
    for path in (half, exported, foreign):
        path.write_bytes(b"x")
    used = hub.take(orders(1, count=600))
    timer = Timer("sweep", "", utc_now())
    sweep(hub.services, timer)
    assert findings(hub) == []
    assert all(path.exists() for path in (blob, half, exported))
    ago = time.time() - OLD.total_seconds() - 60
    for path in (
        *hub.services.data_dir.glob("blobs/*/*"),
        *hub.services.data_dir.glob("blobs/*/.*"),
        exported,
        foreign,
    ):
        os.utime(path, (ago, ago))
    assert sorted(defect.place for defect in findings(hub)) == sorted(map(str, (blob, half, exported)))
    hub.store.keep(b"x" * (INLINE_LIMIT + 1))  # the same bytes come again: their row is on its way
    sweep(hub.services, timer)
    assert (blob.exists(), half.exists(), exported.exists(), foreign.exists()) == (True, False, False, True)
    assert findings(hub) == []
    assert used.size > INLINE_LIMIT


def test_a_node_whose_clock_is_a_day_ahead_sweeps_nothing_that_is_new(hub: SteppedHub) -> None:
    """Nodes share these files, and another's row of them is on its way."""
    kept = hub.store.keep(b"x" * (INLINE_LIMIT + 1))
    hub.services.own_clock = lambda: utc_now() + timedelta(days=1)
    sweep(hub.services, Timer("sweep", "", utc_now()))
    assert kept.sha256 in hub.store.blobs.names()


def test_bytes_kept_just_before_the_clock_was_set_forward_wait_for_their_row(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.services.own_clock = FileClock()
    kept = hub.store.keep(b"x" * (INLINE_LIMIT + 1))
    monkeypatch.setattr(services, "utc_now", lambda: utc_now() + timedelta(days=1))
    hub.services.clock = services.utc_now
    sweep(hub.services, Timer("sweep", "", utc_now()))
    assert kept.sha256 in hub.store.blobs.names()


# ---- two identities of ours


def test_numbers_that_two_identities_count_side_by_side_are_looked_at_one_by_one(hub: SteppedHub) -> None:
    one = "identities: [{key: main, qualifier: ZZ, id: BUYER, default: true}]"
    two = one.replace("]", ", {key: east, qualifier: ZZ, id: BUYEREAST}]")
    for round, identity in enumerate(("main", "east", "main")):
        hub.apply(profile(identity=identity), settings=SETTINGS.replace(one, two))
        for number in range(2):
            hub.post(make_purchase_order(purchase_order_number=f"OUT-{round}-{number}"))
            hub.leave()
    assert findings(hub) == []
    wrong = (
        "UPDATE sent_sets SET interchange_control_number = '000000001' WHERE interchange_control_number = '000000004'"
    )
    with hub.store.begin() as tx:
        tx.execute(text(wrong))
    found = {(defect.code, defect.place) for defect in findings(hub)}
    assert ("CONTROL-NUMBER-REUSED", "acme, interchange control numbers of main") in found
    assert not [place for _, place in found if "east" in place], "its own 1 and 2 are others"
