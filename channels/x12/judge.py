"""Judges one transaction set against its grammar: every error named, at one speed whether there are errors or not.

Structure errors are X12 720 (AK304), element errors X12 723 (AK403), errors of the set's envelope X12 718 (AK502).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from canonical.finding import Finding, Severity, Verdict, clip
from channels.x12 import tables
from channels.x12.elements import CHARACTER, DATE, MISSING, NON_ASCII, NUMBER_FORM, TRAILING_SPACE, ElementFault
from channels.x12.envelope import Separators
from channels.x12.faults import Fault, describe, describe_envelope
from channels.x12.grammar import Grammar, Step
from channels.x12.guide import designator

__all__ = ["Fault", "Judgement", "Policy", "LENIENT", "STRICT", "judge", "reject_unsupported"]

FINDING_LIMIT = 100
"""Findings and faults kept for one set; the rest is counted."""

SEGMENT_LIMIT = 200_000
"""A set of more segments is rejected; what lies beyond is counted but not read, and no document is made."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a partner's errors are taken. ``forgive`` holds finding codes: a set whose every error is forgiven is
    accepted with errors, and its findings are warnings."""

    name: str
    forgive: frozenset[str] = frozenset()

    def for_sending(self) -> Policy:
        """The same for what we send ourselves: a partner's slips in structure and envelope are forgiven, not ours."""
        return Policy(self.name, self.forgive - _THEIRS)


STYLE = frozenset({"X12-TRAILING-SEPARATOR", "X12-TRAILING-SPACE", "X12-NON-ASCII", "X12-NUMBER-FORM"})
"""Deviations of style. Forgiven they are warnings only: the set is accepted and nothing is acknowledged about them."""

_STYLE_OF = {code: f"X12-{code}" for code in (NON_ASCII, TRAILING_SPACE, NUMBER_FORM)}

_THEIRS = frozenset(
    {
        "X12-AK304-1-LOCAL",  # a segment that two partners made for themselves (ZA1): kept among the extras
        "X12-AK304-2",  # a single segment without a place here, kept among the extras
        "X12-AK304-4",
        "X12-AK304-5",
        "X12-AK304-6",  # a segment that other sets have, kept among the extras
        "X12-AK304-7",  # out of order, but its place is known
        "X12-AK403-1-OPTIONAL",  # a segment the set can do without is incomplete
        "X12-AK403-1-UNDATED",
        "X12-AK403-6-COUNT",  # a control count (CTT) that is none: lines and quantities speak for themselves
        "X12-AK403-8-ZERO",  # zeros where no date is meant
        "X12-AK502-6",  # GS01 of another set: ST01 says well enough what it is
        "X12-AK502-18",
    }
)
"""Slips that leave what the partner says as clear as before."""

_DISPENSABLE = frozenset({("BEG", 5), ("BAK", 4), ("BSN", 4)})
"""Mandatory dates and times that a document can do without: when an order was written, at what hour a notice."""

LENIENT = Policy(
    "lenient",
    STYLE
    | _THEIRS
    | {
        "X12-AK403-2",  # a syntax note broken (REF with neither number nor text): what is there can still be read
        "X12-AK403-3",  # more elements than the release defines: often those of a later release
        "X12-AK403-4",
        "X12-AK403-5",
        "X12-AK403-7",  # a code that the release's list does not hold
        "X12-AK403-10",
        "X12-AK403-12",
        "X12-AK403-13",
    },
)
"""Forgives what leaves the business content readable. Never in it: a missing mandatory segment, or element of one, a
number or date that cannot be read, a whole loop without a place, a segment of unknown name (who knows what it says?), a
set whose trailer contradicts it (it may have been cut) or whose number another set of its group bears."""

STRICT = Policy("strict")


@dataclass(frozen=True, slots=True)
class Judgement:
    """``events`` are (node index, elements) in file order, ST and SE included; empty above SEGMENT_LIMIT. A segment
    without a place has node -1; one that stands too late (AK304 7) in its loop, or too often, keeps its node.
    ``faults`` and ``findings`` are capped at FINDING_LIMIT each; ``faults_total`` counts all faults."""

    verdict: Verdict
    faults: list[Fault]
    findings: tuple[Finding, ...]
    events: list[tuple[int, list[str]]]
    segment_count: int
    faults_total: int


