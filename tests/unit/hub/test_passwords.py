"""Passwords cost whoever guesses them what RFC 9106 says."""

from __future__ import annotations

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from hub.store.people import passwords
from tests.economy import SLOW_HASHER


def test_a_hash_is_as_slow_as_rfc_9106_says_and_is_verified_whatever_it_took() -> None:
    hashed = SLOW_HASHER.hash("a long enough password")
    assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY
    assert passwords.verify(hashed, "a long enough password")
    assert not passwords.verify(hashed, "another long password")


def test_nobody_has_no_password_and_a_damaged_hash_fits_none() -> None:
    assert not passwords.verify(None, "a long enough password")
    assert not passwords.verify("$argon2id$v=19$m=65536", "a long enough password")
