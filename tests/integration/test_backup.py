"""hub backup and hub restore: a copy made under load is whole, a restored hub never does twice what it forgot (R23)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from hub.errors import OperationRefused
from hub.services import utc_now
from hub.store.maintenance.snapshot import SnapshotRefused
from hub.store.store import Store
from hub.store.trail import audit
from hub.upkeep.audit import HEADS, Head, write_heads
from hub.upkeep.backup import MANIFEST, make_backup
from hub.upkeep.restoration import restore
from hub.verify.checks import verify
from hub.verify.defect import Defect, Subject
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order


def nothing(_: int) -> None:
    """Nobody watches."""


def orders(number: int, count: int = 1) -> bytes:
    sets = [purchase_order(f"{n:04}", f"PO-{number}-{n}") for n in range(1, count + 1)]
    return Isa(f"{number:09}").around(group("PO", *sets, number=str(number)))


def control_numbers(texts: list[str]) -> set[str]:
    return {number for sent in texts for number in re.findall(r"IEA\*\d+\*(\d+)", sent)}


@pytest.fixture
def hub(store: Store, tmp_path: Path, dumping: None) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as hub:
        yield hub


def defects(store: Store, data_dir: Path) -> list[Defect]:
    return [defect for _, defect in verify(Subject(store.read, store.blobs, data_dir, utc_now()))]


def test_a_backup_made_under_load_is_restored_sound_with_all_that_was_there_before_it(
    hub: SteppedHub, migrated_url: str, new_url: str, tmp_path: Path
) -> None:
    data = hub.services.data_dir
    for number in range(1, 6):
        hub.take(orders(number, count=1 if number % 2 else 450))  # some are blobs
    with hub.store.begin() as tx:
        while sealed := audit.seal_next(tx, utc_now()):
            write_heads(data / HEADS, [Head.of(sealed, utc_now())])
    before = arrivals(hub.store)
    begun, stop = Event(), Event()

    def load() -> int:
        number = 100
        while not stop.is_set():
            number += 1
            begun.set()
            hub.take(orders(number))
            hub.post(make_purchase_order(purchase_order_number=f"OUT-{number}"))
            hub.leave()
        return number

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load)
        begun.wait()
        try:
            manifest = make_backup(hub.store, migrated_url, data, tmp_path / "backup", utc_now(), nothing)
        finally:
            stop.set()
        assert loading.result() > 100
    assert manifest.missing == []
    report = restore(tmp_path / "backup", tmp_path / "new", new_url, utc_now())
    assert report.mark == manifest.mark
    restored = Store(new_url, tmp_path / "new")
    try:
        assert before <= arrivals(restored)
        assert defects(restored, tmp_path / "new") == []
        with restored.read() as tx:
            assert tx.execute(text("SELECT count(*) FROM transmissions WHERE lease_owner IS NOT NULL")).scalar() == 0
    finally:
        restored.close()


def arrivals(store: Store) -> set[str]:
    with store.read() as tx:
        return set(tx.execute(text("SELECT id FROM transmissions WHERE direction = 'in'")).scalars())


def test_a_restored_hub_never_gives_a_control_number_that_was_given_since(
    hub: SteppedHub, migrated_url: str, new_url: str, tmp_path: Path
) -> None:
    hub.post(make_purchase_order(purchase_order_number="OUT-1"))
    first = control_numbers(hub.leave())
    hub.post(make_purchase_order(purchase_order_number="OUT-2"))
    waiting = control_numbers(hub.compose())
    make_backup(hub.store, migrated_url, hub.services.data_dir, tmp_path / "backup", utc_now(), nothing)
    for number in range(3, 9):
        hub.post(make_purchase_order(purchase_order_number=f"OUT-{number}"))
    since = control_numbers(hub.leave())
    report = restore(tmp_path / "backup", tmp_path / "new", new_url, utc_now())
    assert [(one.kind, one.before, one.next, one.sure) for one in report.moved if one.partner == "acme"] == [
        ("interchange", 3, 1003, True),
        ("group", 3, 1003, True),
    ]
    assert len(report.sent_again) == 1
    assert [(one.partner, one.last_interchange) for one in report.partners] == [("acme", "")]
    restored = Store(new_url, tmp_path / "new")
    with stepped_hub(restored, tmp_path / "elsewhere") as anew:
        (item,) = anew.work_items()
        assert "Partners must send again" in item.summary
        anew.post(make_purchase_order(purchase_order_number="OUT-9"))
        left = control_numbers(anew.leave())
        assert waiting < left, "what was on its way leaves under its old number"
        assert (left - waiting).isdisjoint(first | since)
        assert defects(restored, tmp_path / "new") == []
    restored.close()


def test_a_damaged_backup_and_a_place_that_is_not_empty_are_refused(
    hub: SteppedHub, migrated_url: str, new_url: str, tmp_path: Path
) -> None:
    hub.take(orders(1, count=450))
    folder = tmp_path / "backup"
    manifest = make_backup(hub.store, migrated_url, hub.services.data_dir, folder, utc_now(), nothing)
    with pytest.raises(OperationRefused, match="not empty"):
        make_backup(hub.store, migrated_url, hub.services.data_dir, folder, utc_now(), nothing)
    with pytest.raises(OperationRefused, match="not empty"):
        restore(folder, hub.services.data_dir, new_url, utc_now())
    if migrated_url:
        with pytest.raises(SnapshotRefused, match="not empty"):
            restore(folder, tmp_path / "other", migrated_url, utc_now())
    for name in manifest.files:
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(OperationRefused, match="not as it was"):
            restore(folder, tmp_path / "new", new_url, utc_now())
        (folder / name).write_bytes(good)
    (folder / MANIFEST).unlink()
    with pytest.raises(OperationRefused, match="no whole backup"):
        restore(folder, tmp_path / "new", new_url, utc_now())
    assert not (tmp_path / "new").exists()


def test_bytes_that_were_damaged_already_are_told_and_the_rest_is_backed_up(
    hub: SteppedHub, migrated_url: str, tmp_path: Path
) -> None:
    taken = hub.take(orders(1, count=450))
    (hub.services.data_dir / "blobs" / taken.sha256[:2] / taken.sha256).write_bytes(b"rotten")
    manifest = make_backup(hub.store, migrated_url, hub.services.data_dir, tmp_path / "backup", utc_now(), nothing)
    assert manifest.missing == [taken.sha256]


@pytest.mark.own_stores("SQLite needs no program for a backup")
def test_without_pg_dump_a_backup_of_postgresql_says_what_to_use(
    emptied_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    store = Store(emptied_postgres_url, tmp_path / "data")
    with pytest.raises(SnapshotRefused, match="pg_basebackup"):
        make_backup(store, emptied_postgres_url, tmp_path / "data", tmp_path / "backup", utc_now(), nothing)
    store.close()
