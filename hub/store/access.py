"""Access keys of partners, systems and gateways. The secret is shown once; the store holds its hash."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, insert, update

from hub.store.ids import new_id
from hub.store.records import AccessKey
from hub.store.rows import Rows
from hub.store.store import Tx
from hub.store.tables import access_keys as table

ROWS = Rows(table, AccessKey)

_FIND = ROWS.select.where(table.c.hash == bindparam("hash"), table.c.revoked_at.is_(None))
_ALL = ROWS.select.order_by(table.c.id)
_CHANGE = update(table).where(table.c.id == bindparam("held_id"), table.c.revoked_at.is_(None))


def create(tx: Tx, kind: str, subject: str, name: str, now: datetime) -> tuple[str, str]:
    """The id of a new key and the key itself, ``hubk_...`` with 256 random bits, which nobody can read again.

    ``kind`` is partner, system or gateway, ``subject`` the partner's key or the name in hub.yaml.
    """
    plain = f"hubk_{secrets.token_urlsafe(32)}"
    key = AccessKey(new_id("ak"), kind, subject, name, now)
    tx.execute(insert(table), ROWS.values(key) | {"hash": _hash(plain)})
    return key.id, plain


def find(tx: Tx, plain: str) -> AccessKey | None:
    """The key that was shown as ``plain`` and is not revoked."""
    return ROWS.first(tx, _FIND, {"hash": _hash(plain)})


def touch(tx: Tx, key_id: str, now: datetime) -> None:
    """Notes that the key was used."""
    tx.execute(_CHANGE, {"held_id": key_id, "last_used_at": now})


def revoke(tx: Tx, key_id: str, now: datetime) -> bool:
    """False when there is no such key or it was revoked before."""
    return tx.execute(_CHANGE, {"held_id": key_id, "revoked_at": now}).rowcount == 1


def keys(tx: Tx) -> list[AccessKey]:
    """All keys, revoked ones too, oldest first."""
    return ROWS.all(tx, _ALL)


def _hash(plain: str) -> str:
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
