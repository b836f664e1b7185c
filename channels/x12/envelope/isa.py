"""Finds and reads interchange headers (ISA): the one segment whose positions are fixed, and which names the separators.

An ISA is 106 bytes long with its terminator (X12.5). One whose fields have other widths can still be read where the
GS, TA1 or IEA behind it shows where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from mmap import mmap
from typing import NamedTuple

from channels.x12.standards import tables
from channels.x12.standards.elements import valid_date, valid_time

LENGTH = 106
_WIDTHS = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 2]
"""Characters of the name and of each element, of the last with the terminator behind it."""

_SEPARATORS_AT = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_LONGEST = 400
"""Bytes within which an ISA of wrong widths must end."""

_ISA = re.compile(b"ISA")
_VERSION = re.compile("00[2-9][0-9]{2}").fullmatch
_FOLLOWED = re.compile(rb"(.?)(.)[\r\n\t ]*(?:GS|TA1|IEA)$", re.DOTALL)


class Header(NamedTuple):
    """One ISA. ``fields`` are ISA01 to ISA16 with their padding; ``end`` is the offset behind its terminator;
    ``problems`` are (TA105 note code, what is wrong, the value), gravest reason first as found."""

    offset: int
    end: int
    fields: tuple[str, ...]
    element: str
    component: str
    segment: str
    problems: tuple[tuple[str, str, str], ...]

    @property
    def repetition(self) -> str | None:
        """ISA11 from release 00402 on, where it holds a separator and not the old ``U``."""
        mark = self.fields[10]
        return mark if self.fields[11] >= "00402" and len(mark) == 1 and _may_separate(mark) else None


def find_headers(data: bytes | mmap) -> Iterator[Header]:
    """Every ISA of the file in order. An ISA of exact shape is found wherever it stands, also right behind a cut
    segment; one of other widths only where a segment may start."""
    position = 0
    while found := _ISA.search(data, position):
        offset = found.start()
        header = header_at(data, offset)
        if header is not None:
            yield header
        position = header.end if header is not None else offset + 3


def header_at(data: bytes | mmap, offset: int) -> Header | None:
    """The ISA that starts at ``offset``."""
    return _plain(data, offset) or _exact(data, offset) or _loose(data, offset)


def header_before(data: bytes | mmap, offset: int) -> Header | None:
    """The ISA of the interchange that ``offset`` lies in: the last one that starts before it."""
    start = offset
    while (start := data.rfind(b"ISA", 0, start)) >= 0:
        if (header := header_at(data, start)) is not None:
            return header
    return None


def _plain(data: bytes | mmap, offset: int) -> Header | None:
    """The ISA where nothing is wrong with it, which is so of nearly all: asked at once, since every arrival has one.
    Of any other the ways below say what is wrong."""
    text = data[offset : offset + LENGTH].decode("latin-1")
    fields = text.split(text[3]) if len(text) == LENGTH else []
    if [*map(len, fields)] != _WIDTHS:
        return None
    (_, authorization, _, security, _, sender_qualifier, sender, receiver_qualifier, receiver) = fields[:9]
    (day, time, standards, version, control_number, requested, usage, last) = fields[9:]
    component, segment = last[0], last[1]
    if not (
        (sender_qualifier in (qualifiers := _codes("I05")) and receiver_qualifier in qualifiers)
        and (sender.strip() and receiver.strip())
        and _VERSION(version)
        and (control_number.isdecimal() and control_number != "000000000")
        and usage in "PTI"
        and (authorization in _codes("I01") and security in _codes("I03"))
        and (valid_date(day) and valid_time(time))
        and (standards == "U" or not standards.isalnum())
        and requested in "01"
        and (_may_separate(text[3]) and _may_separate(component) and _may_separate(segment))
        and (component != segment and segment not in "\r\n")
    ):
        return None
    return Header(offset, offset + LENGTH, (*fields[1:16], component), text[3], component, segment, ())


def _exact(data: bytes | mmap, offset: int) -> Header | None:
    window = data[offset : offset + LENGTH]
    wrapped = not _fits(window)
    if wrapped:  # a file wrapped at 80 columns breaks the ISA too
        window = re.sub(rb"[\r\n]", b"", data[offset : offset + LENGTH + 8])[:LENGTH]
        if not _fits(window):
            return None
    end = offset + LENGTH
    if wrapped:
        end = offset
        for _ in range(LENGTH):
            while data[end : end + 1] in (b"\r", b"\n"):
                end += 1
            end += 1
    text = window.decode("latin-1")
    starts = [at + 1 for at in _SEPARATORS_AT]
    fields = tuple(text[a:b] for a, b in zip(starts, [*_SEPARATORS_AT[1:], LENGTH - 1], strict=True))
    if text[105] in "\r\n" and _ends_segments(data, end, window[104:105]):
        return _header(offset, end - 1, (*fields[:15], ""), text[3], ":", text[104], exact=False)
    return _header(offset, end, fields, text[3], text[104], text[105], exact=True)


def _ends_segments(data: bytes | mmap, start: int, mark: bytes) -> bool:
    """Whether the next line ends with ``mark``: then it is the segment terminator, a line end behind it wraps the
    line, and the ISA before it lacks its last element."""
    line = data[start : start + _LONGEST].lstrip(b"\r\n\t ").splitlines()[:1]
    return bool(line) and line[0].rstrip(b"\t ").endswith(mark)


def _fits(window: bytes) -> bool:
    return len(window) == LENGTH and all(window[at] == window[3] for at in _SEPARATORS_AT)


def _loose(data: bytes | mmap, offset: int) -> Header | None:
    before = data[max(offset - 1, 0) : offset]
    window = data[offset : offset + _LONGEST]
    separator = window[3:4]
    if before.isalnum() or before == separator or separator.isalnum() or separator.isspace() or not separator:
        return None  # inside a word or a value, or nothing that could separate
    parts = window.split(separator)
    for index, part in enumerate(parts[10:19], 10):
        followed = _FOLLOWED.search(part)
        if followed is None:
            continue
        end = offset + sum(len(p) + 1 for p in parts[:index]) + followed.end(2)
        texts = [p.decode("latin-1").replace("\r", "").replace("\n", "") for p in parts[1:index]]
        component, segment = followed[1].decode("latin-1"), followed[2].decode("latin-1")
        fields = (*texts[:15], *[""] * (15 - len(texts)), component)
        return _header(offset, end, fields, separator.decode("latin-1"), component or ":", segment, exact=False)
    return None


def _header(
    offset: int, end: int, fields: tuple[str, ...], element: str, component: str, segment: str, exact: bool
) -> Header:
    problems = [
        *_separator_problems(element, component, segment),
        *_field_problems(fields),
        *(() if exact else [("022", "the ISA does not have its fixed widths; it was read by its separators", "")]),
    ]
    return Header(offset, end, fields, element, component, segment, tuple(problems))


def _may_separate(mark: str) -> bool:
    return not (mark.isascii() and mark.isalnum()) and mark != " "


def _separator_problems(element: str, component: str, segment: str) -> Iterator[tuple[str, str, str]]:
    if not _may_separate(element):
        yield "026", "the element separator is a letter, digit or blank", element
    if not _may_separate(component) or component == element:
        yield "027", "the component separator (ISA16) is a letter, digit, blank or the element separator", component
    if not _may_separate(segment) or segment in (element, component):
        yield "004", "the segment terminator is a letter, digit, blank or another separator", segment


@cache
def _codes(number: str) -> frozenset[str]:
    """The codes of an element's list in any of the releases."""
    return frozenset[str]().union(*(tables.codes(release, number) or () for release in tables.RELEASES))


