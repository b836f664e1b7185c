"""The elements of one segment, checked: one generated function a segment, written from the tables and a guide.

Hot path: the generated function asks of every value only whether it is plainly fine (a set look-up, a length). What is
not plainly fine goes to ``value_fault``, ordinary code that knows the whole rule and may still find nothing wrong.

An element fault is a plain tuple ``(element, component, repetition, number, code, value)``: positions from 1, 0 = not
applicable; ``number`` the data element's; ``code`` X12 723 (AK403), or one of our own three for deviations of style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from channels.x12.standards import tables

ElementFault = tuple[int, int, int, str, str, str]
Check = Callable[[list[str], str, str | None], list[ElementFault] | None]
"""(elements with the segment name first, component separator, repetition separator or None) -> faults, None = clean."""

KNOWN_VALUES = 256
LONGEST_KNOWN = 80
"""How many wrong values are remembered of one element, and how long ones."""

MISSING, CONDITION, TOO_MANY, TOO_SHORT, TOO_LONG = "1", "2", "3", "4", "5"
CHARACTER, CODE_VALUE, DATE, TIME, EXCLUSION = "6", "7", "8", "9", "10"
REPETITIONS, COMPONENTS = "12", "13"
NON_ASCII, TRAILING_SPACE, NUMBER_FORM = "NON-ASCII", "TRAILING-SPACE", "NUMBER-FORM"
"""Reported as AK403 6 when a policy counts them as errors."""

_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9][0-9]{0,2})?").fullmatch
_PLAIN_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])").fullmatch
_INTEGER = re.compile(r"-?([0-9]+)").fullmatch
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_DECIMAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)").fullmatch


@dataclass(frozen=True, slots=True)
class ElementRule:
    """What one element or component must be: the standard's rule narrowed by the guide. ``codes`` None = no list."""

    number: str
    type: str
    minimum: int
    maximum: int
    codes: frozenset[str] | None
    mandatory: bool
    forbidden: bool = False
    repetitions: int = 1
    components: tuple[ElementRule, ...] = ()
    notes: tuple[str, ...] = ()

    def narrowed(self, **changes: Any) -> ElementRule:
        return replace(self, **changes)


def valid_date(text: str) -> bool:
    """A day of the calendar, written CCYYMMDD, or YYMMDD where the element is six long (ISA09)."""
    if not (text.isascii() and text.isdecimal() and len(text) in (6, 8)):
        return False
    if len(text) == 6:
        text = "20" + text  # a leap day tells no century apart: 1900 is out of X12's reach
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def valid_time(text: str) -> bool:
    """HHMM, HHMMSS, HHMMSSD or HHMMSSDD on a 24 hour clock (X12.6, type TM)."""
    return _TIME(text) is not None


def value_fault(rule: ElementRule, value: str) -> str:
    """The AK403 code (or style code) of a non-empty simple value, empty when it is right. The gravest one only."""
    if rule.forbidden:
        return EXCLUSION
    if rule.type == "DT":
        # YYMMDD where the century is asked for can still be read
        return _length_fault(rule, len(value)) if valid_date(value) else DATE
    if rule.type == "TM":
        return "" if rule.minimum <= len(value) <= rule.maximum and valid_time(value) else TIME
    if rule.type == "B":
        return ""
    if rule.type == "R" or rule.type[0] == "N":
        number = _DECIMAL if rule.type == "R" else _INTEGER
        if not number(value):
            return NUMBER_FORM if number(value.strip(" ").removeprefix("+")) and "+-" not in value else CHARACTER
        # sign and decimal point do not count towards the length (X12.6)
        return _length_fault(rule, len(value.replace("-", "").replace(".", "")))
    return _text_fault(rule, value)


def _length_fault(rule: ElementRule, length: int) -> str:
    return TOO_LONG if length > rule.maximum else TOO_SHORT if length < rule.minimum else ""


def _text_fault(rule: ElementRule, value: str) -> str:
    if not value.isprintable() and _CONTROLS(value):
        return CHARACTER
    bare = value.rstrip(" ")
    if not bare:
        return MISSING if rule.mandatory else TRAILING_SPACE
    if rule.codes is not None:
        if bare not in rule.codes:
            return CODE_VALUE
    elif fault := _length_fault(rule, max(len(bare), min(len(value), rule.minimum))):
        return fault
    if not value.isascii() or "\t" in value:
        return NON_ASCII
    # blanks are suppressed unless the minimum length needs them (X12.6)
    return TRAILING_SPACE if len(value) > max(len(bare), rule.minimum) else ""


