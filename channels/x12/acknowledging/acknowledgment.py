"""From verdicts to acknowledgments, and TA1 both ways. The segments of 997 and 999 are bound in ``sets``; these are
their facts.

What is acknowledged came from outside, so every value copied back is cut to the length and characters the standard
allows and freed of the usual separators; where a partner wants others, ``writing.fitting`` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from canonical.finding import Finding, Severity, Verdict, clip
from canonical.functional_acknowledgment import (
    AcknowledgedGroup,
    AcknowledgedInterchange,
    AcknowledgedTransactionSet,
    AcknowledgmentVerdict,
    ElementNote,
    FunctionalAcknowledgment,
    SegmentNote,
)
from channels.x12.envelope import Group, Interchange
from channels.x12.judging.faults import Fault
from channels.x12.standards import tables
from channels.x12.writing.writer import USUAL_SEPARATORS

ACKNOWLEDGMENT_GROUP = "FA"
"""GS01 of 997 and 999: never acknowledged in its turn, else two hubs would answer each other for ever."""

FUNCTIONAL, IMPLEMENTATION, INTERCHANGE = "997", "999", "TA1"
"""What carries an acknowledgment. The 999 is there from 005010 on."""

RELEASE_TOLD_SINCE = "005010"
"""First release whose acknowledgment repeats GS08 and ST03 (AK103, AK203)."""

CODES_LIMIT = 5
"""AK502 to AK506 and AK905 to AK909."""

_SEGMENTS_IN_ERROR = "5"  # X12 718
_IMPLEMENTATION_SEGMENTS_IN_ERROR = "I5"  # X12 618
_OF_GUIDE_SEGMENT = {"2": "I4", "6": "I4"}  # X12 720 → 620: not used in the implementation
_OF_GUIDE_ELEMENT = {"2": "I9", "7": "I6", "10": "I10"}  # X12 723 → 621: dependent, code not used, element not used
_ELEMENT_ERRORS = "8"  # X12 720: the segment has data element errors
_LARGEST_POSITION = 999_999  # AK302 has six digits in 004010
_ELEMENTS_LIMIT = 99  # AK4 per AK3
_VALUE_LIMIT = 99  # AK404
_NOTES_SHOWN = 3  # when people are told why a set was refused
_BEFORE_005010 = {"12": "3", "13": "3"}  # X12 723: too many repetitions and components are too many elements there
_SEPARATORS = frozenset(USUAL_SEPARATORS)

_TA1_LETTERS = ("A", "E", "R")  # X12 I17

_VERDICTS = {
    Verdict.ACCEPTED: AcknowledgmentVerdict.ACCEPTED,
    Verdict.ACCEPTED_WITH_ERRORS: AcknowledgmentVerdict.ACCEPTED_WITH_ERRORS,
    Verdict.REJECTED: AcknowledgmentVerdict.REJECTED,
}


@dataclass(frozen=True, slots=True)
class SetOutcome:
    """How one set was judged. ``envelope_errors`` are the X12 718 codes of its ST and SE (or 1, set not supported);
    ``faults`` may be the first of many."""

    type: str
    control_number: str
    implementation: str
    verdict: Verdict
    faults: Sequence[Fault] = ()
    envelope_errors: tuple[str, ...] = ()


def acknowledgeable(group: Group) -> bool:
    """An acknowledgment is never acknowledged."""
    return group.functional_identifier != ACKNOWLEDGMENT_GROUP


def acknowledgeable_interchange(interchange: Interchange) -> bool:
    """False where the interchange holds acknowledgments alone: TA1 segments, or groups of 997 or 999."""
    if not interchange.groups:
        return not interchange.ta1
    return any(acknowledgeable(group) for group in interchange.groups)


def form_for(release: str, asked: str) -> str:
    """997 or 999: what answers a group of this release (GS08) when ``asked`` is what the partner would have."""
    return IMPLEMENTATION if asked == IMPLEMENTATION and _told_in_full(release) else FUNCTIONAL


def acknowledge_group(
    interchange: Interchange, group: Group, outcomes: Sequence[SetOutcome], form: str = FUNCTIONAL
) -> FunctionalAcknowledgment:
    """The 997 or 999 (``form``) of one group. ``outcomes`` decide: a group error beside accepted sets is noted (E or
    P), and the group is rejected when no set was accepted."""
    told_in_full = _told_in_full(group.release)
    accepted = sum(outcome.verdict is not Verdict.REJECTED for outcome in outcomes)
    return FunctionalAcknowledgment(
        group=AcknowledgedGroup(
            functional_identifier=_copy(group.functional_identifier, 2) or "??",
            control_number="".join(c for c in group.control_number if c in "0123456789")[:9] or "0",
            release=(_copy(group.release, 12) or None) if told_in_full else None,
        ),
        verdict=_group_verdict(group, outcomes, accepted),
        codes=_codes(group.errors),
        sets_included=_declared(group.declared_sets, len(outcomes)),
        sets_received=len(outcomes),
        sets_accepted=accepted,
        transaction_sets=tuple(_acknowledge_set(outcome, group.release, form) for outcome in outcomes),
    )


def acknowledge_interchange(
    interchange: Interchange, verdict: Verdict, note_code: str | None = None
) -> FunctionalAcknowledgment:
    """The TA1 of one interchange. ``note_code`` (I18) overrides the scan's own, for what only the receiver can know: a
    duplicate (025), an unknown party (005 to 009)."""
    return FunctionalAcknowledgment(
        interchange=_acknowledged(interchange),
        verdict=_VERDICTS[verdict],
        codes=(note_code or interchange.note_code,),
    )


def ta1_segment(acknowledgment: FunctionalAcknowledgment) -> list[str]:
    """The TA1 segment, name first. Raises ValueError for an acknowledgment of a group."""
    interchange = acknowledgment.interchange
    if interchange is None:
        raise ValueError("only the acknowledgment of an interchange is a TA1")
    date, time = interchange.date or "", interchange.time or ""
    note_code = acknowledgment.codes[0] if acknowledgment.codes else "000"
    return ["TA1", interchange.control_number, date, time, acknowledgment.verdict_code, note_code]


def read_ta1(elements: Sequence[str]) -> tuple[FunctionalAcknowledgment | None, tuple[Finding, ...]]:
    """A received TA1 from its elements (without the name, as in ``Interchange.ta1``); None and a finding where it does
    not say what it acknowledges or how."""
    number, date, time, letter, note, *_ = [_copy(element, 80) for element in (*elements, "", "", "", "", "")]
    verdict = AcknowledgmentVerdict.by_code().get(letter) if letter in _TA1_LETTERS else None
    if not number or verdict is None:
        finding = Finding(
            code="X12-TA1",
            severity=Severity.ERROR,
            locator="TA104" if number else "TA101",
            message="The TA1 does not say which interchange it acknowledges, or how.",
            value="*".join(elements),
            expected="a control number, date, time, verdict and note code",
            allowed=_TA1_LETTERS,
        )
        return None, (finding,)
    interchange = AcknowledgedInterchange(control_number=number, date=date or None, time=time or None)
    codes = (note,) if note else ()
    return FunctionalAcknowledgment(interchange=interchange, verdict=verdict, verdict_code=letter, codes=codes), ()


def reasons(document: FunctionalAcknowledgment, of: AcknowledgedTransactionSet | None = None) -> Iterator[str]:
    """Why the whole, or one set ``of`` it, was refused, in the words of the code lists; the first errors of a set with
    their places."""
    if of is None or document.verdict is AcknowledgmentVerdict.REJECTED:
        yield from (_in_words("716" if document.group else "I18", code) for code in document.codes if code != "000")
    if of is None:
        return
    yield from (_in_words("618", code) for code in of.codes)
    for note in of.segments[:_NOTES_SHOWN]:
        place = f"{note.segment} at segment {note.position}"
        if not note.elements and note.code:
            yield f"{place}: {_in_words('620', note.code)}"
        for element in note.elements[:_NOTES_SHOWN]:
            value = f" ({clip(element.value)})" if element.value else ""
            yield f"{place}, element {element.position}: {_in_words('621', element.code)}{value}"


def _in_words(number: str, code: str) -> str:
    meaning = tables.meaning(number, code)
    return f"{clip(code)} {meaning}" if meaning else f"code {clip(code)}"


def _told_in_full(release: str) -> bool:
    return tables.release_number(release) >= RELEASE_TOLD_SINCE


def _acknowledged(interchange: Interchange) -> AcknowledgedInterchange:
    return AcknowledgedInterchange(
        control_number=(_copy(interchange.control_number, 9) or "0").zfill(9),
        date=_copy(interchange.date, 6) or None,
        time=_copy(interchange.time, 4) or None,
    )


def _group_verdict(group: Group, outcomes: Sequence[SetOutcome], accepted: int) -> AcknowledgmentVerdict:
    if not accepted:
        return AcknowledgmentVerdict.REJECTED
    if accepted < len(outcomes):
        return AcknowledgmentVerdict.PARTIALLY_ACCEPTED
    if group.errors or any(outcome.verdict is Verdict.ACCEPTED_WITH_ERRORS for outcome in outcomes):
        return AcknowledgmentVerdict.ACCEPTED_WITH_ERRORS
    return AcknowledgmentVerdict.ACCEPTED


def _declared(declared: str, counted: int) -> int:
    """GE01 where it is a number of AK902's six digits, else what was counted."""
    digits = declared.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 6 else counted


