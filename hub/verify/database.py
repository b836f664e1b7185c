"""The database's own pages and indexes."""

from __future__ import annotations

from collections.abc import Iterator

from hub.store.engine import dialects
from hub.verify.defect import Defect, Subject

_FIX = "Stop the hub, keep the damaged files, and restore a backup."


def database_whole(subject: Subject) -> Iterator[Defect]:
    """What the database itself says."""
    with subject.read() as tx:
        for line in dialects.damage(tx):
            yield Defect("DATABASE-DAMAGED", tx.dialect.name, line, "ok", _FIX)
    subject.progress(1)
