"""Identifiers: a prefix that tells the kind, then a ULID, so that they sort by time."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new identifier such as ``tr_01JD...``; at most 40 characters with a prefix of up to 13."""
    return f"{prefix}_{ULID()}"


def made_at(id: str) -> datetime:
    """When an identifier was made, to the millisecond, by the clock of the machine that made it."""
    return _ulid(id).datetime


def trace_parent(transmission_id: str, departure_id: str) -> str:
    """W3C Trace Context: the arrival's identifier is the trace, the departure's the span that a target goes on from."""
    return f"00-{_ulid(transmission_id).hex}-{_ulid(departure_id).hex[16:]}-01"


def _ulid(id: str) -> ULID:
    return ULID.from_str(id.rpartition("_")[2])
