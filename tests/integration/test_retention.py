"""Retention: what is old goes, open work stays, and a duplicate, the ledger and the audit chain lose nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.operator.operations import replay, resend
from hub.services import utc_now
from hub.states import ArrivalStatus
from hub.store.coordination import timers
from hub.store.errors import Pruned
from hub.store.maintenance import pruning
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import audit
from hub.upkeep.retention import prune
from hub.upkeep.sweeping import sweep
from hub.verify.checks import verify
from hub.verify.defect import Defect, Subject
from tests.builders import make_purchase_order
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order

KEPT = "retention: {raw: 30, canonical: 60, attempts: 10, events: 30}\n"


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path, profile() + KEPT) as hub:
        yield hub


def orders(number: int, count: int = 2) -> bytes:
    sets = [purchase_order(f"{n:04}", f"PO-{number}-{n}") for n in range(1, count + 1)]
    return Isa(f"{number:09}").around(group("PO", *sets, number=str(number)))


def after(hub: SteppedHub, days: float) -> None:
    """So many days later: everything is sealed, and retention and sweeper have run."""
    now: datetime = utc_now() + timedelta(days=days)
    hub.services.clock = lambda: now
    with hub.store.begin() as tx:
        while audit.seal_next(tx, now):
            pass
        timers.set(tx, "retention", "", now)
    with hub.store.begin() as tx:
        timer = timers.claim_due(tx, "test", now, 300)
    assert timer is not None
    prune(hub.services, timer)
    sweep(hub.services, timer)


def has_bytes(hub: SteppedHub, one: Transmission) -> bool:
    with hub.store.read() as tx:
        row = transmissions.get(tx, one.id)
    assert row is not None
    try:
        return len(transmissions.body(hub.store, row)) == one.size
    except Pruned:
        return False


def rows(hub: SteppedHub, statement: str) -> int:
    with hub.store.read() as tx:
        return int(tx.execute(text(statement)).scalar_one())


def defects(hub: SteppedHub) -> list[Defect]:
    subject = Subject(hub.store.read, hub.store.blobs, hub.services.data_dir, hub.services.clock())
    with hub.store.begin() as tx:
        while audit.seal_next(tx, hub.services.clock()):
            pass
    return [defect for _, defect in verify(subject)]


def test_unless_something_is_said_everything_is_kept_for_ever(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        taken = hub.take(orders(1))
        hub.leave()
        after(hub, days=3650)
        assert has_bytes(hub, taken)
        assert rows(hub, "SELECT count(*) FROM attempts") > 0
        assert rows(hub, "SELECT count(*) FROM pruned_events") == 0


def test_each_kind_goes_at_its_time_and_the_hub_stays_sound(hub: SteppedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "STEP", 50)  # however small the steps are, all of it goes
    small, large = hub.take(orders(1)), hub.take(orders(2, count=450))
    hub.post(make_purchase_order())
    hub.leave()
    after(hub, days=11)
    assert rows(hub, "SELECT count(*) FROM attempts") == 0
    assert has_bytes(hub, small)
    assert has_bytes(hub, large)
    after(hub, days=31)
    assert not has_bytes(hub, small)
    assert not has_bytes(hub, large)
    assert not list(hub.services.data_dir.glob("blobs/*/" + large.sha256))
    assert rows(hub, "SELECT count(*) FROM events WHERE kind = 'document.routed'") == 0
    assert rows(hub, "SELECT count(*) FROM documents WHERE canonical IS NULL") == 0
    assert defects(hub) == []
    after(hub, days=61)
    assert rows(hub, "SELECT count(*) FROM documents WHERE canonical IS NULL") == 453
    assert defects(hub) == []


def test_a_duplicate_is_still_known_and_gets_the_first_answer_after_its_bytes_are_gone(hub: SteppedHub) -> None:
    hub.take(orders(1))
    (first,) = hub.leave()
    after(hub, days=70)
    again = hub.take(orders(1))
    assert again.status == ArrivalStatus.DUPLICATE
    assert hub.leave() == [first]
    renumbered = hub.take(orders(1).replace(b"000000001", b"000000002"))
    assert {d.status for d in hub.documents_of(renumbered) if d.direction == "inbound"} == {"duplicate"}
    assert defects(hub) == []


def test_open_work_stays_whatever_its_age(hub: SteppedHub) -> None:
    stranger = hub.take(orders(1).replace(b"ACME           ", b"NOBODY         "))
    unsent = hub.take(orders(2))
    hub.compose()
    after(hub, days=400)
    assert has_bytes(hub, stranger)
    assert has_bytes(hub, unsent)
    assert len(hub.leave()) == 1, "what was composed leaves"
    assert rows(hub, "SELECT count(*) FROM documents WHERE canonical IS NULL") == 0
    after(hub, days=401)
    assert has_bytes(hub, stranger), "a person may still replay it"
    assert not has_bytes(hub, unsent)


def test_a_type_may_be_kept_longer_and_what_holds_it_too(store: Store, tmp_path: Path) -> None:
    longer = "purchase_order, direction: inbound, channel: files, retention: {raw: 900, canonical: forever}"
    text = profile().replace("purchase_order, direction: inbound, channel: files", longer)
    settings = SETTINGS + "retention: {raw: 20, canonical: 20}\n"
    with stepped_hub(store, tmp_path) as hub:
        hub.apply(text, settings=settings)
        taken = hub.take(orders(1))
        hub.post(make_purchase_order())
        hub.leave()
        posted = hub.departures("sent")
        after(hub, days=30)
        assert has_bytes(hub, taken)
        assert rows(hub, "SELECT count(*) FROM documents WHERE canonical IS NULL") == 1, "the posted one"
        assert [has_bytes(hub, one) for one in posted if one.file_name.startswith("purchase_order_doc")] == [True, True]
        after(hub, days=901)
        assert not has_bytes(hub, taken)
        assert rows(hub, "SELECT count(*) FROM documents WHERE canonical IS NULL") == 1
        assert defects(hub) == []


def test_what_is_gone_is_refused_in_plain_words(hub: SteppedHub) -> None:
    taken = hub.take(orders(1))
    hub.leave()
    after(hub, days=31)
    document = next(d for d in hub.documents_of(taken) if d.direction == "inbound")
    (outcome,) = replay(hub.services, [document.id], reason="once more", actor="test")
    assert not outcome.done
    assert "as its retention says" in outcome.message
    sent = next(one for one in hub.departures("sent") if one.target == "erp")
    (outcome,) = resend(hub.services, [sent.id], reason="once more", actor="test")
    assert not outcome.done
    assert "retention" in outcome.message


def test_an_event_that_somebody_removed_does_not_pass_for_a_pruned_one(hub: SteppedHub) -> None:
    hub.take(orders(1))
    hub.leave()
    after(hub, days=31)
    with hub.store.begin() as tx:
        event = audit.EVENTS.all(tx, audit.EVENTS.select.where(audit.events.c.kind == "retention.pruned"))[0]
        if event.position is None:
            audit.seal_next(tx, utc_now())
            event = audit.EVENTS.all(tx, audit.EVENTS.select.where(audit.events.c.seq == event.seq))[0]
        tombstone = {"position": event.position, "digest": audit.digest_of(event)}
        tx.execute(audit.pruned_events.insert(), tombstone)
        tx.execute(audit.events.delete().where(audit.events.c.seq == event.seq))
    assert {defect.code for defect in defects(hub)} == {"AUDIT-TOMBSTONES"}
