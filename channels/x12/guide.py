"""A partner's guide: what it asks beyond the standard, as a small overlay on the tables, embedded in the profile.

A guide only narrows. In YAML:

    guide:
      "850":
        segments:
          - {segment: CUR, loop: "", usage: required}
          - {segment: N2, loop: N1, usage: forbidden}
          - {segment: DTM, loop: "", max: 3}
        elements:
          - {element: BEG02, codes: [SA, NE]}
          - {element: PO107, usage: required, max: 15}
          - {element: REF04-2, usage: forbidden}

``loop`` is the xid of the innermost loop a rule is meant for, ``""`` the top level; without it the rule holds wherever
the segment stands in the set (a required segment must say which place is meant, where there are several).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from channels.x12 import tables
from channels.x12.tables import LoopUse, SegmentUse, UnsupportedSetError

Usage = Literal["required", "forbidden"]
_DESIGNATOR = r"^[A-Z][A-Z0-9]{1,2}[0-9]{2}(-[0-9]{1,2})?$"


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    loop: str | None = Field(
        default=None, description="xid of the innermost loop; empty = top level; absent = anywhere"
    )
    usage: Usage | None = None

    def holds_in(self, loop: str) -> bool:
        return self.loop is None or self.loop == loop


class SegmentRule(_Rule):
    """Requires or forbids a segment, or lowers how often it may stand at its place."""

    segment: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,2}$")]
    max: int | None = Field(default=None, ge=1)


class ElementRule(_Rule):
    """Requires or forbids an element (``PO107``) or component (``REF04-2``), or narrows its codes or lengths."""

    element: Annotated[str, StringConstraints(pattern=_DESIGNATOR)]
    codes: tuple[str, ...] = ()
    min: int | None = Field(default=None, ge=1)
    max: int | None = Field(default=None, ge=1)

    @property
    def segment(self) -> str:
        return self.element.partition("-")[0][:-2]

    @property
    def position(self) -> int:
        return int(self.element.partition("-")[0][-2:])

    @property
    def component(self) -> int:
        """0 for the element itself."""
        return int(self.element.partition("-")[2] or 0)


class SetGuide(BaseModel):
    """The rules for one transaction set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: tuple[SegmentRule, ...] = ()
    elements: tuple[ElementRule, ...] = ()


class Guide(RootModel[dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")], SetGuide]]):
    """Set type -> its rules. A set's rules are frozen, so that compiled grammars can be kept by them."""

    root: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")], SetGuide] = Field(default_factory=dict)

    def rules(self, set_type: str) -> SetGuide:
        return self.root.get(set_type, SetGuide())

    def problems(self, release: str, set_type: str) -> list[str]:
        """What of this guide does not fit the standard, in plain words; a guide with problems must not be used.

        ``release`` is a GS08 value. Rules for sets that the release does not hold are a problem too.
        """
        release = tables.nearest_release(release)
        try:
            places = list(_places(tables.set_table(release, set_type).items, ""))
        except UnsupportedSetError as error:
            return [error.detail]
        rules = self.rules(set_type)
        problems = [
            *(p for rule in rules.segments for p in _segment_problems(rule, places)),
            *(p for rule in rules.elements for p in _element_problems(rule, places, release)),
        ]
        return [f"{set_type}: {problem}" for problem in dict.fromkeys(problems)]


def _places(items: tuple[SegmentUse | LoopUse, ...], loop: str) -> Iterator[tuple[str, SegmentUse, LoopUse | None]]:
    """(loop xid, segment, the loop it starts or None) of every place of a set."""
    for item in items:
        if isinstance(item, SegmentUse):
            yield loop, item, None
        else:
            first, *rest = _places(item.items, item.xid)
            yield first[0], first[1], item
            yield from rest


def _segment_problems(rule: SegmentRule, places: list[tuple[str, SegmentUse, LoopUse | None]]) -> Iterator[str]:
    found = [place for place in places if place[1].id == rule.segment and rule.holds_in(place[0])]
    if not found:
        yield f"segment {rule.segment} {_where(rule)}is not in this set"
    if rule.usage == "required" and len(found) > 1:
        loops = ", ".join(loop or '""' for loop, _, _ in found)
        yield f"segment {rule.segment} stands at {len(found)} places: say which is required with loop, one of {loops}"
    for _loop, use, starts in found:
        mandatory, limit = (starts.mandatory, starts.maximum) if starts else (use.mandatory, use.maximum)
        if rule.usage == "forbidden" and mandatory:
            yield f"segment {rule.segment} {_where(rule)}is mandatory in the standard and cannot be forbidden"
        if rule.max is not None and limit and rule.max > limit:
            yield f"segment {rule.segment} {_where(rule)}may stand {limit} times in the standard, not {rule.max}"


def _element_problems(
    rule: ElementRule, places: list[tuple[str, SegmentUse, LoopUse | None]], release: str
) -> Iterator[str]:
    name = rule.element
    if not any(use.id == rule.segment and rule.holds_in(loop) for loop, use, _ in places):
        yield f"element {name}: segment {rule.segment} {_where(rule)}is not in this set"
        return
    elements = tables.segment_table(release, rule.segment).elements
    if not 1 <= rule.position <= len(elements):
        yield f"element {name}: {rule.segment} has {len(elements)} elements"
        return
    use: tables.ElementUse | tables.Component = elements[rule.position - 1]
    if rule.component:
        components = elements[rule.position - 1].components
        if rule.component > len(components):
            yield f"element {name}: {rule.element.partition('-')[0]} has {len(components)} components"
            return
        use = components[rule.component - 1]
    if rule.usage == "forbidden" and use.mandatory:
        yield f"element {name} is mandatory in the standard and cannot be forbidden"
    if isinstance(use, tables.ElementUse) and use.components:
        if rule.codes or rule.min is not None or rule.max is not None:
            yield f"element {name} is a composite: name a component, such as {name}-1"
        return
    yield from _value_problems(rule, tables.element_table(release, use.number), tables.codes(release, use.number))


def _value_problems(rule: ElementRule, element: tables.ElementTable, codes: frozenset[str] | None) -> Iterator[str]:
    if codes is not None and (unknown := [code for code in rule.codes if code not in codes]):
        yield f"element {rule.element}: {', '.join(unknown)} not among the standard's codes for {element.name}"
    if element.maximum is not None and rule.max is not None and rule.max > element.maximum:
        yield f"element {rule.element}: longer than the standard's {element.maximum}"
    shortest, longest = rule.min or element.minimum, rule.max or element.maximum
    if shortest < element.minimum:
        yield f"element {rule.element}: shorter than the standard's {element.minimum}"
    if longest is not None and shortest > longest:
        yield f"element {rule.element}: the minimum {shortest} is above the maximum {longest}"


def _where(rule: _Rule) -> str:
    return "" if rule.loop is None else f"in loop {rule.loop} " if rule.loop else "at the top level "


def designator(segment: str, position: int, component: int = 0) -> str:
    """``PO107``, or ``REF04-2`` for a component: how guides and locators name an element."""
    return f"{segment}{position:02d}" + (f"-{component}" if component else "")
