"""Two judges of one set side by side: ours under the strict policy, and pyx12.

They agree when both accept, or when both refuse and name the same segment first. Whoever names an error earlier, or
alone, must do so for a reason that ``differences`` lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from canonical.finding import Verdict
from channels.x12.envelope import Separators
from channels.x12.envelope.segments import SetSegments
from channels.x12.guide import Guide, SetGuide
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import STRICT
from channels.x12.second_judge.differences import (
    DIFFERENCES,
    ENVELOPE,
    FAILED,
    LIMIT,
    WORDINGS,
    Named,
    Side,
    Surroundings,
)
from channels.x12.second_judge.judge import SecondJudgement, SecondVerdict, second_judge

NEVER = 1 << 62
"""Position of the first error of a judge that names none."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both accept, or both refuse and name the same segment first. ``wording`` are the names of the wordings by which
    what they say of that segment differs."""

    refused: bool
    wording: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One judge names errors where the other does not. ``classes`` are the names of the difference classes that say
    why; ``unlisted`` are the errors for which none does."""

    alone: Side
    classes: tuple[str, ...]
    unlisted: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoJudgements:
    """One set judged twice. ``ours`` is strict: a lenient judge forgives what pyx12 refuses."""

    ours: Judgement
    theirs: SecondJudgement
    comparison: Agreement | Difference


def judge_twice(
    segments: SetSegments | Iterable[list[str]],
    release: str,
    set_type: str,
    guide: Guide | None,
    separators: Separators,
    span_errors: tuple[str, ...] = (),
) -> TwoJudgements:
    """Judges the segments of one set, ST to SE; arguments as for the judges.

    Raises UnsupportedSetError when the tables do not hold the set.
    """
    given = segments if isinstance(segments, SetSegments) else list(segments)
    ours = judge(given, grammar(release, set_type, guide), STRICT, separators, span_errors)
    theirs = second_judge(release, set_type, guide).judge(given, separators)
    rules = guide.rules(set_type) if guide is not None else SetGuide()
    return TwoJudgements(ours, theirs, compare(ours, theirs, separators, rules))


def compare(
    ours: Judgement, theirs: SecondJudgement, separators: Separators, rules: SetGuide
) -> Agreement | Difference:
    """``ours`` must be a judgement under the strict policy."""
    judged = Surroundings(ours.rows, separators, rules)
    mine, others = sorted(_ours(ours)), sorted(_theirs(theirs, judged))
    first_mine = mine[0].position if mine else NEVER
    first_other = others[0].position if others else NEVER
    if first_mine == first_other:
        refused = first_mine != NEVER
        return Agreement(refused, tuple(_wording(mine, others, first_mine)) if refused else ())
    if first_mine < first_other:
        return _explained("ours", mine, first_other, judged._replace(told=others))
    return _explained("pyx12", others, first_mine, judged._replace(told=mine))


def _ours(judgement: Judgement) -> Iterator[Named]:
    count = judgement.segment_count
    for fault in judgement.faults:
        code = fault.element_code or fault.segment_code
        place = (fault.position, fault.segment, fault.element, fault.component)
        yield Named(*place, code, fault.value, rule=fault.rule)
    for finding in judgement.findings:
        if finding.code.startswith(ENVELOPE):
            at = {"2": count + 1, "3": count, "4": count}.get(finding.code.removeprefix(ENVELOPE), 1)
            yield Named(at, "ST" if at == 1 else "SE", 0, 0, finding.code, "")
    if judgement.verdict is Verdict.REJECTED and not judgement.rows:
        yield Named(1, "ST", 0, 0, LIMIT, str(count))


def _theirs(judgement: SecondJudgement, judged: Surroundings) -> Iterator[Named]:
    for error in judgement.errors:
        value = judged.value(error.position, error.element)
        yield Named(error.position, error.segment, error.element, error.component, error.code, value, error.text)
    if judgement.verdict is SecondVerdict.FAILED:
        yield Named(judgement.position, judged.name(judgement.position), 0, 0, FAILED, "", judgement.reason)


def _explained(alone: Side, errors: Sequence[Named], until: int, judged: Surroundings) -> Difference:
    """Why ``alone`` names what stands before the segment ``until``, the first that the other judge names."""
    classes: dict[str, None] = {}
    unlisted = []
    for error in errors:
        if error.position >= until:
            break
        found = next((c for c in DIFFERENCES if c.alone == alone and c.holds(error, judged)), None)
        if found is None:
            unlisted.append(error)
            continue
        classes[found.name] = None
        if found.cascades:
            break
    return Difference(alone, tuple(classes), tuple(unlisted))


def _wording(ours: Sequence[Named], theirs: Sequence[Named], position: int) -> Iterator[str]:
    """How the accounts of the segment at ``position`` differ, where they do not name the same elements."""
    here = [error for error in ours if error.position == position]
    there = [error for error in theirs if error.position == position]
    if {error.element for error in here} != {error.element for error in there}:
        yield from (wording.name for wording in WORDINGS if wording.holds(here, there))
