"""Identifiers: a prefix that tells the kind, then a ULID, so that they sort by time."""

from __future__ import annotations

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new identifier such as ``tr_01JD...``; at most 40 characters with a prefix of up to 13."""
    return f"{prefix}_{ULID()}"
