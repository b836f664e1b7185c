"""The NATS subject of an event: ``<prefix>.delivery.dead.v1.<partner>.<key>``, of which a reader may leave open what it
likes: ``supplierhub.delivery.>``, or ``supplierhub.*.*.*.acme.>``."""

from __future__ import annotations

import re
from hashlib import sha256

from hub.events.catalogue import NAMESPACE, type_of

NOTHING = "_"
"""The token of what is not there."""

LONGEST = 120
"""Bytes of a token; a longer one ends in a hash of the whole."""

_UNSAFE = re.compile(rb"[^A-Za-z0-9-]")


def subject_of(prefix: str, kind: str, partner: str | None, key: str) -> str:
    """``key`` is what the event has to stay in order for; the partner that it may begin with is not said again."""
    own = key.removeprefix(f"{partner}/") if partner else key
    named = type_of(kind).removeprefix(f"{NAMESPACE}.")
    return ".".join((prefix, named, token(partner or ""), token("" if own == partner else own)))


def token(text: str) -> str:
    """Letters, digits and ``-`` as they are, every other byte of UTF-8 as ``=HH``: no two texts have one token."""
    safe = _UNSAFE.sub(lambda found: b"=%02X" % found[0][0], text.encode()).decode("ascii")
    if len(safe) > LONGEST:
        safe = f"{safe[: LONGEST - 34]}==" + sha256(text.encode()).hexdigest()[:32]
    return safe or NOTHING
