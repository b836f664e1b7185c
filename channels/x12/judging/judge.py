"""Judges one transaction set against its grammar: every error named, at one speed whether there are errors or not.

Structure errors are X12 720 (AK304), element errors X12 723 (AK403), errors of the set's envelope X12 718 (AK502).

Segments come in blocks. What is plainly right is passed by ``plain``; from the first segment on whose
place is not plainly right, the set is walked with care: counters for every place, and a word for all that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from canonical.finding import Finding, Severity, Verdict, clip
from channels.x12.envelope import Separators
from channels.x12.envelope.segments import Block, SetSegments
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import Grammar, Step
from channels.x12.judging.plain import UNPLACED, NotPlain, State, automaton
from channels.x12.judging.policy import LENIENT, STRICT, STYLE, Policy
from channels.x12.judging.record import Record
from channels.x12.standards import tables

__all__ = ["Fault", "Judgement", "Policy", "LENIENT", "STRICT", "STYLE", "judge", "reject_unsupported"]

SEGMENT_LIMIT = 200_000
"""A set of more segments is rejected; what lies beyond is counted but not read, and no document is made."""

_ROWS = 2_000
"""Segments judged at a time, where they do not come in blocks."""

_SHORTEST_FIELD = 3
"""Digits of a count that may be one cut to its last digits; of shorter ones chance would tell as much."""

_LOCAL = re.compile("Z[A-Z0-9]{1,2}").fullmatch
"""Names of segments that two partners made for themselves; what is longer is a text behind a stray terminator."""

Event = tuple[int, list[str]]


@dataclass(slots=True)
class Judgement:
    """``rows`` are the segments in file order, ST and SE included, and ``nodes`` where each was read; both empty above
    SEGMENT_LIMIT. A segment without a place has node -1; one that stands too late (AK304 7) in its loop, or too often,
    keeps its node. ``faults`` are capped at FINDING_LIMIT as the findings are; ``faults_total`` counts all faults. Both
    are told in full when first asked for."""

    verdict: Verdict
    faults_total: int
    segment_count: int
    rows: list[list[str]]
    nodes: list[int]
    tell: Callable[[], list[Fault]]
    word: Callable[[], tuple[Finding, ...]]
    _faults: list[Fault] | None = field(default=None, init=False, repr=False)
    _findings: tuple[Finding, ...] | None = field(default=None, init=False, repr=False)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong as an acknowledgment tells it."""
        if self._faults is None:
            self._faults = self.tell()
        return self._faults

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in plain words."""
        if self._findings is None:
            self._findings = self.word()
        return self._findings

    @property
    def events(self) -> list[Event]:
        """(node, elements) of each segment, put together anew each time."""
        return list(zip(self.nodes, self.rows, strict=True))


def judge(
    segments: SetSegments | Iterable[list[str]],
    grammar: Grammar,
    policy: Policy,
    separators: Separators,
    span_errors: tuple[str, ...] = (),
) -> Judgement:
    """Judges the segments of one set, ST to SE, each as its elements with the name first and none empty.

    ``span_errors`` are the AK502 codes that the scan found. Never raises for bad data.
    """
    under_way = _Judging(grammar, policy, separators)
    for block in segments.blocks() if isinstance(segments, SetSegments) else _in_blocks(segments):
        under_way.take(block)
    return under_way.close(span_errors)


def _in_blocks(segments: Iterable[list[str]]) -> Iterator[Block]:
    rest = iter(segments)
    while rows := list(islice(rest, _ROWS)):
        yield Block(rows, range(len(rows)))


class _Judging:
    """One set while it is judged."""

    def __init__(self, grammar: Grammar, policy: Policy, separators: Separators) -> None:
        self.grammar = grammar
        self.separators = separators
        self.record = Record(grammar, policy)
        self.rows: list[list[str]] = []
        self.nodes: list[int] = []
        self.beyond = 0
        self.automaton = automaton(grammar)
        self.state = self.automaton.start
        self.careful: _CarefulWalk | None = None

    def take(self, block: Block) -> None:
        """The next segments of the set. Beyond the limit they are counted only."""
        rows = block.rows
        if block.unread and len(self.rows) < SEGMENT_LIMIT:
            self._take_unread(block)
            return
        if len(rows) > (room := SEGMENT_LIMIT - len(self.rows)):
            self.beyond += len(rows) - room
            rows = rows[:room]
        if not rows:
            return
        before = len(self.rows)
        if self.careful is None:
            try:
                states = self.automaton.walk(self.state, rows)
            except NotPlain:
                self.careful = self._walked()
            else:
                self.rows += rows
                self.state = states[-1]
                self._take_plain(before, states, block)
                return
        self.rows += rows
        self._take_carefully(before, self.careful, block)

    def _take_unread(self, block: Block) -> None:
        """A segment too long to be read has a place, and no more is said of it than that."""
        self.careful = self.careful or self._walked()
        self.rows += block.rows
        position, name = len(self.rows), block.rows[0][0]
        self.nodes.append(self.careful.place(position, name))
        self.record.unread(position, name, self.nodes[-1], block.unread)

    def _walked(self) -> _CarefulWalk:
        """The careful walk at the segment where the plain one stopped, whose errors are noted."""
        walk = _CarefulWalk(Record(self.grammar, self.record.policy))
        for position, elements in enumerate(self.rows, 1):
            walk.place(position, elements[0])
        walk.record = self.record
        return walk

    def _take_plain(self, before: int, states: list[State], block: Block) -> None:
        component, repetition = self.separators.component, self.separators.repetition
        rows, nodes = self.rows, [state.node for state in states]
        doubtful = [
            index
            for index, (state, e) in enumerate(zip(states, block.rows, strict=False), before)
            if not state.fine[len(e)](e, component, repetition)
        ]
        odd = {before + index for index in block.odd if index < len(nodes)}
        self.nodes += nodes
        for index in sorted(odd.union(doubtful)) if odd else doubtful:
            node = self.nodes[index]
            if node == UNPLACED:
                follows = index > 0 and self.nodes[index - 1] == UNPLACED
                _note_unplaced(self.record, index + 1, rows[index][0], follows)
            elif index in odd or rows[index][-1] == "":
                self._check(index + 1, node, rows[index], index in odd)
            elif bad := self.grammar.checks[node](rows[index], component, repetition):
                self.record.elements(index + 1, node, bad)

    def _take_carefully(self, before: int, walk: _CarefulWalk, block: Block) -> None:
        component, repetition = self.separators.component, self.separators.repetition
        fine, odd = self.automaton.fine, frozenset(block.odd)
        for index, e in enumerate(self.rows[before:]):
            node = walk.place(before + index + 1, e[0])
            self.nodes.append(node)
            if node >= 0 and (index in odd or not fine(node)[len(e)](e, component, repetition)):
                self._check(before + index + 1, node, e, index in odd)

    def _check(self, position: int, node: int, e: list[str], odd: bool) -> None:
        """Names what is wrong with a segment's elements, if anything is."""
        component, repetition = self.separators.component, self.separators.repetition
        trailing = e[-1] == ""
        if trailing and not odd:
            e = _without_empty_end(e)
        if odd or not trailing or not self.automaton.fine(node)[len(e)](e, component, repetition):
            bad = self.grammar.checks[node](e, component, repetition)
            if bad is not None:
                self.record.elements(position, node, bad)
        if trailing:
            self.record.trailing_separators(position, e[0], node)

    def close(self, span_errors: tuple[str, ...]) -> Judgement:
        """What the end of the set owes, the envelope's errors and the verdict."""
        record, grammar, rows = self.record, self.grammar, self.rows
        segment_count = len(rows) + self.beyond
        if self.careful is None and self.automaton.too_often(self.nodes):
            return self._carefully_again().close(span_errors)
        if self.beyond:
            record.refusals += 1
        else:
            state = self.careful.state if self.careful is not None else self.state.place
            for node in grammar.left_open(state):
                if grammar.nodes[node].segment != "SE":  # without SE the envelope is in error, code 2
                    record.segment(len(rows) + 1, grammar.nodes[node].segment, node, "3")
            if grammar.occurrences is not None:
                for found in grammar.occurrences.miscounts(self.nodes, rows, self.separators.component):
                    record.miscount(found)
        for code in span_errors:
            record.envelope("4-TRUNCATED" if code == "4" and _truncated(rows, segment_count) else code)
        if not self.beyond:
            return self._judgement(rows, self.nodes, segment_count, lambda: record.findings(rows, segment_count))
        set_control_number = rows[0][2] if rows and len(rows[0]) > 2 else ""
        findings = (_over_limit(set_control_number, segment_count), *record.findings(rows, segment_count))
        return self._judgement([], [], segment_count, lambda: findings)

    def _carefully_again(self) -> _Judging:
        """The same set walked with care from its start."""
        again = _Judging(self.grammar, self.record.policy, self.separators)
        again.careful = _CarefulWalk(again.record)
        again.take(Block(self.rows, range(len(self.rows))))
        again.beyond = self.beyond
        return again

    def _judgement(
        self, rows: list[list[str]], nodes: list[int], segment_count: int, word: Callable[[], tuple[Finding, ...]]
    ) -> Judgement:
        record = self.record
        return Judgement(record.verdict, record.total, segment_count, rows, nodes, record.faults, word)


