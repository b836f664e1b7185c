"""Refusals at the door: one row instead of the bytes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from hub.store import told
from hub.store.schema.tables import refusals as table
from hub.store.store import Tx
from hub.store.trail.events import event

REFUSED = "intake.refused"
"""Told of every refusal, and no event of its own: its row says it all."""

_INSERT = insert(table)


def record(tx: Tx, *, subject: str, sha256: str, size: int, reason: str, now: datetime) -> None:
    """``subject`` is partner:<key>, system:<name> or channel:<id>; ``reason`` is what the caller was told."""
    tx.execute(_INSERT, {"at": now, "subject": subject, "sha256": sha256, "size": size, "reason": reason})
    told.note(tx, [event(REFUSED, subject, data={"bytes": size}, now=now)])
