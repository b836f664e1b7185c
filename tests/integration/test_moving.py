"""``hub store move``: a store that has seen everything goes on in another database, as if it had always been there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from sqlalchemy import update

from hub.errors import OperationRefused
from hub.services import utc_now
from hub.store.coordination import timers
from hub.store.errors import MovedAway
from hub.store.kept import home
from hub.store.maintenance import bulk
from hub.store.schema.tables import control_numbers, events, work_items
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.upkeep import moving
from hub.upkeep.moving import MOVED_TABLES
from tests.builders import make_purchase_order
from tests.integration.cli.commands import Cli
from tests.integration.stepping import SteppedHub, profile, stepped_hub
from tests.integration.test_bucket import orders as large
from tests.integration.test_verify import a_day, findings, orders
from tests.prepared import migrated_sqlite
from tests.s3_server import S3

pytestmark = pytest.mark.own_stores("a store is moved from one database to the other")

PROFILES = (profile(), profile("bolt", "BOLT", acknowledgments={"functional": "on_error"}))


@contextmanager
def opened(folder: Path, url: str = "") -> Iterator[SteppedHub]:
    store = Store(url, folder / "data")
    try:
        with stepped_hub(store, folder, *PROFILES) as hub:
            yield hub
    finally:
        store.close()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that has had a day of everything."""
    folder = tmp_path_factory.mktemp("lived")
    (folder / "data").mkdir()
    (folder / "data" / "hub.db").write_bytes(migrated_sqlite())
    with opened(folder) as hub:
        a_day(hub)
        hub.take(large(50))
        with hub.store.begin() as tx:
            timers.set(tx, "sweep", "", utc_now(), {"a": [1, "\u00fc", "\x00", "\ud800"]})
    return folder


@pytest.fixture
def day(lived: Path, tmp_path: Path) -> Path:
    shutil.copytree(lived, tmp_path, dirs_exist_ok=True)
    return tmp_path


def content(store: Store) -> dict[str, tuple[int, str]]:
    found = {}
    with store.read() as tx:
        for table in MOVED_TABLES:
            tally = bulk.Tally()
            assert sum(1 for _ in tally.over(bulk.read(tx, table))) == tally.rows
            found[table.name] = tally.rows, tally.digest
    return found


def drawn(store: Store) -> dict[tuple[str, str, str], int]:
    with store.read() as tx:
        return {(row.partner, row.identity, row.kind): row.next for row in tx.execute(control_numbers.select())}


def test_a_moved_store_is_the_same_and_goes_on_and_comes_back(day: Path, emptied_postgres_url: str) -> None:
    url, cli = emptied_postgres_url, Cli(day / "data")
    reader = Store("", day / "data", writable=False)
    was, numbers = content(reader), drawn(reader)
    reader.close()
    looked = cli.run("store", "move", "--to", url, "--dry-run", "--json")
    assert json.loads(looked.stdout)["rows"] == sum(rows for rows, _ in was.values()), looked.stderr
    told = cli.run("store", "move", "--to", url, "--json")
    assert told.returncode == 0, told.stderr
    assert {name: (one["rows"], one["sha256"]) for name, one in json.loads(told.stdout)["tables"].items()} == was
    with pytest.raises(MovedAway, match=r"hub\.db\.moved"):
        Store("", day / "data")
    with opened(day, url) as hub:
        assert findings(hub) == []
        assert drawn(hub.store) == numbers
        assert hub.take(large(50)).status == "duplicate"
        assert sum("OUT-1-waits" in text for text in hub.leave()) == 1, "what waited goes out, once"
        assert drawn(hub.store)["acme", "main", "interchange"] > numbers["acme", "main", "interchange"]
        hub.take(orders(200))
        assert findings(hub) == []
        then = content(hub.store)
    for name in ("hub.db", "hub.db.moved"):
        (day / "data" / name).rename(day / name)
    back = cli.run("store", "move", "--to", "sqlite", "--database", url, "--json")
    assert back.returncode == 0, back.stderr
    with opened(day) as hub:
        now = content(hub.store)
        assert {name for name in now if now[name] != then[name]} <= {"events"}, "the move is told of"
        assert findings(hub) == []
        hub.post(make_purchase_order(purchase_order_number="OUT-HOME"))
        assert any("OUT-HOME" in text for text in hub.leave())