def note_faults(note: str, values: Sequence[str], first: int = 0) -> list[tuple[int, str]]:
    """(position, AK403 code) of every element that breaks a syntax note; ``values[first]`` is position 1.

    P paired or multiple: all or none. R required: at least one. E exclusion: at most one. C conditional: if the first
    then all others. L list conditional: if the first then at least one other (X12.6).
    """
    kind, positions = note[0], [int(note[i : i + 2]) for i in range(1, len(note), 2)]
    present = [p for p in positions if first + p - 1 < len(values) and values[first + p - 1]]
    absent = [p for p in positions if p not in present]
    if kind == "P" and present:
        return [(p, CONDITION) for p in absent]
    if kind == "R" and not present:
        return [(positions[0], CONDITION)]
    if kind == "E":
        return [(p, EXCLUSION) for p in present[1:]]
    if kind == "C" and positions[0] in present:
        return [(p, CONDITION) for p in absent]
    if kind == "L" and positions[0] in present and len(present) == 1:
        return [(positions[1], CONDITION)]
    return []


def _composite_faults(
    rule: ElementRule, position: int, repetition: int, value: str, separator: str
) -> list[ElementFault]:
    parts = value.split(separator)
    faults: list[ElementFault] = []
    if len(parts) > len(rule.components):
        surplus = parts[len(rule.components)]
        faults.append((position, len(rule.components) + 1, repetition, rule.number, COMPONENTS, surplus))
    for index, component in enumerate(rule.components, 1):
        part = parts[index - 1] if index <= len(parts) else ""
        code = value_fault(component, part) if part else MISSING if component.mandatory else ""
        if code:
            faults.append((position, index, repetition, component.number, code, part))
    for note in rule.notes:
        faults += [
            (position, index, repetition, rule.components[index - 1].number, code, "")
            for index, code in note_faults(note, parts)
        ]
    return faults


def _element_faults(
    bad: list[ElementFault] | None, rule: ElementRule, position: int, value: str, component: str, repetition: str | None
) -> list[ElementFault] | None:
    """Faults of a present element that the generated check did not find plainly fine, appended to ``bad``."""
    faults: list[ElementFault] = []
    repeats = repetition is not None and rule.repetitions != 1
    occurrences = value.split(repetition) if repeats else [value]
    if repeats and 0 < rule.repetitions < len(occurrences):
        faults.append((position, 0, rule.repetitions + 1, rule.number, REPETITIONS, occurrences[rule.repetitions]))
    for index, occurrence in enumerate(occurrences, 1):
        number = index if len(occurrences) > 1 else 0
        if rule.components and not rule.forbidden:
            faults += _composite_faults(rule, position, number, occurrence, component)
        elif code := value_fault(rule, occurrence) if occurrence else "":
            faults.append((position, 0, number, rule.number, code, occurrence))
    return (bad or []) + faults if faults else bad


class _Simple(dict[str, ElementFault | None]):
    """Value → its fault in an element without components that does not repeat, at one position of a segment; None when
    it is right. A sender makes the same mistakes over and over."""

    def __init__(self, rule: ElementRule, position: int) -> None:
        super().__init__()
        self._rule, self._position = rule, position

    def __missing__(self, value: str) -> ElementFault | None:
        code = value_fault(self._rule, value)
        fault = (self._position, 0, 0, self._rule.number, code, value) if code else None
        if len(self) >= KNOWN_VALUES:
            self.clear()
        if len(value) <= LONGEST_KNOWN:
            self[value] = fault
        return fault


def _simple_fault(bad: list[ElementFault] | None, known: _Simple, value: str) -> list[ElementFault] | None:
    """As ``_element_faults`` for an element without components that does not repeat."""
    fault = known[value]
    if fault is None:
        return bad
    if bad is None:
        return [fault]
    bad.append(fault)
    return bad


def _absence_faults(bad: list[ElementFault] | None, rules: Sequence[ElementRule], e: list[str]) -> list[ElementFault]:
    """Mandatory elements that are empty or beyond the end, appended to ``bad``."""
    absent: list[ElementFault] = [
        (i, 0, 0, rule.number, MISSING, "")
        for i, rule in enumerate(rules, 1)
        if rule.mandatory and (i >= len(e) or not e[i])
    ]
    return (bad or []) + absent


def _broken_notes(
    bad: list[ElementFault] | None, rules: Sequence[ElementRule], note: str, e: list[str]
) -> list[ElementFault]:
    broken: list[ElementFault] = [
        (position, 0, 0, rules[position - 1].number, code, e[position] if position < len(e) else "")
        for position, code in note_faults(note, e, first=1)
    ]
    return (bad or []) + broken


def _surplus(bad: list[ElementFault] | None, rules: Sequence[ElementRule], e: list[str]) -> list[ElementFault] | None:
    """Elements beyond the last one defined. Empty ones are only separators too many, which the judge reports."""
    for position in range(len(rules) + 1, len(e)):
        if e[position]:
            return [*(bad or []), (position, 0, 0, "", TOO_MANY, e[position])]
    return bad


