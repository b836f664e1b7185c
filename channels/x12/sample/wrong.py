"""Samples that are wrong on purpose: each breaks one rule of a partner's guide and nothing else.

For going live: a partner's system, or ours, is shown each file and must answer with the finding that belongs to it.
What breaks a rule alone is not reasoned out but tried: a change is kept when the judge finds that rule broken, once,
and nothing beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from canonical.finding import Finding
from channels.x12.envelope import Separators
from channels.x12.guide import ElementRule, Guide, SegmentRule
from channels.x12.guide.check import holds
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.sample import Sample, sample
from channels.x12.sample.values import NEUTRAL_TEXT
from channels.x12.standards import tables
from channels.x12.standards.tables import SegmentTable
from channels.x12.writing.writer import USUAL_SEPARATORS

Body = list[list[str]]


@dataclass(frozen=True, slots=True)
class WrongSample:
    """``rule`` is the number of the guide's rule that the document breaks (``SetGuide.rule``), ``finding`` what a
    strict judge says of it."""

    rule: int
    sample: Sample
    finding: Finding


def wrong_samples(
    set_type: str,
    release: str,
    guide: Guide,
    *,
    seed: int = 0,
    lines: int = 2,
    separators: Separators = USUAL_SEPARATORS,
) -> Iterator[WrongSample]:
    """One for each rule of the guide that can be broken alone, in the order of the rules."""
    right = sample(set_type, release, guide, seed=seed, lines=lines, separators=separators)
    compiled = grammar(release, set_type, guide)
    rules = compiled.guide
    for number in range(1, len(rules.segments) + len(rules.elements) + 1):
        rule = rules.rule(number)
        for body in _broken(rule, right.body, compiled, separators):
            if finding := _only(number, set_type, body, compiled, separators):
                yield WrongSample(number, replace(right, body=body), finding)
                break


def _only(number: int, set_type: str, body: Body, compiled: Grammar, separators: Separators) -> Finding | None:
    """The one finding, when the rule and nothing else is broken."""
    whole = [["ST", set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    judgement = judge(whole, compiled, STRICT, separators)
    if [fault.rule for fault in judgement.faults] == [number] and len(judgement.findings) == 1:
        return judgement.findings[0]
    return None


def _broken(rule: SegmentRule | ElementRule, body: Body, compiled: Grammar, separators: Separators) -> Iterator[Body]:
    """Changes of the document that may break the rule."""
    if isinstance(rule, SegmentRule):
        yield from _segment_broken(rule, body, compiled, separators)
        return
    table = tables.segment_table(compiled.release, rule.segment)
    for at, segment in enumerate(body):
        if segment[0] == rule.segment and (rule.when is None or holds(rule.when, segment, separators.component)):
            for texts in _texts(rule, segment, table, compiled.release):
                yield [*body[:at], _changed(segment, texts), *body[at + 1 :]]


def _changed(segment: Sequence[str], texts: Mapping[int, str]) -> list[str]:
    changed = [*segment, *[""] * (max(texts) + 1 - len(segment))]
    for position, text in texts.items():
        changed[position] = text
    while not changed[-1]:
        changed.pop()
    return changed


def _texts(rule: ElementRule, segment: Sequence[str], table: SegmentTable, release: str) -> Iterator[Mapping[int, str]]:
    """What may stand in the element against the rule, with what goes along with it; components are left alone."""
    at, use = rule.position, table.elements[rule.position - 1]
    if rule.component or use.components:
        return
    there = segment[at] if at < len(segment) else ""
    element, listed = tables.element_table(release, use.number), tables.codes(release, use.number)
    others = sorted((listed or {NEUTRAL_TEXT[: element.maximum or 1]}) - set(rule.codes))
    if rule.usage == "required":
        paired = [note for note in table.notes if note[0] == "P" and f"{at:02}" in re.findall("..", note[1:])]
        yield {at: ""}
        yield {int(position): "" for note in paired for position in re.findall("..", note[1:])} or {at: ""}
    if rule.codes or rule.usage == "forbidden":
        yield from ({at: code} for code in others[:3])
    if rule.max is not None:
        yield {at: (there or "1").ljust(rule.max + 1, "1")}
    if rule.min is not None and rule.min > element.minimum:
        yield {at: (there or "1")[: rule.min - 1]}


def _segment_broken(rule: SegmentRule, body: Body, compiled: Grammar, separators: Separators) -> Iterator[Body]:
    meant = [
        at
        for at, segment in enumerate(body)
        if segment[0] == rule.segment and (rule.having is None or holds(rule.having, segment, separators.component))
    ]
    if rule.usage == "required":
        for at in meant:
            for end in range(at + 1, min(at + 6, len(body)) + 1):  # alone, or with the rest of the loop it starts
                yield [*body[:at], *body[end:]]
    if rule.max is not None:
        for at in meant:
            for surplus in range(1, rule.max + 1):
                yield [*body[:at], *[body[at]] * surplus, *body[at:]]
    if rule.usage == "forbidden":
        first = tables.segment_table(compiled.release, rule.segment).elements
        fixed = rule.having.codes[0] if rule.having and rule.having.codes else NEUTRAL_TEXT[:2]
        for at in range(1, len(body)):
            for filled in range(1, min(len(first), 4) + 1):
                yield [*body[:at], [rule.segment, fixed, *[NEUTRAL_TEXT] * (filled - 1)], *body[at:]]
