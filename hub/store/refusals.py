"""Refusals at the door: one row instead of the bytes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from hub.store.store import Tx
from hub.store.tables import refusals as table

_INSERT = insert(table)


def record(tx: Tx, *, subject: str, sha256: str, size: int, reason: str, now: datetime) -> None:
    """``subject`` is partner:<key> or system:<name>; ``reason`` is what the caller was told."""
    tx.execute(_INSERT, {"at": now, "subject": subject, "sha256": sha256, "size": size, "reason": reason})
