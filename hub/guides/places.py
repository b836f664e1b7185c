"""The places of a transaction set as a guide shows them: loops, segments and elements in the standard's order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from channels.x12.guide import ElementRule, Meaning, SegmentRule, SetGuide, designator, wording
from channels.x12.guide.problems import places
from channels.x12.standards import tables
from channels.x12.standards.tables import Component, ElementUse, LoopUse, SegmentUse

CODES_SHOWN = 16
"""Codes of a list that are all shown; of a longer one only those that the guide names or the sample uses."""


@dataclass(frozen=True, slots=True)
class Code:
    """``text`` is what it means to the partner, ``meaning`` what the standard says; either may be empty."""

    code: str
    meaning: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """An element or component. ``usage`` is required, conditional (a note or the guide decides), optional or not used.
    ``more_codes`` counts those of a long list that are not named. ``asks`` are the guide's conditions in words."""

    designator: str
    name: str
    type: str
    length: str
    usage: str
    shown: bool
    repetitions: int = 1
    codes: tuple[Code, ...] = ()
    more_codes: int = 0
    asks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    example: str = ""
    components: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """``maximum`` 0 = as often as needed. ``rules`` are the standard's syntax notes in words."""

    id: str
    name: str
    loop: str
    usage: str
    maximum: int
    shown: bool
    asks: tuple[str, ...]
    notes: tuple[str, ...]
    rules: tuple[str, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """``loop`` is the xid by which rules name it."""

    loop: str
    name: str
    usage: str
    maximum: int
    shown: bool
    items: tuple[Segment | Loop, ...]


Filled = dict[tuple[str, str], list[list[str]]]
"""(loop, segment) → the segments that stand there in the sample."""


@dataclass(frozen=True)
class Builder:
    """Joins the tables of a release, a guide and a sample."""

    set_type: str
    release: str
    guide: SetGuide
    filled: Filled

    def whole(self) -> tuple[Segment | Loop, ...]:
        """The set from ST to SE."""
        return tuple(self._items(self.items_of_set, ""))

    def _items(self, uses: Iterable[SegmentUse | LoopUse], loop: str) -> Iterator[Segment | Loop]:
        for use in uses:
            if isinstance(use, SegmentUse):
                yield self._segment(use.id, loop, use)
                continue
            first, *rest = use.items
            assert isinstance(first, SegmentUse)
            opening = self._segment(first.id, use.xid, use)
            inner = (opening, *self._items(rest, use.xid))
            yield Loop(use.xid, opening.name, opening.usage, opening.maximum, opening.shown, inner)

    def _segment(self, name: str, loop: str, use: SegmentUse | LoopUse) -> Segment:
        """``use`` is the segment's, or that of the loop it starts: rules for it hold for the loop."""
        table = tables.segment_table(self.release, name)
        rules = [rule for rule in self.guide.segments if rule.segment == name and rule.holds_in(loop)]
        about = [rule for _, rule in self.guide.element_rules(name, loop)]
        meanings = [one for one in self.guide.meanings if one.segment == name and one.holds_in(loop)]
        plain = [rule for rule in rules if rule.having is None]
        usage = "required" if use.mandatory or any(rule.usage == "required" for rule in plain) else "optional"
        if any(rule.usage == "forbidden" for rule in plain):
            usage = "not used"
        limits = [limit for limit in (use.maximum, *(rule.max for rule in plain)) if limit]
        there = self.filled.get((loop, name), [])
        conditional = _conditional(table.notes)
        elements = tuple(
            self._element(
                designator(name, at),
                element,
                [rule for rule in about if rule.position == at],
                meanings,
                [segment[at] for segment in there if at < len(segment) and segment[at]],
                at in conditional,
            )
            for at, element in enumerate(table.elements, 1)
        )
        return Segment(
            id=name,
            name=table.name,
            loop=loop,
            usage=usage,
            maximum=min(limits, default=0),
            shown=bool(there or (usage == "required" and not loop) or self._meant(loop, name, rules, about, meanings)),
            asks=tuple(wording.segment_rule(rule) for rule in rules if rule.having),
            notes=tuple(rule.note for rule in rules if rule.note),
            rules=tuple(note_in_words(name, note) for note in table.notes if _concerns(note, elements)),
            elements=elements,
        )

    def _meant(self, loop: str, name: str, *rules: Sequence[SegmentRule | ElementRule | Meaning]) -> bool:
        """Whether the guide speaks of this place: a rule without a loop is about all places of a segment, and so about
        none in particular unless there is one only."""
        alone = sum(use.id == name for _, use, _ in places(self.items_of_set)) == 1
        return any(rule.loop == loop or (rule.loop is None and alone) for some in rules for rule in some)

    @property
    def items_of_set(self) -> tuple[SegmentUse | LoopUse, ...]:
        return tables.set_table(self.release, self.set_type).items

    def _element(
        self,
        place: str,
        use: ElementUse | Component,
        rules: Sequence[ElementRule],
        meanings: Sequence[Meaning],
        examples: Sequence[str],
        conditional: bool,
    ) -> Element:
        composite = isinstance(use, ElementUse) and bool(use.components)
        own = [rule for rule in rules if rule.element == place]
        plain = [rule for rule in own if rule.when is None]
        usage = "required" if use.mandatory or any(rule.usage == "required" for rule in plain) else "optional"
        if any(rule.usage == "forbidden" for rule in plain):
            usage = "not used"
        elif usage == "optional" and (conditional or any(rule.usage for rule in own)):
            usage = "conditional"
        table = None if composite else tables.element_table(self.release, use.number)
        codes, more = ((), 0) if composite else self._codes(use.number, plain, meanings, examples)
        if place == "ST01":
            codes, more = (Code(self.set_type, tables.meaning("143", self.set_type)),), 0
        return Element(
            designator=place,
            name=table.name if table else f"composite {use.number}",
            type=table.type if table else "composite",
            length=_length(table, plain) if table else "",
            usage=usage,
            shown=bool(use.mandatory or rules or examples or _meant(place, meanings)),
            repetitions=use.repetitions if isinstance(use, ElementUse) else 1,
            codes=codes,
            more_codes=more,
            asks=tuple(said for rule in own if rule.when and (said := wording.element_rule(rule))),
            notes=tuple(rule.note for rule in own if rule.note),
            example=examples[0] if examples else "",
            components=self._components(place, use, rules, meanings),
        )

    def _components(
        self, place: str, use: ElementUse | Component, rules: Sequence[ElementRule], meanings: Sequence[Meaning]
    ) -> tuple[Element, ...]:
        if isinstance(use, Component):
            return ()
        conditional = _conditional(use.notes)
        return tuple(
            self._element(f"{place}-{index}", part, rules, meanings, (), index in conditional)
            for index, part in enumerate(use.components, 1)
        )

    def _codes(
        self, number: str, rules: Sequence[ElementRule], meanings: Sequence[Meaning], examples: Sequence[str]
    ) -> tuple[tuple[Code, ...], int]:
        """The codes to show, and how many more of the standard's list there are."""
        texts = {one.code: one.shown for one in meanings if self._number(one) == number}
        listed = tables.codes(self.release, number)
        narrowed = [rule.codes for rule in rules if rule.codes]
        if narrowed:
            chosen = [code for code in narrowed[0] if all(code in codes for codes in narrowed)]
        elif listed is None:
            chosen = list(texts)
        else:
            named = dict.fromkeys([*texts, *(text for text in examples if text in listed)])
            chosen = sorted(listed) if len(listed) <= CODES_SHOWN else list(named)
        more = len(listed) - len(chosen) if listed is not None and not narrowed else 0
        return tuple(Code(code, tables.meaning(number, code), texts.get(code, "")) for code in chosen), more

    def _number(self, meaning: Meaning) -> str:
        use = tables.segment_table(self.release, meaning.segment).elements[meaning.position - 1]
        return use.components[meaning.component - 1].number if meaning.component else use.number


def _meant(place: str, meanings: Sequence[Meaning]) -> bool:
    return any(meaning.element == place for meaning in meanings)


def _length(table: tables.ElementTable, rules: Sequence[ElementRule]) -> str:
    shortest = max([table.minimum, *(rule.min for rule in rules if rule.min)])
    limits = [limit for limit in (table.maximum, *(rule.max for rule in rules)) if limit]
    longest = min(limits, default=None)
    if longest is None:
        return f"{shortest} or more"
    return str(longest) if shortest == longest else f"{shortest} to {longest}"


def _concerns(note: str, elements: Sequence[Element]) -> bool:
    """Whether a syntax note is about elements that are shown: of a condition, the one that raises it."""
    positions = [int(position) for position in re.findall("..", note[1:])]
    return any(elements[at - 1].shown for at in (positions[:1] if note[0] in "CL" else positions))


def _conditional(notes: Iterable[str]) -> frozenset[int]:
    """Positions that some syntax note may ask for."""
    return frozenset(
        int(position)
        for note in notes
        if note[0] != "E"
        for position in re.findall("..", note[1:])[1 if note[0] in "CL" else 0 :]
    )


def how_often(maximum: int) -> str:
    """``once``, ``up to 10 times``, ``as often as needed``."""
    return {0: "as often as needed", 1: "once"}.get(maximum, f"up to {maximum:,} times")


def what_kind(element: Element) -> str:
    """The element's type and length in words: ``text, 1 to 22``."""
    if element.type[:1] == "N":
        places = element.type[1:2]
        kind = "whole number" if places in ("0", "") else f"number, the last {places} digits are decimals"
    else:
        kind = _KINDS.get(element.type, element.type)
    return f"{kind}, {element.length}" if element.length else kind


_KINDS = {"AN": "text", "ID": "code", "R": "decimal number", "DT": "date", "TM": "time", "B": "binary"}


def unshown(items: Sequence[Segment | Loop]) -> list[Segment | Loop]:
    """What of a loop the standard allows and this guide makes nothing of."""
    return [item for item in items if not item.shown]


def note_in_words(segment: str, note: str) -> str:
    """A syntax note (X12.6) in a sentence: ``P0304`` of N1 → ``N103 and N104 go together: both or neither.``"""
    names = [designator(segment, int(position)) for position in re.findall("..", note[1:])]
    first, others = names[0], names[1:]
    if note[0] == "P":
        return f"{_all(names)} go together: {'both or neither' if len(names) == 2 else 'all or none'}."
    if note[0] == "R":
        return f"At least one of {wording.either(names)} is needed."
    if note[0] == "E":
        return f"Only one of {wording.either(names)} may be sent."
    if note[0] == "C":
        return f"{first} needs {_all(others)}."
    return f"{first} needs {wording.either(others)}."


def _all(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
