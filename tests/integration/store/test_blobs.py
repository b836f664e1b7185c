"""Blobs: on disk before they are named in a row, kept once, checked at every read."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.store import blobs
from hub.store.blobs import Blobs
from hub.store.errors import BitRot


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

    monkeypatch.setattr(blobs.os, "fsync", fsync)
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


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    kept = Blobs(tmp_path)
    kept.put(b"warm")
    before = files(tmp_path)
    digest = sha256(b"cold").hexdigest()
    (tmp_path / digest[:2]).mkdir(exist_ok=True)
    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.put(b"cold")
    assert files(tmp_path) == before
