"""What nodes share in the store: signs of life, leases that are renewed, one clock, and versions side by side."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from hub.leases import Leases
from hub.store import migration
from hub.store.coordination import database_clock, nodes, timers
from hub.store.coordination.database_clock import DatabaseClock
from hub.store.coordination.nodes import NodeRow
from hub.store.errors import SchemaTooNew, StoreInUse
from hub.store.outbound import departures
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.stepping import stepped_hub
from tests.integration.store.rows_for_tests import NOW, arrival, departure
from tests.integration.x12_text import Isa, group, purchase_order

LATER = NOW + timedelta(seconds=10)


def row(name: str = "one", schema: str = "0025", **changes: object) -> NodeRow:
    values = {"roles": "timers", "version": "1", "url": "", "started_at": NOW, "seen_at": NOW} | changes
    return NodeRow(name=name, schema=schema, **values)  # type: ignore[arg-type]


def test_a_node_is_known_until_it_leaves_or_is_forgotten(store: Store) -> None:
    with store.begin() as tx:
        nodes.sign(tx, row())
        nodes.sign(tx, row("two"))
        nodes.sign(tx, row(seen_at=LATER))
        assert [(one.name, one.seen_at) for one in nodes.all(tx)] == [("one", LATER), ("two", NOW)]
        nodes.forget(tx, LATER)
        assert [one.name for one in nodes.all(tx)] == ["one"]
        nodes.leave(tx, "one")
        assert nodes.all(tx) == []


def test_a_claim_is_renewed_while_it_is_its_holders(store: Store) -> None:
    with store.begin() as tx:
        arrival(tx)
        timers.set(tx, "poll", "acme/in", NOW)
        held = transmissions.claim_arrival(tx, "one", NOW, 10)
        timer = timers.claim_due(tx, "one", NOW, 10)
        assert held is not None
        assert timer is not None
        transmissions.renew(tx, [held], LATER + timedelta(seconds=10))
        timers.renew(tx, [timer], LATER + timedelta(seconds=10))
        assert transmissions.claim_arrival(tx, "two", LATER, 10) is None
        assert timers.claim_due(tx, "two", LATER, 10) is None
        last = LATER + timedelta(seconds=10)
        taken = transmissions.claim_arrival(tx, "two", last, 10)
        assert taken is not None
        assert timers.claim_due(tx, "two", last, 10) is not None
        transmissions.renew(tx, [held], last + timedelta(days=1))
        timers.renew(tx, [timer], last + timedelta(days=1))
        assert transmissions.claim_arrival(tx, "one", last + timedelta(seconds=10), 10) is not None
        assert timers.claim_due(tx, "one", last + timedelta(seconds=10), 10) is not None


def test_what_is_worked_long_is_to_be_renewed_and_what_has_ended_is_not(store: Store) -> None:
    now = [0.0]
    leases = Leases(lambda: now[0])
    with store.begin() as tx:
        first, second = arrival(tx), arrival(tx)
    leases.begin([first])
    now[0] = 5.0
    with leases.held(second):
        assert leases.aging(5) == [first]
        leases.renewed([first])
        assert leases.aging(5) == []
        now[0] = 10.0
        assert leases.aging(5) == [first, second]
    leases.end([first])
    leases.renewed([first, second])
    assert len(leases) == 0


def test_a_timer_that_is_due_is_left_for_a_moment_to_the_node_that_had_it(store: Store) -> None:
    with store.begin() as tx:
        timers.set(tx, "poll", "acme/in", NOW)
        held = timers.claim_due(tx, "one", NOW, 30)
        assert held is not None
        timers.settle(tx, held, LATER)
        assert timers.claim_due(tx, "two", LATER, 30) is None
        held = timers.claim_due(tx, "one", LATER, 30)
        assert held is not None
        timers.settle(tx, held, LATER)
        assert timers.claim_due(tx, "two", LATER + timers.AFFINITY, 30) is not None


def test_a_held_departure_is_not_claimed_by_another_node(migrated_postgres_url: str, tmp_path: Path) -> None:
    """Between the look at its fence and the commit of what became of it."""
    store = Store(migrated_postgres_url, tmp_path / "data")
    try:
        with store.begin() as tx:
            waiting = departure(tx, target="held")
        with store.begin() as holding:
            transmissions.hold(holding, waiting.id)
            with store.begin() as tx:
                assert departures.due(tx, "held", NOW, 10) == []
        with store.begin() as tx:
            assert [one.id for one in departures.due(tx, "held", NOW, 10)] == [waiting.id]
    finally:
        store.close()


def test_the_clock_is_the_databases_however_wrong_the_machines_is(
    migrated_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(migrated_postgres_url, tmp_path / "data")
    try:
        wrong = time.time() + 3600
        monkeypatch.setattr(database_clock.time, "time", lambda: wrong)
        clock = DatabaseClock(store)
        assert abs(clock() - store.now()) < timedelta(minutes=1)
    finally:
        store.close()


def test_the_server_is_told_how_long_a_vanished_node_is_waited_for(migrated_postgres_url: str, tmp_path: Path) -> None:
    store = Store(migrated_postgres_url, tmp_path / "data")
    try:
        for opened in (store.begin, store.read):
            with opened() as tx:
                told = text("SELECT name FROM pg_settings WHERE source = 'session' AND name LIKE 'tcp\\_%'")
                assert len(tx.execute(told).all()) == 4
    finally:
        store.close()


def test_a_second_node_on_one_data_directory_is_refused(migrated_postgres_url: str, tmp_path: Path) -> None:
    first, second = (Store(migrated_postgres_url, tmp_path / "data") for _ in range(2))
    try:
        with first.occupied(), pytest.raises(StoreInUse, match="process"), second.occupied():
            pass
        with second.occupied():
            pass
    finally:
        first.close()
        second.close()


# ---- versions side by side

PRETENDED = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9000", "{down}"
{rule}
def upgrade():
    op.create_table("more", sa.Column("id", sa.String(40), primary_key=True))
    for table in ("transmissions", "documents", "deliveries", "attempts", "timers", "events", "nodes"):
        op.add_column(table, sa.Column("more", sa.Integer()))
        op.add_column(table, sa.Column("counted", sa.Integer(), nullable=False, server_default="0"))
        op.create_index(f"ix_{{table}}_more", table, ["more"])
"""


