"""What goes wrong in one set: faults noted as they are found, cheaply, and worded as findings when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from canonical.finding import Finding, Severity, Verdict, clip
from channels.x12.guide import designator
from channels.x12.guide.check import RULE, Miscount
from channels.x12.judging.faults import UNREAD, Fault, describe, describe_envelope
from channels.x12.judging.grammar import Grammar
from channels.x12.judging.policy import GUIDE, STYLE, Policy
from channels.x12.standards import tables
from channels.x12.standards.elements import (
    CHARACTER,
    DATE,
    MISSING,
    NON_ASCII,
    NUMBER_FORM,
    TRAILING_SPACE,
    ElementFault,
)

FINDING_LIMIT = 100
"""Findings and faults kept for one set; the rest is counted."""

_TRAILING = "X12-TRAILING-SEPARATOR"
_STYLE_OF = {code: f"X12-{code}" for code in (NON_ASCII, TRAILING_SPACE, NUMBER_FORM)}

_DISPENSABLE = frozenset({("BEG", 5), ("BAK", 4), ("BSN", 4)})
"""Mandatory dates and times that a document can do without: when an order was written, at what hour a notice."""


class _Telling(NamedTuple):
    """What errors of one kind at one place mean under a policy: the code of the finding; whether they are no longer
    acceptable; whether they count and acknowledgments tell them, as is not so of a style that is forgiven."""

    code: str
    refuses: bool
    told: bool


def _telling(code: str, policy: Policy) -> _Telling:
    forgiven = code in policy.forgive and code != UNREAD
    return _Telling(code, not forgiven, not (forgiven and code in STYLE))


class _Tellings(dict[tuple[int, int, int, str, bool], _Telling]):
    """(node, element, component, code, whether the value is nothing but zeros) of an element's error → its telling."""

    def __init__(self, grammar: Grammar, policy: Policy) -> None:
        super().__init__()
        self._grammar, self._policy = grammar, policy

    def __missing__(self, kind: tuple[int, int, int, str, bool]) -> _Telling:
        told = self[kind] = _telling(_element_code(self._grammar, *kind), self._policy)
        return told


_tellings = lru_cache(maxsize=256)(_Tellings)


class Record:
    """The faults of one set under a policy. ``total`` counts them all but forgiven style, ``refusals`` what the policy
    does not forgive."""

    __slots__ = ("_envelope", "_missed", "_noted", "_tellings", "_told", "grammar", "policy", "refusals", "total")

    def __init__(self, grammar: Grammar, policy: Policy) -> None:
        self.grammar, self.policy = grammar, policy
        self.total = 0
        self.refusals = 0
        self._tellings = _tellings(grammar, policy)
        self._noted: list[tuple[int, _Telling, Fault | tuple[int, ElementFault]]] = []
        self._told = 0
        self._envelope: list[str] = []
        self._missed = False

    @property
    def verdict(self) -> Verdict:
        if self.refusals:
            return Verdict.REJECTED
        return Verdict.ACCEPTED_WITH_ERRORS if self.total else Verdict.ACCEPTED

    def segment(self, position: int, name: str, node: int, code: str, value: str = "", variant: str = "") -> None:
        """An error of the segment itself (X12 720). ``variant`` tells apart, by the code of the finding, what X12 calls
        the same and a policy does not."""
        self._missed = self._missed or code == "3"
        rule = self.grammar.asked_of(node, name, code)
        self._note_segment(position, name, node, code, value, f"X12-AK304-{code}{GUIDE if rule else variant}", rule)

    def miscount(self, found: Miscount) -> None:
        """Which of several segments stand in the set, or do not, against a rule of the guide."""
        name, limit = self.grammar.nodes[found.node].segment, str(found.limit or "")
        shown = f"X12-AK304-{found.code}{GUIDE}"
        self._note_segment(found.position, name, found.node, found.code, limit, shown, found.rule)

    def trailing_separators(self, position: int, name: str, node: int) -> None:
        """The segment ends with separators that separate nothing (X12 720 code 8)."""
        self._note_segment(position, name, node, "8", "", _TRAILING)

    def unread(self, position: int, name: str, node: int, size: int) -> None:
        """The segment has so many bytes that it was not read: no policy forgives that."""
        self._note_segment(position, name, node, "8", str(size), UNREAD)

    def elements(self, position: int, node: int, faults: Iterable[ElementFault]) -> None:
        """Errors of the elements of the segment read at ``node`` (X12 723)."""
        tellings = self._tellings
        for fault in faults:
            element, component, _, _, code, value = fault
            self._note(
                node, tellings[node, element, component, code, code == DATE and not value.strip("0")], (position, fault)
            )

    def came_late(self, node: int) -> None:
        """A segment that was reported missing stands further on: it is only out of order."""
        place = self.grammar.nodes[node]
        late = [entry for entry in self._noted if self._missed and _is_missing(entry[2], place.segment, place.loop_id)]
        if late:
            self._noted = [entry for entry in self._noted if entry not in late]
            self._told -= len(late)
            self.total -= 1
            self.refusals -= late[0][1].refuses

    def envelope(self, code: str) -> None:
        """An error of the set's own envelope (X12 718, and a variant that a policy tells apart)."""
        self.refusals += f"X12-AK502-{code}" not in self.policy.forgive
        self.total += 1
        self._envelope.append(code)

    def _note_segment(
        self, position: int, name: str, node: int, code: str, value: str, shown: str, rule: int = 0
    ) -> None:
        loop = self.grammar.nodes[node].loop_id if node >= 0 else ""
        fault = Fault(position, name, loop, code, 0, 0, 0, "", "", value, rule)
        self._note(node, _telling(shown, self.policy), fault)

    def _note(self, node: int, telling: _Telling, fault: Fault | tuple[int, ElementFault]) -> None:
        self.refusals += telling.refuses
        self.total += telling.told
        if len(self._noted) < FINDING_LIMIT or (telling.told and self._told < FINDING_LIMIT):
            self._told += telling.told
            self._noted.append((node, telling, fault))

    def _fault(self, node: int, fault: Fault | tuple[int, ElementFault]) -> Fault:
        if isinstance(fault, Fault):
            return fault
        position, (element, component, repetition, number, code, value) = fault
        place = self.grammar.nodes[node]
        told, _, rule = code.partition(RULE)
        told = "6" if told in _STYLE_OF else told
        at = (position, place.segment, place.loop_id, "", element, component, repetition, number, told, value)
        return Fault(*at, int(rule or 0))

    def faults(self) -> list[Fault]:
        """What acknowledgments tell, as far as it is kept."""
        return [self._fault(node, fault) for node, telling, fault in self._noted if telling.told][:FINDING_LIMIT]

    def findings(self, rows: Sequence[list[str]], segment_count: int) -> tuple[Finding, ...]:
        """Everything noted in plain words, in the order of the segments, ``rows``."""
        if not self._noted and not self._envelope and self.grammar.exact:
            return ()
        locators = _Locators(rows)
        noted = [(self._fault(node, fault), node, telling) for node, telling, fault in self._noted[:FINDING_LIMIT]]
        found = [
            describe(self.grammar, node, fault, telling.code, _severity(telling), locators.of(fault))
            for fault, node, telling in sorted(noted, key=lambda entry: entry[0].position)
        ]
        first, last = (rows[0], rows[-1]) if rows else ([], [])
        facts = {
            "se01": clip(last[1]) if len(last) > 1 else "",
            "se02": clip(last[2]) if len(last) > 2 else "",
            "st02": clip(first[2]) if len(first) > 2 else "",
            "count": str(segment_count),
        }
        for code in self._envelope:
            severity = _severity(_telling(f"X12-AK502-{code}", self.policy))
            found.append(describe_envelope(code, locators.set, severity, facts))
        if not self.grammar.exact:
            found.append(_near_release(self.grammar, locators.set))
        if self.total > FINDING_LIMIT:
            found.append(_not_shown(self.total - FINDING_LIMIT, locators.set))
        return tuple(found)


