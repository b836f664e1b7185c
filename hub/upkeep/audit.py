"""The audit chain as the node keeps it: events are sealed by a timer, and the chain's head is noted outside the
database, so that a chain which was cut at its end is told from one that simply ends there.

The note is a file of lines in the data directory. Whoever could change both should not be the only one to have it:
copy the file, or what ``hub audit head`` prints, to another machine now and then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.schema.records import Seal, Timer
from hub.store.trail import audit

HEADS = "audit-heads.jsonl"
"""Its name in the data directory."""

NOTED_EVERY = timedelta(minutes=1)
"""How often the head is noted while events come in; once they stop, the last is."""

_SOME_LINES = 4096
"""Bytes that hold at least one whole line of the file."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal at some instant, and the position of its last event."""

    number: int
    position: int
    hash: str
    at: str

    @classmethod
    def of(cls, seal: Seal, now: datetime) -> Head:
        return cls(seal.number, seal.last, seal.hash, now.isoformat(timespec="seconds"))


def seal_events(services: HubServices, timer: Timer) -> None:
    """Seals all that has happened, a batch in each transaction, and notes the head when it is time. Raises StaleLease
    when the claim was lost: then another node seals."""
    while True:
        now = services.clock()
        with services.store.begin() as tx:
            timers.hold(tx, timer)
            sealed = audit.seal_next(tx, now)
            newest = audit.head(tx)
        if sealed is None or sealed.last - sealed.first + 1 < audit.BATCH:
            break
    if newest is not None:
        _note(services.data_dir / HEADS, newest, now)


def _note(path: Path, seal: Seal, now: datetime) -> None:
    newest = _parsed(_end_of(path))[-1:]
    for noted in newest:
        if noted.number >= seal.number or abs(now - datetime.fromisoformat(noted.at)) < NOTED_EVERY:
            return
    write_heads(path, [Head.of(seal, now)])


def _end_of(path: Path) -> bytes:
    """The last lines: the file only grows."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _SOME_LINES))
            return file.read()
    except FileNotFoundError:
        return b""


def write_heads(path: Path, heads: Iterable[Head]) -> None:
    """Adds lines; when it returns, they are on disk."""
    text = "".join(json.dumps(asdict(head)) + "\n" for head in heads).encode()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            text = b"\n" + text  # a line that a power cut left half written stays alone
        os.write(descriptor, text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_heads(path: Path) -> list[Head]:
    """Every line that can be read, in order; none when there is no file."""
    return _parsed(path.read_bytes()) if path.exists() else []


def _parsed(lines: bytes) -> list[Head]:
    heads = []
    for line in lines.splitlines():
        with suppress(ValueError, TypeError):  # half a line
            heads.append(Head(**json.loads(line)))
    return heads
