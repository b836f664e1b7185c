"""A hub whose larger bytes lie in a bucket: it takes, works, sends, checks, sweeps and backs up as with a folder; while
the bucket is away it acknowledges nothing, and afterwards goes on."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import obstore
import pytest

from hub.bootstrap import open_services
from hub.compute.pool import Children
from hub.compute.port import Item
from hub.errors import OperationRefused
from hub.services import utc_now
from hub.store.errors import BlobsAway, StoreUnavailable
from hub.store.kept import bucket, home
from hub.store.kept.address import BucketAddress
from hub.store.kept.blobs import INLINE_LIMIT
from hub.store.kept.bucket import connect
from hub.store.kept.uploads import Uploads
from hub.store.schema.records import Timer
from hub.store.store import Store
from hub.upkeep.backup import make_backup
from hub.upkeep.blob_home import settle_blobs
from hub.upkeep.restoration import restore
from hub.upkeep.sweeping import OLD, sweep
from hub.verify.checks import verify
from hub.verify.defect import Defect, Subject
from tests.integration.stepping import SteppedHub, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.prepared import fresh_store
from tests.s3_server import S3, Trouble, troubled

pytestmark = pytest.mark.external("moto")


LINES = [f"PO1*{n}*12*EA*9.95**VP*ITEM-{n:08}" for n in range(1, 401)]


def orders(number: int) -> bytes:
    """Three of them, which are too large for a row."""
    sets = [purchase_order(f"{n:04}", f"PO-{number}-{n}", LINES) for n in range(1, 4)]
    return Isa(f"{number:09}").around(group("PO", *sets, number=str(number)))


def noise(number: int) -> bytes:
    """Nothing that could be read, and too large for a row."""
    return number.to_bytes(2) * INLINE_LIMIT


def defects(store: Store, data_dir: Path) -> list[Defect]:
    return [defect for _, defect in verify(Subject(store.read, store.blobs, data_dir, utc_now()))]


@pytest.fixture
def address(s3: S3) -> str:
    return home.normal(s3.address())


@pytest.fixture
def hub(address: str, migrated_url: str, tmp_path: Path) -> Iterator[SteppedHub]:
    store = fresh_store(migrated_url, tmp_path / "data")
    settle_blobs(store, address, utc_now())
    try:
        with stepped_hub(store, tmp_path) as hub:
            yield hub
    finally:
        store.close()


@pytest.fixture
def reader(hub: SteppedHub, migrated_url: str) -> Iterator[Store]:
    """As a command that reads beside the node has it."""
    store = Store(migrated_url, hub.services.data_dir, writable=False)
    yield store
    store.close()


def test_what_is_large_goes_the_whole_way_by_the_bucket(hub: SteppedHub, address: str, reader: Store) -> None:
    taken = hub.take(orders(1))
    assert (taken.status, len(hub.documents_of(taken))) == ("processed", 4), "and our acknowledgment"
    hub.leave()
    assert len(hub.got_by_erp()) == 3
    found = bytes(obstore.get(connect(BucketAddress.parse(address)), f"{taken.sha256[:2]}/{taken.sha256}").bytes())
    assert found == orders(1)
    assert not list((hub.services.data_dir / home.BLOBS).rglob("*")), "nothing lies in the folder"
    assert defects(reader, hub.services.data_dir) == []
    assert hub.take(orders(1)).status == "duplicate"


def test_a_child_process_reads_the_file_that_this_machine_has(address: str, tmp_path: Path) -> None:
    blobs = home.blobs_at(address, tmp_path, caching=True)
    digest = blobs.put(b"x" * 3_000_000)
    shutil.rmtree(tmp_path / home.CACHE)  # as on a node that did not take it in
    pool = Children("tests.faults.tasks", 1)
    try:
        asking = pool.ask("length", [Item(b"0", 0)], [blobs.locate(digest)], {}, lambda: None)
        assert asking is not None
        assert list(asking) == [b"3000000"]
    finally:
        pool.close()


def test_damage_in_the_bucket_is_found_although_the_node_has_a_good_copy(
    hub: SteppedHub, address: str, reader: Store
) -> None:
    taken = hub.take(noise(1))
    obstore.put(connect(BucketAddress.parse(address)), f"{taken.sha256[:2]}/{taken.sha256}", b"rotten")
    assert [defect.code for defect in defects(reader, hub.services.data_dir)] == ["BYTES-DAMAGED"]


def test_the_sweeper_removes_from_the_bucket_what_no_row_names(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, unnamed = hub.take(noise(1)), hub.store.keep(b"x" * 40_000)
    sweep(hub.services, Timer("sweep", "", utc_now()))
    assert hub.store.blobs.names() == {taken.sha256, unnamed.sha256}
    monkeypatch.setattr(hub.services, "clock", lambda: utc_now() + OLD * 2)
    sweep(hub.services, Timer("sweep", "", utc_now()))
    assert hub.store.blobs.names() == {taken.sha256}


@pytest.mark.parametrize("with_bytes", [False, True], ids=["rows alone", "with bytes"])
def test_a_backup_says_what_is_in_the_bucket_or_has_it(
    hub: SteppedHub,
    address: str,
    migrated_url: str,
    new_url: str,
    dumping: None,
    tmp_path: Path,
    with_bytes: bool,
) -> None:
    kept, lost = hub.take(noise(1)), hub.take(noise(2))
    data, folder = hub.services.data_dir, tmp_path / "backup"
    made = make_backup(hub.store, migrated_url, data, folder, utc_now(), lambda _: None, with_bytes=with_bytes)
    assert (made.blobs, made.missing) == (address, [])
    assert made.named == ([] if with_bytes else sorted([kept.sha256, lost.sha256]))
    assert [name for name in made.files if lost.sha256 in name] == (
        [f"blobs/{lost.sha256[:2]}/{lost.sha256}"] if with_bytes else []
    )
    hub.store.close()
    obstore.delete(connect(BucketAddress.parse(address)), f"{lost.sha256[:2]}/{lost.sha256}")
    report = restore(folder, tmp_path / "new", new_url, utc_now())
    assert report.missing_bytes == ([] if with_bytes else [lost.sha256])
    restored = Store(new_url, tmp_path / "new")
    try:
        assert len(defects(restored, tmp_path / "new")) == (0 if with_bytes else 1)
    finally:
        restored.close()


def test_a_store_stays_with_the_home_that_it_has_and_takes_no_other_ones(
    hub: SteppedHub, address: str, new_url: str, tmp_path: Path
) -> None:
    hub.take(noise(1))
    settle_blobs(hub.store, "", utc_now())
    settle_blobs(hub.store, address, utc_now())
    for other in ("folder", address.replace("s3://hub-bytes/", "s3://hub-bytes/other/")):
        with pytest.raises(OperationRefused, match="hub store move --blobs"):
            settle_blobs(hub.store, other, utc_now())
    with (
        pytest.raises(OperationRefused, match="bytes of another store"),
        open_services(tmp_path / "b", new_url, address),
    ):
        pass


def test_wrong_credentials_keep_a_hub_from_starting_and_say_nothing_of_what_is_stored(
    hub: SteppedHub, migrated_url: str, reader: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.take(noise(1))
    hub.store.close()
    monkeypatch.setenv("HUB_S3_SECRET", "wrong")
    with pytest.raises(BlobsAway, match="SignatureDoesNotMatch"), open_services(hub.services.data_dir, migrated_url):
        pass
    with pytest.raises(BlobsAway, match="SignatureDoesNotMatch"):
        defects(reader, hub.services.data_dir)


# ---- while the bucket is away


@pytest.fixture
def trouble(s3: S3) -> Iterator[tuple[int, Trouble]]:
    with troubled(s3) as found:
        yield found


@pytest.fixture
def shaky(s3: S3, trouble: tuple[int, Trouble], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bucket, "RETRIES", 0)
    monkeypatch.setattr(bucket, "AWAY_SECONDS", 0.2)
    return home.normal(s3.address(trouble[0]))


def test_an_upload_stays_whole_until_the_bucket_takes_it(
    shaky: str, trouble: tuple[int, Trouble], tmp_path: Path
) -> None:
    blobs, uploads = home.blobs_at(shaky, tmp_path, caching=True), Uploads(tmp_path / "uploads")
    partial = uploads.begin("acme/mailbox", "order.edi", resume=False)
    partial.write(0, b"x" * 100_000)
    trouble[1].begin("slow_down", "PUT")
    with pytest.raises(StoreUnavailable):
        partial.keep(blobs)
    trouble[1].end()
    time.sleep(bucket.AWAY_SECONDS)
    kept = partial.keep(blobs)
    uploads.drop(partial)
    assert kept.sha256 == sha256(b"x" * 100_000).hexdigest()
    assert blobs.names() == {kept.sha256}


def test_work_waits_for_a_bucket_that_is_away_and_goes_on(
    shaky: str, trouble: tuple[int, Trouble], migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    store = fresh_store(migrated_url, data)
    store.settle(shaky, "test", utc_now())
    try:
        with stepped_hub(store, tmp_path) as hub:
            arrived = hub.receive(orders(1))
            for path in (data / home.CACHE).glob("??/*"):  # as on another node
                path.unlink()
            trouble[1].begin("slow_down", "GET")
            with pytest.raises(StoreUnavailable, match="SlowDown"):  # a node gives it back
                hub._worked(arrived)
            trouble[1].end()
            lease = hub.services.settings.nodes.lease_seconds
            monkeypatch.setattr(hub.services, "clock", lambda: utc_now() + timedelta(seconds=lease + 1))
            time.sleep(bucket.AWAY_SECONDS)
            assert hub._worked(arrived).status == "processed"
            assert len(hub.documents_of(arrived)) == 4
    finally:
        store.close()


def test_the_sweeper_leaves_a_bucket_that_is_away_and_sweeps_the_rest(
    shaky: str, trouble: tuple[int, Trouble], migrated_url: str, tmp_path: Path
) -> None:
    store = fresh_store(migrated_url, tmp_path / "data")
    store.settle(shaky, "test", utc_now())
    partial = store.uploads.begin("acme/mailbox", "order.edi", resume=False)
    partial.write(0, b"ISA*")
    partial.save(closed=False)
    os.utime(partial.path, (0, 0))
    trouble[1].begin("slow_down", "GET")
    try:
        with stepped_hub(store, tmp_path) as hub:
            sweep(hub.services, Timer("sweep", "", utc_now()))
            assert not partial.path.exists()
    finally:
        store.close()
