"""Makes data fit the form that a partner reads: separators and foreign characters inside values, values too long.

What does not fit is refused, or changed where the partner's rule says so. Either way each value is one finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope import Separators
from channels.x12.standards import tables
from channels.x12.writing.characters import CharacterSet, transliterate

Segment = Sequence[str]
"""The segment's name, then its elements; a composite is one element, its components joined by their separator."""

REPETITION_SINCE = "00402"
"""First ISA12 whose ISA11 is the repetition separator; before, it is the standards identifier ``U``."""

NEUTRAL = Separators(element="\x1c", component="\x1f", segment="\x1e", repetition="\x1d")
"""Stand between components and repetitions until a body is fitted: no canonical text holds a control character."""

FREE_TEXT = frozenset({"3", "19", "93", "166", "352", "369", "387", "933"})
"""Data elements that people read: names, address lines, city, descriptions, messages, routing. Only these may be
shortened: half an item number or reference is another item."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of values that the form cannot carry. ``unwritable`` is about separators and characters outside of
    ``character_set``; ``transliterate`` first writes é as e, which may leave nothing to refuse."""

    character_set: CharacterSet = CharacterSet.EXTENDED
    transliterate: bool = False
    unwritable: Literal["refuse", "replace"] = "refuse"
    replacement: str = " "
    too_long: Literal["refuse", "shorten"] = "refuse"


@dataclass(frozen=True, slots=True)
class Fitted:
    """``body`` as it can be sent; ``changes`` has a warning for each value changed, ``problems`` an error for each one
    that the rules refuse and that stands in the body unchanged."""

    body: list[list[str]]
    changes: tuple[Finding, ...]
    problems: tuple[Finding, ...]


def separators_in_effect(separators: Separators, version: str) -> Separators:
    """Before 00402 nothing separates repetitions, so that character is data like any other. ``version`` is ISA12."""
    return separators if version >= REPETITION_SINCE else separators._replace(repetition=None)


def fit(body: Iterable[Segment], separators: Separators, release: str, rules: Rules) -> Fitted:
    """The body with every value writable, or named. It stands with the ``NEUTRAL`` inner separators, which become those
    of the form. ``separators`` are those in effect; ``release`` (GS08) tells which elements have inner ones."""
    fitted: list[list[str]] = []
    record = _Record(separators, rules)
    for segment, place in _places(body):
        written = [segment[0]]
        for index, value in enumerate(segment[1:], 1):
            composite, repeats = _structure(segment[0], index, release)
            locator = f"{place}/{segment[0]}{index:02d}"
            if composite or repeats:
                written.append(_inner(value, composite, repeats, locator, record))
            else:
                written.append(record.value(value, locator))
        fitted.append(written)
    return Fitted(fitted, tuple(record.changes), tuple(record.problems))


def _inner(value: str, composite: bool, repeats: bool, locator: str, record: _Record) -> str:
    """An element with components or repetitions: each is a value of its own."""
    separators, written = record.separators, []
    repeated = bool(repeats and separators.repetition)
    for occurrence in value.split(NEUTRAL.repetition) if repeated else [value]:
        parts = occurrence.split(NEUTRAL.component) if composite else [occurrence]
        places = [f"{locator}-{number}" for number in range(1, len(parts) + 1)] if composite else [locator]
        texts = [record.value(part, place) for part, place in zip(parts, places, strict=True)]
        while composite and len(texts) > 1 and not texts[-1]:
            texts.pop()
        written.append(separators.component.join(texts))
    return (separators.repetition or "").join(written)