@pytest.fixture
def current(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store of this version."""
    opened = Store(store_url, tmp_path / "data")
    opened.migrate()
    yield opened
    opened.close()


def upgraded(store: Store, folder: Path, rule: str) -> None:
    """By a version that has one revision more."""
    scripts = folder / "scripts"
    shutil.copytree(migration.MIGRATIONS, scripts)
    down = migration.newest()
    (scripts / "versions" / "9000_next.py").write_text(PRETENDED.format(down=down, rule=rule))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(migration, "MIGRATIONS", scripts)
            forget_versions()
            store.migrate()
    finally:
        forget_versions()


def order(number: int) -> bytes:
    return Isa(f"{number:09}").around(group("PO", purchase_order(order=f"PO-{number}"), number=str(number)))


def forget_versions() -> None:
    migration.revisions.cache_clear()


def test_a_node_goes_on_beside_a_newer_one_that_only_added(current: Store, store_url: str, tmp_path: Path) -> None:
    with current.begin() as tx:
        nodes.sign(tx, row(schema=migration.newest(), seen_at=current.now()))
    with stepped_hub(current, tmp_path) as hub:
        before = hub.receive(order(1))
        upgraded(current, tmp_path, "expands = True")
        with current.begin() as tx:
            assert "more" in {column["name"] for column in inspect(tx).get_columns("transmissions")}
            tx.execute(text("UPDATE transmissions SET more = 1, counted = 1"))
            migration.check_beside(tx)
        after = hub.take(order(2))
        assert hub.got_by_erp() == ["PO-1", "PO-2"], "what it had under way, and what came since"
        assert {one.status for taken in (before, after) for one in hub.deliveries_of(taken)} == {"delivered"}
        with current.read() as tx:
            assert tx.execute(text("SELECT counted FROM transmissions ORDER BY seq LIMIT 1")).scalar() == 1
    if store_url:
        another = Store(store_url, tmp_path / "another")
        another.migrate()
        another.close()


def test_a_node_stops_beside_a_newer_one_that_took_something_away(current: Store, tmp_path: Path) -> None:
    upgraded(current, tmp_path, "")
    with current.begin() as tx, pytest.raises(SchemaTooNew, match="9000"):
        migration.check_beside(tx)
    with current.begin() as tx, pytest.raises(SchemaTooNew, match="9000"):
        migration.check(tx)


def test_what_takes_something_away_waits_for_older_nodes_to_stop(current: Store, tmp_path: Path) -> None:
    with current.begin() as tx:
        nodes.sign(tx, row("old", migration.newest(), seen_at=current.now()))
        nodes.sign(tx, row("dead", migration.newest(), seen_at=current.now() - timedelta(minutes=5)))
    with pytest.raises(StoreInUse, match="old still runs one"):
        upgraded(current, tmp_path, "")
    with current.begin() as tx:
        migration.check_beside(tx)
        nodes.leave(tx, "old")
    shutil.rmtree(tmp_path / "scripts")
    upgraded(current, tmp_path, "")
