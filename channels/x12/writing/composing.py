"""Composes a transaction set: canonical document → segments as one partner wants them, judged before they leave.

The set's binding gives the segments, the partner's rules make the values fit, and our own judge, under the partner's
guide, has the last word: what it would not take from others is not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from canonical.base import CanonicalModel
from canonical.document import Document, DocumentType
from canonical.finding import Finding, Severity, Verdict
from channels.errors import PayloadError
from channels.x12.envelope import PartyId, Separators
from channels.x12.guide import Guide, designator
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT, STRICT, Policy
from channels.x12.sets import SET_OF, encode
from channels.x12.standards import tables
from channels.x12.standards.elements import TOO_LONG
from channels.x12.standards.tables import functional_identifiers
from channels.x12.writing.fitting import FREE_TEXT, NEUTRAL, Rules, fit, separators_in_effect, shortened
from channels.x12.writing.writer import (
    USUAL_SEPARATORS,
    GroupHeader,
    InterchangeHeader,
    Lines,
    TransactionSet,
    interchange_version,
)
from channels.x12.writing.writer import write as write_interchange

ANSWERS = LENIENT.for_sending()
"""How our acknowledgments are judged: they repeat what was bad in the partner's data, and one that is not sent tells
the partner nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a partner wants what we write: ``release`` is GS08, ``version`` ISA12 where it is not the release's own."""

    release: str = "004010"
    version: str = ""
    separators: Separators = USUAL_SEPARATORS
    lines: Lines = field(default_factory=Lines)
    rules: Rules = field(default_factory=Rules)
    guide: Guide | None = None
    policy: Policy = STRICT

    @property
    def interchange_version(self) -> str:
        """ISA12."""
        return self.version or interchange_version(self.release)

    @property
    def in_effect(self) -> Separators:
        """The separators that mean something in this version."""
        return separators_in_effect(self.separators, self.interchange_version)

    def header(
        self,
        *,
        sender: PartyId,
        receiver: PartyId,
        control_number: int,
        created: datetime,
        usage_indicator: str = "P",
        acknowledgment_requested: bool = False,
    ) -> InterchangeHeader:
        """The header of an interchange in this form."""
        return InterchangeHeader(
            sender=sender,
            receiver=receiver,
            control_number=control_number,
            created=created,
            version=self.interchange_version,
            usage_indicator=usage_indicator,
            acknowledgment_requested=acknowledgment_requested,
            separators=self.separators,
            characters=self.rules.character_set,
            lines=self.lines,
        )

    def repeating_bad_values(self) -> Form:
        """The same for what repeats the partner's own bad values: what cannot be written is replaced, never refused."""
        return replace(self, rules=replace(self.rules, unwritable="replace", too_long="shorten"))

    def for_answers(self, release: str) -> Form:
        """The same for an acknowledgment, which repeats bad values and knows no guide."""
        return replace(self.repeating_bad_values(), release=release, guide=None, policy=ANSWERS)


@dataclass(frozen=True, slots=True)
class ComposedSet:
    """A set ready to be written. ``changes`` has a finding for each value that the partner's rules changed."""

    type: str
    body: list[list[str]]
    changes: tuple[Finding, ...] = ()

    def numbered(self, control_number: int) -> TransactionSet:
        """The set under the number that ST02 carries."""
        return TransactionSet(self.type, control_number, self.body)


def compose(document: Document, form: Form, set_type: str | None = None) -> ComposedSet:
    """The document in the set chosen, or the usual one for it. Raises PayloadError, every problem named, for what does
    not fit the form."""
    set_type = set_type or SET_OF.get(DocumentType(document.type), "")
    separators = form.in_effect
    marks = NEUTRAL if separators.repetition else NEUTRAL._replace(repetition=None)
    segments = encode(document, form.release, marks, set_type or None, form.guide)
    fitted = fit(segments, separators, form.release, form.rules)
    compiled = grammar(form.release, set_type, form.guide)
    body, changes = fitted.body, fitted.changes
    judgement = _judged(set_type, body, compiled, form)
    if form.rules.too_long == "shorten" and (long := list(_too_long(judgement, compiled, form.guide))):
        cut = shortened(body, long)
        body, changes = cut.body, (*changes, *cut.changes)
        judgement = _judged(set_type, body, compiled, form)
    if problems := [*fitted.problems, *_refusals(judgement, {finding.locator for finding in fitted.problems})]:
        raise PayloadError.of(problems)
    return ComposedSet(set_type, body, changes)


