"""What a partner is answered, decided from verdicts and its profile alone: no store, no I/O."""

from __future__ import annotations

from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict
from channels.x12.acknowledging.acknowledgment import (
    INTERCHANGE,
    SetOutcome,
    acknowledge_group,
    acknowledge_interchange,
    acknowledgeable,
    acknowledgeable_interchange,
    form_for,
)
from channels.x12.acknowledging.answering import Answer, envelope_verdict
from channels.x12.envelope import Group, Interchange
from partners.pinned import Pinned
from partners.x12_settings import FunctionalPolicy, InterchangePolicy


def interchange_verdict(pinned: Pinned, note_code: str) -> Verdict:
    """What an envelope with this TA105 note code comes to."""
    return envelope_verdict(note_code, lenient=pinned.lenient)


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
