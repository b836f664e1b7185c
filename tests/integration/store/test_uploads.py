"""Uploads on their way in, as files: what a disk does not take, and what their senders have left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.store.errors import NotWhole, StoreFull
from hub.store.kept.blobs import INLINE_LIMIT
from hub.store.kept.folder import BlobFolder
from hub.store.kept.uploads import Uploads

LARGE = os.urandom(3 * INLINE_LIMIT)


def test_what_a_full_disk_takes_a_part_of_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads(tmp_path / "uploads")
    partial = uploads.begin("acme/mailbox", "order.edi", resume=False)
    partial.write(0, LARGE[:INLINE_LIMIT])
    really = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, block, offset: really(file, block[: len(block) // 2], offset))
    with pytest.raises(StoreFull):
        partial.write(INLINE_LIMIT, LARGE[INLINE_LIMIT:])
    assert partial.size == INLINE_LIMIT
    monkeypatch.undo()
    partial.write(INLINE_LIMIT, LARGE[INLINE_LIMIT:])
    kept = partial.keep(BlobFolder(tmp_path / "blobs"))
    uploads.drop(partial)
    assert (kept.size, kept.inline) == (len(LARGE), None)


def test_an_upload_with_a_gap_is_kept_up_to_it_and_never_as_closed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads")
    partial = uploads.begin("acme/mailbox", "order.edi.part", resume=False)
    partial.write(0, LARGE[:100])
    partial.write(200, LARGE[:100])
    with pytest.raises(NotWhole, match="100 bytes are missing"):
        partial.save(closed=True)
    (left,) = Uploads(tmp_path / "uploads").of("acme/mailbox")
    assert (left.name, left.size, left.closed) == ("order.edi.part", 100, False)
