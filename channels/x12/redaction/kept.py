"""Which values say nothing of people, goods and money: they stay as they are, so that a redacted file can still be
worked on. Everything else is replaced."""

from __future__ import annotations

import re
from collections.abc import Callable

from channels.x12.standards import tables

_STRUCTURE = frozenset(
    {
        "96", "97", "123", "2", "354", "I16",  # counts of segments, sets, lines and groups
        "28", "329", "I12",  # control numbers
        "350", "554", "628", "734",  # numbers of lines and levels
        "447", "480", "1705",  # loop, release, implementation
        "719", "722", "725", "1528", "1686",  # places that an acknowledgment names
        "I08", "I09", "I10", "I65", "I11",  # date, time and controls of an interchange
    }
)  # fmt: skip

_STRUCTURE_LENGTH = 12
"""Characters, leading zeros apart, beyond which a number of the structure is no number but a text in its place."""

_OPEN_CODES = frozenset({"26", "100", "721", "819"})
"""Codes whose lists other bodies keep and that tell nothing: countries, currencies, segments, languages."""

_TELLING = frozenset({"116", "140", "154", "156", "1096"})
"""Codes that name a place or a carrier: postal codes, SCAC, states."""

_DATE = re.compile(r"[0-9]{2,8}(-[0-9]{6,8})?")
_ZERO = re.compile(r"[-+0. ]*")


def is_kept(release: str, number: str, text: str) -> bool:
    """Whether a value of this data element stays. ``number`` is empty where no table knows the element."""
    value = text.strip(" ")
    if not value:
        return True
    if number in _STRUCTURE:
        return len(value.lstrip("0")) <= _STRUCTURE_LENGTH
    try:
        kind = tables.element_table(release, number).type
    except KeyError:
        return False
    if kind == "ID":
        return _is_code(release, number, value)
    if kind in ("DT", "TM") or number == "1251":
        return _DATE.fullmatch(value) is not None
    return (kind == "R" or kind[0] == "N") and _ZERO.fullmatch(value) is not None


def _is_code(release: str, number: str, value: str) -> bool:
    listed = tables.codes(release, number)
    if listed is not None:
        return value in listed
    return number in _OPEN_CODES or (number not in _TELLING and len(value) <= 3)


def unlisted(release: str, number: str) -> Callable[[str], bool] | None:
    """What a replacement of an unknown code must not become: a code of its list."""
    try:
        listed = tables.codes(release, number)
    except KeyError:
        return None
    return (lambda text: text not in listed) if listed is not None else None
