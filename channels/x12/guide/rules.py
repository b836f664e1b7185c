"""The rules of a guide, a small overlay on the tables that a partner's profile holds.

A guide only narrows. In YAML:

    guide:
      "850":
        title: Corner Hardware's order guide 3.1
        segments:
          - {segment: CUR, loop: "", usage: required}
          - {segment: N2, loop: N1, usage: forbidden}
          - {segment: DTM, loop: "", max: 3, note: At most one of each kind.}
          - {segment: N1, loop: N1, usage: required, having: {element: N101, codes: [ST]}}
        elements:
          - {element: BEG02, codes: [SA, NE]}
          - {element: PO107, usage: required, max: 15}
          - {element: REF04-2, usage: forbidden}
          - {element: N104, usage: required, when: {element: N103, codes: [92]}}
        meanings:
          - {element: PO106, code: IN, meaning: vendor_item_number, text: Your item number.}

``loop`` is the xid of the innermost loop a rule is meant for, ``""`` the top level; without it the rule holds wherever
the segment stands in the set (a required segment must say which place is meant, where there are several).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Usage = Literal["required", "forbidden"]
Designator = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,2}[0-9]{2}(-[0-9]{1,2})?$")]
Prose = Annotated[str, StringConstraints(max_length=1000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class _Designated(_Part):
    """What names an element (``PO107``) or a component (``REF04-2``)."""

    element: Designator

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


class Condition(_Designated):
    """True of a segment whose ``element`` holds one of ``codes``, or is ``present`` (``false``: absent)."""

    codes: tuple[str, ...] = ()
    present: bool | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if bool(self.codes) == (self.present is not None):
            raise ValueError("a condition names codes, or says present: true or present: false")
        return self


class _Placed(_Part):
    loop: str | None = Field(
        default=None, description="xid of the innermost loop; empty = top level; absent = anywhere"
    )

    def holds_in(self, loop: str) -> bool:
        return self.loop is None or self.loop == loop


class SegmentRule(_Placed):
    """Requires or forbids a segment, or lowers how often it may stand at its place; with ``having``, only those of its
    segments that meet the condition (the N1 whose N101 is ST)."""

    segment: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,2}$")]
    usage: Usage | None = None
    max: int | None = Field(default=None, ge=1)
    having: Condition | None = None
    note: Prose = ""


class ElementRule(_Placed, _Designated):
    """Requires or forbids an element or component, or narrows its codes or lengths; with ``when``, only in a segment
    that meets the condition."""

    usage: Usage | None = None
    codes: tuple[str, ...] = ()
    min: int | None = Field(default=None, ge=1)
    max: int | None = Field(default=None, ge=1)
    when: Condition | None = None
    note: Prose = ""


class Meaning(_Placed, _Designated):
    """What a code means to this partner, in all elements of the segment that take it (PO106, PO108 ...). ``text`` is
    for people; ``meaning`` is the canonical word that translation takes in place of the standard's."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    text: Prose = ""
    meaning: Word | None = None

    @property
    def shown(self) -> str:
        """The text, else the word."""
        return self.text or (self.meaning or "").replace("_", " ").capitalize()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and self.meaning is None:
            raise ValueError("a meaning has a text, a word in meaning, or both")
        return self


class SetGuide(_Part):
    """The rules for one transaction set. ``title`` is how findings and pages name the guide."""

    title: Annotated[str, StringConstraints(max_length=120)] = ""
    note: Prose = ""
    segments: tuple[SegmentRule, ...] = ()
    elements: tuple[ElementRule, ...] = ()
    meanings: tuple[Meaning, ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash((self.segments, self.elements, self.meanings))

    def __hash__(self) -> int:
        """Asked of every transaction set that is judged under this guide, so it is worked out once."""
        return self._hash

    @property
    def tells_segments_apart(self) -> bool:
        """Whether some rule is about those segments only that meet a condition."""
        return any(rule.having is not None for rule in self.segments)

    def rule(self, number: int) -> SegmentRule | ElementRule:
        """The rule that a fault names: segment rules from 1 on, then element rules."""
        before = len(self.segments)
        return self.segments[number - 1] if number <= before else self.elements[number - before - 1]

    def element_rules(self, segment: str, loop: str) -> tuple[tuple[int, ElementRule], ...]:
        """The element rules that hold for a segment at one place, each with its number."""
        first = len(self.segments) + 1
        return tuple(
            (number, rule)
            for number, rule in enumerate(self.elements, first)
            if rule.segment == segment and rule.holds_in(loop)
        )


def designator(segment: str, position: int, component: int = 0) -> str:
    """``PO107``, or ``REF04-2`` for a component: how guides and locators name an element."""
    return f"{segment}{position:02d}" + (f"-{component}" if component else "")
