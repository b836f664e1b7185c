"""Passwords, of which nothing is kept but argon2id hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
"""Characters that a person's password has. Length is all that counts: rules of composition make worse ones."""

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106's low-memory choice


def hash_of(password: str) -> str:
    """In the form that names its parameters: ``$argon2id$...``."""
    return _hasher.hash(password)


def verify(held: str | None, password: str) -> bool:
    """Whether the password is that of the hash; takes as long when there is none."""
    if held is None:
        _hasher.hash(password)
        return False
    try:
        return _hasher.verify(held, password)
    except (VerificationError, InvalidHashError):
        return False
