"""Applied configuration: every version of hub.yaml and of each partner's profile, as text."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, func, select

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.errors import StaleVersion
from hub.store.schema.records import AppliedConfiguration
from hub.store.schema.tables import configurations as table
from hub.store.store import Tx

ROWS = Rows(table, AppliedConfiguration)

_OF_KEY = ROWS.select.where(table.c.kind == bindparam("kind"), table.c.key == bindparam("key"))
_CURRENT = _OF_KEY.order_by(table.c.version.desc()).limit(1)
_HISTORY = _OF_KEY.order_by(table.c.version.desc())
_VERSION = _OF_KEY.where(table.c.version == bindparam("version"))
_VERSIONS = (
    select(table.c.key, func.max(table.c.version).label("version"))
    .where(table.c.kind == bindparam("kind"))
    .group_by(table.c.key)
)
_newest = _VERSIONS.subquery()
_ALL_CURRENT = (
    ROWS.select.join(_newest, (table.c.key == _newest.c.key) & (table.c.version == _newest.c.version))
    .where(table.c.kind == bindparam("kind"))
    .order_by(table.c.key)
)


def apply(tx: Tx, kind: str, key: str, text: str, by: str, now: datetime, expected_version: int | None = None) -> int:
    """Stores ``text`` as the newest version and returns its number, from 1; the same text again is the same version.

    ``kind`` is hub or partner. Raises StaleVersion when the store has a newer version than ``expected_version``, the
    one that the change was based on (0: there was none).
    """
    dialects.lock(tx, f"configuration:{kind}:{key}")
    held = current(tx, kind, key)
    held_version = held.version if held else 0
    digest = sha256(text.encode()).hexdigest()
    if held is not None and held.sha256 == digest:
        return held_version
    refuse_stale(kind, key, held_version, expected_version)
    ROWS.insert(tx, AppliedConfiguration(kind, key, held_version + 1, text, digest, now, by))
    return held_version + 1


def refuse_stale(kind: str, key: str, held: int, expected: int | None) -> None:
    """Raises StaleVersion where the store's version is newer than the one that a change is based on."""
    if expected is not None and held > expected:
        raise StaleVersion(
            f"{kind} {key} is at version {held} in the store, newer than version {expected} "
            "that this change is based on: export it, make the change there, and apply again"
        )


def current(tx: Tx, kind: str, key: str) -> AppliedConfiguration | None:
    return ROWS.first(tx, _CURRENT, {"kind": kind, "key": key})


def version(tx: Tx, kind: str, key: str, number: int) -> AppliedConfiguration | None:
    return ROWS.first(tx, _VERSION, {"kind": kind, "key": key, "version": number})


def history(tx: Tx, kind: str, key: str) -> list[AppliedConfiguration]:
    """Every version, newest first."""
    return ROWS.all(tx, _HISTORY, {"kind": kind, "key": key})


def versions(tx: Tx, kind: str) -> dict[str, int]:
    """The newest version of every key: tells cheaply whether anything was applied since."""
    return {row.key: row.version for row in tx.execute(_VERSIONS, {"kind": kind})}


def all_current(tx: Tx, kind: str) -> list[AppliedConfiguration]:
    """The newest version of every key, by key."""
    return ROWS.all(tx, _ALL_CURRENT, {"kind": kind})
