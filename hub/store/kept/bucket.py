"""Blobs as objects of S3-compatible storage, through obstore.

An object has the name that a file of the folder would have: two digits of the hash, and the hash. What comes in is
written to a file of this machine first, as its hash is its name; what is read is fetched into one, whose hash is
verified. The files of a node stay for a while, as what has come in is about to be worked.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import threading
import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from channels.secret import SecretUnavailable
from hub.store.errors import BitRot, BlobsAway
from hub.store.kept.address import BucketAddress
from hub.store.kept.answering import Answering
from hub.store.kept.blobs import INCOMING, Blobs, Kept, Trouble, disk
from hub.store.kept.folder import mapped

if TYPE_CHECKING:
    from obstore import ObjectMeta

BLOCK = 8 << 20
"""Bytes of one request, both ways. Larger ones go up in parts, three at a time, and come down one after the other."""

PARTS = 3
REQUEST = timedelta(seconds=60)
CONNECT = timedelta(seconds=5)
RETRIES = 3
RETRYING = timedelta(seconds=30)

AWAY_SECONDS = 3.0
"""So long nothing is asked of storage that has just failed: whoever comes meanwhile is told at once to come again, and
holds no thread."""

RENEWED_SECONDS = 1800.0
"""An object older than this is written anew when its bytes are kept again: the sweeper removes only what is older than
an hour."""

USED_SECONDS = 3600.0
"""A fetched file stays so long after its last use: a child process may be about to open it."""

HELD_SECONDS = 86_400.0
"""A backup that was killed holds the sweeper up no longer."""

NO_BYTES = "InvalidRange"
"""What is said to who asks for the first bytes of an empty object."""

NO_OBJECT, NO_BUCKET = "NoSuchKey", "NoSuchBucket"
"""What storage says. Any other 404 is that of somebody else, and says nothing of what is stored."""

REFUSALS = {
    "RequestTimeTooSkewed": "the clock of this machine is wrong by more than it allows, ",
    "InvalidAccessKeyId": "it does not know the access key, ",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key, ",
    "ExpiredToken": "the session token has ended, ",
    "AccessDenied": "the key may not do this, ",
}
"""What a refusal means, by its code."""

REMOVING, HOLDING = "removing", "holding"
_BLOB = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")


class BlobBucket(Blobs):
    """Objects of ``address``; ``folder`` of this machine holds what comes in, and with ``caching`` copies of what was
    used lately, as far as the address allows them room."""

    def __init__(self, address: BucketAddress, folder: Path, *, caching: bool) -> None:
        super().__init__(folder)
        self._address = address
        self._caching = caching
        self._turn = threading.Lock()
        self._store: S3Store | None = None
        self._answering = Answering(address.place)
        self._cached_bytes: int | None = None

    # ---- keeping

    def _publish(self, temporary: Path, file: BinaryIO, digest: str) -> None:
        file.flush()
        self._upload(temporary, digest)
        self._into_cache(temporary, digest)

    def _upload(self, path: Path, digest: str) -> None:
        """Returns when the storage has said that it has the bytes under their name."""
        key, blocks = _key(digest), 1 + path.stat().st_size // BLOCK
        with self._asking(taking=True, blocks=blocks) as store:
            found = self._put_new(store, key, path)
            if found is None:
                return
            if time.time() - found["last_modified"].timestamp() < RENEWED_SECONDS and self._holds(digest):
                return
            _put(store, key, path)
            being_removed = _head(store, f"{REMOVING}/{digest}") is not None
        if being_removed:  # by a sweeper that looked before these bytes came: it may still take them
            raise BlobsAway("the same bytes are being removed at this moment: they must come again")

    def _put_new(self, store: S3Store, key: str, path: Path) -> ObjectMeta | None:
        """Writes an object, unless there is one of the name, which is returned."""
        if path.stat().st_size > BLOCK:  # in parts, for which there is no condition
            found = _head(store, key)
            if found is None:
                _put(store, key, path)
            return found
        try:
            obstore.put(store, key, path.read_bytes(), mode="create")
        except AlreadyExistsError:
            found = _head(store, key)
            if found is None:  # it was removed in between
                _put(store, key, path)
            return found
        return None

    def _holds(self, digest: str) -> bool:
        """Whether the object is sound: all of it is read."""
        seen = sha256()
        with contextlib.suppress(BitRot):
            for block in self._blocks(digest):
                seen.update(block)
        return seen.hexdigest() == digest

    # ---- reading

    def open(self, digest: str) -> mmap.mmap:
        if self._caching:
            with contextlib.suppress(BitRot, FileNotFoundError):
                os.utime(self._cached(digest))  # in use, so that it stays
                return mapped(self._cached(digest), digest)
        with disk():
            try:
                return self._fetch(digest)
            except BitRot:  # what lies there is sound more often than the way here
                return self._fetch(digest)

    def locate(self, digest: str) -> Path:
        self.open(digest).close()
        return self._cached(digest)

    def start_of(self, kept: Kept, size: int) -> bytes:
        if kept.inline is not None:
            return kept.inline[:size]
        with self.open(kept.sha256) as found:
            return found[:size]

    def probe(self) -> None:
        with contextlib.suppress(FileNotFoundError), self._asking() as store:
            obstore.get(store, "probe")  # its refusal says more than that of a look without a body

    def look(self, seconds: float) -> Trouble | None:
        return self._answering.look(self.probe, seconds)

    def _fetch(self, digest: str) -> mmap.mmap:
        path, file = self._new_file()
        try:
            with file:
                for block in self._blocks(digest):
                    file.write(block)
                file.flush()
                found = mapped(path, digest)
            self._into_cache(path, digest)
        finally:
            path.unlink(missing_ok=True)
        return found

    def _blocks(self, digest: str) -> Iterator[memoryview]:
        """The bytes as the storage gives them. Raises BitRot when it has none of the name."""
        key = _key(digest)
        try:
            with self._asking() as store:
                first = obstore.get(store, key, options={"range": (0, BLOCK)})
                size, block = first.meta["size"], first.bytes()
            done = len(block)
            yield memoryview(block)
            while done < size and len(block):
                with self._asking() as store:
                    block = obstore.get_range(store, key, start=done, end=min(done + BLOCK, size))
                done += len(block)
                yield memoryview(block)
        except FileNotFoundError as error:
            raise BitRot(f"the stored bytes {digest} are missing in {self._address.place}") from error
        except BaseError as error:
            raise BitRot(f"the stored bytes {digest} are gone: {self._address.place} has an empty object") from error

    # ---- what this machine has of it

    def _cached(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _into_cache(self, temporary: Path, digest: str) -> None:
        if not self._caching:
            temporary.unlink()
            return
        path, size = self._cached(digest), temporary.stat().st_size
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.replace(path)
        with self._turn:
            if self._cached_bytes is not None:
                self._cached_bytes += size
            if self._cached_bytes is None or self._cached_bytes > self._address.cache_bytes:
                self._cached_bytes = self._make_room()

    def _make_room(self) -> int:
        """Removes the files used longest ago; returns how many bytes are left."""
        files = sorted((found.st_mtime, found.st_size, path) for path, found in _files(self._folder))
        left, old = sum(size for _, size, _ in files), time.time() - USED_SECONDS
        for used, size, path in files:
            if left <= self._address.cache_bytes * 0.9 or used >= old:
                break
            path.unlink(missing_ok=True)
            left -= size
        return left

    # ---- letting go

    def strays(self, named: Collection[str], before: float) -> Iterator[str]:
        for path in (self._folder / INCOMING).glob(".*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    yield str(path)
        for found in self._listed():
            key, written = found["path"], found["last_modified"].timestamp()
            blob = _BLOB.fullmatch(key)
            unneeded = blob[1] not in named if blob else key.startswith(f"{REMOVING}/")
            if (unneeded and written < before) or (key.startswith(f"{HOLDING}/") and _forgotten(written)):
                yield f"{self._address.place}/{key}"

    def remove(self, stray: str, before: float) -> bool:
        key = stray.removeprefix(f"{self._address.place}/")
        blob = _BLOB.fullmatch(key)
        if key == stray:  # a file
            Path(stray).unlink(missing_ok=True)
            return True
        with self._asking(taking=True) as store:
            if any(not _forgotten(found["last_modified"].timestamp()) for found in self._listed(f"{HOLDING}/")):
                return False
            if blob is None:
                _delete(store, key)
                return True
            return _remove(store, blob[1], before)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        key = f"{HOLDING}/{uuid4().hex}"
        with self._asking(taking=True) as store:
            obstore.put(store, key, b"a backup copies")
        try:
            yield
        finally:
            with self._asking(taking=True) as store:
                _delete(store, key)

    def names(self) -> set[str]:
        return {blob[1] for found in self._listed() if (blob := _BLOB.fullmatch(found["path"]))}

    def _listed(self, prefix: str | None = None) -> Iterator[ObjectMeta]:
        with self._asking() as store:
            pages = obstore.list(store, prefix, chunk_size=1000)
        while True:
            with self._asking() as store:
                page = next(pages, None)
            if page is None:
                return
            yield from page

    # ---- asking

    @contextlib.contextmanager
    def _asking(self, *, taking: bool = False, blocks: int = 1) -> Iterator[S3Store]:
        """The storage, to take or to give so many blocks, whose failures are told in the store's words. Raises
        BlobsAway; FileNotFoundError where an object is not there."""
        with self._answering.asked(taking=taking, blocks=blocks):
            try:
                if self._store is None:
                    self._store = connect(self._address)
                yield self._store
            except (FileNotFoundError, SecretUnavailable, BaseError) as error:
                told = self._told(error)
                if told is None:  # what it said is an answer
                    self._answering.went_well(taking=taking)
                    raise
                why, rest = told
                self._answering.failed(why, taking=taking, rest=rest)
                raise BlobsAway(why) from error
            self._answering.went_well(taking=taking)

    def _told(self, error: Exception) -> tuple[str, float] | None:
        """Why the storage failed us, and how long it is left alone; None for what it says of an object."""
        place, code = self._address.place, _code(error)
        if isinstance(error, FileNotFoundError):
            if code == NO_OBJECT:
                return None
            if code == NO_BUCKET:
                return f"there is no bucket {place}", 0.0
            return f"{place} is not where it was asked for: {code}", 0.0
        if isinstance(error, SecretUnavailable):
            return f"{place} cannot be reached: {error}", 0.0
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            self._store = None  # the next time the secrets are read anew
            return f"{place} refuses the hub: {REFUSALS.get(code, '')}{code}", 0.0
        if isinstance(error, AlreadyExistsError) or code == NO_BYTES:
            return None
        return f"{place} does not answer as it should: {code}", AWAY_SECONDS


def connect(address: BucketAddress) -> S3Store:
    """Asks nothing yet. Raises SecretUnavailable."""
    given: dict[str, Any] = {name: reference.read().get_secret_value() for name, reference in address.secrets.items()}
    if address.host:
        given["endpoint"] = address.host
    client: Any = {
        "timeout": REQUEST,
        "connect_timeout": CONNECT,
        "allow_http": address.endpoint.startswith("http://"),  # which the address allows for this machine alone
    }
    if address.ca is not None:
        client["root_certificate"] = address.ca.read().get_secret_value()
    return S3Store(
        address.bucket,
        prefix=address.prefix or None,
        region=address.region,
        virtual_hosted_style_request=address.virtual_hosted,
        client_options=client,
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": RETRYING,
            "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=3), "base": 2},
        },
        **given,
    )


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _put(store: S3Store, key: str, path: Path) -> None:
    obstore.put(store, key, path, chunk_size=BLOCK, max_concurrency=PARTS)


def _head(store: S3Store, key: str) -> ObjectMeta | None:
    try:
        return obstore.head(store, key)
    except FileNotFoundError:
        return None


def _delete(store: S3Store, key: str) -> None:
    """Some servers answer without the name of what they have deleted: then it is looked whether it is gone."""
    try:
        obstore.delete(store, key)
    except GenericError as error:
        if "DeleteObjects response" not in str(error) or _head(store, key) is not None:
            raise


def _remove(store: S3Store, digest: str, before: float) -> bool:
    """Whoever keeps the same bytes meanwhile sees the mark, or is seen: the mark is written before the object is looked
    at, and looked for after the object was written."""
    mark, begun = f"{REMOVING}/{digest}", time.monotonic()
    obstore.put(store, mark, b"the sweeper removes it")
    try:
        found = _head(store, _key(digest))
        late = time.monotonic() - begun > REQUEST.total_seconds()  # others may have taken the mark for forgotten
        if found is None or found["last_modified"].timestamp() >= before or late:
            return False
        _delete(store, _key(digest))
        return True
    finally:
        _delete(store, mark)


def _forgotten(written: float) -> bool:
    return time.time() - written > HELD_SECONDS


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            yield path, path.stat()


def _code(error: Exception) -> str:
    """What the storage said, in one line: its code where it gave one."""
    text = str(error)
    if "InvalidCertificate" in text:
        return "its certificate is not one of an authority that is trusted here"
    if re.search(r"kind: Timeout\b", text):
        return "no answer came in time"
    if re.search(r"kind: Connect\b", text):
        why = re.search(r'message: "([^"]{1,100})"', text)
        return f"it cannot be connected to{f' ({why[1]})' if why else ''}"
    code = re.search(r"<Code>([A-Za-z0-9]{1,60})</Code>", text)
    return code[1] if code else text.partition("\n")[0].rpartition(" - ")[2][:300]
