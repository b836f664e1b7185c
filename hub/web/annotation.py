"""Raw X12 made readable: each segment on a line with its position, its names in the standard and the findings on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from canonical.finding import Finding, worst
from channels.x12 import tables
from hub.web.words import word

LINES_SHOWN = 400
"""Segments shown on a page; beyond these only segments with findings are, the rest is a download away."""

_LOCATOR = re.compile(
    r"ST\*[^/]*/(?P<segment>[A-Z0-9]{2,3})(?:\[(?P<nth>[0-9]{1,9})])?(?:/[A-Z0-9]{2,3}?(?P<element>[0-9]{2})(?:-[0-9]+)?)?$"
)


@dataclass(slots=True)
class Part:
    """An element as it stands, its designator (``PO102``), the standard's name and a code's meaning."""

    text: str
    designator: str = ""
    name: str = ""
    meaning: str = ""
    marked: bool = False


@dataclass(slots=True)
class Line:
    """One segment. ``position`` counts from ST = 1; the first part is the segment identifier."""

    position: int
    parts: list[Part]
    name: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return word("severity", worst(self.findings)).tone


@dataclass(frozen=True, slots=True)
class Listing:
    lines: list[Line]
    separator: str
    left_out: int


def annotate(data: bytes, release: str | None, findings: Sequence[Finding]) -> Listing | None:
    """The listing of one transaction set (ST to SE); None when ``data`` is not one."""
    text = data.decode("latin-1").strip("\r\n ")
    if not text.startswith("ST") or len(text) < 8:
        return None
    separator, terminator = text[2], text[-1]
    if separator.isalnum() or terminator.isalnum():
        return None
    segments = [part for part in (piece.strip("\r\n") for piece in text.split(terminator)) if part]
    by_place = _by_place(findings)
    seen: Counter[str] = Counter()
    lines: list[Line] = []
    left_out = 0
    held = tables.nearest_release(release or "")
    for position, segment in enumerate(segments, 1):
        elements = segment.split(separator)
        seen[elements[0]] += 1
        here = by_place.get((elements[0], seen[elements[0]]), ())
        if position > LINES_SHOWN and not here:
            left_out += 1
            continue
        lines.append(_line(position, elements, held, here))
    return Listing(lines, separator, left_out)


def _by_place(findings: Iterable[Finding]) -> dict[tuple[str, int], list[tuple[int, Finding]]]:
    """(segment identifier, its n-th occurrence) → (element position or 0, finding)."""
    places: dict[tuple[str, int], list[tuple[int, Finding]]] = {}
    for finding in findings:
        if match := _LOCATOR.match(finding.locator):
            place = (match["segment"], int(match["nth"] or 1))
            places.setdefault(place, []).append((int(match["element"] or 0), finding))
    return places


def _line(position: int, elements: list[str], release: str, findings: Sequence[tuple[int, Finding]]) -> Line:
    segment = elements[0]
    marked = {element for element, _ in findings}
    parts = [Part(segment)]
    if not tables.has_segment(release, segment):
        parts += [
            Part(text, f"{segment}{index:02}", marked=index in marked) for index, text in enumerate(elements[1:], 1)
        ]
        return Line(position, parts, "not in the standard", [finding for _, finding in findings])
    table = tables.segment_table(release, segment)
    # a finding may point at an element that is missing: the line is shown as long as the farthest mark
    longest = max([len(elements) - 1, *marked])
    for index in range(1, longest + 1):
        text = elements[index] if index < len(elements) else ""
        number = table.elements[index - 1].number if index <= len(table.elements) else ""
        parts.append(
            Part(
                text,
                f"{segment}{index:02}",
                _element_name(release, number),
                tables.meaning(number, text),
                index in marked,
            )
        )
    return Line(position, parts, table.name, [finding for _, finding in findings])


def _element_name(release: str, number: str) -> str:
    try:
        return tables.element_table(release, number).name
    except KeyError:  # a composite, or an element beyond the segment's last
        return ""


def preview(data: bytes, limit: int = 4_096) -> str:
    """The first bytes as text when they are text, else as a hex dump of offset, bytes and printable characters."""
    head = data[:limit]
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[: error.start].decode("utf-8") if error.start > limit - 4 else ""
    if text and all(character.isprintable() or character in "\r\n\t" for character in text):
        return text + ("\n…" if len(data) > limit else "")
    head = head[:1_024]
    rows = [
        f"{offset:08x}  {head[offset : offset + 16].hex(' '):<47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in head[offset : offset + 16])
        for offset in range(0, len(head), 16)
    ]
    return "\n".join([*rows, "…"] if len(data) > len(head) else rows)
