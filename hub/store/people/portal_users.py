"""Users of the portal, the links that make them, and their sessions. What is shown is shown once; the store holds
hashes."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, insert, select, update

from hub.store.engine.rows import Rows
from hub.store.ids import new_id
from hub.store.people import passwords
from hub.store.people.operators import IDLE_LIMIT, SESSION_LIMIT
from hub.store.people.portal_records import PortalInvitation, PortalSession, PortalUser
from hub.store.schema.tables import portal_drafts as drafts
from hub.store.schema.tables import portal_invitations as invitations
from hub.store.schema.tables import portal_sessions as sessions
from hub.store.schema.tables import portal_users as users
from hub.store.store import Tx

SAME_ADDRESS = 5
"""Partners for which one e-mail address signs in; its password is tried for each."""

# ---- users

_USERS = Rows(users, PortalUser)
_PRESENT = users.c.removed_at.is_(None)
_BY_ID = _USERS.select.where(users.c.id == bindparam("id"), _PRESENT)
_BY_EMAIL = (
    _USERS.select.where(users.c.email == bindparam("email"), _PRESENT).order_by(users.c.id.desc()).limit(SAME_ADDRESS)
)
_OF_PARTNER = _USERS.select.where(users.c.partner == bindparam("partner"), _PRESENT).order_by(users.c.id)
_CHANGE = update(users).where(users.c.id == bindparam("held_id"), _PRESENT)


def user(tx: Tx, id: str) -> PortalUser | None:
    """One that was not removed."""
    return _USERS.first(tx, _BY_ID, {"id": id})


def users_of(tx: Tx, partner: str) -> list[PortalUser]:
    """Those that were not removed, oldest first."""
    return _USERS.all(tx, _OF_PARTNER, {"partner": partner})


def verify(tx: Tx, email: str, password: str) -> PortalUser | None:
    """The user who signs in so. Takes as long when there is none of this address."""
    found = _USERS.all(tx, _BY_EMAIL, {"email": email})
    if not found:
        passwords.verify(None, password)
    fitting = [one for one in found if passwords.verify(one.password_hash, password)]
    return fitting[0] if fitting else None


def create(tx: Tx, invitation: PortalInvitation, password_hash: str, now: datetime) -> PortalUser:
    """The user that an invitation is for. ``password_hash`` is made before the transaction: it takes a while."""
    made = PortalUser(
        new_id("pu"),
        invitation.partner,
        invitation.email,
        invitation.manages,
        password_hash,
        now,
        invitation.created_by,
    )
    tx.execute(insert(users), _USERS.values(made))
    return made


def set_password(tx: Tx, id: str, password_hash: str) -> None:
    """Also ends all of the user's sessions."""
    tx.execute(_CHANGE, {"held_id": id, "password_hash": password_hash})
    end_sessions(tx, id)


def set_manages(tx: Tx, id: str, manages: bool) -> bool:
    """Whether the user may manage others; False when there is no such user."""
    return tx.execute(_CHANGE, {"held_id": id, "manages": manages}).rowcount == 1


def remove(tx: Tx, id: str, now: datetime) -> bool:
    """Ends a user and all of its sessions; False when there is none."""
    end_sessions(tx, id)
    return tx.execute(_CHANGE, {"held_id": id, "removed_at": now}).rowcount == 1


# ---- invitations

_INVITATIONS = Rows(invitations, PortalInvitation)
_OPEN = invitations.c.ended_at.is_(None)
_BY_TOKEN = _INVITATIONS.select.where(invitations.c.hash == bindparam("hash"), _OPEN)
_OPEN_OF = (
    _INVITATIONS.select.where(invitations.c.partner == bindparam("partner"), _OPEN)
    .where(invitations.c.expires_at > bindparam("now"))
    .order_by(invitations.c.id)
)
_END = update(invitations).where(invitations.c.id == bindparam("held_id"), _OPEN)
_END_EARLIER = update(invitations).where(
    invitations.c.partner == bindparam("of_partner"), invitations.c.email == bindparam("of_email"), _OPEN
)