def _acknowledge_set(outcome: SetOutcome, release: str, form: str) -> AcknowledgedTransactionSet:
    """AK5 A carries neither codes nor notes: what was forgiven is told in the findings."""
    noted = outcome.verdict is not Verdict.ACCEPTED
    told_in_full = _told_in_full(release)
    faults, segments_in_error = outcome.faults, [_SEGMENTS_IN_ERROR] if outcome.faults else []
    if form == IMPLEMENTATION:
        in_error = (_IMPLEMENTATION_SEGMENTS_IN_ERROR if fault.rule else _SEGMENTS_IN_ERROR for fault in faults)
        segments_in_error = list(dict.fromkeys(in_error))
        faults = [_as_implementation(fault) if fault.rule else fault for fault in faults]
    return AcknowledgedTransactionSet(
        transaction_set=_copy(outcome.type, 3) or "???",
        control_number=_copy(outcome.control_number, 9) or "0000",
        implementation=(_copy(outcome.implementation, 35) or None) if told_in_full else None,
        verdict=_VERDICTS[outcome.verdict],
        codes=_codes((*outcome.envelope_errors, *segments_in_error)) if noted else (),
        segments=tuple(_segment_notes(faults, told_in_full)) if noted else (),
    )


def _as_implementation(fault: Fault) -> Fault:
    """The fault in the words of X12 620 and 621, which tell what the standard forbids from what only the partner's
    guide does. What they have no word of their own for keeps its code."""
    return fault._replace(
        segment_code=_OF_GUIDE_SEGMENT.get(fault.segment_code, fault.segment_code),
        element_code=_OF_GUIDE_ELEMENT.get(fault.element_code, fault.element_code),
    )


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))[:CODES_LIMIT]


