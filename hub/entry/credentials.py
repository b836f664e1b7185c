"""Credentials of the API: what a key or token stands for, and tokens drawn with keys (OAuth 2 client credentials).

Which one is known is remembered for a few seconds, so that a flood of one caller is told from the others without asking
the store. What is revoked, expired or left out of the configuration is therefore refused within ``REMEMBERED_SECONDS``.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from channels.sending import RateLimit
from hub.catalog import Catalog
from hub.principal import EVERY_SCOPE, Principal, Scope
from hub.store.errors import StoreError
from hub.store.people import access
from hub.store.schema.records import AccessKey
from hub.store.store import Store

REMEMBERED_SECONDS = 5.0
REMEMBERED = 10_000
"""Credentials that are remembered; the longest unused are forgotten first."""

TOKEN_LIFETIME = timedelta(minutes=15)

_USE_NOTED_EVERY = timedelta(hours=1)
"""How closely the last use of a key is known: to note each would make a write of every request."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A good key or token, and how often its owner may ask. ``closed`` says why it opens nothing all the same; empty
    when it does."""

    principal: Principal
    key_id: str
    scopes: frozenset[Scope]
    expires_at: datetime | None
    rate: RateLimit
    closed: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is handed out, this once."""

    plain: str
    scopes: frozenset[Scope]
    lifetime: timedelta


class ScopeRefused(Exception):
    """More is asked for than the key may do."""


class Credentials:
    """Thread-safe. What asks the store is blocking."""

    def __init__(self, store: Store, catalog: Callable[[], Catalog], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._mutex = threading.Lock()
        self._known: OrderedDict[bytes, tuple[float, Credential]] = OrderedDict()
        self._forgotten = 0

    def remembered(self, plain: str) -> Credential | None:
        """What was found a moment ago; None says nothing. Asks no store."""
        with self._mutex:
            found = self._known.get(_digest(plain))
        if found is None or time.monotonic() - found[0] >= REMEMBERED_SECONDS:
            return None
        return found[1] if _is_live(found[1].expires_at, self._clock()) else None

    def find(self, plain: str) -> Credential | None:
        """What a key or token stands for; None for one that is unknown, revoked or expired."""
        now, forgotten = self._clock(), self._forgotten
        with self._store.read() as tx:
            drawn = access.find_token(tx, plain) if plain.startswith(access.TOKEN_PREFIX) else None
            key = drawn[1] if drawn else access.find(tx, plain)
        expires_at = drawn[0].expires_at if drawn else None
        if key is None or not _is_live(key.expires_at, now) or not _is_live(expires_at, now):
            return None
        self._note_use(key, now)
        ends = min((at for at in (key.expires_at, expires_at) if at is not None), default=None)
        scopes = _scopes(drawn[0].scopes if drawn else key.scopes)
        standing = _standing(self._catalog(), _principal(key))
        found = Credential(_principal(key), key.id, scopes, ends, rate=standing.rate, closed=standing.closed)
        self._remember(plain, found, forgotten)
        return found

    def draw(self, key_id: str, secret: str, wanted: Iterable[Scope] | None) -> Token | None:
        """A token with no more than the key's own scopes, all of them unless some are ``wanted``; None when id and
        secret are no key's. Raises ScopeRefused."""
        now = self._clock()
        with self._store.read() as tx:
            key = access.check(tx, key_id, secret)
        if key is None or not _is_live(key.expires_at, now) or _standing(self._catalog(), _principal(key)).closed:
            return None
        scopes = _scopes(key.scopes)
        if wanted is not None:
            if not scopes.issuperset(wanted):
                raise ScopeRefused
            scopes = frozenset(wanted)
        ends = min(now + TOKEN_LIFETIME, key.expires_at or now + TOKEN_LIFETIME)
        with self._store.begin() as tx:
            plain = access.draw_token(tx, key, scopes, now, ends)
            access.touch(tx, key.id, now)
        return Token(plain, scopes, ends - now)

    def forget(self) -> None:
        """The next request of everybody asks the store: after a key was revoked here."""
        with self._mutex:
            self._known.clear()
            self._forgotten += 1

    def _remember(self, plain: str, credential: Credential, forgotten: int) -> None:
        """Unless all was forgotten while it was looked for: it may have been revoked since it was read."""
        digest = _digest(plain)
        with self._mutex:
            if forgotten != self._forgotten:
                return
            self._known[digest] = (time.monotonic(), credential)
            self._known.move_to_end(digest)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _note_use(self, key: AccessKey, now: datetime) -> None:
        if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
            with suppress(StoreError), self._store.begin() as tx:  # a store that takes nothing can still be read
                access.touch(tx, key.id, now)


def _principal(key: AccessKey) -> Principal:
    return Principal(key.kind, key.subject)  # type: ignore[arg-type]


def _scopes(text: str | None) -> frozenset[Scope]:
    """Scopes that this version does not know are nothing to it."""
    return EVERY_SCOPE if text is None else frozenset(scope for scope in Scope if scope in text.split())


@dataclass(frozen=True, slots=True)
class _Standing:
    rate: RateLimit
    closed: str = ""


def _standing(catalog: Catalog, principal: Principal) -> _Standing:
    """What the configuration says of whom a credential belongs to."""
    usual = catalog.settings.web.api_rate
    if principal.kind == "partner":
        pinned = catalog.profiles.get(principal.subject)
        if pinned is None:
            return _Standing(usual, "The partner of this key has no profile any more.")
        return _Standing(
            pinned.partner.api_rate or usual, "This partner is suspended." if pinned.partner.suspended else ""
        )
    named = catalog.settings.systems if principal.kind == "system" else catalog.settings.gateways
    entry = next((entry for entry in named if entry.key == principal.subject), None)
    if entry is None:
        return _Standing(usual, f"This {principal.kind} is not in hub.yaml any more.")
    return _Standing(entry.api_rate or usual)


def _is_live(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is None or now < expires_at


def _digest(plain: str) -> bytes:
    return sha256(plain.encode("utf-8", "surrogatepass")).digest()