def _field_problems(fields: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    (authorization, _, security, _, sender_qualifier, sender, receiver_qualifier, receiver) = fields[:8]
    (day, time, standards, version, control_number, requested, usage, _) = fields[8:]
    for wrong, note, text, value in (
        (
            sender_qualifier.strip() not in _codes("I05"),
            "005",
            "ISA05, the sender's qualifier, is unknown",
            sender_qualifier,
        ),
        (not sender.strip(), "006", "ISA06, the sender's identifier, is empty", sender),
        (
            receiver_qualifier.strip() not in _codes("I05"),
            "007",
            "ISA07, the receiver's qualifier, is unknown",
            receiver_qualifier,
        ),
        (not receiver.strip(), "008", "ISA08, the receiver's identifier, is empty", receiver),
        (not _VERSION(version), "017", "ISA12 is no version of the controls", version),
        (
            # fewer digits are a matter of the ISA's widths (022)
            not re.fullmatch("[0-9]{1,9}", control_number) or not int(control_number),
            "018",
            "ISA13, the control number, is not a number of nine digits above zero",
            control_number,
        ),
        (usage not in ("P", "T", "I"), "020", "ISA15, the usage indicator, is not P, T or I", usage),
        (authorization.strip() not in _codes("I01"), "010", "ISA01 is an unknown qualifier", authorization),
        (security.strip() not in _codes("I03"), "012", "ISA03 is an unknown qualifier", security),
        (not valid_date(day) or len(day) != 6, "014", "ISA09 is not a date YYMMDD", day),
        (not valid_time(time) or len(time) != 4, "015", "ISA10 is not a time HHMM", time),
        (standards.isalnum() and standards != "U", "016", "ISA11 is neither U nor a separator", standards),
        (requested not in ("0", "1"), "019", "ISA14 is neither 0 nor 1", requested),
    ):
        if wrong:
            yield note, text, value
