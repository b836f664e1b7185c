"""Blobs: on disk before they are named in a row, kept once, checked at every read."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.store.errors import BitRot, StoreFull
from hub.store.kept.blobs import INCOMING, INLINE_LIMIT, Blobs


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_file_and_folders_are_synced_in_an_order_that_survives_power_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        visible = any(not path.name.startswith(".") for path in files(tmp_path))
        told.append(f"{'folder' if folder else 'file'}, {'named' if visible else 'not yet named'}")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    kept = Blobs(tmp_path / "blobs")
    kept.put(b"first")
    assert told == ["folder, not yet named"] * 2 + ["file, not yet named", "folder, named"]
    told.clear()
    kept.put(b"first")
    assert told == ["folder, named"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_the_same_bytes_are_kept_once_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    kept = Blobs(folder)
    for body in bodies:
        digest = kept.put(body)
        assert digest == sha256(body).hexdigest()
        with kept.open(digest) as mapped:
            assert bytes(mapped) == body
    assert len(files(folder)) == len(set(bodies))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "missing"])
def test_damage_of_any_kind_is_found_and_mended_by_the_same_bytes(tmp_path: Path, damage: str) -> None:
    kept = Blobs(tmp_path)
    digest = kept.put(b"good bytes")
    (path,) = files(tmp_path)
    match damage:
        case "flip":
            path.write_bytes(b"gooe bytes")
        case "cut":
            path.write_bytes(b"good")
        case "empty":
            path.write_bytes(b"")
        case _:
            path.unlink()
    with pytest.raises(BitRot, match=digest):
        kept.open(digest)
    kept.put(b"good bytes")
    with kept.open(digest) as mapped:
        assert bytes(mapped) == b"good bytes"


def test_bytes_that_arrive_in_blocks_are_kept_as_if_they_had_come_at_once(tmp_path: Path) -> None:
    kept = Blobs(tmp_path)
    for size in (0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 300_000):
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        with kept.incoming() as incoming:
            for start in range(0, size, 10_000):
                incoming.write(body[start : start + 10_000])
            result = incoming.keep()
        assert (result.sha256, result.size) == (sha256(body).hexdigest(), size)
        assert result.inline == (body if size <= INLINE_LIMIT else None)
        if size > INLINE_LIMIT:
            with kept.open(result.sha256) as mapped:
                assert bytes(mapped) == body
    assert all(path.parent.name != INCOMING for path in files(tmp_path))


def test_what_a_sender_broke_off_is_gone_and_what_a_dead_writer_left_is_swept(tmp_path: Path) -> None:
    kept = Blobs(tmp_path)
    with kept.incoming() as broken_off:
        broken_off.write(b"x" * 100_000)
    assert files(tmp_path) == []
    (tmp_path / INCOMING / ".abandoned").write_bytes(b"half")
    with kept.incoming() as living:
        living.write(b"y" * 100_000)
        assert kept.sweep() == 1
        digest = living.keep().sha256
    with kept.open(digest) as mapped:
        assert bytes(mapped) == b"y" * 100_000


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    kept = Blobs(tmp_path)
    kept.put(b"warm")
    before = files(tmp_path)
    digest = sha256(b"cold").hexdigest()
    (tmp_path / digest[:2]).mkdir(exist_ok=True)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="No space"):
        kept.put(b"cold")
    assert files(tmp_path) == before
