"""Where in a set a finding belongs, from its locator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from canonical.finding import Finding
from channels.x12.judging.faults import Fault

_LOCATOR = re.compile(
    r"(?:ST\*.*?/|[0-9]+:)(?P<segment>[^/\[\]]*)(?:\[(?P<nth>[0-9]{1,9})])?"
    r"(?:/[^/]*?(?P<element>[0-9]{2})(?:\[[0-9]+])?(?:-[0-9]+)?)?",
    re.ASCII | re.DOTALL,
)
"""``ST*0001/PO1[3]/PO102`` as the judge writes it, ``7:PO1[3]/PO102`` as provenance does."""

_MISSING = "X12-AK304-3"


@dataclass(slots=True)
class Missing:
    """A mandatory segment that should stand before the segment at ``position``."""

    position: int
    segment: str
    loop: str
    finding: Finding


@dataclass(slots=True)
class Places:
    """Findings by (segment identifier, which of its kind, from 1) → (element or 0, finding); ``nowhere`` are those
    about the set as a whole."""

    found: dict[tuple[str, int], list[tuple[int, Finding]]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    nowhere: list[Finding] = field(default_factory=list)


def places_of(findings: Iterable[Finding], faults: Iterable[Fault], provenance: Mapping[str, str]) -> Places:
    """``faults`` tell where segments are missing, ``provenance`` (JSON pointer → place in the set) where a canonical
    document's fields came from."""
    places = Places()
    owed: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.segment_code == "3":
            owed.setdefault(fault.segment, []).append(fault)
    for finding in findings:
        locator = finding.locator
        if locator.startswith("/"):
            locator = _origin(locator, provenance)
        match = _LOCATOR.fullmatch(locator)
        if match is None:
            places.nowhere.append(finding)
            continue
        segment = match["segment"]
        if finding.code == _MISSING and match["nth"] is None and owed.get(segment):
            fault = owed[segment].pop(0)
            places.missing.append(Missing(fault.position, segment, fault.loop, finding))
            continue
        place = (segment, int(match["nth"] or 1))
        places.found.setdefault(place, []).append((int(match["element"] or 0), finding))
    return places


def _origin(pointer: str, provenance: Mapping[str, str]) -> str:
    """Where a field came from; of an object, where the first of its fields did."""
    if pointer in provenance:
        return provenance[pointer]
    return next((place for field, place in provenance.items() if field.startswith(f"{pointer}/")), "")
