"""Blobs in a bucket of a real S3-compatible server that checks signatures: the suite of their port, and every way in
which the server, or the way to it, lets one down."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import GenericError

from hub.store.errors import BitRot, BlobsAway, StoreUnavailable
from hub.store.kept import answering, bucket
from hub.store.kept.address import BucketAddress
from hub.store.kept.bucket import BLOCK, BlobBucket, connect
from tests.contract.blob_contract import LATER, BlobContract
from tests.s3_server import LATE_SECONDS, S3, LastingS3, Trouble, troubled

pytestmark = pytest.mark.external("moto")

LARGE = b"0123456789abcdef" * (BLOCK // 16) * 2 + b"and a little more"

LOOK_SECONDS = 60.0
"""For what a look asks, which takes a moment unless the machine has other work."""


class TestBlobBucket(BlobContract):
    examples = 5

    @pytest.fixture
    def blobs(self, s3: S3, tmp_path: Path) -> BlobBucket:
        self.address = BucketAddress.parse(s3.address())
        self.folder = tmp_path / "cache"
        return BlobBucket(self.address, self.folder, caching=True)

    def damage(self, digest: str, bytes_now: bytes | None) -> None:
        store, key = connect(self.address), f"{digest[:2]}/{digest}"
        obstore.delete(store, key)
        if bytes_now is not None:
            obstore.put(store, key, bytes_now)
        shutil.rmtree(self.folder)

    def count(self) -> int:
        return sum(len(page) for page in obstore.list(connect(self.address)))


class TestAnotherServer(TestBlobBucket):
    """It takes no notice of If-None-Match, and does not say what it has deleted."""

    examples = 3

    @pytest.fixture
    def blobs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlobBucket]:
        monkeypatch.setenv("HUB_S3_KEY", "hub")
        monkeypatch.setenv("HUB_S3_SECRET", "a secret of it")
        server = LastingS3(tmp_path / "s3")
        server.start("a secret of it")
        self.address, self.folder = BucketAddress.parse(server.address), tmp_path / "cache"
        yield BlobBucket(self.address, self.folder, caching=True)
        server.stop()

    def damage(self, digest: str, bytes_now: bytes | None) -> None:
        with suppress(GenericError):
            super().damage(digest, bytes_now)
            return
        if bytes_now is not None:
            obstore.put(connect(self.address), f"{digest[:2]}/{digest}", bytes_now)
        shutil.rmtree(self.folder)


@pytest.fixture
def trouble(s3: S3) -> Iterator[tuple[int, Trouble]]:
    with troubled(s3) as found:
        yield found


@pytest.fixture
def blobs(s3: S3, trouble: tuple[int, Trouble], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobBucket:
    """Through the proxy, and nothing kept on this machine."""
    monkeypatch.setattr(bucket, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(bucket, "RETRIES", 1)
    return BlobBucket(BucketAddress.parse(s3.address(trouble[0])), tmp_path / "here", caching=False)


def test_large_bytes_go_up_in_parts_and_come_down_in_blocks(blobs: BlobBucket, trouble: tuple[int, Trouble]) -> None:
    digest = blobs.put(LARGE)
    assert trouble[1].seen.count("PUT") == 3, "two full parts and the rest"
    trouble[1].seen.clear()
    with blobs.open(digest) as mapped:
        assert sha256(mapped).hexdigest() == digest
    assert trouble[1].seen == ["GET"] * 3


def test_bytes_that_are_there_and_sound_are_not_written_again(blobs: BlobBucket, trouble: tuple[int, Trouble]) -> None:
    blobs.put(b"once")
    trouble[1].seen.clear()
    blobs.put(b"once")
    assert trouble[1].seen == ["PUT", "HEAD", "GET"], "the first with If-None-Match, which is refused"


@pytest.mark.parametrize("kind", ["cut", "slow_down"])
@pytest.mark.parametrize("body", [b"small", LARGE], ids=["whole", "in parts"])
def test_what_the_server_did_not_take_is_not_kept(
    blobs: BlobBucket, trouble: tuple[int, Trouble], kind: str, body: bytes
) -> None:
    trouble[1].begin(kind, "PUT")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        blobs.put(body)
    assert list(blobs._folder.rglob(".*")) == [], "nothing is left behind"
    trouble[1].end()
    assert blobs.names() == set()
    digest = blobs.put(body)
    with blobs.open(digest) as mapped:
        assert sha256(mapped).hexdigest() == digest


def test_a_server_that_asks_for_patience_once_is_asked_again(blobs: BlobBucket, trouble: tuple[int, Trouble]) -> None:
    trouble[1].begin("slow_down", "PUT", times=1)
    digest = blobs.put(b"bytes")
    trouble[1].begin("slow_down", "GET", times=1)
    with blobs.open(digest) as mapped:
        assert bytes(mapped) == b"bytes"


@pytest.mark.parametrize("kind", ["truncated", "flipped"])
def test_an_answer_that_is_not_what_was_kept_is_never_taken_for_it(
    blobs: BlobBucket, trouble: tuple[int, Trouble], kind: str
) -> None:
    digest = blobs.put(LARGE)
    trouble[1].begin(kind, "GET", times=1)
    with blobs.open(digest) as mapped:
        assert sha256(mapped).hexdigest() == digest, "the second answer was right"
    trouble[1].begin(kind, "GET")
    with pytest.raises((BitRot, StoreUnavailable)):
        blobs.open(digest)


def test_a_late_answer_is_waited_for_and_one_that_never_comes_is_not(
    blobs: BlobBucket, trouble: tuple[int, Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble[1].begin("late", "PUT", times=1)
    digest = blobs.put(b"bytes")
    monkeypatch.setattr(bucket, "REQUEST", bucket.CONNECT * (LATE_SECONDS / 10 / bucket.CONNECT.total_seconds()))
    blobs._store = None
    trouble[1].begin("late", "GET")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        blobs.open(digest)


def test_after_a_failure_nobody_waits_for_a_while(
    blobs: BlobBucket, trouble: tuple[int, Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "AWAY_SECONDS", 60.0)
    trouble[1].begin("slow_down", "PUT")
    with pytest.raises(StoreUnavailable, match="SlowDown"):
        blobs.put(b"bytes")
    asked = len(trouble[1].seen)
    with pytest.raises(StoreUnavailable, match="SlowDown"):
        blobs.put(b"others")
    assert len(trouble[1].seen) == asked


def test_what_is_wrong_is_known_since_when_and_until_it_goes_well(
    blobs: BlobBucket, trouble: tuple[int, Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "ASKED_SECONDS", 0.0)
    assert blobs.look(LOOK_SECONDS) is None
    trouble[1].begin("skewed", "PUT")
    with pytest.raises(StoreUnavailable, match="clock of this machine"):
        blobs.put(b"bytes")
    first = blobs.look(LOOK_SECONDS)
    assert first is not None, "it gives bytes, and takes none"
    assert "RequestTimeTooSkewed" in first.says
    trouble[1].begin("slow_down", "GET")
    both = blobs.look(LOOK_SECONDS)
    assert both is not None
    assert ("SlowDown" in both.says, both.since) == (True, first.since)
    trouble[1].end()
    assert blobs.look(LOOK_SECONDS) == first, "of what it takes nothing better is known"
    blobs.put(b"bytes")
    assert blobs.look(LOOK_SECONDS) is None
    trouble[1].begin("slow_down", "PUT")
    with pytest.raises(StoreUnavailable):
        blobs.put(b"others")
    monkeypatch.setattr(answering, "REMEMBERED_SECONDS", 0.0)
    assert blobs.look(LOOK_SECONDS) is None, "nobody has asked it again for long"


def test_slow_storage_holds_some_threads_and_the_others_are_told_at_once(
    blobs: BlobBucket, trouble: tuple[int, Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "CROWDED_SECONDS", 0.0)
    trouble[1].begin("held", "PUT")
    with ThreadPoolExecutor(answering.WAITING + 4) as threads:
        asked = [threads.submit(blobs.put, b"%d" % number) for number in range(answering.WAITING + 4)]
        refused = [one.exception() for one in islice(as_completed(asked, timeout=60), 4)]
        trouble[1].end()
    assert all(isinstance(one, BlobsAway) and "is slow" in str(one) for one in refused)
    assert [one.exception() for one in asked].count(None) == answering.WAITING
    monkeypatch.setattr(answering, "SLOW_SECONDS", 0.1)
    trouble[1].seen.clear()
    trouble[1].begin("held", "PUT")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(blobs.put, b"slow")
        until = time.monotonic() + 60
        while "PUT" not in trouble[1].seen or (told := blobs.look(0)) is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert "no answer for" in told.says
        with pytest.raises(BlobsAway, match="no answer for"):
            blobs.put(b"later")
        trouble[1].end()
        assert slow.result()
    assert blobs.look(LOOK_SECONDS) is None


@pytest.mark.parametrize(
    ("secrets", "code"),
    [({"HUB_S3_SECRET": "wrong"}, "SignatureDoesNotMatch"), ({"HUB_S3_KEY": "nobody"}, "InvalidAccessKeyId")],
)
def test_wrong_credentials_are_refused_and_right_ones_taken_without_a_restart(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str], code: str
) -> None:
    blobs = BlobBucket(BucketAddress.parse(s3.address()), tmp_path, caching=False)
    right = {name: os.environ[name] for name in secrets}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    for refused in (blobs.probe, lambda: blobs.put(b"bytes")):
        with pytest.raises(StoreUnavailable, match=code):
            refused()
    for name, value in right.items():
        monkeypatch.setenv(name, value)
    blobs.put(b"bytes")


def test_a_bucket_that_is_not_there_is_not_taken_for_lost_bytes(s3: S3, tmp_path: Path) -> None:
    address = s3.address().replace("s3://hub-bytes/", "s3://no-such-bucket/")
    blobs = BlobBucket(BucketAddress.parse(address), tmp_path, caching=False)
    for asked in (blobs.probe, lambda: blobs.open("0" * 64), lambda: blobs.put(b"bytes"), lambda: blobs.put(LARGE)):
        with pytest.raises(StoreUnavailable, match="no bucket s3://no-such-bucket"):
            asked()


def test_who_else_answers_says_nothing_of_what_is_stored(blobs: BlobBucket, trouble: tuple[int, Trouble]) -> None:
    digest = blobs.put(b"bytes")
    trouble[1].begin("elsewhere", "GET")
    for asked in (blobs.probe, lambda: blobs.open(digest)):
        with pytest.raises(StoreUnavailable, match="not where it was asked for"):
            asked()


def test_bytes_that_come_again_while_a_sweeper_is_at_them_are_put_off(
    blobs: BlobBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = blobs.put(b"old")
    monkeypatch.setattr(bucket, "RENEWED_SECONDS", -1.0)  # it is old
    store = connect(blobs._address)
    obstore.put(store, f"removing/{digest}", b"")
    with pytest.raises(StoreUnavailable, match="are being removed"):
        blobs.put(b"old")
    (mark,) = blobs.strays({digest}, time.time() + LATER)
    assert blobs.remove(mark, 0.0), "a killed sweeper's mark goes with the next sweep"
    assert blobs.put(b"old") == digest


def test_files_of_this_machine_stay_while_they_are_in_use_and_give_way_to_newer_ones(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = BucketAddress.parse(s3.address() + "&cache_megabytes=1")
    blobs = BlobBucket(address, tmp_path, caching=True)
    first, second = blobs.put(b"1" * 700_000), blobs.put(b"2" * 700_000)
    assert all((tmp_path / one[:2] / one).exists() for one in (first, second)), "used within the hour"
    long_ago = time.time() - bucket.USED_SECONDS - 60
    for one in (first, second):
        os.utime(tmp_path / one[:2] / one, (long_ago, long_ago))
    blobs.open(second).close()
    third = blobs.put(b"3" * 700_000)
    assert [(tmp_path / one[:2] / one).exists() for one in (first, second, third)] == [False, True, True]
    with blobs.open(first) as mapped:
        assert bytes(mapped) == b"1" * 700_000, "fetched again"
