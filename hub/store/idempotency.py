"""Idempotency keys of our own API: the first answer is the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from hub.store import dialects
from hub.store.store import Tx
from hub.store.tables import idempotency_keys as table


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has used the key: do the work and ``finish``, in the same transaction where that is possible."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The same request was answered: answer the same."""

    status: int
    response: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same request is being worked."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for another request."""


_IS = (table.c.scope == bindparam("held_scope"), table.c.key == bindparam("held_key"))
_SELECT = select(table.c.request_hash, table.c.status, table.c.response).where(*_IS)


ABANDONED_AFTER = timedelta(minutes=10)
"""A request longer in progress than any can last died with its node: its key is free again. What it may have stored is
recognised by its bytes."""


def begin(tx: Tx, scope: str, key: str, request_hash: str, now: datetime) -> New | Replay | InProgress | Mismatch:
    """Takes the key for this request, or tells what became of the earlier one. ``scope`` is partner:<key> or
    system:<name>: keys of two callers never meet."""
    dead = {"held_scope": scope, "held_key": key, "before": now - ABANDONED_AFTER}
    tx.execute(delete(table).where(*_IS, table.c.status.is_(None), table.c.created_at < bindparam("before")), dead)
    values = {"scope": scope, "key": key, "request_hash": request_hash, "created_at": now}
    insert = dialects.upsert(tx, table).on_conflict_do_nothing().returning(table.c.key)
    if tx.execute(insert, values).first() is not None:
        return New()
    earlier = tx.execute(_SELECT, {"held_scope": scope, "held_key": key}).one()
    if earlier.request_hash != request_hash:
        return Mismatch()
    return InProgress() if earlier.status is None else Replay(earlier.status, earlier.response or "")


def finish(tx: Tx, scope: str, key: str, status: int, response: str) -> None:
    """Keeps the answer for every repetition."""
    held = {"held_scope": scope, "held_key": key}
    tx.execute(update(table).where(*_IS), held | {"status": status, "response": response})


def abandon(tx: Tx, scope: str, key: str) -> None:
    """Frees a key whose request came to no answer, so that the caller can try again."""
    tx.execute(delete(table).where(*_IS, table.c.status.is_(None)), {"held_scope": scope, "held_key": key})