@dataclass(slots=True)
class _Record:
    """What goes wrong in one set. ``events`` is the judge's own list, read to count a segment's occurrences."""

    grammar: Grammar
    policy: Policy
    events: list[tuple[int, list[str]]]
    faults: list[Fault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    total: int = 0
    refusals: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _counted: int = 0

    @property
    def set_locator(self) -> str:
        first = self.events[0][1] if self.events else []
        return f"ST*{clip(first[2]) if len(first) > 2 else ''}"

    def fault(self, node: int, fault: Fault, code: str) -> None:
        """``code`` is that of the finding."""
        forgiven = code in self.policy.forgive
        self.refusals += not forgiven
        if not (forgiven and code in STYLE):
            self.total += 1
            if len(self.faults) < FINDING_LIMIT:
                self.faults.append(fault)
        if len(self.findings) < FINDING_LIMIT:
            severity = Severity.WARNING if forgiven else Severity.ERROR
            self.findings.append(describe(self.grammar, node, fault, code, severity, self._locator(fault)))

    def segment(self, position: int, name: str, node: int, code: str, value: str = "", variant: str = "") -> None:
        """``variant`` tells apart, by the code of the finding, what X12 720 calls the same and a policy does not."""
        loop = self.grammar.nodes[node].loop_id if node >= 0 else ""
        shown = "X12-TRAILING-SEPARATOR" if code == "8" else f"X12-AK304-{code}{variant}"
        self.fault(node, Fault(position, name, loop, code, 0, 0, 0, "", "", value), shown)

    def came_late(self, node: int) -> None:
        """A segment that was reported missing stands further on: it is only out of order."""
        place = self.grammar.nodes[node]
        missed = ("3", place.segment, place.loop_id)
        if not any((fault.segment_code, fault.segment, fault.loop) == missed for fault in self.faults):
            return
        self.faults = [f for f in self.faults if (f.segment_code, f.segment, f.loop) != missed]
        told = ("X12-AK304-3", f"{self.set_locator}/{place.segment}")
        self.findings = [finding for finding in self.findings if (finding.code, finding.locator) != told]
        self.total -= 1
        self.refusals -= "X12-AK304-3" not in self.policy.forgive

    def elements(self, position: int, node: int, faults: Iterable[ElementFault]) -> None:
        place = self.grammar.nodes[node]
        for element, component, repetition, number, code, value in faults:
            style = _STYLE_OF.get(code, "")
            shown = "6" if style else code
            fault = Fault(
                position, place.segment, place.loop_id, "", element, component, repetition, number, shown, value
            )
            self.fault(node, fault, style or f"X12-AK403-{code}{self._variant(node, element, component, code, value)}")

    def _variant(self, node: int, element: int, component: int, code: str, value: str) -> str:
        """What X12 723 calls the same, told apart for policies."""
        place = self.grammar.nodes[node]
        use = tables.segment_table(self.grammar.release, place.segment).elements[element - 1 : element]
        mandatory = bool(use) and use[0].mandatory
        if code == MISSING and not place.mandatory and (mandatory or component):  # else it is the guide that asks
            return "-OPTIONAL"
        if code == MISSING and (place.segment, element) in _DISPENSABLE and mandatory:
            return "-UNDATED"
        if code == CHARACTER and place.segment == "CTT":
            return "-COUNT"
        return "-ZERO" if code == DATE and not mandatory and not value.strip("0") else ""

    def envelope(self, code: str, facts: dict[str, str]) -> None:
        forgiven = f"X12-AK502-{code}" in self.policy.forgive
        self.refusals += not forgiven
        self.total += 1
        severity = Severity.WARNING if forgiven else Severity.ERROR
        self.findings.append(describe_envelope(code, self.set_locator, severity, facts))

    def _locator(self, fault: Fault) -> str:
        """``ST*0001/PO1[3]/PO102``: the third PO1 of the set. A missing segment has no number."""
        name = clip(fault.segment)
        if fault.segment_code == "3":
            return f"{self.set_locator}/{name}"
        self._seen.update(e[0] for _, e in self.events[self._counted : fault.position])
        self._counted = max(self._counted, fault.position)
        place = f"{self.set_locator}/{name}[{self._seen[fault.segment]}]"
        return f"{place}/{designator(name, fault.element, fault.component)}" if fault.element else place


def judge(
    segments: Iterable[list[str]],
    grammar: Grammar,
    policy: Policy,
    separators: Separators,
    span_errors: tuple[str, ...] = (),
) -> Judgement:
    """Judges the segments of one set, ST to SE, each as its elements with the name first and none empty.

    ``span_errors`` are the AK502 codes that the scan found. Never raises for bad data.
    """
    steps, candidates = grammar.steps, grammar.candidates
    component, repetition = separators.component, separators.repetition
    counts, state, skipping = [0] * grammar.slots, grammar.start, False
    events: list[tuple[int, list[str]]] = []
    record = _Record(grammar, policy, events)
    rest = iter(segments)
    for e in islice(rest, SEGMENT_LIMIT):
        found = steps[state].get(e[0])
        if found is None:
            found = candidates(state, e[0])
        if not found:
            events.append((-1, e))
            _unplaced(record, e[0], skipping)
            skipping = True
            continue
        skipping = False
        target, slot, limit, low, high, zeros, check, detour = found[0]
        events.append((target, e))
        number, after = counts[slot] + 1, target
        if detour is not None or number > limit:
            chosen = _choose(record, found, counts)
            if chosen is None:
                events[-1] = (-1, e)
                skipping = True
                continue
            target, slot, limit, low, high, zeros, check, detour = chosen
            events[-1] = (target, e)
            number, after = counts[slot] + 1, state if detour is not None and detour.stays else target
        if high:
            counts[low:high] = zeros
        counts[slot] = number
        bad = check(e, component, repetition)
        if bad is not None:
            record.elements(len(events), target, bad)
        if e[-1] == "":
            record.segment(len(events), e[0], target, "8")
        state = after
    return _close(record, state, rest, span_errors)


def _unplaced(record: _Record, name: str, skipping: bool) -> None:
    """AK304 1, 6 or 2. Segments of a loop whose start was skipped (2 while skipping) are not reported again. Of a
    release that is not held nobody knows whether it has the segment: that is a 6."""
    grammar = record.grammar
    code, variant = "1", "-LOCAL" if name.startswith("Z") else ""
    if grammar.has(name):
        code, variant = "2", "-LOOP" if grammar.starts_loop(name) else ""
    elif not grammar.exact or tables.has_segment(grammar.release, name):
        code, variant = "6", ""
    if not (code == "2" and skipping):
        record.segment(len(record.events), name, -1, code, variant=variant)


def _choose(record: _Record, found: tuple[Step, ...], counts: list[int]) -> Step | None:
    """The step to take where the nearest one is full, passes mandatory segments or goes back; reports what is wrong.

    A full place is kept rather than jumping over mandatory segments to a later place of the same segment. Reading goes
    back to an earlier loop only when that was not read yet: else the loop is a stray and skipped (None)."""
    nodes, position = record.grammar.nodes, len(record.events)
    first = found[0]
    roomy = next((step for step in found if counts[step.slot] < step.limit), None)
    if first.detour is not None and first.detour.misplaced:
        read = first.detour.stays or not counts[first.slot]
        record.came_late(first.target)
        record.segment(position, nodes[first.target].segment, first.target, "7", variant="" if read else "-LOOP")
        return first if read else None
    if roomy is None or (roomy is not first and roomy.detour is not None):
        code = "4" if first.high else "5"
        record.segment(position, nodes[first.target].segment, first.target, code, str(first.limit))
        return first
    for node in roomy.detour.missing if roomy.detour is not None else ():
        record.segment(position, nodes[node].segment, node, "3")
    return roomy


def _close(record: _Record, state: int, rest: Iterator[list[str]], span_errors: tuple[str, ...]) -> Judgement:
    """What the end of the set owes, the envelope's errors and the verdict."""
    grammar, events = record.grammar, record.events
    segment_count = len(events)
    if segment_count >= SEGMENT_LIMIT and (beyond := sum(1 for _ in rest)):
        segment_count += beyond
        record.refusals += 1
        record.findings.insert(0, _over_limit(record.set_locator, segment_count))
        events = []
    else:
        for node in grammar.left_open(state):
            if grammar.nodes[node].segment != "SE":  # without SE the envelope is in error, code 2
                record.segment(len(events) + 1, grammar.nodes[node].segment, node, "3")
    first = record.events[0][1] if record.events else []
    last = record.events[-1][1] if record.events else []
    facts = {
        "se01": clip(last[1]) if len(last) > 1 else "",
        "se02": clip(last[2]) if len(last) > 2 else "",
        "st02": clip(first[2]) if len(first) > 2 else "",
        "count": str(segment_count),
    }
    for code in span_errors:
        record.envelope(code, facts)
    if not grammar.exact:
        record.findings.append(_near_release(grammar, record.set_locator))
    if record.total > len(record.faults) and len(record.faults) == FINDING_LIMIT:
        record.findings.append(_not_shown(record.total - FINDING_LIMIT, record.set_locator))
    verdict = (
        Verdict.REJECTED if record.refusals else Verdict.ACCEPTED_WITH_ERRORS if record.total else Verdict.ACCEPTED
    )
    return Judgement(verdict, record.faults, tuple(record.findings), events, segment_count, record.total)


def _over_limit(locator: str, segment_count: int) -> Finding:
    return Finding(
        code="X12-LIMIT-SEGMENTS",
        severity=Severity.ERROR,
        locator=locator,
        message=f"the transaction set has {segment_count} segments, more than the {SEGMENT_LIMIT} that are read",
        value=str(segment_count),
        expected=f"at most {SEGMENT_LIMIT} segments",
        fix="Split the document into several transaction sets.",
    )


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


def reject_unsupported(set_type: str, release: str, control_number: str) -> Judgement:
    """The judgement of a set that the tables do not hold (AK502 1)."""
    finding = Finding(
        code="X12-AK502-1",
        severity=Severity.ERROR,
        locator=f"ST*{clip(control_number)}",
        message=f"transaction set {clip(set_type) or '(none)'} of release {clip(release) or '(none)'} is not supported",
        value=set_type,
        fix="Agree on a supported transaction set and release.",
    )
    return Judgement(Verdict.REJECTED, [], (finding,), [], 0, 1)
