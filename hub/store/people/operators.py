"""Operators of the hub, the one-time token that makes the first of them, and their sessions."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, exists, insert, select, update

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.people import passwords
from hub.store.schema.records import Session
from hub.store.schema.tables import operators as table
from hub.store.schema.tables import sessions, setup_tokens
from hub.store.store import Tx

IDLE_LIMIT = timedelta(minutes=30)
SESSION_LIMIT = timedelta(hours=12)
SEEN_STEP = timedelta(minutes=1)
"""How exact ``seen_at`` is: not every request writes."""

_PASSWORD = select(table.c.password_hash).where(table.c.name == bindparam("name"))


def create(tx: Tx, name: str, password: str, now: datetime) -> None:
    """Makes an operator, or gives one a new password and ends their sessions."""
    upsert = dialects.upsert(tx, table)
    statement = upsert.on_conflict_do_update(
        index_elements=["name"], set_={"password_hash": upsert.excluded.password_hash}
    )
    tx.execute(statement, {"name": name, "password_hash": passwords.hash_of(password), "created_at": now})
    tx.execute(delete(sessions).where(sessions.c.operator == bindparam("held")), {"held": name})


def verify(tx: Tx, name: str, password: str) -> bool:
    """Whether there is such an operator with this password; takes as long when there is not."""
    return passwords.verify(tx.execute(_PASSWORD, {"name": name}).scalar(), password)


def exist(tx: Tx) -> bool:
    """Whether anyone can sign in."""
    return bool(tx.execute(select(exists(select(table.c.name)))).scalar())


# ---- the first operator


def issue_setup_token(tx: Tx, now: datetime) -> str | None:
    """A token that makes the first operator, once; the one issued before ends. None when there is an operator."""
    if exist(tx):
        return None
    tx.execute(delete(setup_tokens))
    plain = secrets.token_urlsafe(24)
    tx.execute(insert(setup_tokens), {"hash": _hash(plain), "created_at": now})
    return plain


def redeem_setup_token(tx: Tx, plain: str, name: str, password: str, now: datetime) -> bool:
    """Makes the first operator; False for a wrong or used token, or when there is an operator."""
    dialects.lock(tx, "setup")
    unused = update(setup_tokens).where(setup_tokens.c.hash == bindparam("held"), setup_tokens.c.used_at.is_(None))
    if exist(tx) or tx.execute(unused, {"held": _hash(plain), "used_at": now}).rowcount == 0:
        return False
    create(tx, name, password, now)
    return True


# ---- sessions

_SESSIONS = Rows(sessions, Session)
_FIND = _SESSIONS.select.where(sessions.c.hash == bindparam("hash"))


def create_session(tx: Tx, operator: str, now: datetime) -> tuple[str, Session]:
    """The new session's id for the cookie, which only its hash is stored of, and the session."""
    plain = secrets.token_urlsafe(32)
    session = Session(operator, secrets.token_urlsafe(32), now, now)
    tx.execute(delete(sessions).where(sessions.c.created_at <= now - SESSION_LIMIT))
    tx.execute(insert(sessions), _SESSIONS.values(session) | {"hash": _hash(plain)})
    return plain, session


def find_session(tx: Tx, plain: str, now: datetime) -> Session | None:
    """The session of a cookie, unless it has idled for 30 minutes or lived for 12 hours."""
    session = _SESSIONS.first(tx, _FIND, {"hash": _hash(plain)})
    if session is None or now - session.seen_at >= IDLE_LIMIT or now - session.created_at >= SESSION_LIMIT:
        return None
    return session


def touch_session(tx: Tx, plain: str, session: Session, now: datetime) -> Session:
    """Notes that the session was used. Callers skip it within SEEN_STEP of ``session.seen_at``."""
    tx.execute(update(sessions).where(sessions.c.hash == bindparam("held")), {"held": _hash(plain), "seen_at": now})
    return replace(session, seen_at=now)


def delete_session(tx: Tx, plain: str) -> None:
    """Signs out."""
    tx.execute(delete(sessions).where(sessions.c.hash == bindparam("held")), {"held": _hash(plain)})


def _hash(plain: str) -> str:
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
