"""What the values of a column look like: numbers and their mark, dates and their style, check digits, constancy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from canonical.identifier import has_valid_check_digit
from channels.files.model.styles import (
    DateText,
    NumberText,
    Unclear,
    date_reader,
    decimal_mark,
    number_reader,
    read_date,
    read_time,
    write_date,
)
from channels.files.suggesting.meanings import CURRENCIES

LOOKED_AT = 400
"""Values of a column that are looked at."""

ENOUGH = 0.9
"""Share of the values that must be of a kind."""

MOSTLY = 0.7
"""The same of numbers: samples have faults, too."""

DATE_STYLES = (
    "yyyy-mm-dd",
    "yyyymmdd",
    "dd.mm.yyyy",
    "dd/mm/yyyy",
    "mm/dd/yyyy",
    "dd-mm-yyyy",
    "mm-dd-yyyy",
    "dd.mm.yy",
    "dd/mm/yy",
    "mm/dd/yy",
    "yyyy/mm/dd",
    "yyyy.mm.dd",
    "dd-mmm-yyyy",
    "dd mmm yyyy",
    "dd. mmm yyyy",
    "mmm dd, yyyy",
    "dd-mmm-yy",
    "ddmmyyyy",
)
"""Styles that are tried, the surer ones first."""

_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}.*")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
_MEASURE = re.compile(r"[^\W\d_][\w.]{0,11}", re.UNICODE)


@dataclass
class Column:
    """One column, or one place of a tree. ``place`` is how a mapping names it, ``label`` how people do. ``said`` are
    the concepts of its name, each with how near it stands. ``documents`` tells for each text which record around it
    lies in, where that is known. ``inner``: it lies in the records of lines."""

    place: str | int
    label: str
    said: dict[str, float]
    texts: Sequence[str]
    documents: Sequence[int] = ()
    inner: bool = False
    repeats: bool = False
    """Whether it stands several times in one record, of which the first would be read."""

    @cached_property
    def filled(self) -> list[str]:
        return [text for text in self.texts if text][:LOOKED_AT]

    @cached_property
    def fill(self) -> float:
        return sum(1 for text in self.texts if text) / len(self.texts) if self.texts else 0.0

    @cached_property
    def distinct(self) -> int:
        return len(set(self.filled))

    @cached_property
    def marks(self) -> set[str]:
        """Marks before fractions that its values show."""
        return {mark for text in self.filled if type(text) is str and (mark := decimal_mark(text))}

    @cached_property
    def is_number(self) -> bool:
        reader = number_reader({".": "point", ",": "comma"}.get(next(iter(self.marks), ""), "point"))
        return len(self.marks) < 2 and self.share(lambda text: _reads(reader, text)) >= MOSTLY

    @cached_property
    def is_whole(self) -> bool:
        marked = [text for text in self.filled if "." in text or "," in text]
        return self.is_number and all(text.rstrip("0")[-1:] in (".", ",") for text in marked)

    def numbers(self, style: str) -> list[Decimal | None]:
        """Its values as numbers, None where there is none."""
        reader = number_reader(style)
        return [reader(text) if text and _reads(reader, text) else None for text in self.texts[:LOOKED_AT]]

    @cached_property
    def date_styles(self) -> tuple[str, ...]:
        """Styles in which all its values are dates; ``""`` where each names itself (a sheet's cell, a time with it)."""
        if not self.filled:
            return ()
        if all(type(text) is DateText or _ISO_TIME.fullmatch(text) for text in self.filled):
            return ("",)
        if any(type(text) is NumberText for text in self.filled):
            return ("yyyymmdd",) if all_dates("yyyymmdd", self.filled) else ()
        return tuple(style for style in DATE_STYLES if all_dates(style, self.filled))

    @cached_property
    def is_time(self) -> bool:
        return bool(self.filled) and all(":" in text and _reads(read_time, text) for text in self.filled)

    @cached_property
    def looks(self) -> str:
        """``gtin_8`` ... ``gtin_14``, ``sscc``, ``currency``, ``unit``, ``number``, ``date``, ``time``, ``word`` or
        ``text``; ``blank`` where nothing stands."""
        if not self.filled:
            return "blank"
        for digits, name in _CHECKED.items():
            if self.share(lambda text, n=digits: len(text) == n and has_valid_check_digit(text)) >= 0.7:
                return name
        if self.share(lambda text: text.upper() in CURRENCIES) >= ENOUGH:
            return "currency"
        if self.date_styles:
            return "date"
        if self.is_time:
            return "time"
        if self.is_number:
            return "number"
        if (
            self.distinct <= max(4, len(self.filled) // 4)
            and self.share(lambda t: bool(_MEASURE.fullmatch(t))) >= ENOUGH
        ):
            return "word"
        return "text"

    @cached_property
    def sign(self) -> str | None:
        """The currency whose sign stands at its values."""
        return next((code for sign, code in _SIGNS.items() if any(sign in text for text in self.filled)), None)

    @cached_property
    def letters(self) -> float:
        """Share of letters in its values."""
        joined = "".join(self.filled)
        return sum(c.isalpha() for c in joined) / len(joined) if joined else 0.0

    @cached_property
    def long(self) -> float:
        """Letters of a value, in the mean."""
        return sum(map(len, self.filled)) / len(self.filled) if self.filled else 0.0

    def share(self, holds: object) -> float:
        """Share of the filled values for which it holds."""
        return sum(map(bool, map(holds, self.filled))) / len(self.filled) if self.filled else 0.0  # type: ignore[call-overload]


_CHECKED = {13: "gtin_13", 12: "gtin_12", 14: "gtin_14", 18: "sscc"}


def _reads(read: object, text: str) -> bool:
    try:
        read(text)  # type: ignore[operator]
    except Unclear:
        return False
    return True


def all_dates(style: str, texts: Sequence[str]) -> bool:
    read = date_reader((style,))
    return all(_reads(read, str(text)) for text in texts) and not (
        style in ("yyyymmdd", "ddmmyyyy") and any(len(text) != 8 for text in texts)
    )


def _is_doubtful(style: str) -> bool:
    return not _reads(read_date, write_date(date(2026, 3, 4), style))


DOUBTFUL = frozenset(filter(_is_doubtful, DATE_STYLES))
"""Styles of dates that a mapping must name; the others are read without."""


def styles_of(columns: Sequence[Column], *, day_first: bool | None) -> tuple[str | None, tuple[str, ...], bool]:
    """How decimals and dates are written in the whole file, and whether the dates could be two things. ``day_first``
    decides where values do not."""
    marks: dict[str, int] = {}
    for column in columns:
        if column.is_number:
            for mark in column.marks:
                marks[mark] = marks.get(mark, 0) + column.distinct
    best = max(sorted(marks), key=lambda mark: marks[mark], default=None)
    decimals = {".": "point", ",": "comma"}[best] if best else None
    dates: dict[str, None] = {}
    doubtful = False
    possible = [set(column.date_styles) for column in columns if column.date_styles]
    for column in columns:
        ways = [style for style in column.date_styles if style]
        if not ways or column.looks.startswith(("gtin", "sscc")):
            continue
        together = [style for style in ways if all(style in other for other in possible if other & set(ways))]
        chosen, in_doubt = _chosen(together or ways, day_first)
        doubtful |= in_doubt
        dates.setdefault(chosen)
    return decimals, tuple(dates), doubtful


def _chosen(ways: Sequence[str], day_first: bool | None) -> tuple[str, bool]:
    """One style, and whether another would give other dates."""
    first = ways[0]
    if not first.startswith(("dd/mm", "dd-mm", "mm/dd", "mm-dd")) or "mmm" in first:
        return first, False
    other = next((way for way in ways[1:] if sorted(way) == sorted(first)), None)
    if other is None:
        return first, False
    if day_first is False:
        return next(way for way in (first, other) if way.startswith("m")), True
    return next(way for way in (first, other) if way.startswith("d")), day_first is None
