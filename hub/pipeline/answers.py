"""What a partner is answered, decided from verdicts and its profile alone: no store, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledgment import (
    INTERCHANGE,
    SetOutcome,
    acknowledge_group,
    acknowledge_interchange,
    acknowledgeable,
    acknowledgeable_interchange,
    form_for,
)
from channels.x12.envelope import Group, Interchange
from partners.pinned import Pinned
from partners.x12_settings import FunctionalPolicy, InterchangePolicy

_RELEASE = re.compile("00[0-9]{4}(?!X)[0-9A-Z]*|00[0-9]{4}")

FORGIVEN_NOTES = frozenset({"001", "005", "007", "010", "012", "014", "015", "016", "017", "019", "021", "022"})
"""TA105 codes that a lenient partner's interchange survives, as they leave it readable and its sender known: a trailer
that miscounts, a qualifier that no list has (its owner's profile names it), dates, flags, widths and version of the
ISA."""


def interchange_verdict(pinned: Pinned, note_code: str) -> Verdict:
    """What an envelope with this TA105 note code comes to."""
    if note_code in ("000", ""):
        return Verdict.ACCEPTED
    if note_code in FORGIVEN_NOTES and pinned.lenient:
        return Verdict.ACCEPTED_WITH_ERRORS
    return Verdict.REJECTED


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgment and what carries it in X12: 997, 999 or TA1. The document itself does not tell the first two
    apart, since both say the same."""

    document: FunctionalAcknowledgment
    set_type: str


def functional_answer(pinned: Pinned, source: Interchange, of: Group, outcomes: list[SetOutcome]) -> Answer | None:
    """The 997 or 999 that the profile wants for these outcomes, or None."""
    settings = pinned.partner.x12.acknowledgments
    if settings.functional is FunctionalPolicy.NEVER or not acknowledgeable(of):
        return None
    form = form_for(of.release, settings.form)
    document = acknowledge_group(source, of, outcomes, form)
    if settings.functional is FunctionalPolicy.ON_ERROR and document.verdict is AcknowledgmentVerdict.ACCEPTED:
        return None
    return Answer(document, form)


def interchange_answer(pinned: Pinned, source: Interchange, verdict: Verdict, note_code: str) -> Answer | None:
    """The TA1 that the profile wants, or None. A refused interchange is answered unless the profile says never, since
    there will be no 997 to tell of it."""
    policy = pinned.partner.x12.acknowledgments.interchange
    wanted = {
        InterchangePolicy.ALWAYS: True,
        InterchangePolicy.ON_REQUEST: source.acknowledgment_requested or verdict is Verdict.REJECTED,
        InterchangePolicy.ON_ERROR: verdict is not Verdict.ACCEPTED,
        InterchangePolicy.NEVER: False,
    }[policy]
    if not wanted or not acknowledgeable_interchange(source):
        return None
    return Answer(acknowledge_interchange(source, verdict, note_code), INTERCHANGE)


def answer_release(answer: FunctionalAcknowledgment, pinned: Pinned) -> str:
    """The release (GS08) an answer is written in: that of the group it acknowledges where it is told and well formed,
    without the mark of the guide that the group's own sets follow (X222A1); else the partner's own."""
    told = _RELEASE.match(answer.group.release) if answer.group and answer.group.release else None
    return told[0] if told else pinned.partner.x12.release


def envelope_errors(codes: Iterable[str]) -> tuple[str, ...]:
    """The X12 718 codes (AK502) among finding codes."""
    return tuple(code.removeprefix("X12-AK502-") for code in codes if code.startswith("X12-AK502-"))
