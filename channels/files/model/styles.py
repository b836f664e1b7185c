"""The spellings of dates, times and numbers, read and written. Nothing is guessed: a text that could be two values is
an ``Unclear``, and says which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


class Unclear(ValueError):
    """Why a text is not a value of its kind; ``expected`` in the words of a finding, ``fix`` what helps."""

    def __init__(self, message: str, expected: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.expected = expected
        self.fix = fix


class Unlisted(Unclear):
    """A word that a mapping's lookup does not have."""


class NumberText(str):
    """The shortest text of a number that a sheet or JSON holds as one: its point is a point, whatever the style."""

    __slots__ = ()


class DateText(str):
    """An ISO 8601 text of a date, or a date and time, that a sheet holds as one."""

    __slots__ = ()


class ErrorText(str):
    """What a sheet's cell shows in place of a value: ``#REF!``."""

    __slots__ = ()


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar enero janvier gennaio",
            "feb february februar febrero février febbraio",
            "mar march märz mär mrz marzo mars",
            "apr april abril avril aprile",
            "may mai mayo maggio",
            "jun june juni junio juin giugno",
            "jul july juli julio juillet luglio",
            "aug august agosto août",
            "sep sept september septiembre septembre settembre",
            "oct october okt oktober octubre octobre ottobre",
            "nov november noviembre novembre",
            "dec december dez dezember diciembre décembre dicembre",
        ),
        1,
    )
    for name in names.split()
}
"""Month's name in lower case → its number: English, German, Spanish, French, Italian."""

_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_PARTS = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<short>\d{2})",
    "mmm": r"(?P<name>[^\W\d_]{3,12})\.?",
    "mm": r"(?P<month>\d{1,2})",
    "m": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile(r"yyyy|yy|mmm|mm|m|dd|d|[^a-z]+|.")
_CLOCK_PARTS = {"hh": r"(?P<h>\d{1,2})", "mm": r"(?P<m>\d{2})", "ss": r"(?P<s>\d{2})"}
_CLOCK_TOKEN = re.compile(r"hh|mm|ss|[^a-z]+|.")


def _is_date_style(value: str) -> str:
    tokens = [token for token in _TOKEN.findall(value) if token.isalpha()]
    year, month, day = (sum(token[0] == letter for token in tokens) for letter in "ymd")
    if (year, month, day) != (1, 1, 1) or not all(token in _PARTS for token in tokens):
        raise ValueError(f'"{value}" is no style of dates: write yyyy or yy, mm or mmm, and dd, such as dd.mm.yyyy')
    return value


def _is_time_style(value: str) -> str:
    tokens = [token for token in _CLOCK_TOKEN.findall(value) if token.isalpha()]
    if tokens not in (["hh", "mm"], ["hh", "mm", "ss"]):
        raise ValueError(f'"{value}" is no style of times: write hh, mm and perhaps ss, such as hh:mm')
    return value


DateStyle = Annotated[str, StringConstraints(min_length=6, max_length=20), AfterValidator(_is_date_style)]
"""``yyyy`` or ``yy`` (years 70 to 99 are of the last century), ``mm`` or ``mmm`` (Jan), ``dd``, with marks between."""

TimeStyle = Annotated[str, StringConstraints(min_length=4, max_length=12), AfterValidator(_is_time_style)]

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:?\d{2}.*)?", re.ASCII | re.DOTALL)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_NAMED_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-. /]+([^\W\d_]{3,12})\.?[-,. /]+(\d{4})", re.IGNORECASE)
_NAMED_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?[- ]+(\d{1,2})(?:st|nd|rd|th)?[-, ]+(\d{4})", re.IGNORECASE)
_A_DATE = "a date such as 2025-01-31"


