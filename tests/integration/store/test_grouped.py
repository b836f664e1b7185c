"""Arrivals that are stored together: one commit for many, and each one's fate its own."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from hub.store import grouped as grouping
from hub.store.errors import CommitUnknown, StoreUnavailable
from hub.store.grouped import Grouped
from hub.store.inbound import arrivals
from hub.store.inbound.arrivals import Arriving, Outcome, Taken
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.store.schema.tables import transmissions as table
from hub.store.store import Store, Tx
from hub.store.trail import events
from tests.integration.store.rows_for_tests import NOW
from tests.waiting import until

SENDERS = 16


def arriving(store: Store, body: bytes = b"ISA", partner: str | None = "acme", name: str = "") -> Arriving:
    key = RequestKey("partner:acme", name, "hash") if name else None
    return Arriving(f"{partner}/in", partner, "application/edi-x12", name, store.keep(body), "test", NOW, key)


def count(store: Store) -> int:
    with store.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


class Counting:
    """Writes arrivals and counts the transactions."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.begun = threading.Event()
        self.held = threading.Event()
        self.held.set()

    def __call__(self, tx: Tx, items: Sequence[Arriving], /, *, again: bool = False) -> list[Outcome]:
        self.begun.set()
        self.held.wait(60)
        self.groups.append(len(items))
        if any(item.kept.inline == b"bad" for item in items):
            raise ValueError("a mistake of ours")
        return arrivals.write(tx, items, again=again)


def test_what_comes_while_a_commit_is_under_way_shares_the_next(store: Store) -> None:
    write = Counting()
    grouped = Grouped(store, write)
    write.held.clear()
    with ThreadPoolExecutor(SENDERS) as senders:
        handed_in = [senders.submit(grouped.take, [arriving(store, b"0")])]
        assert write.begun.wait(60)  # with the first alone: who comes before that would be in its group
        handed_in += [senders.submit(grouped.take, [arriving(store, b"%d" % n)]) for n in range(1, SENDERS)]
        until(lambda: len(grouped._waiting) == SENDERS - 1)
        write.held.set()
        taken = [future.result() for future in handed_in]
    assert sorted(write.groups) == [1, SENDERS - 1]
    assert len({one.transmission.id for (one,) in taken if isinstance(one, Taken)}) == SENDERS == count(store)


def test_one_that_fails_fails_nobody_else(store: Store) -> None:
    write = Counting()
    grouped = Grouped(store, write)
    write.held.clear()
    with ThreadPoolExecutor(3) as senders:
        first = senders.submit(grouped.take, [arriving(store, b"first")])
        assert write.begun.wait(60)
        others = [senders.submit(grouped.take, [arriving(store, body)]) for body in (b"bad", b"good")]
        until(lambda: len(grouped._waiting) == 2)
        write.held.set()
        assert isinstance(first.result()[0], Taken)
        with pytest.raises(ValueError, match="a mistake of ours"):
            others[0].result()
        assert isinstance(others[1].result()[0], Taken)
    assert count(store) == 2


def test_many_of_one_caller_are_stored_in_their_order_with_their_events(store: Store) -> None:
    bodies = [b"%d" % n for n in range(50)]
    outcomes = Grouped(store, arrivals.write).take([arriving(store, body) for body in bodies])
    taken = [one.transmission for one in outcomes if isinstance(one, Taken)]
    assert [one.body for one in taken] == bodies
    assert [one.seq for one in taken] == sorted(one.seq for one in taken)
    with store.read() as tx:
        assert [events.of_subject(tx, one.id)[0].kind for one in taken] == ["transmission.received"] * 50


def test_a_key_is_taken_once_whether_its_repetition_comes_together_or_later(store: Store) -> None:
    grouped = Grouped(store, arrivals.write)
    one, other = arriving(store, name="k"), arriving(store, name="k")
    misused = replace(one, id="tr_misused", key=RequestKey("partner:acme", "k", "another"))
    first, again, wrong = grouped.take([one, other, misused])
    assert isinstance(first, Taken)
    assert again == Answer(0, first.transmission.id)
    assert isinstance(wrong, Mismatch)
    assert grouped.take([arriving(store, name="k")]) == [again]
    assert count(store) == 1


