"""The first answer to what a door calls by a name of its own: an Idempotency-Key, a file as it lies in a folder.

An answer is written in the transaction of what it tells, so that a key is either free or has its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub.store.engine import dialects
from hub.store.schema.tables import idempotency_keys as table
from hub.store.store import Tx


@dataclass(frozen=True, slots=True)
class RequestKey:
    """``scope`` is partner:<key>, system:<name> or channel:<id>: keys of two callers never meet. ``request_hash`` tells
    one request under a key from another."""

    scope: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request was told."""

    status: int
    text: str


class Mismatch(Exception):
    """The key was used for another request."""


_HELD = select(table.c.scope, table.c.key, table.c.request_hash, table.c.status, table.c.response).where(
    dialects.among(table.c.scope, "scopes"), dialects.among(table.c.key, "keys")
)
"""Also of keys that are only asked for in another scope: for pairs SQLite would read the whole table."""


def answered(tx: Tx, keys: Collection[RequestKey]) -> dict[RequestKey, Answer | Mismatch]:
    """What is known of these keys; those that nobody has used are left out."""
    wanted = {(key.scope, key.key): key for key in keys}
    if not wanted:
        return {}
    found: dict[RequestKey, Answer | Mismatch] = {}
    asked = {"scopes": sorted({key.scope for key in keys}), "keys": sorted({key.key for key in keys})}
    for scope, name, request_hash, status, response in tx.execute(_HELD, asked):
        if (key := wanted.get((scope, name))) is None:
            continue
        same = key.request_hash == request_hash
        found[key] = Answer(status, response) if same else Mismatch("the key was used for another request")
    return found


def keep(tx: Tx, answers: Mapping[RequestKey, Answer], now: datetime) -> set[RequestKey]:
    """Writes first answers and returns the keys that took them. One that another node has taken at the same moment is
    left out; it has its answer there, once that node has committed."""
    if not answers:
        return set()
    rows = [
        {
            "scope": key.scope,
            "key": key.key,
            "request_hash": key.request_hash,
            "status": answer.status,
            "response": answer.text,
            "created_at": now,
        }
        for key, answer in answers.items()
    ]
    insert = dialects.upsert(tx, table).on_conflict_do_nothing().returning(table.c.scope, table.c.key)
    taken = {(scope, name) for scope, name in tx.execute(insert, rows)}
    return {key for key in answers if (key.scope, key.key) in taken}