def read_date(text: str) -> date:
    """A date in a spelling that leaves no doubt. Raises Unclear."""
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if match:
        return _day(text, int(match[1]), int(match[2]), int(match[3]))
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, mark, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
        if mark == "." or first > 12 or first == second:  # with points the day stands first everywhere
            return _day(text, year, second, first)
        if second > 12:
            return _day(text, year, first, second)
        raise Unclear(
            f"could be {_day(text, year, first, second)} or {_day(text, year, second, first)}",
            "a date that can be read one way only",
            f"Let the mapping say dates: [mm{mark}dd{mark}yyyy] or [dd{mark}mm{mark}yyyy].",
        )
    match = _NAMED_DAY_FIRST.fullmatch(text)
    if match:
        return _day(text, int(match[3]), MONTHS.get(match[2].lower(), 0), int(match[1]))
    match = _NAMED_MONTH_FIRST.fullmatch(text)
    if match:
        return _day(text, int(match[3]), MONTHS.get(match[1].lower(), 0), int(match[2]))
    raise Unclear("is no date that can be read without doubt", _A_DATE, "Let the mapping say dates: [dd.mm.yyyy].")


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear("is no day of the calendar", _A_DATE) from None


def date_reader(styles: Sequence[str]) -> Callable[[str], date]:
    """Reads dates in these styles, or without any, those that leave no doubt."""
    if not styles:
        return read_date
    patterns = [_pattern(style) for style in styles]
    expected = "a date " + " or ".join(styles)

    def read(text: str) -> date:
        for pattern in patterns:
            match = pattern.fullmatch(text)
            if match:
                found = match.groupdict()
                year = int(found.get("year") or 0) or _century(int(found["short"]))
                month = int(found.get("month") or 0) or MONTHS.get((found.get("name") or "").lower(), 0)
                return _day(text, year, month, int(found["day"]))
        raise Unclear("is not written as agreed", expected)

    return read


def _century(year: int) -> int:
    return year + (1900 if year >= 70 else 2000)


@cache
def _pattern(style: str) -> re.Pattern[str]:
    compact = style.isalpha()  # yyyymmdd: nothing tells where a part ends but its length
    parts = [_PARTS.get(token) or re.escape(token) for token in _TOKEN.findall(style)]
    return re.compile("".join(part.replace("{1,2}", "{2}") if compact else part for part in parts), re.ASCII)


def write_date(value: date, style: str = "yyyy-mm-dd") -> str:
    """The date in one style."""
    written = {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "mmm": _SHORT[value.month - 1],
        "mm": f"{value.month:02}",
        "m": str(value.month),
        "dd": f"{value.day:02}",
        "d": str(value.day),
    }
    return "".join(written.get(token, token) for token in _TOKEN.findall(style))


_A_TIME = "a time such as 13:45"
_CLOCK = re.compile(r"(?:\d{4}-\d{2}-\d{2}[T ])?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?", re.ASCII)
_ZONE = re.compile(r"\s*(?:Z|[+-]\d{2}:?\d{2})$")


def read_time(text: str) -> time:
    """A time of day with colons, also that of an ISO 8601 date and time, whose zone is left. Raises Unclear."""
    match = _CLOCK.fullmatch(_ZONE.sub("", text))
    if match is None:
        raise Unclear("is no time of day", _A_TIME)
    return _clock(match[1], match[2], match[3], match[4])


