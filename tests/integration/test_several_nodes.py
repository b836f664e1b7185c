"""What the nodes of one hub do beside each other: stale holders are refused, roles share the work, signs of life."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import psycopg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from psycopg import sql

from hub.catalog import Catalog
from hub.health import living
from hub.node.life import Life
from hub.node.node import Node
from hub.node.polls import Polls
from hub.node.timekeeper import RECURRING
from hub.operator import scheduled
from hub.pipeline.compose import compose_due
from hub.roles import EVERY_ROLE, Role, roles_of
from hub.services import utc_now
from hub.store.configuration.control_numbers import Drawing
from hub.store.coordination import nodes, timers
from hub.store.coordination.nodes import NodeRow
from hub.store.errors import StaleLease
from hub.store.kept.uploads import NODE_LOCK, UPLOADS, Uploads
from hub.store.schema.records import Timer
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import work_items
from hub.upkeep.sweeping import sweep
from hub.web.app import make_app
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, profile, stepped_hub
from tests.integration.store.rows_for_tests import arrival

LEASE = timedelta(seconds=30)


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as stepped:
        yield stepped


def lost(hub: SteppedHub, kind: str, key: str, payload: dict[str, object] | None = None) -> Timer:
    """A timer that a paused node holds, and another has claimed since."""
    now = hub.services.clock()
    with hub.store.begin() as tx:
        timers.set(tx, kind, key, now - timedelta(days=1), payload)
        held = timers.claim_due(tx, "paused", now, 30)
        assert held is not None
        assert timers.claim_due(tx, "another", now + LEASE, 30) is not None
    return held


async def test_a_poll_that_another_node_has_taken_over_stores_nothing_and_removes_nothing(hub: SteppedHub) -> None:
    path = hub.services.folder_root / "acme" / "in" / "order.edi"
    path.write_bytes(b"ISA*anything~IEA*1~")
    held = lost(hub, "poll", "acme/files")
    polls = Polls(hub.services)
    with pytest.raises(StaleLease):
        await polls.poll("acme/files", held)
    await polls.close()
    assert path.exists()
    with hub.store.read() as tx:
        assert tx.execute(transmissions.table.select()).all() == []


@pytest.mark.parametrize("role", Role)
async def test_a_node_of_one_role_starts_and_stops(hub: SteppedHub, role: Role) -> None:
    stop = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(Node(hub.services, [role]).run(stop))
        await asyncio.sleep(0.2)
        stop.set()
    with hub.store.read() as tx:
        assert tx.execute(nodes.table.select()).all() == []


def begun(data_dir: Path, name: str, *, days: float) -> Path:
    """An upload to a mailbox that its sender broke off so long ago."""
    uploads = Uploads(data_dir / UPLOADS)
    partial = uploads.begin("acme/mailbox", name, resume=False)
    partial.write(0, b"ISA*")
    partial.save(closed=False)
    ago = time.time() - days * 86_400
    for path in (partial.path, partial.beside):
        os.utime(path, (ago, ago))
    return partial.path


async def test_a_node_sweeps_its_own_uploads_whoever_has_the_timer(hub: SteppedHub) -> None:
    old, young = (begun(hub.services.data_dir, name, days=days) for name, days in (("old", 2), ("young", 0.5)))
    stop = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(Node(hub.services, [Role.INTAKE]).run(stop))
        while old.exists() or old.with_suffix(".json").exists():
            await asyncio.sleep(0.05)
        stop.set()
    hub.services.executor.shutdown()  # a sweep under way has ended
    assert (young.exists(), young.with_suffix(".json").exists()) == (True, True)
    assert (old.exists(), old.with_suffix(".json").exists()) == (False, False)


@pytest.fixture
def machine() -> Iterator[Path]:
    """Where data directories lie whose paths fit the name of a node."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_uploads_of_a_dead_node_on_this_machine_are_swept_and_those_of_a_living_one_are_its_own(
    hub: SteppedHub, machine: Path
) -> None:
    now = hub.services.clock()
    seen = {"dead": 2 * LEASE, "silent": 2 * LEASE, "living": timedelta(0), "elsewhere": 2 * LEASE}
    with hub.store.begin() as tx:
        for name, silence in seen.items():
            host = "another-host" if name == "elsewhere" else socket.gethostname()
            row = NodeRow(f"{host}:{machine / name}", "intake", "1", "x", "", now, now - silence)
            nodes.sign(tx, row)
    found = {}
    for name in seen:
        found[name] = begun(machine / name, "order.edi", days=2), begun(machine / name, "young", days=0.5)
        (machine / name / NODE_LOCK).touch()
    with (machine / "silent" / NODE_LOCK).open("rb") as paused:
        fcntl.flock(paused, fcntl.LOCK_EX)
        sweep(hub.services, Timer("sweep", "", now))
    swept = {name for name, (old, _) in found.items() if not old.exists()}
    assert swept == {"dead"}, "the one without a sign holds its lock: it was only paused"
    assert all(young.exists() for _, young in found.values())