def _judged(set_type: str, body: list[list[str]], compiled: Grammar, form: Form) -> Judgement:
    whole = [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    return judge(whole, compiled, form.policy, form.in_effect)


def _refusals(judgement: Judgement, told: set[str]) -> list[Finding]:
    """The judge's errors, one a value, their places without the set's number, which is not drawn yet."""
    if judgement.verdict is not Verdict.REJECTED:
        return []
    errors = [f for f in judgement.findings if f.severity is Severity.ERROR]
    placed = [f.model_copy(update={"locator": f.locator.partition("/")[2] or f.locator}) for f in errors]
    return [finding for finding in placed if finding.locator not in told]


def _too_long(judgement: Judgement, compiled: Grammar, guide: Guide | None) -> list[tuple[int, int, int]]:
    """(segment of the body, element, its greatest length) of each free text that the judge found too long."""
    found = []
    for fault in judgement.faults:
        if fault.element_code != TOO_LONG or fault.component or fault.data_element not in FREE_TEXT:
            continue
        node = judgement.nodes[fault.position - 1]
        name = designator(fault.segment, fault.element)
        rules = guide.rules(compiled.type).elements if guide is not None else ()
        loop = compiled.nodes[node].loop
        limits = [rule.max for rule in rules if rule.element == name and rule.max and rule.holds_in(loop)]
        standard = tables.element_table(compiled.release, fault.data_element).maximum
        found.append((fault.position - 2, fault.element, min(limits + ([standard] if standard else []))))
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """An interchange that is ready to be sent. ``changes`` has a finding for each value that the rules changed."""

    data: bytes
    changes: tuple[Finding, ...] = ()


def write(
    documents: Document | Sequence[Document],
    form: Form | None = None,
    *,
    sender: PartyId,
    receiver: PartyId,
    control_number: int,
    group_control_number: int = 1,
    sender_code: str = "",
    receiver_code: str = "",
    created: datetime | None = None,
    usage_indicator: Literal["P", "T", "I"] = "P",
    acknowledgment_requested: bool = False,
) -> Written:
    """One interchange with the documents, a functional group for each type, as ``form`` says; all of it judged first.

    ``control_number`` is ISA13, the groups count up from ``group_control_number``; ``sender_code`` and
    ``receiver_code`` are GS02 and GS03 where they are not the ids of ISA06 and ISA08. Without ``created`` it is now.
    Raises PayloadError, all that does not fit among its ``findings``."""
    chosen, at = form or Form(), created or datetime.now().astimezone()
    listed = [documents] if isinstance(documents, CanonicalModel) else list(documents)
    composed = [compose(document, chosen) for document in listed]
    groups = []
    for number, set_type in enumerate(dict.fromkeys(one.type for one in composed), group_control_number):
        group = GroupHeader(
            functional_identifier=functional_identifiers()[set_type],
            sender=sender_code or sender.id,
            receiver=receiver_code or receiver.id,
            control_number=number,
            created=at,
            release=chosen.release,
        )
        of_type = [one for one in composed if one.type == set_type]
        groups.append((group, [one.numbered(position) for position, one in enumerate(of_type, 1)]))
    header = chosen.header(
        sender=sender,
        receiver=receiver,
        control_number=control_number,
        created=at,
        usage_indicator=usage_indicator,
        acknowledgment_requested=acknowledgment_requested,
    )
    return Written(write_interchange(header, groups), tuple(change for one in composed for change in one.changes))
