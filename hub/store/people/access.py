"""Access keys of partners, systems and gateways, and the short-lived tokens that are drawn with them. What is shown is
shown once; the store holds hashes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, delete, insert, select, update

from hub.store.engine.rows import Rows
from hub.store.ids import new_id
from hub.store.schema.records import AccessKey, AccessToken
from hub.store.schema.tables import access_keys as table
from hub.store.schema.tables import access_tokens as tokens
from hub.store.store import Tx

KEY_PREFIX, TOKEN_PREFIX = "hubk_", "hubt_"
"""How a key and a token begin, by which anybody who finds one knows what it is."""


def holds_secret(text: str) -> bool:
    """Whether a key or token may stand in a text, which is then not to be kept or repeated."""
    return KEY_PREFIX in text or TOKEN_PREFIX in text


ROWS = Rows(table, AccessKey)
TOKENS = Rows(tokens, AccessToken)

_IN_USE = table.c.revoked_at.is_(None)
_FIND = ROWS.select.where(table.c.hash == bindparam("hash"), _IN_USE)
_BY_ID = ROWS.select.where(table.c.id == bindparam("id"), _IN_USE)
_TOKEN = TOKENS.select.where(tokens.c.hash == bindparam("hash"))
_HASH = select(table.c.hash).where(table.c.id == bindparam("id"), _IN_USE)
_ALL = ROWS.select.order_by(table.c.id)
_CHANGE = update(table).where(table.c.id == bindparam("held_id"), _IN_USE)
_OVER = delete(tokens).where(tokens.c.expires_at <= bindparam("now"))


def create(
    tx: Tx,
    kind: str,
    subject: str,
    name: str,
    now: datetime,
    *,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """The id of a new key and the key itself, ``hubk_...`` with 256 random bits, which nobody can read again.

    ``kind`` is partner, system or gateway, ``subject`` the partner's key or the name in hub.yaml. Without ``scopes`` it
    may do all that its kind may, also what later versions add.
    """
    plain = f"{KEY_PREFIX}{secrets.token_urlsafe(32)}"
    allowed = None if scopes is None else " ".join(sorted(scopes))
    key = AccessKey(new_id("ak"), kind, subject, name, now, scopes=allowed, expires_at=expires_at)
    tx.execute(insert(table), ROWS.values(key) | {"hash": _hash(plain)})
    return key.id, plain


def find(tx: Tx, plain: str) -> AccessKey | None:
    """The key that was shown as ``plain`` and is not revoked."""
    return ROWS.first(tx, _FIND, {"hash": _hash(plain)})


def check(tx: Tx, key_id: str, plain: str) -> AccessKey | None:
    """The key of this id, when it was shown as ``plain``. Takes as long for an id that is not there."""
    held = tx.execute(_HASH, {"id": key_id}).scalar() or _hash("")
    fits = secrets.compare_digest(held, _hash(plain))
    found = ROWS.first(tx, _BY_ID, {"id": key_id})
    return found if fits else None


def draw_token(tx: Tx, key: AccessKey, scopes: Iterable[str], now: datetime, expires_at: datetime) -> str:
    """A new token, ``hubt_...`` with 256 random bits, that stands for the key until it expires or the key ends. Tokens
    that have expired are removed."""
    plain = f"{TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
    tx.execute(_OVER, {"now": now})
    token = AccessToken(key.id, " ".join(sorted(scopes)), now, expires_at)
    tx.execute(insert(tokens), TOKENS.values(token) | {"hash": _hash(plain)})
    return plain


def find_token(tx: Tx, plain: str) -> tuple[AccessToken, AccessKey] | None:
    """The token that was shown as ``plain``, and its key, unless that is revoked."""
    token = TOKENS.first(tx, _TOKEN, {"hash": _hash(plain)})
    key = ROWS.first(tx, _BY_ID, {"id": token.key_id}) if token else None
    return (token, key) if token and key else None


def touch(tx: Tx, key_id: str, now: datetime) -> None:
    """Notes that the key was used."""
    tx.execute(_CHANGE, {"held_id": key_id, "last_used_at": now})


def revoke(tx: Tx, key_id: str, now: datetime) -> bool:
    """Ends the key and all its tokens. False when there is no such key or it was revoked before."""
    return tx.execute(_CHANGE, {"held_id": key_id, "revoked_at": now}).rowcount == 1


def keys(tx: Tx) -> list[AccessKey]:
    """All keys, revoked ones too, oldest first."""
    return ROWS.all(tx, _ALL)


def _hash(plain: str) -> str:
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