def invite(
    tx: Tx, partner: str, email: str, now: datetime, lifetime: timedelta, *, manages: bool, by: str, user_id: str | None
) -> tuple[str, PortalInvitation]:
    """The token of a new link, 256 random bits that nobody can read again, and the invitation. An earlier one for the
    same address of the same partner ends."""
    tx.execute(_END_EARLIER, {"of_partner": partner, "of_email": email, "ended_at": now})
    plain = secrets.token_urlsafe(32)
    made = PortalInvitation(new_id("pi"), partner, email, manages, user_id, now, by, now + lifetime)
    tx.execute(insert(invitations), _INVITATIONS.values(made) | {"hash": hash_of(plain)})
    return plain, made


def open_invitation(tx: Tx, plain: str, now: datetime) -> PortalInvitation | None:
    """The invitation of a token, while it works."""
    found = _INVITATIONS.first(tx, _BY_TOKEN, {"hash": hash_of(plain)})
    return found if found is not None and found.expires_at > now else None


def open_invitations(tx: Tx, partner: str, now: datetime) -> list[PortalInvitation]:
    """Those that still work, oldest first."""
    return _INVITATIONS.all(tx, _OPEN_OF, {"partner": partner, "now": now})


def end_invitation(tx: Tx, id: str, now: datetime) -> bool:
    """It works no more; False when it did not before. Of two who end one, one is told True."""
    return tx.execute(_END, {"held_id": id, "ended_at": now}).rowcount == 1


# ---- sessions

_SESSIONS = Rows(sessions, PortalSession)
_FIND = _SESSIONS.select.where(sessions.c.hash == bindparam("hash"))
_OF_HASH = sessions.c.hash == bindparam("held")
_OF_USER = delete(sessions).where(sessions.c.user_id == bindparam("of_user"))
_HASHES_OF = select(sessions.c.hash).where(sessions.c.user_id == bindparam("of_user"))


def create_session(tx: Tx, user_id: str, now: datetime) -> tuple[str, PortalSession]:
    """The new session's id for the cookie, which only its hash is stored of, and the session."""
    plain = secrets.token_urlsafe(32)
    session = PortalSession(user_id, secrets.token_urlsafe(32), now, now)
    tx.execute(delete(sessions).where(sessions.c.created_at <= now - SESSION_LIMIT))
    tx.execute(insert(sessions), _SESSIONS.values(session) | {"hash": hash_of(plain)})
    tx.execute(update(users).where(users.c.id == bindparam("held_id")), {"held_id": user_id, "signed_in_at": now})
    return plain, session


def find_session(tx: Tx, plain: str, now: datetime) -> tuple[PortalSession, PortalUser] | None:
    """The session of a cookie and whose it is, unless it has idled for 30 minutes, lived for 12 hours, or its user was
    removed."""
    session = _SESSIONS.first(tx, _FIND, {"hash": hash_of(plain)})
    if session is None or now - session.seen_at >= IDLE_LIMIT or now - session.created_at >= SESSION_LIMIT:
        return None
    owner = user(tx, session.user_id)
    return (session, owner) if owner is not None else None


def touch_session(tx: Tx, plain: str, session: PortalSession, now: datetime) -> PortalSession:
    """Notes that the session was used. Callers skip it within ``operators.SEEN_STEP`` of ``session.seen_at``."""
    tx.execute(update(sessions).where(_OF_HASH), {"held": hash_of(plain), "seen_at": now})
    return replace(session, seen_at=now)


def end_session(tx: Tx, plain: str) -> None:
    """Signs out here; what was looked at and not sent is gone."""
    tx.execute(delete(drafts).where(drafts.c.session == bindparam("held")), {"held": hash_of(plain)})
    tx.execute(delete(sessions).where(_OF_HASH), {"held": hash_of(plain)})


def end_sessions(tx: Tx, user_id: str) -> None:
    """Signs out everywhere."""
    held = list(tx.execute(_HASHES_OF, {"of_user": user_id}).scalars())
    tx.execute(delete(drafts).where(drafts.c.session.in_(held)))
    tx.execute(_OF_USER, {"of_user": user_id})


def end_sessions_of(tx: Tx, partner: str) -> None:
    """Signs everybody of a partner out."""
    for one in users_of(tx, partner):
        end_sessions(tx, one.id)


def hash_of(plain: str) -> str:
    """What the store keeps of a token."""
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
