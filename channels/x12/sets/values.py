"""Element text ⇄ Python values (X12.6 section 3.5). Reading never raises: what cannot be read becomes ``Unreadable``,
which no model accepts, so that the value is reported and kept as an extra."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

CACHED_VALUES = 16384
"""Numbers and dates repeat within and between documents; the cache is bounded since the texts come from outside."""

_NUMBER = re.compile(r" *[+-]?(\d{1,30}(\.\d{0,15})?|\.\d{1,15}) *", re.ASCII)
_INTEGER = re.compile(r" *[+-]?\d{1,18} *", re.ASCII)
_DATE = re.compile(r"(?:\d\d)?\d{6}", re.ASCII)
_TIME = re.compile(r"(\d\d)(\d\d)(?:(\d\d)(\d{0,2}))?", re.ASCII)


class Unreadable(str):
    """Text that is not what its element asks for; ``expected`` says what that is."""

    expected: str

    def __new__(cls, text: str, expected: str) -> Unreadable:
        unreadable = super().__new__(cls, text)
        unreadable.expected = expected
        return unreadable


class Unwritable(ValueError):
    """A value that has no form in X12; the message says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of element is read and written."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


@lru_cache(CACHED_VALUES)
def read_decimal(text: str) -> Decimal | Unreadable:
    """Type R: digits with an explicit point; digits are kept as they stand (10.00 stays 10.00)."""
    return Decimal(text) if _NUMBER.fullmatch(text) else Unreadable(text, "a decimal number, e.g. 12.50")


def write_decimal(value: Decimal) -> str:
    return format(value, "f")


@lru_cache(CACHED_VALUES)
def read_integer(text: str) -> int | Unreadable:
    """Type N0."""
    return int(text) if _INTEGER.fullmatch(text) else Unreadable(text, "a whole number")


@lru_cache(CACHED_VALUES)
def read_date(text: str) -> date | Unreadable:
    """Type DT: CCYYMMDD, or YYMMDD from releases before 004010, whose years 70 to 99 are of the last century."""
    if not _DATE.fullmatch(text):
        return Unreadable(text, "a date CCYYMMDD")
    if len(text) == 6:
        text = ("19" if text >= "70" else "20") + text
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return Unreadable(text, "a date CCYYMMDD")


def write_date(value: date) -> str:
    return value.isoformat().replace("-", "")


@lru_cache(CACHED_VALUES)
def read_time(text: str) -> time | Unreadable:
    """Type TM: HHMM, HHMMSS, or with tenths or hundredths of a second."""
    match = _TIME.fullmatch(text)
    if match is None:
        return Unreadable(text, "a time HHMM or HHMMSS")
    hours, minutes, seconds, fraction = match.groups()
    try:
        return time(int(hours), int(minutes), int(seconds or 0), int((fraction or "0").ljust(2, "0")) * 10_000)
    except ValueError:
        return Unreadable(text, "a time HHMM or HHMMSS")


def write_time(value: time) -> str:
    if value.microsecond % 10_000:
        raise Unwritable("a time has at most hundredths of a second")
    if value.microsecond:
        return f"{value:%H%M%S}{value.microsecond // 10_000:02}"
    return f"{value:%H%M%S}" if value.second else f"{value:%H%M}"


TEXT = Kind("text", str, str)
DECIMAL = Kind("decimal", read_decimal, write_decimal)
INTEGER = Kind("integer", read_integer, str)
DATE = Kind("date", read_date, write_date)
TIME = Kind("time", read_time, write_time)


@lru_cache(16)
def implied(places: int) -> Kind:
    """Type Nn: an integer whose last ``places`` digits are the fraction (SAC05 ``1250`` is 12.50)."""

    @lru_cache(CACHED_VALUES)
    def read(text: str) -> Decimal | Unreadable:
        if not _INTEGER.fullmatch(text):
            return Unreadable(text, f"a whole number whose last {places} digits are the fraction")
        return Decimal(text).scaleb(-places)

    def write(value: Decimal) -> str:
        scaled = value.scaleb(places)
        if scaled != scaled.to_integral_value():
            raise Unwritable(f"{value} has more than {places} decimals")
        return format(scaled.to_integral_value(), "f")

    return Kind(f"implied_{places}", read, write)
