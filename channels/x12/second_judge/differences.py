"""Why the two judges of X12, ours and pyx12, may differ about a set: every known reason, as a list that can be read.

``comparison`` looks errors up here. What no class of the list explains is a fault of one of the judges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from channels.x12.envelope import Separators
from channels.x12.guide import ElementRule, SegmentRule, SetGuide

Side = Literal["ours", "pyx12"]

NOT_FOUND = "1"  # X12 720: to pyx12 the code of every segment that it cannot place
ENVELOPE = "X12-AK502-"
"""Prefix of X12 718 codes, to tell them from those of segments."""

LIMIT = "limit"
"""Code of our refusal of a set that is too large."""

FAILED = "failed"
"""Code of what pyx12 raised or left unread."""

_OLDEST_YEAR = 1800


class Named(NamedTuple):
    """One error as either judge names it. ``position`` counts segments from ST = 1, ``element`` and
    ``component`` 0 = none; ``code`` is X12 720, 723 or 718, ``value`` what stands there, ``text`` pyx12's own words,
    ``rule`` the number of the guide's rule that our judge asks by."""

    position: int
    segment: str
    element: int
    component: int
    code: str
    value: str
    text: str = ""
    rule: int = 0


class Surroundings(NamedTuple):
    """The set an error stands in: its segments, their separators, the guide's rules, and all that the other judge
    names."""

    segments: Sequence[Sequence[str]]
    separators: Separators
    rules: SetGuide
    told: Sequence[Named] = ()

    def name(self, position: int) -> str:
        return self.segments[position - 1][0] if 0 < position <= len(self.segments) else ""

    def value(self, position: int, element: int) -> str:
        elements = self.segments[position - 1] if 0 < position <= len(self.segments) else ()
        return elements[element] if 0 < element < len(elements) else ""


@dataclass(frozen=True, slots=True)
class DifferenceClass:
    """Why one judge (``alone``) names an error where the other does not. After one that ``cascades`` nothing that this
    judge says can be compared."""

    name: str
    alone: Side
    reason: str
    holds: Callable[[Named, Surroundings], bool]
    cascades: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """How the two may speak differently of one segment that both refuse. ``holds`` is given what ours and pyx12 say of
    it."""

    name: str
    reason: str
    holds: Callable[[Sequence[Named], Sequence[Named]], bool]


def _missed(error: Named) -> bool:
    return error.code == "3" and not error.element


def _conditional(error: Named, judged: Surroundings) -> bool:
    match judged.rules.rule(error.rule) if error.rule else None:
        case ElementRule(when=condition) | SegmentRule(having=condition):
            return condition is not None
    return False


def _restarts(error: Named, judged: Surroundings) -> bool:
    return _missed(error) and judged.name(error.position) == judged.name(error.position - 1)


def _arrives_late(error: Named, judged: Surroundings) -> bool:
    late = {told.segment for told in judged.told if told.code == "7" and not told.element}
    return _missed(error) and error.segment in late


def _separators_alone(error: Named, judged: Surroundings) -> bool:
    if error.code not in ("1", "2", "8") or not 0 < error.position <= len(judged.segments):
        return False
    mark = judged.separators.component
    return any(value and not value.strip(mark) for value in judged.segments[error.position - 1][1:])


def _old(value: str) -> bool:
    return len(value) == 8 and value.isdecimal() and int(value[:4]) < _OLDEST_YEAR


