"""The X12 tables of this package's ``standards`` folder, read on first use and kept.

Two releases are held, 004010 and 005010. A set of another release is read by the nearest one (``nearest_release``),
which the judge says in a finding.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from channels.errors import PayloadError

RELEASES = ("004010", "005010")


class UnsupportedSetError(PayloadError):
    """The tables do not hold this transaction set (AK502 1)."""


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """A segment at one place of a set. ``maximum`` 0 = no limit."""

    id: str
    mandatory: bool
    maximum: int


@dataclass(frozen=True, slots=True)
class LoopUse:
    """A loop at one place of a set; its first item is the segment that starts it. ``xid`` is unique in the set, ``id``
    is X12's loop identifier (AK303). ``maximum`` 0 = no limit."""

    xid: str
    id: str
    mandatory: bool
    maximum: int
    items: tuple[SegmentUse | LoopUse, ...]


@dataclass(frozen=True, slots=True)
class SetTable:
    """A transaction set. ``group`` is the functional identifier (GS01) it travels under."""

    type: str
    name: str
    group: str
    items: tuple[SegmentUse | LoopUse, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a composite: element number and whether it is mandatory inside the composite."""

    number: str
    mandatory: bool


@dataclass(frozen=True, slots=True)
class ElementUse:
    """An element at one position of a segment. ``components`` is empty for a simple element; ``notes`` are the syntax
    notes among the components, such as ``P0304``."""

    number: str
    mandatory: bool
    repetitions: int
    components: tuple[Component, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """A segment: its elements in order and its syntax notes (P, R, E, C or L and the positions, two digits each)."""

    id: str
    name: str
    elements: tuple[ElementUse, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ElementTable:
    """A data element. ``type`` is AN, ID, DT, TM, R, B or N0 to N9; lengths in characters, ``maximum`` None = none."""

    number: str
    name: str
    type: str
    minimum: int
    maximum: int | None


def nearest_release(release: str) -> str:
    """The held release by which a set of ``release`` (GS08, possibly with an industry suffix) is read."""
    return "005010" if release_number(release) >= "004050" else "004010"


def release_number(release: str) -> str:
    """A release (GS08) without its suffix and with the zeros that some leave out (4010), for comparing."""
    digits = release[: len(release) - len(release.lstrip("0123456789"))]
    return digits if digits.startswith("00") else f"00{digits}"


@cache
def _table(release: str, name: str) -> dict[str, Any]:
    file = resources.files("channels.x12") / "standards" / release / f"{name}.json"
    table: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return table


def _uses(rows: list[list[Any]]) -> tuple[SegmentUse | LoopUse, ...]:
    return tuple(
        SegmentUse(row[0], row[1] == "M", row[2])
        if len(row) == 3
        else LoopUse(row[0], row[1], row[2] == "M", row[3], _uses(row[4]))
        for row in rows
    )


@cache
def set_table(release: str, set_type: str) -> SetTable:
    """``release`` must be one of RELEASES. Raises UnsupportedSetError when the set is not in the tables."""
    row = _table(release, "sets").get(set_type)
    if row is None:
        raise UnsupportedSetError(f"transaction set {set_type[:10]!r} of release {release} is not supported")
    return SetTable(set_type, row[0], row[1], _uses(row[2]))


def set_types(release: str) -> tuple[str, ...]:
    """The transaction sets that a held release has, in order."""
    return tuple(_table(release, "sets"))


@cache
def functional_identifiers() -> dict[str, str]:
    """Set type -> the GS01 under which it travels, for every set the tables hold."""
    return {set_type: row[1] for release in RELEASES for set_type, row in _table(release, "sets").items()}


def has_segment(release: str, segment: str) -> bool:
    """Whether the release knows this segment identifier at all (AK304 1 or 6)."""
    return segment in _table(release, "segments")


@cache
def segment_table(release: str, segment: str) -> SegmentTable:
    """Raises KeyError for a segment the release does not have."""
    name, rows, notes = _table(release, "segments")[segment]
    elements = tuple(
        ElementUse(
            row[0],
            row[1] == "M",
            row[2],
            tuple(Component(number, requirement == "M") for number, requirement in (row[3] if len(row) > 3 else ())),
            tuple(row[4]) if len(row) > 4 else (),
        )
        for row in rows
    )
    return SegmentTable(segment, name, elements, tuple(notes))


@cache
def element_table(release: str, number: str) -> ElementTable:
    """Raises KeyError for an element number the release does not have (composites such as C040 are none)."""
    return ElementTable(number, *_table(release, "elements")[number])


@cache
def codes(release: str, number: str) -> frozenset[str] | None:
    """The codes of an element's list, or None when it has none or another body keeps it."""
    listed = _table(release, "codes").get(number)
    return None if listed is None else frozenset(listed.split())


@cache
def _meanings() -> dict[str, dict[str, str]]:
    file = resources.files("channels.x12") / "standards" / "meanings.json"
    table: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return table


def meaning(number: str, code: str) -> str:
    """What a code of an element's list means, in plain words; empty when the tables do not say."""
    return _meanings().get(number, {}).get(code, "")
