"""A defect: something stored that is not what it should be. And what the checks look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hub.store.kept.blobs import Blobs
from hub.store.store import Tx
from hub.upkeep.audit import Head


@dataclass(frozen=True, slots=True)
class Defect:
    """``code`` names the kind, ``place`` what has it, ``fix`` says in plain words what to do."""

    code: str
    place: str
    got: str
    expected: str
    fix: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is verified: ``read`` opens a snapshot of the rows, ``blobs`` holds the larger bytes. ``heads`` are heads of
    the audit chain that were noted outside the database. ``progress`` is told how many things have been looked at."""

    read: Callable[[], AbstractContextManager[Tx]]
    blobs: Blobs
    data_dir: Path
    now: datetime
    heads: Sequence[Head] = ()
    progress: Callable[[int], None] = field(default=lambda _: None)
