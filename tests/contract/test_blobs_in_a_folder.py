"""Blobs in a folder: the suite of their port, and on disk before they are named in a row."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from hub.store.errors import StoreFull
from hub.store.kept.folder import BlobFolder
from tests.contract.blob_contract import BlobContract


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestBlobFolder(BlobContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobFolder:
        self.folder = tmp_path / "blobs"
        return BlobFolder(self.folder)

    def damage(self, digest: str, bytes_now: bytes | None) -> None:
        path = self.folder / digest[:2] / digest
        path.unlink()
        if bytes_now is not None:
            path.write_bytes(bytes_now)

    def count(self) -> int:
        return len([path for path in files(self.folder) if not path.name.startswith(".")])


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
    kept = BlobFolder(tmp_path / "blobs")
    kept.put(b"first")
    assert told == ["folder, not yet named"] * 2 + ["file, not yet named", "folder, named"]
    told.clear()
    kept.put(b"first")
    assert told == ["folder, named"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    kept = BlobFolder(tmp_path)
    kept.put(b"warm")
    before = files(tmp_path)
    digest = sha256(b"cold").hexdigest()
    (tmp_path / digest[:2]).mkdir(exist_ok=True)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="No space"):
        kept.put(b"cold")
    assert files(tmp_path) == before