def test_the_same_bytes_are_linked_to_the_first_also_within_one_commit(store: Store) -> None:
    grouped = Grouped(store, arrivals.write)
    first, again, other = grouped.take([arriving(store), arriving(store), arriving(store, partner="beta")])
    later = grouped.take([arriving(store)])[0]
    assert isinstance(first, Taken)
    assert first.first is None
    for one in (again, later):
        assert isinstance(one, Taken)
        assert one.first is not None
        assert one.first.id == first.transmission.id
    assert isinstance(other, Taken)
    assert other.first is None, "another partner's bytes are none of its business"


def test_what_is_asked_again_after_its_commit_is_told_and_not_stored_twice(store: Store) -> None:
    """As after a connection that broke while the server committed; tests/faults breaks real ones."""
    items = [arriving(store, b"one", name="k"), arriving(store, b"two")]
    with store.begin() as tx:
        first = arrivals.write(tx, items)
    with store.begin() as tx:
        again = arrivals.write(tx, items, again=True)
    assert [one.transmission for one in first if isinstance(one, Taken)] == [
        one.transmission for one in again if isinstance(one, Taken)
    ]
    assert count(store) == 2


def test_a_commit_of_which_nobody_knows_is_looked_for(store: Store) -> None:
    asked: list[bool] = []

    def write(tx: Tx, items: Sequence[Arriving], /, *, again: bool = False) -> list[Outcome]:
        asked.append(again)
        if len(asked) == 1:
            raise CommitUnknown("the connection broke")
        return arrivals.write(tx, items, again=again)

    (outcome,) = Grouped(store, write).take([arriving(store, name="k")])
    assert isinstance(outcome, Taken)
    assert asked == [False, True]


def test_a_database_is_waited_for_anew_whenever_it_has_answered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits of unknown end and failures to connect by turns, each after a good part of what is waited for."""
    instants = itertools.count(step=grouping.RESOLVE_SECONDS * 0.7)
    of_grouping_alone = SimpleNamespace(monotonic=lambda: next(instants), sleep=lambda _: None)
    monkeypatch.setattr(grouping, "time", of_grouping_alone)
    ends = [CommitUnknown("cut"), StoreUnavailable("away")] * 3

    def write(tx: Tx, items: Sequence[Arriving], /, *, again: bool = False) -> list[Outcome]:
        if ends:
            raise ends.pop(0)
        return arrivals.write(tx, items, again=again)

    (outcome,) = Grouped(store, write).take([arriving(store, name="k")])
    assert isinstance(outcome, Taken)


def test_who_is_told_of_a_store_that_went_in_the_middle_of_a_commit_comes_again_for_its_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "RESOLVE_SECONDS", 0.0)
    away: list[Exception] = [CommitUnknown("cut"), StoreUnavailable("away")]

    def write(tx: Tx, items: Sequence[Arriving], /, *, again: bool = False) -> list[Outcome]:
        if not away:
            return arrivals.write(tx, items, again=again)
        if isinstance(away[0], CommitUnknown):
            told.append(arrivals.write(tx, items)[0])
            tx.commit()
        raise away.pop(0)

    told: list[Outcome] = []
    grouped: Grouped[Arriving, Outcome] = Grouped(store, write)
    with pytest.raises(StoreUnavailable):
        grouped.take([arriving(store, name="k")])
    (stored,) = told
    assert isinstance(stored, Taken)
    assert grouped.take([arriving(store, name="k")]) == [Answer(0, stored.transmission.id)]
    assert count(store) == 1


def test_a_store_that_stays_away_is_told_to_everybody_who_waits(store: Store) -> None:
    def write(tx: Tx, items: Sequence[Arriving], /, *, again: bool = False) -> list[Outcome]:
        raise StoreUnavailable("gone")

    grouped: Grouped[Arriving, Outcome] = Grouped(store, write)
    with pytest.raises(StoreUnavailable):
        grouped.take([arriving(store)])
