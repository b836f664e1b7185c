"""What a partner is answered, decided from verdicts and its profile alone: no store, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledgment import (
    SetOutcome,
    acknowledge_group,
    acknowledge_interchange,
    acknowledgeable,
    acknowledgeable_interchange,
)
from channels.x12.envelope import Group, Interchange
from partners.pinned import Pinned
from partners.x12_settings import FunctionalPolicy, InterchangePolicy

_RELEASE = re.compile("00[0-9]{4}")

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


def functional_answer(
    pinned: Pinned, source: Interchange, of: Group, outcomes: list[SetOutcome]
) -> FunctionalAcknowledgment | None:
    """The 997 that the profile wants for these outcomes, or None."""
    policy = pinned.partner.x12.acknowledgments.functional
    if policy is FunctionalPolicy.NEVER or not acknowledgeable(of):
        return None
    answer = acknowledge_group(source, of, outcomes)
    if policy is FunctionalPolicy.ON_ERROR and answer.verdict is AcknowledgmentVerdict.ACCEPTED:
        return None
    return answer


def interchange_answer(
    pinned: Pinned, source: Interchange, verdict: Verdict, note_code: str
) -> FunctionalAcknowledgment | None:
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
    return acknowledge_interchange(source, verdict, note_code)


def answer_release(answer: FunctionalAcknowledgment, pinned: Pinned) -> str:
    """The release (GS08) an answer is written in: that of the group it acknowledges where it is told and well formed,
    else the partner's own."""
    told = answer.group.release if answer.group else None
    return told if told and _RELEASE.match(told) else pinned.partner.x12.release


def envelope_errors(codes: Iterable[str]) -> tuple[str, ...]:
    """The X12 718 codes (AK502) among finding codes."""
    return tuple(code.removeprefix("X12-AK502-") for code in codes if code.startswith("X12-AK502-"))
