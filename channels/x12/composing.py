"""Composes a transaction set: canonical document → segments as one partner wants them, judged before they leave.

The set's binding gives the segments, the partner's rules make the values fit, and our own judge, under the partner's
guide, has the last word: what it would not take from others is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from canonical.document import Document, DocumentType
from canonical.finding import Finding, Severity, Verdict
from channels.errors import PayloadError
from channels.x12 import tables
from channels.x12.elements import TOO_LONG
from channels.x12.envelope import PartyId, Separators
from channels.x12.fitting import FREE_TEXT, NEUTRAL, Rules, fit, separators_in_effect, shortened
from channels.x12.grammar import Grammar, grammar
from channels.x12.guide import Guide, designator
from channels.x12.judge import Judgement, judge
from channels.x12.policy import LENIENT, STRICT, Policy
from channels.x12.sets import SET_OF, encode
from channels.x12.writer import USUAL_SEPARATORS, InterchangeHeader, Lines, TransactionSet, interchange_version

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

    def for_answers(self, release: str) -> Form:
        """The same for an acknowledgment: no guide, and what cannot be written is replaced, never refused."""
        lenient = replace(self.rules, unwritable="replace", too_long="shorten")
        return replace(self, release=release, rules=lenient, guide=None, policy=ANSWERS)


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
    marks = replace(NEUTRAL, repetition=NEUTRAL.repetition if separators.repetition else None)
    fitted = fit(encode(document, form.release, marks, set_type or None), separators, form.release, form.rules)
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
        node = judgement.events[fault.position - 1][0]
        name = designator(fault.segment, fault.element)
        rules = guide.rules(compiled.type).elements if guide is not None else ()
        loop = compiled.nodes[node].loop
        limits = [rule.max for rule in rules if rule.element == name and rule.max and rule.holds_in(loop)]
        standard = tables.element_table(compiled.release, fault.data_element).maximum
        found.append((fault.position - 2, fault.element, min(limits + ([standard] if standard else []))))
    return found
