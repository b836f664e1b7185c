"""Judged events of one set → its tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from mmap import mmap

from canonical.business_document import DEPTH_LIMIT
from canonical.finding import Finding, clip
from channels.x12.envelope import Separators, SetSpan
from channels.x12.envelope.segments import set_segments
from channels.x12.explain.places import Missing, Places, places_of
from channels.x12.explain.tree import Loop, Placing, Segment, SetTree
from channels.x12.guide import Guide
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import SEGMENT_LIMIT, judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets.hierarchy import settle
from channels.x12.sets.reading import Event
from channels.x12.standards import tables
from channels.x12.standards.identity import business_number, set_name
from channels.x12.standards.tables import UnsupportedSetError

_LOOP_WORDS = {
    "N1": "Party",
    "PO1": "Line",
    "IT1": "Line",
    "LIN": "Item",
    "W01": "Line",
    "W04": "Line",
    "W07": "Line",
    "W12": "Line",
    "W19": "Adjustment",
    "LX": "Assigned number",
    "SAC": "Allowance or charge",
    "ITA": "Allowance or charge",
    "N9": "Reference",
    "SDP": "Delivery pattern",
    "FST": "Forecast",
    "SHP": "Shipped or received",
}
"""Plain words for loops; any other is called by the name of its first segment."""

_LEVEL_NAMED_BY = ("PRF", "MAN", "LIN", "SN1", "REF")
"""What tells levels of a hierarchy apart: the order's number, the carton's mark, the item."""


@dataclass(frozen=True, slots=True)
class ReadSet:
    """A transaction set as the judge read it. ``grammar`` is None, and every node -1, when no table holds the set."""

    type: str
    control_number: str
    release: str
    separators: Separators
    events: Sequence[Event]
    segment_count: int
    grammar: Grammar | None


def explain(
    source: ReadSet,
    findings: Iterable[Finding] = (),
    faults: Iterable[Fault] = (),
    provenance: Mapping[str, str] | None = None,
) -> SetTree:
    """The set's tree. Never raises for what a set holds; of one beyond the judge's limit only the findings are shown.

    ``faults`` are the judge's, which know where a missing segment should stand; ``provenance`` puts findings about
    the canonical document where its fields came from."""
    places = places_of(findings, faults, provenance or {})
    builder = _Builder(source, places)
    children = builder.build()
    return SetTree(
        type=source.type,
        name=set_name(source.release, source.type),
        number=business_number(source.release, source.type, (texts for _, texts in source.events)),
        control_number=source.control_number,
        release=builder.release,
        segment_count=source.segment_count,
        children=tuple(children.children),
        findings=(*places.nowhere, *builder.homeless()),
    )


def explain_bytes(
    data: bytes | mmap,
    span: SetSpan,
    release: str,
    separators: Separators,
    findings: Iterable[Finding] = (),
    faults: Iterable[Fault] = (),
    provenance: Mapping[str, str] | None = None,
    guide: Guide | None = None,
) -> SetTree:
    """The tree of a set that lies at ``span`` of ``data``; it is judged once more for the places of its segments, the
    findings are those given."""
    compiled: Grammar | None
    events: Sequence[Event]
    segments = set_segments(data, span, separators)
    try:
        compiled = grammar(release, span.type, guide)
        judgement = judge(segments, compiled, LENIENT, separators)
        events, count = judgement.events, judgement.segment_count
    except UnsupportedSetError:
        compiled = None
        events = [(-1, texts) for texts in islice(segments, SEGMENT_LIMIT)]
        count = span.segment_count or len(events)
    source = ReadSet(span.type, span.control_number, release, separators, events, count, compiled)
    return explain(source, findings, faults, provenance)


@dataclass(slots=True)
class _Builder:
    """Puts segments into loops as they come. ``open`` are the loops around the present place, by their xids."""

    source: ReadSet
    places: Places
    root: Loop = field(default_factory=lambda: Loop("", ""))
    open: list[tuple[str, Loop]] = field(default_factory=list)
    levels: dict[str, Loop] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)
    _next_missing: int = 0

    @property
    def release(self) -> str:
        return self.source.grammar.release if self.source.grammar else tables.nearest_release(self.source.release)

    def build(self) -> Loop:
        self.places.missing.sort(key=lambda missing: missing.position)
        for position, (node, texts, parent) in enumerate(self._placed(), 1):
            self._owed(position)
            segment = self._segment(position, node, texts)
            if parent is None:
                self._into(node).children.append(segment)
            else:
                self._open_level(node, segment, parent)
            if self.open and self.open[-1][1].label_from is None:
                self._name(self.open[-1][1], segment)
        self._owed(len(self.source.events) + 1)
        return self.root

    def _placed(self) -> Iterator[tuple[int, list[str], str | None]]:
        """Node, segment and, for the levels of a hierarchy, the parent level's number."""
        nested = any(texts[0] == "HL" for _, texts in self.source.events)
        if not nested:
            yield from ((node, texts, None) for node, texts in self.source.events)
            return
        settled, _ = settle(self.source.events, DEPTH_LIMIT)
        for (node, texts), (_, numbered) in zip(self.source.events, settled, strict=True):
            yield node, texts, numbered[2] if texts[0] == "HL" and self._starts_loop(node) else None

    def _starts_loop(self, node: int) -> bool:
        grammar = self.source.grammar
        return grammar is not None and node >= 0 and grammar.nodes[node].starts_loop

    def _segment(self, position: int, node: int, texts: list[str]) -> Segment:
        shown = clip(texts[0])
        self._seen[shown] += 1
        about = self.places.found.pop((shown, self._seen[shown]), [])
        known = tables.has_segment(self.release, texts[0])
        name = tables.segment_table(self.release, texts[0]).name if known else ""
        placing = Placing.HELD if node >= 0 or self.source.grammar is None else Placing.UNPLACED
        grammar = self.source.grammar
        meanings = grammar.meanings(grammar.nodes[node]) if grammar is not None and node >= 0 else {}
        return Segment(position, name, texts, self.release, self.source.separators, placing, about, meanings)

    def _into(self, node: int) -> Loop:
        """The loop that a segment belongs to; opened by its first segment, or once more when that came earlier."""
        grammar = self.source.grammar
        if grammar is None:
            return self.root
        if node < 0:
            return self.open[-1][1] if self.open else self.root
        place = grammar.nodes[node]
        path = place.loop_path
        shared = self._shared(path[:-1] if place.starts_loop else path)
        del self.open[shared:]
        for depth in range(shared, len(path)):
            opened = Loop(place.loop_id if depth == len(path) - 1 else path[depth], "")
            (self.open[-1][1] if self.open else self.root).children.append(opened)
            self.open.append((path[depth], opened))
        return self.open[-1][1] if self.open else self.root

    def _shared(self, path: tuple[str, ...]) -> int:
        shared = 0
        while shared < min(len(path), len(self.open)) and self.open[shared][0] == path[shared]:
            shared += 1
        return shared

    def _open_level(self, node: int, segment: Segment, parent: str) -> None:
        """A level of the hierarchy, in the level that its HL names."""
        assert self.source.grammar is not None
        path = self.source.grammar.nodes[node].loop_path
        del self.open[self._shared(path[:-1]) :]
        around = self.levels.get(parent) or (self.open[-1][1] if self.open else self.root)
        level = Loop("HL", _level_name(segment.texts), [segment])
        around.children.append(level)
        self.open.append((path[-1], level))
        self.levels[str(len(self.levels) + 1)] = level

    def _name(self, loop: Loop, segment: Segment) -> None:
        """A loop is named by its first segment, a level of a hierarchy by the first that tells what it is."""
        if loop.id != "HL" or not loop.name:
            loop.name, loop.label_from = loop.name or _LOOP_WORDS.get(segment.id) or segment.name or segment.id, segment
        elif segment.id in _LEVEL_NAMED_BY:
            loop.label_from = segment

    def _owed(self, until: int) -> None:
        """The missing segments that should stand before position ``until``."""
        while self._next_missing < len(self.places.missing):
            missing = self.places.missing[self._next_missing]
            if missing.position > until:
                return
            self._next_missing += 1
            name = tables.segment_table(self.release, missing.segment).name
            ghost = Segment(
                missing.position, name, [missing.segment], self.release, self.source.separators, Placing.MISSING
            )
            ghost.findings.append((0, missing.finding))
            self._home_of(missing).children.append(ghost)

    def _home_of(self, missing: Missing) -> Loop:
        """The innermost open loop of that identifier; the set itself for a whole loop that is missing."""
        return next((loop for _, loop in reversed(self.open) if loop.id == missing.loop), self.root)

    def homeless(self) -> list[Finding]:
        """Findings about segments that are not there."""
        return [finding for about in self.places.found.values() for _, finding in about]


def _level_name(texts: list[str]) -> str:
    code = texts[3].strip() if len(texts) > 3 else ""
    return tables.meaning("735", code) or (f"Level {code}" if code else "Level")
