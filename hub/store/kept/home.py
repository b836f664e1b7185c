"""Which home a store's blobs have. Its rows say so, so that every node and command finds them in the same place."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, insert, select

from hub.store.kept.address import FOLDER, BucketAddress
from hub.store.kept.blobs import Blobs
from hub.store.kept.folder import BlobFolder
from hub.store.schema.tables import configurations as table

KIND = "blobs"
"""Of the configurations, whose newest version counts."""

BLOBS, CACHE = "blobs", "blob-cache"
"""Folders of the data directory: where blobs lie, and what a node has of those in a bucket."""

_HOME = table.c.kind == KIND
_NEWEST = select(table.c.version, table.c.text).where(_HOME).order_by(table.c.version.desc()).limit(1)


def home(tx: Connection) -> str:
    """The address in force; empty where none was ever said, which is the folder."""
    found = tx.execute(_NEWEST).first()
    return str(found.text) if found is not None else ""


def note_home(tx: Connection, address: str, by: str, now: datetime) -> None:
    """From this commit on blobs lie at ``address``."""
    found = tx.execute(_NEWEST).first()
    digest = sha256(address.encode()).hexdigest()
    told = {"text": address, "sha256": digest, "applied_at": now, "applied_by": by}
    tx.execute(insert(table).values(kind=KIND, key=KIND, version=(found.version if found else 0) + 1, **told))


def normal(address: str) -> str:
    """The address in full, as rows hold it. Raises WrongAddress."""
    return "" if address in ("", FOLDER) else str(BucketAddress.parse(address))


def blobs_at(address: str, data_dir: Path, *, caching: bool) -> Blobs:
    """``caching`` in a node, whose children read files. Raises WrongAddress."""
    if address in ("", FOLDER):
        return BlobFolder(data_dir / BLOBS)
    from hub.store.kept.bucket import BlobBucket  # here: it loads obstore, which hardly any command needs

    return BlobBucket(BucketAddress.parse(address, {}), data_dir / CACHE, caching=caching)
