"""The witness itself: it has nothing to say of nodes that keep to their claims, and sees each that does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from hub.services import utc_now
from hub.store.coordination import timers
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.faults.harness.witness import Witness, breaches, name_of
from tests.integration.store.rows_for_tests import arrival, document

NAMES = {name_of(number): f"host:/data-{number}" for number in (1, 2)}
ONE, TWO = NAMES
HOUR = timedelta(hours=1)


@pytest.fixture
def witness(emptied_postgres_url: str) -> Iterator[Witness]:
    try:
        yield Witness(emptied_postgres_url, NAMES)
    finally:
        with psycopg.connect(emptied_postgres_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA witness CASCADE")


@pytest.fixture
def stores(witness: Witness, emptied_postgres_url: str, tmp_path: Path) -> Iterator[dict[str, Store]]:
    """Of two nodes."""
    opened = {name: Store(f"{emptied_postgres_url}&application_name={name}", tmp_path / name) for name in NAMES}
    yield opened
    for store in opened.values():
        store.close()


def test_nodes_that_keep_to_their_claims_are_in_order(witness: Witness, stores: dict[str, Store]) -> None:
    now = utc_now()
    with stores[ONE].begin() as tx:
        taken = arrival(tx)
        timers.set(tx, "poll", "acme/in", now)
        held = transmissions.claim_arrival(tx, NAMES[ONE], now - HOUR, 60)
        timer = timers.claim_due(tx, NAMES[ONE], now, 60)
    assert held is not None
    assert timer is not None
    assert (witness.holds(ONE), witness.holds(TWO), witness.pollster("acme/in")) == (2, 0, ONE)
    with stores[TWO].begin() as tx:
        again = transmissions.claim_arrival(tx, NAMES[TWO], now, 60)
        assert again is not None
        document(tx, taken.id)
        transmissions.fenced_update(tx, again, status="processed")
    with stores[ONE].begin() as tx:
        timers.settle(tx, timer, now + HOUR)
    seen = witness.read()
    assert breaches(seen) == []
    assert (seen.taken_over, seen.polls("acme/in"), len(seen.writes)) == (1, (1, 1), 3)
    assert witness.pollster("acme/in") is None


def test_who_writes_what_another_holds_is_seen(witness: Witness, stores: dict[str, Store]) -> None:
    now = utc_now()
    with stores[ONE].begin() as tx:
        taken = arrival(tx)
        transmissions.claim_arrival(tx, NAMES[ONE], now - HOUR, 60)
    with stores[TWO].begin() as tx:
        transmissions.claim_arrival(tx, NAMES[TWO], now, 60)
    with stores[ONE].begin() as tx:
        document(tx, taken.id)
        tx.execute(text("UPDATE transmissions SET status = 'processing'"))
    assert breaches(witness.read()) == [
        f"stale commit: {ONE} wrote documents of {taken.id}, held by {NAMES[TWO]}",
        f"stale commit: {ONE} wrote status of {taken.id}, held by {NAMES[TWO]}",
    ]


def test_who_takes_a_claim_that_lives_is_seen(witness: Witness, stores: dict[str, Store]) -> None:
    now = utc_now()
    with stores[ONE].begin() as tx:
        arrival(tx)
        transmissions.claim_arrival(tx, NAMES[ONE], now, 60)
    with stores[TWO].begin() as tx:
        assert transmissions.claim_arrival(tx, NAMES[TWO], now + HOUR, 60), "its clock is an hour ahead"
        tx.execute(text("UPDATE transmissions SET lease_until = NULL"))
    with stores[ONE].begin() as tx:
        transmissions.claim_arrival(tx, NAMES[TWO], now, 60)
    living, foreign = breaches(witness.read())
    assert living.startswith(f"living claim: {NAMES[TWO]} took")
    assert foreign.startswith(f"{ONE} claimed")


def test_a_timer_that_is_done_twice_is_seen(witness: Witness, stores: dict[str, Store]) -> None:
    now = utc_now()
    for _ in range(2):
        with stores[ONE].begin() as tx:
            timers.set(tx, "poll", "acme/in", now)
            held = timers.claim_due(tx, NAMES[ONE], now, 60)
            assert held is not None
            timers.settle(tx, held, now + HOUR)
    assert breaches(witness.read()) == [f"poll acme/in, due at {now}, was done 2 times"]