@dataclass(slots=True)
class _Record:
    """The values of one body, put right one by one."""

    separators: Separators
    rules: Rules
    changes: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)

    def value(self, value: str, locator: str) -> str:
        """The value as it is written; one that is refused stays as it is."""
        rules, bad = self.rules, self._bad(value)
        if bad and rules.transliterate and (spelled := transliterate(value, rules.character_set)) != value:
            self._changed("X12-TRANSLITERATED", "Letters outside the character set", locator, value, spelled)
            value, bad = spelled, self._bad(spelled)
        if bad and rules.unwritable == "replace":
            cleaned = "".join(rules.replacement if c in bad else c for c in value).rstrip(" ")
            what = "Separators or characters outside the character set"
            self._changed("X12-CHARACTER-REPLACED", what, locator, value, cleaned)
            return cleaned
        if bad:
            self.problems.append(unwritable_finding(locator, value, bad, self.separators))
        return value

    def _bad(self, value: str) -> str:
        """Characters of a simple value that cannot be written, each once."""
        marks = _marks(self.separators)
        foreign = self.rules.character_set.foreign(value)
        return foreign if marks.isdisjoint(value) else "".join(c for c in dict.fromkeys(value) if c in marks) + foreign

    def _changed(self, code: str, what: str, locator: str, value: str, written: str) -> None:
        self.changes.append(_changed(code, what, locator, value, written))


def plainly_writable(text: str, separators: Separators, characters: CharacterSet) -> bool:
    """Whether nothing of ``text`` needs a closer look: then it can be written in any element."""
    return _marks(separators).isdisjoint(text) and not characters.foreign(text)


def unwritable(
    segment: str, position: int, value: str, separators: Separators, release: str, characters: CharacterSet
) -> str:
    """The characters of a value that cannot stand in this element, each once; empty when it can be written."""
    composite, repeats = _structure(segment, position, release)
    inner = (separators.component if composite else "") + ((separators.repetition or "") if repeats else "")
    forbidden = _marks(separators).difference(inner)
    inside = "".join(c for c in dict.fromkeys(value) if c in forbidden) if not forbidden.isdisjoint(value) else ""
    return inside + "".join(c for c in characters.foreign(value) if c not in inside and c not in inner)


def unwritable_finding(locator: str, value: str, bad: str, separators: Separators) -> Finding:
    """The error of a value that holds the characters ``bad``."""
    what = "a separator" if bad[0] in _marks(separators) else "outside the agreed characters"
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return Finding(
        code="X12-UNWRITABLE",
        severity=Severity.ERROR,
        locator=locator,
        message=f"'{clip(value)}' holds '{clip(bad[0])}'{more}, {what}",
        value=value,
        fix="Send another value, or let the partner's profile say unwritable: replace.",
    )


def shortened(body: Sequence[Segment], too_long: Iterable[tuple[int, int, int]]) -> Fitted:
    """The body with free text cut to its length. ``too_long`` are (segment of the body from 0, element, maximum)."""
    cut = {(at, element): maximum for at, element, maximum in too_long}
    written: list[list[str]] = []
    changes = []
    for at, (segment, place) in enumerate(_places(body)):
        written.append(list(segment))
        for element in (element for where, element in cut if where == at):
            text = segment[element][: cut[at, element]].rstrip(" ")
            locator = f"{place}/{segment[0]}{element:02d}"
            what = f"A text longer than {cut[at, element]} characters"
            changes.append(_changed("X12-SHORTENED", what, locator, segment[element], text))
            written[at][element] = text
    return Fitted(written, tuple(changes), ())


def _places(body: Iterable[Segment]) -> Iterator[tuple[Segment, str]]:
    """Each segment with its place in words: ``PO1[3]`` is the third PO1."""
    seen: Counter[str] = Counter()
    for segment in body:
        seen[segment[0]] += 1
        yield segment, f"{segment[0]}[{seen[segment[0]]}]"


def _changed(code: str, what: str, locator: str, value: str, written: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        locator=locator,
        message=f"{what}: sent as '{clip(written)}' by the partner's rule",
        value=value,
        expected=written,
    )


@lru_cache(maxsize=4096)
def _structure(segment: str, position: int, release: str) -> tuple[bool, bool]:
    """Whether an element has components, and whether it may repeat."""
    held = tables.nearest_release(release)
    uses = tables.segment_table(held, segment).elements if tables.has_segment(held, segment) else ()
    if not 0 < position <= len(uses):
        return False, False
    return bool(uses[position - 1].components), uses[position - 1].repetitions != 1


@lru_cache(maxsize=64)
def _marks(separators: Separators) -> frozenset[str]:
    marks = (separators.element, separators.component, separators.segment, separators.repetition)
    return frozenset(mark for mark in marks if mark)