def _clock(hours: str, minutes: str, seconds: str | None, fraction: str | None = None) -> time:
    try:
        return time(int(hours), int(minutes), int(seconds or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        raise Unclear("is no time of day", _A_TIME) from None


def time_reader(styles: Sequence[str]) -> Callable[[str], time]:
    if not styles:
        return read_time
    patterns = [
        re.compile("".join(_CLOCK_PARTS.get(token) or re.escape(token) for token in _CLOCK_TOKEN.findall(style)), re.A)
        for style in styles
    ]

    def read(text: str) -> time:
        match = next(filter(None, (pattern.fullmatch(text) for pattern in patterns)), None)
        if match is None:
            raise Unclear("is not written as agreed", "a time " + " or ".join(styles))
        return _clock(match["h"], match["m"], match.groupdict().get("s"))

    return read


def write_time(value: time, style: str = "") -> str:
    """The time in one style; without one as ISO 8601 has it, no finer than it is."""
    if not style:
        return value.isoformat() if value.second or value.microsecond else f"{value:%H:%M}"
    return (
        style.replace("hh", f"{value.hour:02}").replace("mm", f"{value.minute:02}").replace("ss", f"{value.second:02}")
    )


_PLAIN = re.compile(r"-?\d{1,30}(?:\.\d{1,15})?", re.ASCII)
_CURRENCIES = "$€£¥"
_GROUPED = {
    ".": re.compile(r"\d{1,30}(\.\d{0,15})?|\d{1,3}([,' ])\d{3}(?:\2\d{3})*(\.\d{0,15})?|\.\d{1,15}", re.ASCII),
    ",": re.compile(r"\d{1,30}(,\d{0,15})?|\d{1,3}([.' ])\d{3}(?:\2\d{3})*(,\d{0,15})?|,\d{1,15}", re.ASCII),
}
MARK = {"point": ".", "comma": ","}
_MARKS = {0xA0: " ", 0x202F: " ", 0x2019: "'"}
"""Narrow and unbreakable blanks, and the apostrophe that Swiss programs set between thousands."""

_A_NUMBER = "a number such as 1234.56"


def number_reader(style: str | None) -> Callable[[str], Decimal]:
    """Reads numbers written in the style. Without one, those that can only be one value: 12,5 and 1.234.567 can, 1,234
    cannot. A minus may stand before or behind, brackets mean one, and a sign of currency is passed over."""

    def read(text: str) -> Decimal:
        if (style == "point" or type(text) is NumberText) and _PLAIN.fullmatch(text):
            return Decimal(text)
        body, negative = _signed(text)
        mark = MARK[style] if style else _mark(body)
        if not _GROUPED[mark].fullmatch(body):
            raise Unclear("is no number" if not style else "is no number as agreed", _number_such_as(style))
        digits = "".join(c for c in body if c.isdigit() or c == mark).replace(",", ".")
        return Decimal(f"-{digits}" if negative else digits)

    return read


def _number_such_as(style: str | None) -> str:
    return "a number such as 1.234,56" if style == "comma" else _A_NUMBER


def _signed(text: str) -> tuple[str, bool]:
    """The digits and marks of a number, and whether it is below nothing."""
    body = text.strip(f" \u00a0\u202f{_CURRENCIES}")
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1], True
    elif body[:1] in "+-" and body[1:]:
        body, negative = body[1:], body[0] == "-"
    elif body.endswith("-"):
        body, negative = body[:-1], True
    return body.strip(f" \u00a0\u202f{_CURRENCIES}").translate(_MARKS), negative


def decimal_mark(text: str) -> str | None:
    """The mark before the fraction, where the text shows it; None where it has no mark or may be either."""
    body, _ = _signed(text)
    marks = [c for c in body if c in ".,"]
    if not marks:
        return None
    last = marks[-1]
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else None
    if len(marks) > 1:
        return "," if last == "." else "."  # what stands twice groups
    whole, _, fraction = body.partition(last)
    grouping = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole.isdigit() and not whole.startswith("0")
    return None if grouping else last


def _mark(body: str) -> str:
    mark = decimal_mark(body)
    if mark is not None:
        return mark
    if "." in body or "," in body:
        used = "." if "." in body else ","
        raise Unclear(
            f"could be {body.replace(used, '')} or {body.replace(',', '.')}",
            "a number that can be read one way only",
            "Let the mapping say decimals: point or comma.",
        )
    return "."


def write_number(value: Decimal, style: str | None) -> str:
    """Plain digits, never grouped, with the style's mark."""
    text = format(value, "f")
    return text.replace(".", ",") if style == "comma" else text