def _plainly_fine(rule: ElementRule, name: str) -> str:
    """A Python condition on ``x`` that is cheap and true only of values in order; ``name`` holds the codes."""
    if rule.forbidden or rule.components or rule.repetitions != 1:
        return "False"
    if rule.codes is not None:
        return f"x in {name}"
    enough = f" and len(x) >= {rule.minimum}" if rule.minimum > 1 else ""
    if rule.type == "R":
        # as long as allowed with its point; a shortest length is left to the full rule
        shape = "x" if enough else "x.replace('.', '', 1)"
        return f"len(x) <= {rule.maximum}{enough} and x.isascii() and {shape}.isdecimal()"
    if rule.type[0] == "N":
        return f"x.isdecimal() and x.isascii() and len(x) <= {rule.maximum}{enough}"
    if rule.type == "DT":
        return "plain_date(x)" if rule.maximum == 8 else "False"
    if rule.type == "TM":
        return f"{rule.minimum} <= len(x) <= {rule.maximum} and time(x)"
    if rule.type == "B":
        return "True"
    return f"x[-1] != ' ' and x.isascii() and x.isprintable() and len(x) <= {rule.maximum}{enough}"


def _note_condition(note: str) -> str:
    """A Python condition, true when the note is broken, for a place where the segment reaches the first position."""
    kind, positions = note[0], sorted(int(note[i : i + 2]) for i in range(1, len(note), 2))
    first = int(note[1:3])
    here = {p: f"(n > {p} and e[{p}] != '')" for p in positions}
    here[positions[0]] = f"(e[{positions[0]}] != '')"
    others = [here[p] for p in positions if p != first]
    if kind == "P":
        return " or ".join(f"{here[first]} is not {other}" for other in others)
    if kind == "E":
        return f"{' + '.join(here.values())} > 1"
    joined = " and ".join(others) if kind == "C" else " or ".join(others)
    return f"{here[first]} and not ({joined})"


def compile_check(rules: Sequence[ElementRule], notes: Sequence[str]) -> Check:
    """The check of one segment. Each element stands one level deeper than the one before, so that a short segment
    costs nothing for the elements it does not reach. The source holds numbers and notes of our tables only; codes,
    which a guide may bring, are passed as values."""
    needed = max((i for i, rule in enumerate(rules, 1) if rule.mandatory), default=0)
    scope: dict[str, Any] = {
        "rules": tuple(rules),
        "time": _TIME,
        "plain_date": _PLAIN_DATE,
        "element": _element_faults,
        "simple": _simple_fault,
        "absence": _absence_faults,
        "note": _broken_notes,
        "surplus": _surplus,
    }
    lines = ["def check(e, component, repetition):", " bad = None", " n = len(e)"]
    lines.append(f" if n > {len(rules) + 1}: bad = surplus(bad, rules, e)")
    if absent := " or ".join(f"e[{i}] == ''" for i, rule in enumerate(rules, 1) if rule.mandatory):
        lines.append(f" if n <= {needed} or {absent}: bad = absence(bad, rules, e)")
    for text in (t for t in notes if t[0] == "R"):
        present = " or ".join(f"n > {int(p)} and e[{int(p)}]" for p in re.findall("..", text[1:]))
        lines.append(f" if not ({present}): bad = note(bad, rules, {text!r}, e)")
    for i, rule in enumerate(rules, 1):
        indent = " " * i
        if rule.codes is not None:
            scope[f"c{i}"] = rule.codes
        inner = rule.components or rule.repetitions != 1
        if inner:
            call = f"element(bad, rules[{i - 1}], {i}, x, component, repetition)"
        else:
            scope[f"known{i}"] = _Simple(rule, i)
            call = f"simple(bad, known{i}, x)"
        lines += [
            f"{indent}if n > {i}:",
            f"{indent} x = e[{i}]",
            f"{indent} if x and not ({_plainly_fine(rule, f'c{i}')}):",
            f"{indent}  bad = {call}",
        ]
        for text in (t for t in notes if t[0] != "R" and min(map(int, re.findall("..", t[1:]))) == i):
            lines.append(f"{indent} if {_note_condition(text)}: bad = note(bad, rules, {text!r}, e)")
    lines.append(" return bad")
    exec("\n".join(lines), scope)
    check: Check = scope["check"]
    return check


def rule_for(release: str, number: str, mandatory: bool) -> ElementRule:
    """The standard's rule of a simple element."""
    element = tables.element_table(release, number)
    maximum = element.maximum if element.maximum is not None else 1 << 62
    return ElementRule(number, element.type, element.minimum, maximum, tables.codes(release, number), mandatory)