def _truncated(rows: list[list[str]], segment_count: int) -> bool:
    """Whether SE01 is the count without its first digits, as senders with a field of three or more digits write it."""
    counted = rows[-1][1] if rows and rows[-1][0] == "SE" and len(rows[-1]) > 1 else ""
    return len(counted) >= _SHORTEST_FIELD and counted != str(segment_count) and str(segment_count).endswith(counted)


def _without_empty_end(e: list[str]) -> list[str]:
    end = len(e)
    while end > 1 and e[end - 1] == "":
        end -= 1
    return e[:end]


class _CarefulWalk:
    """Where segments of a set stand, and what is wrong about it. ``state`` is the node that reading goes on from."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.grammar = record.grammar
        self.state = self.grammar.start
        self._counts = [0] * self.grammar.slots
        self._skipping = False

    def place(self, position: int, name: str) -> int:
        """The node at which the set's next segment, at ``position``, is read; -1 where it has no place."""
        found = self.grammar.candidates(self.state, name)
        if not found:
            _note_unplaced(self.record, position, name, self._skipping)
            self._skipping = True
            return UNPLACED
        step: Step | None = found[0]
        assert step is not None
        if step.detour is not None or self._counts[step.slot] >= step.limit:
            step = self._choose(position, found)
        self._skipping = step is None
        if step is None:
            return UNPLACED
        number = self._counts[step.slot] + 1
        if step.high:
            self._counts[step.low : step.high] = step.zeros
        self._counts[step.slot] = number
        if step.detour is None or not step.detour.stays:
            self.state = step.target
        return step.target

    def _choose(self, position: int, found: tuple[Step, ...]) -> Step | None:
        """The step to take where the nearest one is full, passes mandatory segments or goes back; reports what is
        wrong. A full place is kept rather than jumping over mandatory segments to a later place of the same segment.
        Reading goes back to an earlier loop only when that was not read yet: else it is a stray and skipped (None)."""
        nodes, record = self.grammar.nodes, self.record
        first = found[0]
        roomy = next((step for step in found if self._counts[step.slot] < step.limit), None)
        if first.detour is not None and first.detour.misplaced:
            read = first.detour.stays or not self._counts[first.slot]
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


def _note_unplaced(record: Record, position: int, name: str, skipping: bool) -> None:
    """AK304 1, 6 or 2. Segments of a loop whose start was skipped (2 while skipping) are not reported again. Of a
    release that is not held nobody knows whether it has the segment: that is a 6."""
    grammar = record.grammar
    code, variant = "1", "-LOCAL" if _LOCAL(name) else ""
    if grammar.has(name):
        code, variant = "2", "-LOOP" if grammar.starts_loop(name) else ""
    elif not grammar.exact or tables.has_segment(grammar.release, name):
        code, variant = "6", ""
    if not (code == "2" and skipping):
        record.segment(position, name, UNPLACED, code, variant=variant)


def _over_limit(set_control_number: str, segment_count: int) -> Finding:
    return Finding(
        code="X12-LIMIT-SEGMENTS",
        severity=Severity.ERROR,
        locator=f"ST*{clip(set_control_number)}",
        message=f"the transaction set has {segment_count} segments, more than the {SEGMENT_LIMIT} that are read",
        value=str(segment_count),
        expected=f"at most {SEGMENT_LIMIT} segments",
        fix="Split the document into several transaction sets.",
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
    return Judgement(Verdict.REJECTED, 1, 0, [], [], list, lambda: (finding,))
