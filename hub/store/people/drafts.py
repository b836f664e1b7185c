"""Files that a portal's user looks at before sending them: bounded in number and size, bound to one session, and gone
after a while. Nothing of them has arrived."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select

from hub.store.engine.rows import Rows
from hub.store.people.portal_records import PortalDraft
from hub.store.people.portal_users import hash_of
from hub.store.schema.tables import portal_drafts as table
from hub.store.store import Tx

LIFETIME = timedelta(minutes=60)
PER_SESSION = 5
"""Drafts of one session; the oldest makes room for another."""

PER_PARTNER = 100_000_000
"""Bytes of all of a partner's drafts."""

_ROWS = Rows(table, PortalDraft)
_OF = (
    table.c.hash == bindparam("of_hash"),
    table.c.session == bindparam("of_session"),
    table.c.partner == bindparam("of_partner"),
)
_FIND = _ROWS.select.where(*_OF, table.c.expires_at > bindparam("now"))
_DISCARD = delete(table).where(*_OF)
_EXPIRED = delete(table).where(table.c.expires_at <= bindparam("now"))
_OLDEST = select(table.c.hash).where(table.c.session == bindparam("of_session")).order_by(table.c.created_at.desc())
_BYTES = select(func.coalesce(func.sum(table.c.size), 0)).where(table.c.partner == bindparam("of_partner"))


def put(tx: Tx, session: str, partner: str, file_name: str, body: bytes, now: datetime) -> str | None:
    """The token by which the session finds it again for ``LIFETIME``; None when the partner has no room for more.
    ``session`` is the session's own token."""
    tx.execute(_EXPIRED, {"now": now})
    held = list(tx.execute(_OLDEST, {"of_session": hash_of(session)}).scalars())
    tx.execute(delete(table).where(table.c.hash.in_(held[PER_SESSION - 1 :])))
    if int(tx.execute(_BYTES, {"of_partner": partner}).scalar_one()) + len(body) > PER_PARTNER:
        return None
    plain = secrets.token_urlsafe(32)
    draft = PortalDraft(partner, file_name, body, len(body), now, now + LIFETIME)
    tx.execute(insert(table), _ROWS.values(draft) | {"hash": hash_of(plain), "session": hash_of(session)})
    return plain


def find(tx: Tx, plain: str, session: str, partner: str, now: datetime) -> PortalDraft | None:
    """What this very session of this partner has put under the token; None for another's, and when it has expired."""
    return _ROWS.first(tx, _FIND, _names(plain, session, partner) | {"now": now})


def discard(tx: Tx, plain: str, session: str, partner: str) -> None:
    """It is not wanted any more."""
    tx.execute(_DISCARD, _names(plain, session, partner))


def expire(tx: Tx, now: datetime) -> int:
    """Removes those whose time is over; returns how many."""
    return tx.execute(_EXPIRED, {"now": now}).rowcount


def _names(plain: str, session: str, partner: str) -> dict[str, str]:
    return {"of_hash": hash_of(plain), "of_session": hash_of(session), "of_partner": partner}
