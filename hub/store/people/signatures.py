"""Signatures that came with requests, for as long as they are valid: one that comes again is a replay."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, delete

from hub.store.engine import dialects
from hub.store.schema.tables import seen_signatures as table
from hub.store.store import Tx

_OVER = delete(table).where(table.c.valid_until < bindparam("now"))


def first_use(tx: Tx, scope: str, signature: str, now: datetime, valid_until: datetime) -> bool:
    """Notes a signature of the caller ``scope``. False when it was noted before, by any node."""
    tx.execute(_OVER, {"now": now})
    digest = sha256(f"{scope}\n{signature}".encode("utf-8", "surrogatepass")).hexdigest()
    statement = dialects.upsert(tx, table).on_conflict_do_nothing(index_elements=["hash"]).returning(table.c.hash)
    return tx.execute(statement, {"hash": digest, "valid_until": valid_until}).first() is not None
