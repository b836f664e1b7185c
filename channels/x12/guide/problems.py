"""What of a guide does not fit the standard, all of it at once, in words for the person who wrote the guide."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from canonical.base import CodedEnum
from canonical.identifier import ItemIdentifierKind
from canonical.party import PartyRole
from canonical.reference import DateKind, ReferenceKind
from channels.x12.guide.rules import Condition, ElementRule, Meaning, SegmentRule, SetGuide
from channels.x12.standards import tables
from channels.x12.standards.tables import LoopUse, SegmentUse, UnsupportedSetError

WORDS: dict[str, type[CodedEnum]] = {
    "98": PartyRole,
    "128": ReferenceKind,
    "235": ItemIdentifierKind,
    "374": DateKind,
}
"""Data elements whose codes a guide may give another canonical word."""

Place = tuple[str, SegmentUse, LoopUse | None]
"""(xid of the innermost loop, segment, the loop it starts or None)."""

Found = Generator[str, None, tables.ElementUse | tables.Component | None]
"""Problems; its value is the element that a rule names, None where there is none."""


def places(items: Iterable[SegmentUse | LoopUse], loop: str = "") -> Iterator[Place]:
    """Every place of a set, in order."""
    for item in items:
        if isinstance(item, SegmentUse):
            yield loop, item, None
        else:
            first, *rest = places(item.items, item.xid)
            yield first[0], first[1], item
            yield from rest


def problems(rules: SetGuide, release: str, set_type: str) -> list[str]:
    """Each problem once. ``release`` is a GS08 value."""
    held = tables.nearest_release(release)
    try:
        standard = _Standard(held, list(places(tables.set_table(held, set_type).items)))
    except UnsupportedSetError as error:
        return [error.detail]
    found = [
        *(p for rule in rules.segments for p in standard.segment(rule)),
        *(p for rule in rules.elements for p in standard.element(rule)),
        *(p for meaning in rules.meanings for p in standard.meaning(meaning, rules)),
        *_contradictions(rules),
    ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class _Standard:
    """One set of one release, which every rule is held against."""

    release: str
    places: list[Place]

    def segment(self, rule: SegmentRule) -> Iterator[str]:
        found = [place for place in self.places if place[1].id == rule.segment and rule.holds_in(place[0])]
        if not found:
            yield f"segment {rule.segment} {_where(rule)}is not in this set"
            return
        if rule.usage == "required" and len(found) > 1:
            loops = ", ".join(loop or '""' for loop, _, _ in found)
            said = f"segment {rule.segment} stands at {len(found)} places"
            yield f"{said}: say which is required with loop, one of {loops}"
        if rule.having is not None:
            yield from self.condition(rule.segment, rule.having, f"segment {rule.segment}")
        for _, use, starts in found:
            yield from _use_problems(rule, starts or use)

    def element(self, rule: ElementRule) -> Iterator[str]:
        use = yield from self.use(rule, f"element {rule.element}")
        if use is None:
            return
        name = f"element {rule.element}"
        if not rule.usage and not rule.codes and rule.min is None and rule.max is None and not rule.note:
            yield f"{name}: the rule asks nothing: give usage, codes, min, max or note"
        if rule.usage == "forbidden":
            if use.mandatory:
                yield f"{name} is mandatory in the standard and cannot be forbidden"
            if rule.codes or rule.min is not None or rule.max is not None:
                yield f"{name} is forbidden: codes and lengths say nothing then"
        if rule.when is not None:
            if rule.when.element == rule.element:
                yield f"{name}: its condition is on the element itself"
            yield from self.condition(rule.segment, rule.when, name)
        if isinstance(use, tables.ElementUse) and use.components:
            if rule.codes or rule.min is not None or rule.max is not None:
                yield f"{name} is a composite: name a component, such as {rule.element}-1"
            return
        table = tables.element_table(self.release, use.number)
        yield from self.codes(name, rule.codes, table)
        yield from _length_problems(rule, table)

    def condition(self, segment: str, condition: Condition, name: str) -> Iterator[str]:
        if condition.segment != segment:
            yield f"{name}: its condition must be on an element of {segment}, not on {condition.element}"
            return
        use = yield from self.position(condition, f"{name}: condition on {condition.element}")
        if use is None or not condition.codes:
            return
        if isinstance(use, tables.ElementUse) and use.components:
            yield f"{name}: {condition.element} is a composite: name a component, such as {condition.element}-1"
            return
        table = tables.element_table(self.release, use.number)
        yield from self.codes(f"{name}: condition on {condition.element}", condition.codes, table)

    def meaning(self, meaning: Meaning, rules: SetGuide) -> Iterator[str]:
        name = f"meaning of {meaning.element} {meaning.code}"
        use = yield from self.use(meaning, name)
        if use is None:
            return
        listed = tables.codes(self.release, use.number)
        if listed is None:
            yield f"{name}: {meaning.element} has no list of codes"
            return
        yield from self.codes(name, (meaning.code,), tables.element_table(self.release, use.number))
        words = WORDS.get(use.number)
        if meaning.meaning is not None and words is None:
            known = ", ".join(sorted(WORDS, key=int))
            yield f"{name}: only codes of the data elements {known} can be given another word; leave meaning out"
        elif meaning.meaning is not None and words is not None and meaning.meaning not in set(words):
            yield f"{name}: {meaning.meaning} is no word for it; the words are {', '.join(words)}"
        for rule in rules.elements:
            if rule.element == meaning.element and rule.when is None and rule.codes and meaning.code not in rule.codes:
                yield f"{name}: the guide does not allow this code in {rule.element}"

    def use(self, rule: ElementRule | Meaning, name: str) -> Found:
        if not any(use.id == rule.segment and rule.holds_in(loop) for loop, use, _ in self.places):
            yield f"{name}: segment {rule.segment} {_where(rule)}is not in this set"
            return None
        return (yield from self.position(rule, name))

    def position(self, named: ElementRule | Condition | Meaning, name: str) -> Found:
        elements = tables.segment_table(self.release, named.segment).elements
        if not 1 <= named.position <= len(elements):
            yield f"{name}: {named.segment} has {len(elements)} elements"
            return None
        use = elements[named.position - 1]
        if not named.component:
            return use
        if named.component > len(use.components):
            yield f"{name}: {named.element.partition('-')[0]} has {len(use.components)} components"
            return None
        return use.components[named.component - 1]

    def codes(self, name: str, codes: tuple[str, ...], element: tables.ElementTable) -> Iterator[str]:
        listed = tables.codes(self.release, element.number)
        if listed is not None:
            if unknown := [code for code in codes if code not in listed]:
                yield f"{name}: {', '.join(unknown)} not among the standard's codes for {element.name}"
            return
        for code in codes:
            if len(code) < element.minimum or (element.maximum is not None and len(code) > element.maximum):
                yield f"{name}: {code} has not the {element.minimum} to {element.maximum} characters of {element.name}"


def _use_problems(rule: SegmentRule, use: SegmentUse | LoopUse) -> Iterator[str]:
    name = f"segment {rule.segment} {_where(rule)}"
    if rule.usage == "forbidden" and use.mandatory and rule.having is None:
        yield f"{name}is mandatory in the standard and cannot be forbidden"
    if rule.usage == "forbidden" and rule.max is not None:
        yield f"{name}is forbidden: max says nothing then"
    if rule.max is not None and use.maximum and rule.max > use.maximum:
        yield f"{name}may stand {use.maximum} times in the standard, not {rule.max}"


def _length_problems(rule: ElementRule, element: tables.ElementTable) -> Iterator[str]:
    if element.maximum is not None and rule.max is not None and rule.max > element.maximum:
        yield f"element {rule.element}: longer than the standard's {element.maximum}"
    shortest, longest = rule.min or element.minimum, rule.max or element.maximum
    if shortest < element.minimum:
        yield f"element {rule.element}: shorter than the standard's {element.minimum}"
    if longest is not None and shortest > longest:
        yield f"element {rule.element}: the minimum {shortest} is above the maximum {longest}"


def _contradictions(rules: SetGuide) -> Iterator[str]:
    """Two rules for one place of which no document can keep both; under the same condition, or under none."""
    for kind, found in (("segment", rules.segments), ("element", rules.elements)):
        usages: dict[tuple[object, ...], str] = {}
        for rule in found:
            name = rule.segment if isinstance(rule, SegmentRule) else rule.element
            condition = rule.having if isinstance(rule, SegmentRule) else rule.when
            if rule.usage and usages.setdefault((name, rule.loop, condition), rule.usage) != rule.usage:
                yield f"{kind} {name} {_where(rule)}is both required and forbidden"
    codes: dict[tuple[object, ...], frozenset[str]] = {}
    for rule in rules.elements:
        if rule.codes:
            key = (rule.element, rule.loop, rule.when)
            codes[key] = codes.get(key, frozenset(rule.codes)) & frozenset(rule.codes)
            if not codes[key]:
                yield f"element {rule.element} {_where(rule)}is left without a code by two rules"
    words: dict[tuple[object, ...], Meaning] = {}
    for meaning in rules.meanings:
        first = words.setdefault((meaning.segment, meaning.loop, meaning.position, meaning.code), meaning)
        if first is not meaning:
            yield f"meaning of {meaning.element} {meaning.code} is given twice"


def _where(rule: SegmentRule | ElementRule | Meaning) -> str:
    return "" if rule.loop is None else f"in loop {rule.loop} " if rule.loop else "at the top level "
