"""What the hub makes of a file, without hub: the pipeline's own steps over bytes and a profile, no store and no I/O.

The values come in file order and one set at a time, so a file of any size is inspected in bounded memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from mmap import mmap
from typing import TYPE_CHECKING, TypeAlias

from canonical.document import Document, DocumentType
from canonical.finding import Finding, Severity, Verdict, clip
from channels.channel import Codec
from channels.errors import PayloadError
from channels.folder.settings import FolderSettings
from channels.x12.acknowledging.acknowledgment import SetOutcome
from channels.x12.acknowledging.answering import Answer, refusal, write_answer
from channels.x12.envelope import Group, Interchange, PartyId, Scan, SetSpan, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.received import set_outcome, set_tree
from channels.x12.standards.identity import set_name
from channels.x12.standards.tables import UnsupportedSetError
from hub.pipeline.answers import functional_answer, interchange_answer, interchange_verdict
from hub.pipeline.check import check
from hub.pipeline.judge import judge
from hub.pipeline.piece import Piece, X12Place
from hub.pipeline.translate import translate
from partners.agreement import Direction, DocumentAgreement
from partners.pinned import Pinned
from partners.profile import Identifier, Role, TradingPartner

if TYPE_CHECKING:
    from channels.x12.explain import SetTree
    from channels.x12.second_judge.comparison import TwoJudgements

UNREADABLE_NOTES = frozenset({"004", "026", "027"})
"""TA105 codes of an ISA whose separators cannot be trusted: nothing behind it is read."""

HUB_FAULT = "HUB-FAULT"

log = logging.getLogger(__name__)

NEUTRAL = Pinned(
    TradingPartner(
        partner="any",
        name="Any partner",
        role=Role.SUPPLIER,
        identifiers=(Identifier(qualifier="ZZ", id="ANY"),),
        channels=(FolderSettings(kind="folder", name="files", codec=Codec.X12, inbound="in", outbound="out"),),
        documents=tuple(
            DocumentAgreement(type=kind, direction=Direction.INBOUND, channel="files") for kind in DocumentType
        ),
    ),
    version=0,
)
"""The profile of a partner of whom nothing is known: lenient, every group acknowledged, TA1 on request or refusal."""


@dataclass(frozen=True, slots=True)
class InterchangeOpened:
    """An interchange and what is wrong with its envelope. Its sets follow."""

    source: Interchange
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class InspectedSet:
    """One transaction set, judged. A rejected one that can be read has its ``document`` too: for people to look at, it
    would go nowhere. ``only_kept``: no canonical document carries this set. ``tree`` makes the set as a person reads
    it, its findings in place; ``twice`` has it judged by pyx12 too, None where the tables do not hold the set."""

    group: Group
    span: SetSpan
    verdict: Verdict
    findings: tuple[Finding, ...]
    document: Document | None
    only_kept: bool
    tree: Callable[[], SetTree]
    twice: Callable[[], TwoJudgements | None]


@dataclass(frozen=True, slots=True)
class InterchangeAnswered:
    """The end of an interchange: the X12 text of every answer that would be sent, the TA1 first; ``findings`` tell of
    one that cannot be written."""

    acknowledgments: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FileOpened:
    """The file as a whole: ``documents`` follow, unless an error among the findings says why there are none."""

    size: int
    documents: int
    findings: tuple[Finding, ...]

    @property
    def is_readable(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class InspectedDocument:
    """One document. A rejected one that can be read is there too: for people to look at, it would go nowhere.
    ``first`` and ``last`` are its lines or rows, as findings name them."""

    type: str
    number: str
    first: int
    last: int
    verdict: Verdict
    findings: tuple[Finding, ...]
    document: Document | None


Inspected: TypeAlias = Scan | InterchangeOpened | InspectedSet | InterchangeAnswered | FileOpened | InspectedDocument
"""Of X12 the scan, then each interchange; of any other form the file, then each document."""

ProfileOf: TypeAlias = Callable[[PartyId], Pinned | None]
"""The profile of an interchange's sender; None when no partner owns the identifier."""


def inspect(
    data: bytes | mmap, *, profile_of: ProfileOf = lambda sender: NEUTRAL, at: datetime | None = None
) -> Iterator[Inspected]:
    """The scan, then each interchange: opened, its sets, its answers. Never raises for what the bytes hold.

    The answers carry control number 1 and the interchange's own date, or ``at``.
    """
    scanned = scan(data)
    yield scanned
    for source in scanned.interchanges:
        yield from _Inspection(data, source, profile_of(source.sender), at).values()


def readable(scanned: Scan) -> bool:
    """Whether the file could be read as X12: it holds an interchange, and the separators of each can be trusted."""
    return bool(scanned.interchanges) and not any(_separators_unknown(i) for i in scanned.interchanges)


def _separators_unknown(source: Interchange) -> bool:
    codes = {finding.code.removeprefix("X12-TA105-") for finding in source.findings}
    return not UNREADABLE_NOTES.isdisjoint(codes)