def test_a_move_that_is_broken_off_has_not_happened_and_is_made_again(day: Path, emptied_postgres_url: str) -> None:
    url, done = emptied_postgres_url, 0

    def killed(more: int) -> None:
        nonlocal done
        done += more
        if done == 40:
            raise KeyboardInterrupt

    before = (day / "data" / "hub.db").read_bytes()
    with moving.stopped("", day / "data") as source:
        with moving.emptied(url, day / "data") as target, pytest.raises(KeyboardInterrupt):
            moving.move_rows(source, target, None, "test", utc_now(), killed)
        moving.look_at(url, day / "data")  # it is empty
        with moving.emptied(url, day / "data") as target:
            moved = moving.move_rows(source, target, None, "test", utc_now(), lambda _: None)
        with pytest.raises(OperationRefused, match="not empty"):
            moving.look_at(url, day / "data")
        with source.read() as tx:
            last = {table.name: bulk.last_given(tx, table) for table in MOVED_TABLES}
    assert moved["documents"].rows > 30
    assert (day / "data" / "hub.db").read_bytes() == before
    with moving.stopped(url, day / "data") as store, store.read() as tx:
        given = {table.name: bulk.last_given(tx, table) for table in MOVED_TABLES}
    assert given == last | {events.name: last[events.name] + 1}, "numbers go on behind the last"


def test_what_the_new_database_does_not_take_is_named_and_nothing_is_moved(
    day: Path, emptied_postgres_url: str
) -> None:
    with opened(day) as hub, hub.store.begin() as tx:
        tx.execute(update(work_items).values(kind="k" * 41))
    told = Cli(day / "data").run("store", "move", "--to", emptied_postgres_url)
    assert (told.returncode, "work_items" in told.stderr, "too long" in told.stderr) == (1, True, True)
    moving.look_at(emptied_postgres_url, day / "data")


def test_a_hub_that_has_just_been_stopped_is_in_nobodys_way(emptied_postgres_url: str, tmp_path: Path) -> None:
    hub = psycopg.connect(emptied_postgres_url, application_name="supplier-hub")
    closing = Timer(0.5, hub.close)
    closing.start()
    moving.look_at(emptied_postgres_url, tmp_path)
    closing.join()


def test_nothing_is_moved_while_a_hub_is_at_it(
    day: Path, emptied_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "LEAVING_SECONDS", 0.2)
    with opened(day):
        told = Cli(day / "data").run("store", "move", "--to", emptied_postgres_url)
    assert (told.returncode, "stop it first" in told.stderr) == (1, True)
    with psycopg.connect(emptied_postgres_url, application_name="supplier-hub"):
        told = Cli(day / "data").run("store", "move", "--to", emptied_postgres_url)
    assert (told.returncode, "stop every node first" in told.stderr) == (1, True)


@pytest.mark.external("moto")
def test_bytes_move_into_a_bucket_with_the_rows_or_alone(day: Path, emptied_postgres_url: str, s3: S3) -> None:
    first, second, cli = s3.address(), s3.address(), Cli(day / "data")
    told = cli.run("store", "move", "--blobs", first, "--json")
    assert json.loads(told.stdout)["copied"] == 1, told.stderr
    told = cli.run("store", "move", "--to", emptied_postgres_url, "--blobs", second, "--json")
    assert json.loads(told.stdout)["copied"] == 1, told.stderr
    with opened(day, emptied_postgres_url) as hub:
        assert findings(hub) == []
        with hub.store.read() as tx:
            assert home.home(tx) == home.normal(second)
            named = transmissions.blobs_named(tx)
    assert home.blobs_at(home.normal(first), day, caching=False).names() == named, "the old bytes stay"
    told = cli.run("store", "move", "--blobs", "folder", "--database", emptied_postgres_url)
    assert "1 were copied" in told.stdout or "0 were copied" in told.stdout, told.stderr
    with opened(day, emptied_postgres_url) as hub:
        assert findings(hub) == []