def test_a_work_item_that_another_node_is_about_to_write_is_not_written(hub: SteppedHub) -> None:
    held = lost(hub, "overdue-acknowledgments", "")
    with pytest.raises(StaleLease):
        RECURRING["overdue-acknowledgments"](hub.services, held)
    with hub.store.read() as tx:
        assert work_items.open_items(tx) == []


def test_a_profile_that_was_withdrawn_while_its_node_stood_still_is_not_applied(hub: SteppedHub) -> None:
    now, changed = hub.services.clock(), profile().replace("name: acme", "name: Acme Incorporated")
    scheduled.schedule(hub.services, {"acme.yaml": changed}, now + timedelta(minutes=1), actor="test")
    with hub.store.begin() as tx:
        held = timers.claim_due(tx, "paused", now + timedelta(minutes=1), 30)
    assert held is not None
    scheduled.withdraw(hub.services, "acme", actor="test")
    with pytest.raises(StaleLease):
        scheduled.apply_due(hub.services, held)
    assert hub.services.catalog().profiles["acme"].version == 1
    assert hub.work_items() == []


async def test_what_a_node_works_for_long_stays_its_own_while_it_gives_signs_of_life(hub: SteppedHub) -> None:
    began, later = utc_now(), [timedelta()]
    hub.services.clock = lambda: began + later[0]
    with hub.store.begin() as tx:
        arrival(tx)
        held = transmissions.claim_arrival(tx, "one", began, LEASE.total_seconds())
    assert held is not None
    hub.services.leases.begin([held])
    hub.services.leases._held = {name: (-1e9, claim) for name, (_, claim) in hub.services.leases._held.items()}
    later[0] = LEASE - timedelta(seconds=1)
    life = Life(hub.services, "one", EVERY_ROLE)
    await life.look()
    with hub.store.begin() as tx:
        assert transmissions.claim_arrival(tx, "two", began + LEASE, 30) is None
        (row,) = nodes.all(tx)
        assert (row.name, row.seen_at, row.roles) == ("one", began + later[0], "intake,pipeline,deliver,timers")
        assert transmissions.claim_arrival(tx, "two", began + later[0] + LEASE, 30) is not None
    await life.end()
    with hub.store.read() as tx:
        assert nodes.all(tx) == []


