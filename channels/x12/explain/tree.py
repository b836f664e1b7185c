"""The tree of a transaction set: loops and levels of a hierarchy, in them segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import TypeAlias

from canonical.finding import Finding
from channels.x12.envelope import Separators
from channels.x12.explain.values import Element, Meanings, elements_of

_LABELS = {"PO1": (1, 7), "IT1": (1, 7), "LIN": (1, 3), "PRF": (1,), "MAN": (2,)}
"""Elements of the segment naming a loop that stand in its title: the number of a line and its item, the carton's mark.
Of any other segment it is the first two values."""

GIST_VALUES = 8
GIST_WIDTH = 60
"""Values that stand for a whole segment on one line, and the characters that are shown of each."""


class Placing(StrEnum):
    """Where a segment stands: where the standard has it, where it has no place, or nowhere although it must."""

    HELD = "held"
    UNPLACED = "unplaced"
    MISSING = "missing"


@dataclass(slots=True)
class Segment:
    """One segment. ``position`` counts from ST = 1; of a missing one it is that of the segment before which it should
    stand, and ``texts`` is its name alone. ``findings`` are (element position or 0, finding), ``meanings`` what the
    partner's guide says of codes here."""

    position: int
    name: str
    texts: list[str]
    release: str
    separators: Separators
    placing: Placing = Placing.HELD
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    meanings: Meanings = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.texts[0]

    @property
    def own_findings(self) -> tuple[Finding, ...]:
        """Those about the segment as a whole."""
        return tuple(finding for element, finding in self.findings if not element)

    def elements(self) -> Iterator[Element]:
        """What is in it and what findings say should be. Worked out when asked: a set may have many segments."""
        about: dict[int, list[Finding]] = {}
        for element, finding in self.findings:
            if element:
                about.setdefault(element, []).append(finding)
        return elements_of(self.texts, self.release, self.separators, about, self.meanings)

    def gist(self, limit: int = GIST_VALUES) -> tuple[str, ...]:
        """Its first values in words, each no more than a line can take."""
        shown = (element.shown for element in self.elements() if element.text)
        return tuple(_short(text) for text in islice(shown, limit))

    def label(self) -> tuple[str, ...]:
        """The values that name the loop this segment opens."""
        wanted = _LABELS.get(self.id)
        if wanted is None:
            return self.gist(2)
        return tuple(_short(self.texts[at]) for at in wanted if at < len(self.texts) and self.texts[at])


@dataclass(slots=True)
class Loop:
    """A loop, opened by its first segment, or a level of a hierarchy (HL). ``id`` is X12's loop identifier."""

    id: str
    name: str
    children: list[Node] = field(default_factory=list)
    label_from: Segment | None = None

    @property
    def label(self) -> str:
        """What tells it from others of its kind: the first values of the segment that names it."""
        return " · ".join(self.label_from.label()) if self.label_from is not None else ""


Node: TypeAlias = Loop | Segment


@dataclass(frozen=True, slots=True)
class SetTree:
    """One transaction set. ``release`` is that of the tables it was read by; ``number`` what people call the document;
    ``findings`` those about the set as a whole or about no segment of it; ``left_out`` counts segments that ``cut``
    took away."""

    type: str
    name: str
    number: str
    control_number: str
    release: str
    segment_count: int
    children: tuple[Node, ...]
    findings: tuple[Finding, ...] = ()
    left_out: int = 0

    def walk(self) -> Iterator[tuple[int, Node]]:
        """Every loop and segment with its depth, from 0, in the order of reading."""
        stack = [(0, node) for node in reversed(self.children)]
        while stack:
            depth, node = stack.pop()
            yield depth, node
            if isinstance(node, Loop):
                stack += [(depth + 1, child) for child in reversed(node.children)]

    def cut(self, limit: int) -> SetTree:
        """The same with the first ``limit`` segments and those that have findings."""
        children, left_out = _cut(self.children, limit)
        return replace(self, children=tuple(children), left_out=left_out)


def _short(text: str) -> str:
    return text if len(text) <= GIST_WIDTH else text[: GIST_WIDTH - 1] + "…"


def _cut(nodes: list[Node] | tuple[Node, ...], limit: int) -> tuple[list[Node], int]:
    kept: list[Node] = []
    left_out = 0
    for node in nodes:
        if isinstance(node, Loop):
            children, fewer = _cut(node.children, limit)
            left_out += fewer
            if children:
                kept.append(Loop(node.id, node.name, children, node.label_from))
        elif node.position <= limit or node.findings:
            kept.append(node)
        else:
            left_out += 1
    return kept, left_out
