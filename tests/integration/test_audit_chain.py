"""The audit chain: every sealed event keeps its place and content, or hub verify says so (T18)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.schema.records import Seal, Timer
from hub.store.schema.tables import events as event_table
from hub.store.schema.tables import seals as seal_table
from hub.store.store import Store, Tx
from hub.store.trail import audit, events
from hub.upkeep.audit import HEADS, NOTED_EVERY, Head, read_heads, seal_events, write_heads
from hub.verify.audit import audit_chain
from hub.verify.defect import Subject

pytestmark = pytest.mark.own_events

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SEALED, BATCH = 60, 7
TAMPERINGS = {"sqlite": 1000, "postgresql": 150}


def happen(tx: Tx, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        data = {"number": number, "reason": "é \ud800 \x00", "nothing": None}
        subject = f"doc_{number}"
        events.record(tx, "document.routed", subject, now=NOW + timedelta(seconds=number), partner="acme", data=data)


def seal_all(tx: Tx, limit: int = BATCH) -> None:
    while audit.seal_next(tx, NOW, limit):
        pass


def defects(tx: Tx, store: Store, heads: list[Head]) -> list[str]:
    @contextmanager
    def read() -> Iterator[Tx]:
        yield tx

    return [defect.code for defect in audit_chain(Subject(read, store.blobs, Path(), NOW, heads))]


def test_events_get_positions_without_a_gap_in_the_order_of_sealing(store: Store) -> None:
    with store.begin() as tx:
        happen(tx, 10)
        seal_all(tx)
        happen(tx, 3, first=11)
    with store.read() as tx:
        assert [e.data["number"] for e in events.feed(tx, 0, 100)] == list(range(1, 11))
    with store.begin() as tx:
        seal_all(tx)
        assert [(e.position, e.data["number"]) for e in events.feed(tx, 8, 100)] == [(n, n) for n in range(9, 14)]
        assert [(s.number, s.first, s.last) for s in audit.seals(tx)] == [(1, 1, 7), (2, 8, 10), (3, 11, 13)]
        assert defects(tx, store, []) == []


@pytest.mark.own_stores("SQLite has one writer at a time")
def test_an_event_whose_transaction_commits_late_comes_behind_what_was_read(
    emptied_postgres_url: str, tmp_path: Path
) -> None:
    store = Store(emptied_postgres_url, tmp_path)
    with store.begin() as late:
        happen(late, 1)
        with store.begin() as tx:
            happen(tx, 1, first=2)
        with store.begin() as tx:
            seal_all(tx)
            assert [e.data["number"] for e in events.feed(tx, 0, 100)] == [2]
    with store.begin() as tx:
        seal_all(tx)
        assert [e.data["number"] for e in events.feed(tx, 1, 100)] == [1]
        assert defects(tx, store, []) == []
    store.close()


# ---- tampering

Tampering = Callable[[Tx, random.Random], None]


def _event(tx: Tx, chance: random.Random) -> int:
    return chance.choice(list(tx.execute(select(event_table.c.seq).where(event_table.c.position > 0)).scalars()))


def _edit(tx: Tx, chance: random.Random) -> None:
    changes = {
        "at": NOW - timedelta(microseconds=1),
        "kind": "document.held",
        "subject_id": "doc_0",
        "transmission_id": "tr_0",
        "partner": None,
        "actor": "operator:nobody",
        "data": {"number": 0},
        "seq": 10_000,
    }
    name = chance.choice(sorted(changes))
    tx.execute(event_table.update().where(event_table.c.seq == _event(tx, chance)), {name: changes[name]})


def _delete(tx: Tx, chance: random.Random) -> None:
    tx.execute(event_table.delete().where(event_table.c.seq == _event(tx, chance)))


def _swap(tx: Tx, chance: random.Random) -> None:
    """Two events change places, or only what they say."""
    column = chance.choice([event_table.c.position, event_table.c.subject_id])
    one, other = chance.sample(range(1, SEALED + 1), 2)
    rows = {p: tx.execute(select(event_table).where(event_table.c.position == p)).one() for p in (one, other)}
    spare = -1 if column is event_table.c.position else "spare"
    mine, theirs = rows[one]._mapping[column.name], rows[other]._mapping[column.name]
    for seq, value in ((rows[one].seq, spare), (rows[other].seq, mine), (rows[one].seq, theirs)):
        tx.execute(event_table.update().where(event_table.c.seq == seq), {column.name: value})


def _cut(tx: Tx, chance: random.Random) -> None:
    """The end of the chain goes, seals and events, or one of the two."""
    last = tx.execute(select(func.max(seal_table.c.number))).scalar_one() - chance.randrange(5)
    first = tx.execute(select(seal_table.c.first).where(seal_table.c.number == last)).scalar_one()
    what = chance.choice(["both", "seals", "events"])
    if what != "events":
        tx.execute(seal_table.delete().where(seal_table.c.number >= last))
    if what != "seals":
        tx.execute(event_table.delete().where(event_table.c.position >= first))


def _add(tx: Tx, chance: random.Random) -> None:
    happen(tx, 1, first=10_000)
    newest = select(func.max(event_table.c.seq)).scalar_subquery()
    position = chance.choice([0, -3, SEALED + 1])
    tx.execute(event_table.update().where(event_table.c.seq == newest), {"position": position})


def _unseal(tx: Tx, chance: random.Random) -> None:
    tx.execute(event_table.update().where(event_table.c.seq == _event(tx, chance)), {"position": None})


def _forge_seal(tx: Tx, chance: random.Random) -> None:
    number = chance.choice(list(tx.execute(select(seal_table.c.number)).scalars()))
    changes = {
        "first": 10**12,
        "last": 10**12,
        "digest": "f" * 64,
        "previous": "f" * 64,
        "hash": "f" * 64,
        "sealed_at": NOW + timedelta(days=1),
        "number": 10**6,
    }
    name = chance.choice(sorted(changes))
    tx.execute(seal_table.update().where(seal_table.c.number == number), {name: changes[name]})


def _rewrite(tx: Tx, chance: random.Random) -> None:
    """Whoever knows how it is done changes an event and makes every hash from there on anew."""
    _edit(tx, chance)
    digests, previous = dict(audit.links(tx)), audit.GENESIS
    for seal in list(audit.seals(tx)):
        covered = [digests[position] for position in range(seal.first, seal.last + 1)]
        forged = replace(seal, previous=previous, digest=audit.digest_of_batch(covered))
        forged = replace(forged, hash=audit.hash_of(forged))
        tx.execute(seal_table.delete().where(seal_table.c.number == seal.number))
        audit.ROWS.insert(tx, forged)
        previous = forged.hash


ALL: list[Tampering] = [_edit, _delete, _swap, _cut, _add, _unseal, _forge_seal, _rewrite]


def test_a_thousand_edits_deletions_swaps_and_cuts_are_all_found(store: Store) -> None:
    chance = random.Random(20261126)
    with store.begin() as tx:
        happen(tx, SEALED)
        seal_all(tx)
        head = audit.head(tx)
        assert head is not None
        heads = [Head.of(head, NOW)]
        happen(tx, 4, first=SEALED + 1)
        assert defects(tx, store, heads) == []
        for round in range(TAMPERINGS[store.dialect]):
            tampering = ALL[round % len(ALL)]
            trial = tx.begin_nested()
            tampering(tx, chance)
            assert defects(tx, store, heads), f"round {round}: {tampering.__name__} was not found"
            trial.rollback()
        assert defects(tx, store, heads) == []


# ---- as the node does it


@pytest.fixture
def services(store: Store, tmp_path: Path) -> Iterator[HubServices]:
    with ThreadPoolExecutor(1) as executor:
        yield HubServices(store=store, data_dir=tmp_path / "data", executor=executor, clock=lambda: NOW)


def claimed(store: Store) -> Timer:
    with store.begin() as tx:
        timers.set(tx, "seal", "", NOW)
        timer = timers.claim_due(tx, "test", NOW, 60)
    assert timer is not None
    return timer


def test_the_head_is_noted_outside_the_database_now_and_then(services: HubServices) -> None:
    path, timer = services.data_dir / HEADS, claimed(services.store)
    path.parent.mkdir(exist_ok=True)
    seal_events(services, timer)
    assert read_heads(path) == []
    for minute in (0, 0.2, 1.5):
        services.clock = lambda minute=minute: NOW + NOTED_EVERY * minute  # type: ignore[misc]
        with services.store.begin() as tx:
            happen(tx, audit.BATCH + 1)
        seal_events(services, timer)
    assert [(head.number, head.position) for head in read_heads(path)] == [(2, 501), (6, 1503)]


def test_half_a_line_that_a_power_cut_left_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / HEADS
    seal = Seal(7, 1, 9, "d", "p", NOW, "h")
    write_heads(path, [Head.of(seal, NOW)])
    with path.open("a") as file:
        file.write('{"number": 8, "posi')
    write_heads(path, [Head.of(replace(seal, number=9), NOW)])
    assert [head.number for head in read_heads(path)] == [7, 9]


def test_a_sealer_that_lost_its_claim_seals_nothing(services: HubServices) -> None:
    timer = claimed(services.store)
    with services.store.begin() as tx:
        happen(tx, 1)
        timers.set(tx, "seal", "", NOW)
    with pytest.raises(timers.StaleLease):
        seal_events(services, timer)
    with services.store.read() as tx:
        assert events.feed(tx, 0, 10) == []