def _segment_notes(faults: Sequence[Fault], told_in_full: bool) -> Iterator[SegmentNote]:
    """One AK3 (IK3) a segment error; the element errors of one segment share one with code 8."""
    within_reach = (fault for fault in faults if 1 <= fault.position <= _LARGEST_POSITION)
    ordered = sorted(within_reach, key=lambda f: (*_place(f), f.element, f.component, f.repetition))
    for (position, segment, loop), found in groupby(ordered, key=_place):
        name = _copy(segment, 3).ljust(2, "?")
        loop_identifier = _copy(loop, 4) or None
        at_position = list(found)
        element_faults = [fault for fault in at_position if fault.element]
        for code in dict.fromkeys(fault.segment_code for fault in at_position if not fault.element):
            yield SegmentNote(segment=name, position=position, loop=loop_identifier, code=code or None)
        if element_faults:
            notes = (_element_note(fault, told_in_full) for fault in element_faults[:_ELEMENTS_LIMIT])
            yield SegmentNote(
                segment=name, position=position, loop=loop_identifier, code=_ELEMENT_ERRORS, elements=tuple(notes)
            )


def _place(fault: Fault) -> tuple[int, str, str]:
    return fault.position, fault.segment, fault.loop


def _element_note(fault: Fault, told_in_full: bool) -> ElementNote:
    number = str(fault.data_element)
    return ElementNote(
        position=min(fault.element, 99),
        component=min(fault.component, 99) or None,
        repetition=(min(fault.repetition, 9999) or None) if told_in_full else None,
        data_element=number if number.isdecimal() and len(number) <= 4 else None,  # composites have no number
        code=fault.element_code if told_in_full else _BEFORE_005010.get(fault.element_code, fault.element_code),
        value=_copy(fault.value, _VALUE_LIMIT) or None,
    )


def _copy(value: str, length: int) -> str:
    """The value as it may be sent back: printable ASCII, no separator, no padding, at most ``length`` characters."""
    if len(value) <= length and value.isascii() and value.isalnum():
        return value
    return "".join(c if " " <= c <= "~" and c not in _SEPARATORS else "?" for c in value[:length]).strip()
