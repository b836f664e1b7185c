"""The way back of an answer: what an envelope comes to, and an acknowledgment as an interchange from the receiver of
what it acknowledges to its sender."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from canonical.finding import Finding, Severity, Verdict, clip
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import INTERCHANGE, ta1_segment
from channels.x12.envelope import Group, Interchange, PartyId
from channels.x12.standards.tables import functional_identifiers
from channels.x12.writing.composing import Form, compose
from channels.x12.writing.writer import GroupHeader, write, write_ta1

FORGIVEN_NOTES = frozenset({"001", "005", "007", "010", "012", "014", "015", "016", "017", "019", "021", "022"})
"""TA105 codes that a lenient reader's interchange survives, as they leave it readable and its sender known: a trailer
that miscounts, a qualifier that no list has (its owner's profile names it), dates, flags, widths and version of the
ISA."""

_RELEASE = re.compile("00[0-9]{4}(?!X)[0-9A-Z]*|00[0-9]{4}")

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of an answer to an interchange whose own date cannot be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgment and what carries it in X12: 997, 999 or TA1. The document itself does not tell the first two
    apart, since both say the same."""

    document: FunctionalAcknowledgment
    set_type: str


def envelope_verdict(note_code: str, *, lenient: bool) -> Verdict:
    """What an interchange with this TA105 note code comes to."""
    if note_code in ("000", ""):
        return Verdict.ACCEPTED
    return Verdict.ACCEPTED_WITH_ERRORS if lenient and note_code in FORGIVEN_NOTES else Verdict.REJECTED


def envelope_errors(codes: Iterable[str]) -> tuple[str, ...]:
    """The X12 718 codes (AK502) among finding codes, without the variants that policies tell apart."""
    prefix = "X12-AK502-"
    return tuple(code.removeprefix(prefix).partition("-")[0] for code in codes if code.startswith(prefix))


def refusal(source: Interchange) -> Finding:
    """Why no set of an interchange goes on: its envelope is refused."""
    code = f"X12-TA105-{source.note_code}"
    reason = next((f.message for f in source.findings if f.code == code), f"TA1 note code {clip(source.note_code)}")
    return Finding(
        code="X12-INTERCHANGE-REFUSED",
        severity=Severity.ERROR,
        locator=f"ISA*{clip(source.control_number)}",
        message=f"The whole interchange is refused: {reason}.",
        fix="Mend the envelope and send the interchange again.",
    )


def answer_release(answer: FunctionalAcknowledgment, otherwise: str) -> str:
    """The release (GS08) an answer is written in: that of the group it acknowledges where it is told and well formed,
    without the mark of the guide that the group's own sets follow (X222A1)."""
    told = _RELEASE.match(answer.group.release) if answer.group and answer.group.release else None
    return told[0] if told else otherwise


def write_answer(
    answer: Answer,
    source: Interchange,
    group: Group | None,
    form: Form,
    *,
    control_number: int,
    group_control_number: int = 1,
    created: datetime | None = None,
    usage_indicator: str = "P",
) -> bytes:
    """The answer as an interchange of its own, from the receiver of ``source`` back to its sender. ``group`` is what a
    997 or 999 answers; without ``created`` it bears the date of what it answers, ``usage_indicator`` is for an ISA that
    had none. Raises PayloadError where the parties cannot be addressed as they stand."""
    written_as = form.for_answers(answer_release(answer.document, form.release))
    header = written_as.header(
        sender=source.receiver,
        receiver=source.sender,
        control_number=control_number,
        created=created or _own_date(source),
        usage_indicator=source.usage_indicator if source.usage_indicator in ("P", "T", "I") else usage_indicator,
    )
    if answer.set_type == INTERCHANGE or group is None:
        return write_ta1(header, [ta1_segment(answer.document)])
    composed = compose(answer.document, written_as, answer.set_type)
    reply = GroupHeader(
        functional_identifier=functional_identifiers()[composed.type],
        sender=_application_code(group.receiver, source.receiver),
        receiver=_application_code(group.sender, source.sender),
        control_number=group_control_number,
        created=header.created,
        release=written_as.release,
    )
    return write(header, [(reply, [composed.numbered(1)])])


def _own_date(source: Interchange) -> datetime:
    try:
        return datetime.strptime(f"{source.date}{source.time:.4}", "%y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return _UNDATED


def _application_code(of_group: str, of_interchange: PartyId) -> str:
    """GS02 or GS03 of the answer; where the group's own does not fit, the interchange's."""
    return of_group if 2 <= len(of_group) <= 15 else of_interchange.id
