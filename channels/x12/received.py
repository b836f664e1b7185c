"""A received X12 file as values: interchanges, their sets judged and translated one at a time, and the answers to them.

    for interchange in read(data):
        for transaction_set in interchange:
            print(transaction_set.type, transaction_set.verdict, transaction_set.document)
        replies = interchange.acknowledge()

Nothing here raises for what the bytes hold, and no set is held longer than the caller holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from mmap import mmap
from typing import TYPE_CHECKING, Literal, cast

from canonical.document import Document
from canonical.finding import Finding, Severity, Verdict
from channels.x12.acknowledging.acknowledgment import (
    INTERCHANGE,
    SetOutcome,
    acknowledge_group,
    acknowledge_interchange,
    acknowledgeable,
    acknowledgeable_interchange,
    form_for,
)
from channels.x12.acknowledging.answering import Answer, envelope_errors, envelope_verdict, refusal, write_answer
from channels.x12.envelope import Group, Interchange, PartyId, Scan, SetSpan, scan
from channels.x12.envelope.leftovers import Remnant
from channels.x12.envelope.segments import set_segments
from channels.x12.guide import Guide
from channels.x12.judging.faults import Fault
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import Judgement, judge, reject_unsupported
from channels.x12.judging.policy import LENIENT, STRICT, Policy
from channels.x12.sets import DOCUMENT_OF, Decoded, decode
from channels.x12.standards.tables import UnsupportedSetError
from channels.x12.writing.composing import Form

if TYPE_CHECKING:
    from channels.x12.explain import SetTree


@dataclass(frozen=True, slots=True)
class ReceivedSet:
    """One transaction set. A rejected one that can be read has its ``document`` too, for people to look at; a set that
    no canonical document stands for (830, 940 ...) is judged and has none. ``provenance`` leads from a JSON pointer
    into the document to the segment and element it came from."""

    group: Group
    span: SetSpan
    verdict: Verdict
    findings: tuple[Finding, ...]
    document: Document | None
    provenance: Mapping[str, str]
    outcome: SetOutcome
    _tree: Callable[[], SetTree] = field(repr=False, compare=False)

    @property
    def type(self) -> str:
        """ST01."""
        return self.span.type

    @property
    def control_number(self) -> str:
        """ST02."""
        return self.span.control_number

    @property
    def release(self) -> str:
        """GS08."""
        return self.group.release

    @property
    def accepted(self) -> bool:
        """Whether it may be worked, errors that the policy forgives or not."""
        return self.verdict is not Verdict.REJECTED

    def explain(self) -> SetTree:
        """The set as a person reads it: its segments with names and meanings, loops and levels, findings in place."""
        return self._tree()


@dataclass(slots=True)
class ReceivedInterchange:
    """One interchange; iterating judges its sets one at a time. ``source`` has all that its envelopes say."""

    source: Interchange
    _data: bytes | mmap
    _policy: Policy
    _guide: Guide | None
    _outcomes: dict[int, SetOutcome] = field(default_factory=dict)

    @property
    def sender(self) -> PartyId:
        return self.source.sender

    @property
    def receiver(self) -> PartyId:
        return self.source.receiver

    @property
    def control_number(self) -> str:
        """ISA13."""
        return self.source.control_number

    @property
    def verdict(self) -> Verdict:
        """Of the envelope alone. Where it is rejected, every set is."""
        return envelope_verdict(self.source.note_code, lenient=self._policy.name != STRICT.name)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the envelopes; each set has its own."""
        return self.source.findings

    def __iter__(self) -> Iterator[ReceivedSet]:
        for group in self.source.groups:
            for span in group.sets:
                received = self._received(group, span)
                self._outcomes[span.offset] = received.outcome
                yield received

    def acknowledge(
        self,
        form: Form | None = None,
        *,
        control_number: int = 1,
        group_control_number: int = 1,
        functional: Literal["997", "999"] = "997",
        interchange: bool | None = None,
        created: datetime | None = None,
    ) -> list[bytes]:
        """The answers, each an interchange back to the sender: the TA1 where ISA14 asks for one or the envelope is
        refused (``interchange`` says otherwise), then one 997 for each group, or 999 for a group of 005010 or later.

        ``form`` says how the sender wants them written. Numbers count up from the two given; without ``created`` the
        answers bear the date of what they answer. An acknowledgment is not acknowledged. Raises PayloadError where
        the sender cannot be addressed by what its envelope says."""
        chosen, replies = form or Form(), []
        answers: list[tuple[Answer, Group | None]] = []
        if self._wants_ta1(interchange):
            answers.append((self._ta1(), None))
        answers.extend((self._functional(group, functional), group) for group in self._answered_groups())
        for at, (answer, group) in enumerate(answers):
            ahead = at - sum(one is None for _, one in answers[:at])
            replies.append(
                write_answer(
                    answer,
                    self.source,
                    group,
                    chosen,
                    control_number=control_number + at,
                    group_control_number=group_control_number + ahead,
                    created=created,
                )
            )
        return replies

    def _wants_ta1(self, asked: bool | None) -> bool:
        wanted = self.source.acknowledgment_requested or self.verdict is Verdict.REJECTED if asked is None else asked
        return wanted and acknowledgeable_interchange(self.source)

    def _ta1(self) -> Answer:
        return Answer(acknowledge_interchange(self.source, self.verdict), INTERCHANGE)

    def _answered_groups(self) -> list[Group]:
        if self.verdict is Verdict.REJECTED:
            return []
        return [group for group in self.source.groups if acknowledgeable(group)]

    def _functional(self, group: Group, asked: str) -> Answer:
        outcomes = []
        for span in group.sets:
            known = self._outcomes.get(span.offset)
            outcomes.append(known or self._received(group, span).outcome)
        set_type = form_for(group.release, asked)
        return Answer(acknowledge_group(self.source, group, outcomes, set_type), set_type)

    def _received(self, group: Group, span: SetSpan) -> ReceivedSet:
        judgement, compiled = judge_span(self._data, self.source, group, span, self._policy, self._guide)
        verdict, findings = judgement.verdict, judgement.findings
        if group.errors and self._policy.name == STRICT.name:
            verdict = Verdict.REJECTED  # strictly, a group stands or falls as a whole
        if self.verdict is Verdict.REJECTED:
            verdict, findings = Verdict.REJECTED, (*findings, refusal(self.source))
        decoded = Decoded(None)
        if compiled is not None and span.type in DOCUMENT_OF:
            decoded = decode(span.type, compiled, judgement, self.source.separators)
        findings = (*findings, *untold(findings, decoded.findings, rejected=verdict is Verdict.REJECTED))
        document = cast("Document | None", decoded.document)
        outcome = set_outcome(span, verdict, judgement.faults, findings)
        provenance = decoded.provenance
        tree = partial(set_tree, self._data, self.source, group, span, judgement, compiled, findings, provenance)
        return ReceivedSet(group, span, verdict, findings, document, provenance, outcome, tree)


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """All of a file: ``remnants`` are bytes that belong to no interchange, so that nothing of it is lost."""

    scan: Scan
    interchanges: tuple[ReceivedInterchange, ...]

    @property
    def remnants(self) -> tuple[Remnant, ...]:
        return self.scan.remnants

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the file as a whole."""
        return self.scan.findings

    def __iter__(self) -> Iterator[ReceivedInterchange]:
        return iter(self.interchanges)


def read(data: bytes | mmap, *, policy: Policy = LENIENT, guide: Guide | None = None) -> ReceivedFile:
    """The file, its envelopes read; each set is judged when it is come to. ``policy`` says what is forgiven, ``guide``
    what the partners agreed beyond the standard."""
    scanned = scan(data)
    return ReceivedFile(
        scanned, tuple(ReceivedInterchange(found, data, policy, guide) for found in scanned.interchanges)
    )


def judge_span(
    data: bytes | mmap, source: Interchange, group: Group, span: SetSpan, policy: Policy, guide: Guide | None
) -> tuple[Judgement, Grammar | None]:
    """One set judged where it lies, and the grammar it was judged by; None for a set that the tables do not hold."""
    try:
        compiled = grammar(group.release, span.type, guide)
    except UnsupportedSetError:
        return reject_unsupported(span.type, group.release, span.control_number), None
    segments = set_segments(data, span, source.separators)
    return judge(segments, compiled, policy, source.separators, span.errors), compiled


def set_tree(
    data: bytes | mmap,
    source: Interchange,
    group: Group,
    span: SetSpan,
    judgement: Judgement,
    compiled: Grammar | None,
    findings: Sequence[Finding],
    provenance: Mapping[str, str],
) -> SetTree:
    """The tree of a judged set, from what the judge read."""
    from channels.x12.explain import ReadSet, explain, explain_bytes  # here: a verdict needs no tree

    if compiled is None:
        return explain_bytes(data, span, group.release, source.separators, findings)
    readable = ReadSet(
        type=span.type,
        control_number=span.control_number,
        release=group.release,
        separators=source.separators,
        events=judgement.events,
        segment_count=judgement.segment_count,
        grammar=compiled,
    )
    return explain(readable, findings, judgement.faults, provenance)


def untold(told: Iterable[Finding], decoded: Iterable[Finding], *, rejected: bool) -> list[Finding]:
    """What decoding adds to the judge's findings. Of a rejected set the judge has said why there may be no document."""
    places = {finding.locator for finding in told}
    news = [finding for finding in decoded if finding.locator not in places]
    return [finding for finding in news if finding.severity is not Severity.ERROR] if rejected else news


def set_outcome(span: SetSpan, verdict: Verdict, faults: Sequence[Fault], findings: Iterable[Finding]) -> SetOutcome:
    """What an acknowledgment needs to know of a set."""
    return SetOutcome(
        type=span.type,
        control_number=span.control_number,
        implementation=span.implementation,
        verdict=verdict,
        faults=faults if verdict is not Verdict.ACCEPTED else (),
        envelope_errors=envelope_errors(finding.code for finding in findings),
    )