@dataclass(slots=True)
class _Inspection:
    """One interchange under inspection. ``refusal`` tells its sets why none of them goes on."""

    data: bytes | mmap
    source: Interchange
    owner: Pinned | None
    at: datetime | None
    answers: list[str] = field(default_factory=list)
    unwritten: list[Finding] = field(default_factory=list)
    refusal: Finding | None = None

    @property
    def pinned(self) -> Pinned:
        return self.owner or NEUTRAL

    def values(self) -> Iterator[Inspected]:
        source = self.source
        verdict = interchange_verdict(self.pinned, source.note_code)
        if verdict is Verdict.REJECTED:
            self.refusal = refusal(source)
        yield InterchangeOpened(source, (*source.findings, *self._about_partner()))
        self._add(interchange_answer(self.pinned, source, verdict, source.note_code), None)
        for group in source.groups:
            yield from self._group(group)
        yield InterchangeAnswered(tuple(self.answers), tuple(self.unwritten))

    def _about_partner(self) -> Iterator[Finding]:
        """What the profile says of the envelope, told beside the verdicts: there is no channel here to judge by."""
        if self.owner is None:
            sender = self.source.sender
            yield Finding(
                code="PARTNER-UNKNOWN",
                severity=Severity.WARNING,
                locator="ISA06",
                message=f"No profile has the sender {clip(sender.qualifier)}/{clip(sender.id)}; judged without one.",
                value=f"{sender.qualifier}/{sender.id}",
            )
        elif self.owner is not NEUTRAL and self.source.usage_indicator != self.owner.usage_letter:
            yield Finding(
                code="X12-ISA15-USAGE",
                severity=Severity.WARNING,
                locator="ISA15",
                message=f"The profile of {self.owner.key} expects {self.owner.usage_letter}: its channel would refuse.",
                value=self.source.usage_indicator,
                expected=self.owner.usage_letter,
            )

    def _group(self, group: Group) -> Iterator[InspectedSet]:
        outcomes: list[SetOutcome] | None = []
        for span in group.sets:
            piece = self._worked(group, span)
            if piece is None:
                outcomes = None  # while one of its sets is not judged nothing is said of the group
                fault = (_hub_fault(span),)
                tree = partial(_bare_tree, group, span, fault)
                yield InspectedSet(group, span, Verdict.REJECTED, fault, None, False, tree, lambda: None)
                continue
            if outcomes is not None and self.refusal is None:
                outcomes.append(set_outcome(span, piece.verdict, piece.faults, piece.findings))
            findings, tree = tuple(piece.findings), partial(_tree_of, piece, self.data)
            twice = partial(_judged_twice, piece, self.data)
            yield InspectedSet(group, span, piece.verdict, findings, piece.document, piece.only_kept, tree, twice)
        if outcomes and self.refusal is None:
            self._add(functional_answer(self.pinned, self.source, group, outcomes), group)

    def _worked(self, group: Group, span: SetSpan) -> Piece | None:
        """The set through the pipeline's steps; None when a fault of ours stopped it."""
        place = X12Place(self.source, group, span, "", "")
        piece = Piece(self.pinned, "inbound", self.source.usage_indicator, place=place)
        try:
            judge(piece, self.data)
            if self.refusal is not None:
                piece.verdict = Verdict.REJECTED
                piece.findings.append(self.refusal)
                piece.refuse(self.refusal.message)
            translate(piece)
            check(piece)
        except Exception:
            log.debug("a transaction set could not be judged", exc_info=True)  # its finding tells the user
            return None
        return piece

    def _add(self, answer: Answer | None, group: Group | None) -> None:
        if answer is None:
            return
        try:
            self.answers.append(self._text(answer, group))
        except PayloadError as error:
            self.unwritten.append(_unwritable(error.detail))

    def _text(self, answer: Answer, group: Group | None) -> str:
        """The answer as one interchange of its own, from the receiver back to the sender."""
        form = self.pinned.form()
        usage = self.pinned.usage_letter
        written = write_answer(
            answer, self.source, group, form, control_number=1, created=self.at, usage_indicator=usage
        )
        return written.decode(form.rules.character_set.encoding)


def _unwritable(detail: str) -> Finding:
    return Finding(
        code="X12-ANSWER-UNWRITABLE",
        severity=Severity.WARNING,
        locator="ISA",
        message=f"An answer cannot be addressed as the interchange stands: {detail}.",
    )


def _hub_fault(span: SetSpan) -> Finding:
    return Finding(
        code=HUB_FAULT,
        severity=Severity.ERROR,
        locator=f"ST*{clip(span.control_number)}",
        message="The hub could not judge this transaction set: a fault of the hub, not of the file.",
        fix="Report it with the file. Nothing would be answered for its functional group.",
    )


def _tree_of(piece: Piece, body: bytes | mmap) -> SetTree:
    """The tree of a judged set, from what the judge read. Raises ValueError for a piece that is none."""
    place, judgement = piece.x12, piece.judgement
    if place is None or judgement is None:
        raise ValueError("only a judged transaction set has a tree")
    findings, provenance = tuple(piece.findings), piece.provenance
    return set_tree(body, place.interchange, place.group, place.span, judgement, piece.grammar, findings, provenance)


def _judged_twice(piece: Piece, body: bytes | mmap) -> TwoJudgements | None:
    from channels.x12.second_judge.comparison import judge_twice  # here: pyx12 is loaded only for those who ask for it

    place = piece.x12
    if place is None:
        return None
    span, release, separators = place.span, place.group.release, place.interchange.separators
    guide = piece.agreement.guide if piece.agreement else None
    try:
        return judge_twice(set_segments(body, span, separators), release, span.type, guide, separators, span.errors)
    except UnsupportedSetError:
        return None


def _bare_tree(group: Group, span: SetSpan, findings: tuple[Finding, ...]) -> SetTree:
    """Of a set that could not be judged there are only the findings to show."""
    name = set_name(group.release, span.type)
    return SetTree(span.type, name, "", span.control_number, group.release, span.segment_count, (), findings)