def _severity(telling: _Telling) -> Severity:
    return Severity.ERROR if telling.refuses else Severity.WARNING


def _is_missing(fault: Fault | tuple[int, ElementFault], segment: str, loop: str) -> bool:
    return isinstance(fault, Fault) and (fault.segment_code, fault.segment, fault.loop) == ("3", segment, loop)


def _element_code(grammar: Grammar, node: int, element: int, component: int, code: str, zero: bool) -> str:
    """The code of the finding: what X12 723 calls the same, told apart for policies. ``zero``: nothing but zeros."""
    if code in _STYLE_OF:
        return _STYLE_OF[code]
    if RULE in code:
        return f"X12-AK403-{code.partition(RULE)[0]}{GUIDE}"
    place = grammar.nodes[node]
    use = tables.segment_table(grammar.release, place.segment).elements[element - 1 : element]
    mandatory = bool(use) and use[0].mandatory
    variant = ""
    if code == MISSING and not place.mandatory and (mandatory or component):  # else it is the guide that asks
        variant = "-OPTIONAL"
    elif code == MISSING and (place.segment, element) in _DISPENSABLE and mandatory:
        variant = "-UNDATED"
    elif code == CHARACTER and place.segment == "CTT":
        variant = "-COUNT"
    elif code == DATE and zero and not mandatory:
        variant = "-ZERO"
    return f"X12-AK403-{code}{variant}"


class _Locators:
    """Places in a set by name and number: ``ST*0001/PO1[3]/PO102``, the third PO1; asked for in the set's order."""

    def __init__(self, rows: Sequence[list[str]]) -> None:
        first = rows[0] if rows else []
        self.set = f"ST*{clip(first[2]) if len(first) > 2 else ''}"
        self._rows = rows
        self._seen: Counter[str] = Counter()
        self._counted = 0

    def of(self, fault: Fault) -> str:
        """A missing segment has no number."""
        name = clip(fault.segment)
        if fault.segment_code == "3":
            return f"{self.set}/{name}"
        self._seen.update(e[0] for e in self._rows[self._counted : fault.position])
        self._counted = max(self._counted, fault.position)
        place = f"{self.set}/{name}[{self._seen[fault.segment]}]"
        return f"{place}/{designator(name, fault.element, fault.component)}" if fault.element else place


def _near_release(grammar: Grammar, locator: str) -> Finding:
    return Finding(
        code="X12-RELEASE-NEAREST",
        severity=Severity.INFO,
        locator=locator,
        message=f"release {clip(grammar.asked) or 'not stated'} is not held; the set was read as {grammar.release}",
        value=grammar.asked,
    )


def _not_shown(count: int, locator: str) -> Finding:
    return Finding(
        code="X12-MORE-ERRORS",
        severity=Severity.INFO,
        locator=locator,
        message=f"{count} more errors are counted but not listed",
    )
