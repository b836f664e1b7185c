"""``hub backup``: rows first, then the bytes that they name, so that whatever a copied row needs is there.

A backup is a folder: the database's copy, the blobs by their hashes, the noted heads of the audit chain, the SFTP
server's host keys, and a manifest with the hash of every file, which is written last: a folder without one is none.

Blobs that lie in a bucket stay there, unless they are asked for: the copy says which it needs, and where they are.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from channels.sftp.server.settings import HOST_KEY_FOLDER
from hub.errors import OperationRefused
from hub.store import migration
from hub.store.engine.syncing import sync, sync_folder
from hub.store.errors import BitRot
from hub.store.kept import home
from hub.store.maintenance import snapshot
from hub.store.store import Store, Tx
from hub.store.traffic import transmissions
from hub.store.trail import audit
from hub.upkeep.audit import HEADS, read_heads, write_heads

MANIFEST = "manifest.json"
DATABASE = "database"
BLOBS = "blobs"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the copy goes: everything up to here is in it."""

    taken_at: str
    arrivals: int
    last_arrival: str | None
    last_arrival_at: str | None
    seal: int
    seal_hash: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """``files`` are sizes and SHA-256 by path. ``missing`` are bytes that the hub itself did not have whole. ``blobs``
    is the bucket that the copied rows name, empty for a folder; ``named`` are the hashes that must be in it, where the
    backup has not the bytes themselves."""

    format: int
    database: str
    schema: str
    mark: Mark
    files: dict[str, list[Any]]
    missing: list[str] = field(default_factory=list)
    blobs: str = ""
    named: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises OperationRefused when the folder is no backup of a kind that is known here."""
        try:
            told = json.loads((folder / MANIFEST).read_text())
            manifest = cls(**{**told, "mark": Mark(**told["mark"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise OperationRefused(f"{folder} holds no whole backup: {error}") from error
        if manifest.format != FORMAT:
            raise OperationRefused(f"{folder} was made by another version of the hub (format {manifest.format})")
        return manifest


def make_backup(
    store: Store,
    url: str,
    data_dir: Path,
    folder: Path,
    now: datetime,
    progress: Callable[[int], None],
    *,
    with_bytes: bool = False,
) -> Manifest:
    """Backs a running hub up into ``folder``, which must be empty or not there; ``with_bytes``, also what lies in a
    bucket. Every byte is on disk when it returns. Raises OperationRefused, SnapshotRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise OperationRefused(f"{folder} is not empty: a backup takes a folder of its own")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with store.blobs.kept():
        with store.read() as tx:
            before, bucket = _mark(tx, now), home.home(tx)  # on PostgreSQL the copy has at least this
        snapshot.copy(store, url, folder / DATABASE, progress)
        named, mark, schema = _copied(store, folder, before)
        left = sorted(named) if bucket and not with_bytes else []
        if left:
            missing = sorted(named - store.blobs.names())
        else:
            missing = [digest for digest in sorted(named) if not _copy_blob(store, digest, folder / BLOBS, progress)]
    heads = [head for head in read_heads(data_dir / HEADS) if head.number <= mark.seal]
    if heads:
        write_heads(folder / HEADS, heads)
    copy_host_keys(data_dir, folder)
    files = {str(path.relative_to(folder)): [path.stat().st_size, _hash(path)] for path in sorted(_files(folder))}
    manifest = Manifest(FORMAT, store.dialect, schema, mark, files, missing, bucket, left)
    temporary = folder / f".{MANIFEST}"
    with temporary.open("w") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        sync(file.fileno())
    temporary.rename(folder / MANIFEST)
    for made in (folder, folder.parent):
        sync_folder(made)
    return manifest


def _copied(store: Store, folder: Path, before: Mark) -> tuple[set[str], Mark, str]:
    """Which blobs the copy names, its mark and its schema: read from the copy itself where it can be opened."""
    if store.dialect != "sqlite":
        with store.read() as tx:  # newer than the copy: it names all that the copy does
            return transmissions.blobs_named(tx), before, migration.held(tx) or ""
    copied = Store(f"sqlite:///{folder / DATABASE}", folder, writable=False)
    try:
        with copied.read() as tx:
            return (
                transmissions.blobs_named(tx),
                _mark(tx, datetime.fromisoformat(before.taken_at)),
                migration.held(tx) or "",
            )
    finally:
        copied.close()


def _mark(tx: Tx, now: datetime) -> Mark:
    newest, head = transmissions.newest_arrival(tx), audit.head(tx)
    return Mark(
        now.isoformat(timespec="seconds"),
        newest.seq if newest else 0,
        newest.id if newest else None,
        newest.received_at.isoformat() if newest else None,
        head.number if head else 0,
        head.hash if head else None,
    )


def _copy_blob(store: Store, digest: str, folder: Path, progress: Callable[[int], None]) -> bool:
    """False when the hub itself has no sound bytes of this hash."""
    target = folder / digest[:2] / digest
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with store.blobs.open(digest) as body, target.open("wb") as file:
            file.write(body)
            file.flush()
            sync(file.fileno())
    except BitRot:
        return False
    sync_folder(target.parent)
    progress(1)
    return True


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raises OperationRefused when a file of the backup is not as it was written."""
    for name, (size, digest) in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or _hash(path) != digest:
            raise OperationRefused(f"{path} is not as it was backed up: use another backup")


def copy_files(folder: Path, data_dir: Path, *, blobs: bool) -> None:
    """The noted heads and the host keys of a backup, and its ``blobs`` where they lie in a folder, into an empty data
    directory, durably."""
    if blobs and (folder / BLOBS).is_dir():
        for source in _files(folder / BLOBS):
            target = data_dir / BLOBS / source.parent.name / source.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            with target.open("rb") as file:
                sync(file.fileno())
            sync_folder(target.parent)
        sync_folder(data_dir / BLOBS)
    if heads := read_heads(folder / HEADS):
        write_heads(data_dir / HEADS, heads)
    copy_host_keys(folder, data_dir)


def put_back(folder: Path, store: Store, named: set[str]) -> list[str]:
    """Into the bucket what it lacks of the ``named``, from a backup that has it; returns what neither has. Raises
    StoreUnavailable."""
    lacking = sorted(named - store.blobs.names())
    for digest in lacking:
        source = folder / BLOBS / digest[:2] / digest
        if source.is_file():
            with store.incoming() as incoming, source.open("rb") as file:
                while block := file.read(1 << 20):
                    incoming.write(block)
                incoming.keep()
    return [digest for digest in lacking if not (folder / BLOBS / digest[:2] / digest).is_file()]


def copy_host_keys(source: Path, target: Path) -> None:
    """The keys of our SFTP server, which partners have pinned, readable by their owner alone."""
    if not (source / HOST_KEY_FOLDER).is_dir():
        return
    folder = target / HOST_KEY_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for key in _files(source / HOST_KEY_FOLDER):
        with os.fdopen(os.open(folder / key.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.read_bytes())
            file.flush()
            sync(file.fileno())
    sync_folder(folder)
