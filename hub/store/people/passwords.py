"""Passwords, of which nothing is kept but argon2id hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
"""Characters that a person's password has. Length is all that counts: rules of composition make worse ones."""

hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106's low-memory choice


def hash_of(password: str) -> str:
    """In the form that names its parameters: ``$argon2id$...``."""
    return hasher.hash(password)


def verify(held: str | None, password: str) -> bool:
    """Whether the password is that of the hash; takes as long when there is none."""
    if held is None:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(held, password)
    except (VerificationError, InvalidHashError):
        return False
