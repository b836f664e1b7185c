"""Identifiers: a prefix that tells the kind, then a ULID, so that they sort by time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import NamedTuple

from ulid import ULID

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_PYTHON = str.maketrans(_DIGITS, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]
"""Ten bits each, in Crockford's base 32."""


class _Series(NamedTuple):
    """The identifiers of one millisecond: 60 random bits behind its own, then 20 that count from anywhere in the lower
    half."""

    millisecond: int
    start: str
    numbers: Iterator[int]


_series = _Series(0, "", count())


def new_id(prefix: str) -> str:
    """A new identifier such as ``tr_01JD...``; at most 40 characters with a prefix of up to 13. Of one process and one
    millisecond each sorts behind the one before.

    Written here for its speed: a document has a dozen of them, and the library takes as long for one as for a row."""
    global _series
    series, now = _series, time.time_ns() // 1_000_000
    if series.millisecond != now or (number := next(series.numbers)) >> 20:
        _series = series = _begun(now)  # two threads may begin one each: neither has numbers of the other's
        number = next(series.numbers)
    return f"{prefix}_{series.start}{_PAIRS[number >> 10]}{_PAIRS[number & 1023]}"


def _begun(millisecond: int) -> _Series:
    random = int.from_bytes(os.urandom(10))
    bits = random >> 20 | millisecond << 60
    start = "".join([_PAIRS[bits >> shift & 1023] for shift in range(100, -1, -10)])
    return _Series(millisecond, start, count(random & (1 << 19) - 1))


def _forget() -> None:
    global _series
    _series = _Series(0, "", count())


os.register_at_fork(after_in_child=_forget)  # a child must not count on where its parent does


def made_at(id: str) -> datetime:
    """When an identifier was made, to the millisecond, by the clock of the machine that made it."""
    return ULID.from_str(id.rpartition("_")[2]).datetime


def trace_id(transmission_id: str) -> int:
    """128 bits that are the same for all that an arrival sets off, on every node."""
    return _bits(transmission_id)


def span_id(id: str) -> int:
    """64 bits that name an arrival or a departure in the trace that it belongs to."""
    return _bits(id) & (1 << 64) - 1


def trace_parent(transmission_id: str, departure_id: str) -> str:
    """W3C Trace Context: the arrival's identifier is the trace, the departure's the span that a target goes on from."""
    return f"00-{trace_id(transmission_id):032x}-{span_id(departure_id):016x}-01"


def _bits(id: str) -> int:
    """The 128 of its ULID."""
    return int(id.rpartition("_")[2].translate(_TO_PYTHON), 32)
