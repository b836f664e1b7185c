"""A guide's rules as functions: of the elements of one segment, and of how often segments stand in a set.

Nothing here repeats the standard: its own check is compiled from the tables alone and shared by all guides, the guide's
runs behind it, where a guide has rules. A fault of an element has the shape of ``elements.ElementFault``; its code is
X12 723 and, behind ``RULE``, the number of the guide's rule that asks (``SetGuide.rule``): ``7:3``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from channels.x12.guide.rules import Condition, ElementRule, SegmentRule, SetGuide
from channels.x12.standards.elements import (
    CODE_VALUE,
    CONDITION,
    EXCLUSION,
    MISSING,
    TOO_LONG,
    TOO_SHORT,
    Check,
    ElementFault,
)
from channels.x12.standards.tables import SegmentTable, element_table

RULE = ":"
"""Between the X12 723 code of a fault and the number of the guide's rule."""


class _Asked(NamedTuple):
    """An element rule made ready. ``numeric``: sign and decimal point do not count towards the length (X12.6)."""

    number: int
    rule: ElementRule
    position: int
    component: int
    data_element: str
    repeats: bool
    codes: frozenset[str]
    numeric: bool


def layered(standard: Check, rules: Iterable[tuple[int, ElementRule]], segment: SegmentTable, release: str) -> Check:
    """The standard's check of a segment with the guide's rules on top; an element that the standard itself faults is
    not faulted again."""
    asked = [_asked(number, rule, segment, release) for number, rule in rules]

    def check(e: list[str], component: str, repetition: str | None) -> list[ElementFault] | None:
        bad = standard(e, component, repetition)
        for one in asked:
            for fault in _broken(one, e, component, repetition):
                if not any(fault[:2] == known[:2] for known in bad or ()):
                    bad = [*(bad or ()), fault]
        return bad

    return check if asked else standard


def _asked(number: int, rule: ElementRule, segment: SegmentTable, release: str) -> _Asked:
    use = segment.elements[rule.position - 1]
    data_element = use.components[rule.component - 1].number if rule.component else use.number
    numeric = not use.components or rule.component > 0
    kind = element_table(release, data_element).type if numeric else ""
    return _Asked(
        number,
        rule,
        rule.position,
        rule.component,
        data_element,
        use.repetitions != 1,
        frozenset(rule.codes),
        kind == "R" or kind[:1] == "N",
    )


def _broken(asked: _Asked, e: list[str], component: str, repetition: str | None) -> Iterator[ElementFault]:
    rule = asked.rule
    if rule.when is not None and not holds(rule.when, e, component):
        return
    position, inner = asked.position, asked.component
    whole = e[position] if position < len(e) else ""
    occurrences = whole.split(repetition) if repetition and asked.repeats else [whole]
    if inner and not whole:
        occurrences = []  # a composite that is not sent has no components to miss
    for index, occurrence in enumerate(occurrences, 1):
        value = _component(occurrence, inner, component)
        if code := _fault(asked, value):
            at = index if len(occurrences) > 1 else 0
            yield position, inner, at, asked.data_element, f"{code}{RULE}{asked.number}", value


def _fault(asked: _Asked, value: str) -> str:
    """The X12 723 code of what the rule finds wrong, or nothing."""
    rule = asked.rule
    if not value:
        return "" if rule.usage != "required" else CONDITION if rule.when else MISSING
    if rule.usage == "forbidden":
        return EXCLUSION
    if asked.codes and value.rstrip(" ") not in asked.codes:
        return CODE_VALUE
    length = len(value.replace("-", "").replace(".", "")) if asked.numeric else len(value.rstrip(" "))
    if rule.max is not None and length > rule.max:
        return TOO_LONG
    return TOO_SHORT if rule.min is not None and length < rule.min else ""


def holds(condition: Condition, e: Sequence[str], component: str) -> bool:
    """Whether a segment meets a condition."""
    whole = e[condition.position] if condition.position < len(e) else ""
    value = _component(whole, condition.component, component)
    if condition.present is not None:
        return bool(value) is condition.present
    return value.rstrip(" ") in condition.codes


def _component(text: str, component: int, separator: str) -> str:
    if not component:
        return text
    parts = text.split(separator)
    return parts[component - 1] if component <= len(parts) else ""


class Node(Protocol):
    """What is read of a grammar's node."""

    @property
    def index(self) -> int: ...
    @property
    def segment(self) -> str: ...
    @property
    def loop(self) -> str: ...
    @property
    def loop_path(self) -> tuple[str, ...]: ...
    @property
    def starts_loop(self) -> bool: ...


class Miscount(NamedTuple):
    """A segment that a rule wants, forbids or limits. ``position`` counts segments from ST = 1; ``code`` is X12 720: 3
    for one that is missing before that place, 2 for one too many of them or forbidden, 5 for one above the limit."""

    position: int
    node: int
    code: str
    rule: int
    limit: int | None = None


@dataclass(slots=True)
class _Tally:
    """How often one rule's segments stood in the loop around them that is open now."""

    number: int
    rule: SegmentRule
    node: int
    around: tuple[str, ...]
    is_open: bool = field(default=False)
    count: int = 0


def occurrences(
    guide: SetGuide, nodes: Sequence[Node], events: Iterable[tuple[int, list[str]]], component: str
) -> Iterator[Miscount]:
    """What the rules with ``having`` find wrong with a set's events, ST and SE included. The others are part of the
    compiled grammar."""
    tallies = _tallies(guide, nodes)
    if not tallies:
        return
    by_node: Mapping[int, list[_Tally]] = {t.node: [x for x in tallies if x.node == t.node] for t in tallies}
    position = 0
    for position, (index, elements) in enumerate(events, 1):
        if index < 0:
            continue
        node = nodes[index]
        for tally in tallies:
            if tally.around and _leaves(tally, node):
                yield from _closed(tally, position)
                tally.is_open = node.starts_loop and node.loop_path == tally.around
        for tally in by_node.get(index, ()):
            if tally.rule.having is not None and holds(tally.rule.having, elements, component):
                tally.count += 1
                yield from _counted(tally, position)
    for tally in tallies:
        yield from _closed(tally, position)


def _tallies(guide: SetGuide, nodes: Sequence[Node]) -> list[_Tally]:
    return [
        _Tally(number, rule, node.index, around, is_open=not around)
        for number, rule in enumerate(guide.segments, 1)
        if rule.having is not None
        for node in nodes
        if node.segment == rule.segment and rule.holds_in(node.loop)
        for around in [node.loop_path[:-1] if node.starts_loop else node.loop_path]
    ]


def _leaves(tally: _Tally, node: Node) -> bool:
    """Whether a segment starts the loop around anew or stands outside of it."""
    if node.loop_path[: len(tally.around)] != tally.around:
        return tally.is_open
    return node.starts_loop and node.loop_path == tally.around


def _closed(tally: _Tally, position: int) -> Iterator[Miscount]:
    if tally.is_open and tally.rule.usage == "required" and not tally.count:
        yield Miscount(position, tally.node, "3", tally.number)
    tally.count = 0


def _counted(tally: _Tally, position: int) -> Iterator[Miscount]:
    if tally.rule.usage == "forbidden":
        yield Miscount(position, tally.node, "2", tally.number)
    elif tally.rule.max is not None and tally.count > tally.rule.max:
        yield Miscount(position, tally.node, "5", tally.number, tally.rule.max)