async def test_a_sign_of_life_that_is_under_way_when_its_node_ends_is_not_the_last_one(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it left behind would be told as a node that is silent."""
    life, catalog = Life(hub.services, "one", EVERY_ROLE), hub.services.catalog
    begun, goes_on = Event(), Event()

    def linger() -> Catalog:
        begun.set()
        assert goes_on.wait(60)
        return catalog()

    monkeypatch.setattr(hub.services, "catalog", linger)
    looking = asyncio.create_task(life.look())
    assert await asyncio.to_thread(begun.wait, 60)
    ending = asyncio.create_task(life.end())
    await asyncio.wait([ending], timeout=0.3)
    goes_on.set()
    await asyncio.gather(looking, ending)
    await life.look()
    with hub.store.read() as tx:
        assert nodes.all(tx) == []


async def test_a_node_runs_what_belongs_to_its_roles(hub: SteppedHub) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Node(hub.services, {Role.DELIVER, Role.INTAKE}).run(stop))
    while not hub.services.watch.silent():
        await asyncio.sleep(0.01)
    assert set(hub.services.watch.silent()) == {"departures"}
    stop.set()
    await running


async def test_a_node_without_the_role_refuses_what_comes_in_plainly(hub: SteppedHub) -> None:
    async with TestClient(TestServer(make_app(hub.services, intake=False))) as client:
        for path in ("/v1/transmissions", "/portal/"):
            async with client.post(path, data=b"ISA*", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), path
                assert "another one takes what comes" in await answer.text()
        async with client.get("/healthz") as answer:
            assert answer.status == 200


def test_nodes_that_draw_numbers_of_the_same_partners_wait_for_each_other_in_one_order(
    emptied_postgres_url: str, tmp_path: Path
) -> None:
    store = Store(emptied_postgres_url, tmp_path / "data")
    with closing(store), stepped_hub(store, tmp_path, profile("birch", "BIRCH"), profile()) as hub:
        for partner in ("birch", "acme"):
            hub.post(make_purchase_order(purchase_order_number=partner), partner)
        with ThreadPoolExecutor(1) as other:
            with store.begin() as tx, Drawing(tx) as numbers:
                numbers.draw("acme", "main", "interchange", 1, 9)
                composed = other.submit(compose_due, hub.services)
                while not waiting_for_locks(emptied_postgres_url):
                    assert not composed.done()
                numbers.draw("birch", "main", "interchange", 1, 9)
            assert composed.result(30) == 2


def waiting_for_locks(url: str) -> bool:
    with psycopg.connect(url) as connection:
        waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(waits).fetchone() is not None


def test_roles_are_named_in_a_list() -> None:
    assert roles_of("") == EVERY_ROLE == frozenset(Role)
    assert roles_of("Timers, deliver") == {Role.TIMERS, Role.DELIVER}
    with pytest.raises(ValueError, match="no role workers; roles are intake, pipeline, deliver, timers"):
        roles_of("deliver,workers")


def test_a_silent_node_and_a_role_that_nobody_has_are_told(store: Store) -> None:
    now = utc_now()
    with store.begin() as tx:
        for name, roles, seen in (("one", "intake,deliver", now), ("two", "pipeline,timers", now - 2 * LEASE)):
            nodes.sign(tx, NodeRow(name, roles, "1", "0025", "", now - timedelta(hours=1), seen))
    with store.read() as tx:
        seen_nodes = living.seen(tx, LEASE, now)
    assert [(one.name, one.living) for one in seen_nodes] == [("one", True), ("two", False)]
    assert [fault.says for fault in living.of_nodes(seen_nodes)] == [
        "Node two gives no sign of life: others do its work.",
        "No node that runs has the role pipeline: what arrives is not worked.",
        "No node that runs has the role timers: nothing is polled, and nothing that is due by the clock happens.",
    ]
    (alone,) = living.of_nodes(seen_nodes[1:])
    assert alone.says == "Node two gives no sign of life, and there is no other."


def _behind_many_rows(hanging: psycopg.Connection) -> None:
    hanging.cursor().executemany(FENCED, [(1,)])
    hanging.pgconn.send_flush_request()
    hanging.pgconn.flush()


def _among_many_rows(hanging: psycopg.Connection) -> None:
    hanging.pgconn.enter_pipeline_mode()
    for statement in (b"BEGIN", FENCED.replace("%s", "1").encode()):
        hanging.pgconn.send_query_params(statement, None)
    hanging.pgconn.send_flush_request()
    hanging.pgconn.flush()


FENCED = "UPDATE timers SET fence = fence + %s"


def claimed(store: Store) -> bool:
    """What another has locked is passed over."""
    with store.begin() as tx:
        return timers.claim_due(tx, "node", utc_now(), 30) is not None


@pytest.mark.parametrize("hang", [_behind_many_rows, _among_many_rows])
def test_what_a_node_that_hangs_has_locked_is_freed_where_the_server_overlooks_it(
    postgres_url: str, tmp_path: Path, hang: Callable[[psycopg.Connection], None]
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        name = sql.Identifier(server.info.dbname)
        server.execute(sql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = '300ms'").format(name))
    with closing(Store(postgres_url, tmp_path / "data")) as store:
        store.migrate()
        with store.begin() as tx:
            timers.set(tx, "poll", "acme/in", utc_now())
        hanging = psycopg.connect(postgres_url, application_name="supplier-hub")
        patient = "-c idle_in_transaction_session_timeout=0"
        reader = psycopg.connect(postgres_url, application_name="supplier-hub", options=patient)
        with closing(reader), closing(hanging):
            reader.execute("SELECT 1")
            hang(hanging)
            time.sleep(1)
            with store.begin() as tx:
                nodes.free_locks(tx)
            until = time.monotonic() + 60
            while not claimed(store):  # a session ends a moment after the server was told to end it
                assert time.monotonic() < until
                time.sleep(0.02)
            assert reader.execute("SELECT 1").fetchone() == (1,), "who only reads has locked nothing"
