"""Signatures of what the hub sends: HMAC-SHA256 (RFC 2104) over ``<timestamp>.<body>``.

Receivers use ``verify`` too: it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

TIMESTAMP_HEADER = "X-Hub-Timestamp"
SIGNATURE_HEADER = "X-Hub-Signature"
VERSION = "v1"

MOST_SIGNATURES = 4
"""Signatures of one request that are looked at: a sender that changes its secret signs with both, parted by a blank."""

TOLERANCE = 300
"""Seconds that sender's and receiver's clocks may differ; an older request is taken for a replay."""


SHORTEST_KEY = 16
"""Characters of a key; an HMAC is worth no more than it (NIST SP 800-107: at least 112 bits)."""

_SAMPLES = ("secret", "password", "changeme", "example", "sample", "default", "test", "demo", "key", "webhook")


class SignatureError(Exception):
    """The request was not signed by a holder of the secret, or not now."""


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature header: ``v1=`` and the HMAC in hexadecimal. ``timestamp`` is in whole seconds since 1970 (UTC)."""
    return f"{VERSION}=" + hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


def verify(
    secrets: Iterable[str], timestamp: str, signature: str, body: bytes, now: int, tolerance: int = TOLERANCE
) -> None:
    """Return when ``signature`` fits one of the live ``secrets``: two during a change of secret, else one.

    ``timestamp`` and ``signature`` are the headers as received, ``body`` the exact bytes, ``now`` in seconds since
    1970. Raises SignatureError.
    """
    verifier = Verifier(secrets, timestamp, signature, now, tolerance)
    verifier.update(body)
    verifier.verify()


class Verifier:
    """As ``verify``, for a body that comes in blocks. Raises SignatureError at once for a timestamp that is off."""

    def __init__(
        self, secrets: Iterable[str], timestamp: str, signature: str, now: int, tolerance: int = TOLERANCE
    ) -> None:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise SignatureError(f"{TIMESTAMP_HEADER} is not a number of seconds")
        if abs(now - int(timestamp)) > tolerance:
            raise SignatureError(f"{TIMESTAMP_HEADER} is more than {tolerance} seconds away from the receiver's clock")
        received = signature.encode("utf-8", "surrogateescape")  # how HTTP servers hand over header bytes
        self._received = received.split(b" ", MOST_SIGNATURES)[:MOST_SIGNATURES]
        begin = b"%d." % int(timestamp)
        self._expected = [hmac.new(secret.encode(), begin, hashlib.sha256) for secret in secrets]

    def update(self, block: bytes) -> None:
        """The next bytes of the body."""
        for expected in self._expected:
            expected.update(block)

    def verify(self) -> None:
        """After the last byte. Raises SignatureError."""
        # Every secret is compared, each in constant time: how long it takes tells nothing.
        written = [f"{VERSION}={expected.hexdigest()}".encode() for expected in self._expected]
        matches = [hmac.compare_digest(one, received) for one in written for received in self._received]
        if not any(matches):
            raise SignatureError(f"{SIGNATURE_HEADER} does not fit the body")


def usable_key(secret: str) -> str | None:
    """Why a secret must not be used to sign, without repeating it; None when it may."""
    if len(secret) < SHORTEST_KEY:
        return f"it has fewer than {SHORTEST_KEY} characters; openssl rand -hex 32 makes one"
    left = secret.lower()
    for word in _SAMPLES:
        left = left.replace(word, "")
    if len({c for c in left if c.isalnum()}) < 4:
        return "it is a sample or repeats itself; openssl rand -hex 32 makes one"
    return None