DIFFERENCES: tuple[DifferenceClass, ...] = (
    DifferenceClass(
        "BLANKS-BELOW-MINIMUM",
        "ours",
        "pyx12 lets any number of trailing blanks pass behind a value shorter than the element's least length",
        lambda error, judged: error.code == "6" and error.value.endswith(" "),
    ),
    DifferenceClass(
        "LOOP-RESTARTED",
        "ours",
        "pyx12 misses no mandatory segment of a loop whose first segment is followed at once by the next loop's",
        _restarts,
    ),
    DifferenceClass(
        "COMPOSITE-NOTE",
        "ours",
        "pyx12 knows no syntax notes among the components of a composite",
        lambda error, judged: error.code in ("2", "10") and error.component > 0,
    ),
    DifferenceClass(
        "GUIDE-CONDITION",
        "ours",
        "pyx12's maps have no place for a guide's rules that hold under a condition or for some of a segment's uses",
        _conditional,
    ),
    DifferenceClass(
        "GROUP-ENVELOPE",
        "ours",
        "pyx12, given one set at a time, cannot see that its number is taken or its group is another's",
        lambda error, judged: error.code.startswith(ENVELOPE) and error.position == 1,
    ),
    DifferenceClass(
        "SIZE",
        "ours",
        "our judge refuses a set of more segments than it reads; pyx12 has no limit",
        lambda error, judged: error.code == LIMIT,
    ),
    DifferenceClass(
        "ARRIVES-LATE",
        "pyx12",
        "our judge takes a missing segment back when it stands further on, and calls it out of order there",
        _arrives_late,
        cascades=True,
    ),
    DifferenceClass(
        "CARET-GRAVE",
        "pyx12",
        "pyx12 takes ^ and the grave accent for no characters of 004010; our judge takes all of ASCII",
        lambda error, judged: error.code == "6" and not {"^", "`"}.isdisjoint(error.value),
    ),
    DifferenceClass(
        "BEFORE-1800",
        "pyx12",
        "pyx12 refuses days before the year 1800; the calendar knows them",
        lambda error, judged: error.code == "8" and _old(error.value),
    ),
    DifferenceClass(
        "TRAILING-POINT",
        "pyx12",
        "pyx12 asks for a digit behind a decimal point; our judge lets a number end with it",
        lambda error, judged: error.code == "6" and error.value.endswith("."),
    ),
    DifferenceClass(
        "COMPONENT-SEPARATOR",
        "pyx12",
        "pyx12 reads an element with a component separator as a composite; to our judge it is text",
        lambda error, judged: error.code == "6" and judged.separators.component in error.value,
    ),
    DifferenceClass(
        "SEPARATORS-ALONE",
        "pyx12",
        "to pyx12 an element of nothing but component separators is empty; to our judge it is text",
        _separators_alone,
    ),
    DifferenceClass(
        "KEY-OF-ENT",
        "pyx12",
        "pyx12 knows ENT segments by ENT02, which is optional: it finds no place for one without",
        lambda error, judged: error.code == NOT_FOUND and error.segment == "ENT",
        cascades=True,
    ),
    DifferenceClass(
        "HIERARCHY-NUMBERS",
        "pyx12",
        "pyx12 counts HL01 and looks up the parent that HL02 names; X12 only says how they may be numbered",
        lambda error, judged: error.code in ("HL1", "HL2"),
    ),
    DifferenceClass(
        "EMPTY-SEGMENT",
        "pyx12",
        "pyx12 refuses every segment without a value; our judge those that a mandatory element or a note forbids",
        lambda error, judged: error.code == "8" and not any(judged.segments[error.position - 1][1:]),
    ),
    DifferenceClass(
        "SECOND-PLACE",
        "pyx12",
        "pyx12 does not try the next place of a segment whose first is full: the second of two LS loops in a row",
        lambda error, judged: error.code == "4" and error.segment == "LS",
        cascades=True,
    ),
)


def _elements(errors: Sequence[Named], *codes: str) -> bool:
    return any(error.code in codes and error.element for error in errors)


WORDINGS: tuple[Wording, ...] = (
    Wording(
        "KEY-ELEMENT",
        "a bad value in the element by which pyx12 knows a segment, mostly the first, makes it lose that segment and "
        "often those behind it; our judge names the element",
        lambda ours, theirs: _elements(ours, "1", "4", "5", "6", "7") and any(e.code == NOT_FOUND for e in theirs),
    ),
    Wording(
        "NOTE-PLACE",
        "pyx12 names a broken syntax note at the first element of the note, our judge at the element to be sent",
        lambda ours, theirs: _elements(ours, "2", "10") and _elements(theirs, "2", "10"),
    ),
    Wording(
        "SURPLUS-PLACE",
        "pyx12 names elements too many at the first position beyond the last, our judge at the first value",
        lambda ours, theirs: _elements(ours, "3") and _elements(theirs, "3"),
    ),
)
