"""A guide's rules as functions: of the elements of one segment, and of how often segments stand in a set.

Nothing here repeats the standard: its own check is compiled from the tables alone and shared by all guides, the guide's
runs behind it, where a guide has rules. A fault of an element has the shape of ``elements.ElementFault``; its code is
X12 723 and, behind ``RULE``, the number of the guide's rule that asks (``SetGuide.rule``): ``7:3``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    when: Asking | None
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
        Asking.of(rule.when) if rule.when else None,
        rule.position,
        rule.component,
        data_element,
        use.repetitions != 1,
        frozenset(rule.codes),
        kind == "R" or kind[:1] == "N",
    )


def _broken(asked: _Asked, e: list[str], component: str, repetition: str | None) -> Iterator[ElementFault]:
    if asked.when is not None and not asked.when.holds(e, component):
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


class Asking(NamedTuple):
    """A condition made ready: the element or component it looks at, the codes it wants there, or whether it wants
    anything or nothing there."""

    position: int
    component: int
    codes: frozenset[str]
    present: bool | None

    @classmethod
    def of(cls, condition: Condition) -> Asking:
        return cls(condition.position, condition.component, frozenset(condition.codes), condition.present)

    def holds(self, e: Sequence[str], component: str) -> bool:
        """Whether a segment meets it."""
        position, inner, codes, present = self
        value = e[position] if position < len(e) else ""
        if inner:
            value = _component(value, inner, component)
        return value.rstrip(" ") in codes if present is None else bool(value) is present


def holds(condition: Condition, e: Sequence[str], component: str) -> bool:
    """Whether a segment meets a condition."""
    return Asking.of(condition).holds(e, component)


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


class _Tally(NamedTuple):
    """One rule at one place: which of its segments it counts, in the loop ``around`` them."""

    number: int
    rule: SegmentRule
    having: Asking
    node: int
    around: tuple[str, ...]


_ENDS, _STARTS, _COUNTS = range(3)
"""What a segment does to a tally: it stands outside the loop around, starts that loop anew, or may be counted."""


class Occurrences:
    """The rules with ``having`` made ready for one grammar; the others are part of the grammar itself."""

    def __init__(self, guide: SetGuide, nodes: Sequence[Node]) -> None:
        self._tallies = _tallies(guide, nodes)
        effects = ((node.index, [*_ends(self._tallies, node), *_counts(self._tallies, node)]) for node in nodes)
        self._effects = {index: found for index, found in effects if found}
        """Node → what a segment read there does to which tallies. Most do nothing."""

    def miscounts(self, nodes: Sequence[int], rows: Sequence[list[str]], component: str) -> Iterator[Miscount]:
        """What they find wrong with a set's segments, ``rows``, which were read at ``nodes``, ST and SE included."""
        tallies, effects = self._tallies, self._effects
        counts = [0] * len(tallies)
        is_open = [not tally.around for tally in tallies]
        for position, node in [(position, node) for position, node in enumerate(nodes, 1) if node in effects]:
            for effect, which in effects[node]:
                tally = tallies[which]
                if effect is _COUNTS:
                    if tally.having.holds(rows[position - 1], component):
                        counts[which] += 1
                        yield from _counted(tally, counts[which], position)
                elif is_open[which] or effect is _STARTS:
                    yield from _closed(tally, counts[which], position) if is_open[which] else ()
                    counts[which], is_open[which] = 0, effect is _STARTS
        for which, tally in enumerate(tallies):
            yield from _closed(tally, counts[which], len(nodes)) if is_open[which] else ()


def _tallies(guide: SetGuide, nodes: Sequence[Node]) -> list[_Tally]:
    return [
        _Tally(number, rule, Asking.of(rule.having), node.index, around)
        for number, rule in enumerate(guide.segments, 1)
        if rule.having is not None
        for node in nodes
        if node.segment == rule.segment and rule.holds_in(node.loop)
        for around in [node.loop_path[:-1] if node.starts_loop else node.loop_path]
    ]


def _ends(tallies: Sequence[_Tally], node: Node) -> Iterator[tuple[int, int]]:
    """Of the loops around tallies, which a segment at this node leaves or starts anew."""
    for which, tally in enumerate(tallies):
        if node.loop_path[: len(tally.around)] != tally.around:
            yield _ENDS, which
        elif tally.around and node.starts_loop and node.loop_path == tally.around:
            yield _STARTS, which


def _counts(tallies: Sequence[_Tally], node: Node) -> Iterator[tuple[int, int]]:
    return ((_COUNTS, which) for which, tally in enumerate(tallies) if tally.node == node.index)


def _closed(tally: _Tally, count: int, position: int) -> Iterator[Miscount]:
    if tally.rule.usage == "required" and not count:
        yield Miscount(position, tally.node, "3", tally.number)


def _counted(tally: _Tally, count: int, position: int) -> Iterator[Miscount]:
    if tally.rule.usage == "forbidden":
        yield Miscount(position, tally.node, "2", tally.number)
    elif tally.rule.max is not None and count > tally.rule.max:
        yield Miscount(position, tally.node, "5", tally.number, tally.rule.max)
