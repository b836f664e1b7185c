"""Writes interchanges: envelope, counts, separators and line ends around segments that are ready (X12.5, X12.6).

The writer draws no control number and reads no clock: what it is given it writes, the same input gives the same bytes.
What the form cannot carry is refused with every problem named at once; ``fitting`` changes it before, where a partner's
rules say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from canonical.finding import Finding, Severity
from channels.errors import PayloadError
from channels.x12.envelope import PartyId, Separators
from channels.x12.writing.characters import CharacterSet
from channels.x12.writing.fitting import (
    REPETITION_SINCE,
    Segment,
    plainly_writable,
    separators_in_effect,
    unwritable,
    unwritable_finding,
)

CONTROL_NUMBER_LIMIT = 999_999_999
"""ISA13, GS06 and ST02 have at most nine digits; a counter rolls over after this one."""

USUAL_SEPARATORS = Separators(element="*", component=">", segment="~", repetition="^")

NARROWEST = 40
"""The least columns of a hard wrap: an ISA in more than three lines is read by nobody."""

_FULL_DATES_SINCE = "004010"
"""First GS08 whose dates have a century (data element 373)."""

_NO_SECURITY = ("00", " " * 10, "00", " " * 10)
"""ISA01 to ISA04: no authorization and no security information."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Line ends in the written file, which mean nothing in X12: one after each ``segment``, one after so many columns,
    or ``none``. ``final`` says whether the last line has one; None: as the wrap makes it."""

    wrap: Literal["none", "segment"] | int = "none"
    end: str = "\n"
    final: bool | None = None


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """What the ISA says, and how the file is written. ``version`` is ISA12 (``interchange_version`` gives it for a
    release), ``created`` is written in its own zone."""

    sender: PartyId
    receiver: PartyId
    control_number: int
    created: datetime
    version: str
    usage_indicator: str = "P"
    acknowledgment_requested: bool = False
    separators: Separators = USUAL_SEPARATORS
    characters: CharacterSet = CharacterSet.EXTENDED
    lines: Lines = Lines()

    @property
    def in_effect(self) -> Separators:
        """The separators that mean something in this version."""
        return separators_in_effect(self.separators, self.version)


@dataclass(frozen=True, slots=True)
class GroupHeader:
    """What the GS says: ``functional_identifier`` is GS01 (``PO`` for 850), ``release`` is GS08."""

    functional_identifier: str
    sender: str
    receiver: str
    control_number: int
    created: datetime
    release: str
    agency: str = "X"


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One set to write: ``body`` is what stands between ST and SE; ``implementation`` is ST03 (005010 and later)."""

    type: str
    control_number: int
    body: Sequence[Segment]
    implementation: str = ""


def interchange_version(release: str) -> str:
    """ISA12 for a GS08 release: ``004010VICS`` → ``00401``."""
    return release[:5]


def write(header: InterchangeHeader, groups: Sequence[tuple[GroupHeader, Sequence[TransactionSet]]]) -> bytes:
    """One interchange with its groups, counts (SE01, GE01, IEA01) computed.

    Raises PayloadError when an identifier, control number, separator or value does not fit the form.
    """
    segments: list[Segment] = []
    problems = [*_repeated("group control number (GS06)", (group.control_number for group, _ in groups))]
    for group, sets in groups:
        within = [_group_header(group), *(segment for each in sets for segment in _enveloped(each))]
        problems += [*_group_problems(group, sets), *_unwritable(within, header, group.release)]
        segments += [*within, ["GE", str(len(sets)), str(group.control_number)]]
    return _interchange(header, segments, group_count=len(groups), problems=problems)


def write_ta1(header: InterchangeHeader, acknowledgments: Sequence[Segment]) -> bytes:
    """An interchange that holds TA1 segments and no group (IEA01 is 0). Raises PayloadError as ``write`` does."""
    return _interchange(header, list(acknowledgments), group_count=0, problems=_unwritable(acknowledgments, header, ""))


def _interchange(
    header: InterchangeHeader, segments: list[Segment], *, group_count: int, problems: Iterable[Finding]
) -> bytes:
    identified = [["ISA", *_NO_SECURITY, *_party_elements(header)]]
    found = [*_header_problems(header), *_unwritable(identified, header, ""), *problems]
    if found:
        raise PayloadError.of(found)
    control_number = f"{header.control_number:09d}"
    whole = [_interchange_header(header, control_number), *segments, ["IEA", str(group_count), control_number]]
    return _laid_out([_line(segment, header.separators) for segment in whole], header.lines).encode(
        header.characters.encoding
    )


def _line(segment: Segment, separators: Separators) -> str:
    """Trailing empty elements are not sent (X12.6); the ISA ends in its component separator and so stays whole."""
    length = len(segment)
    while length > 1 and not segment[length - 1]:
        length -= 1
    return separators.element.join(segment[:length]) + separators.segment


def _laid_out(segments: list[str], lines: Lines) -> str:
    final = lines.wrap != "none" if lines.final is None else lines.final
    if isinstance(lines.wrap, int):
        text = "".join(segments)
        segments = [text[at : at + lines.wrap] for at in range(0, len(text), lines.wrap)]
    between = "" if lines.wrap == "none" else lines.end
    return between.join(segments) + (lines.end if final else "")


def _interchange_header(header: InterchangeHeader, control_number: str) -> list[str]:
    return [
        "ISA",
        *_NO_SECURITY,
        *_party_elements(header),
        f"{header.created:%y%m%d}",
        f"{header.created:%H%M}",
        header.in_effect.repetition or "U",
        header.version,
        control_number,
        "1" if header.acknowledgment_requested else "0",
        header.usage_indicator,
        header.separators.component,
    ]


def _party_elements(header: InterchangeHeader) -> tuple[str, ...]:
    """ISA05 to ISA08."""
    return header.sender.qualifier, f"{header.sender.id:15}", header.receiver.qualifier, f"{header.receiver.id:15}"


def _group_header(group: GroupHeader) -> list[str]:
    return [
        "GS",
        group.functional_identifier,
        group.sender,
        group.receiver,
        f"{group.created:%Y%m%d}" if group.release >= _FULL_DATES_SINCE else f"{group.created:%y%m%d}",
        f"{group.created:%H%M}",
        str(group.control_number),
        group.agency,
        group.release,
    ]


def _enveloped(transaction_set: TransactionSet) -> Iterator[Segment]:
    control_number = f"{transaction_set.control_number:04d}"
    yield ["ST", transaction_set.type, control_number, transaction_set.implementation]
    yield from transaction_set.body
    yield ["SE", str(len(transaction_set.body) + 2), control_number]


# ---- what does not fit


def _problem(locator: str, value: str, message: str) -> Finding:
    return Finding(
        code="X12-UNWRITABLE-ENVELOPE", severity=Severity.ERROR, locator=locator, message=message, value=value
    )


def _header_problems(header: InterchangeHeader) -> Iterator[Finding]:
    parties = (("sender", "ISA05/ISA06", header.sender), ("receiver", "ISA07/ISA08", header.receiver))
    for name, locator, party in parties:
        if len(party.qualifier) != 2 or not party.id.strip() or len(party.id) > 15:
            message = f"the {name} is not a qualifier of 2 and an identifier of 1 to 15 characters"
            yield _problem(locator, f"{party.qualifier}:{party.id}", message)
    yield from _number_problem("ISA13", header.control_number)
    if len(header.version) != 5 or not (header.version.isascii() and header.version.isdecimal()):
        yield _problem("ISA12", header.version, "the version is not five digits")
    if header.usage_indicator not in ("P", "T", "I"):
        yield _problem("ISA15", header.usage_indicator, "the usage indicator is none of P, T, I")
    yield from _separator_problems(header)
    if isinstance(header.lines.wrap, int) and header.lines.wrap < NARROWEST:
        yield _problem("ISA", str(header.lines.wrap), f"lines are wrapped at {NARROWEST} columns or more")


def _separator_problems(header: InterchangeHeader) -> Iterator[Finding]:
    separators = header.separators
    used = [separators.element, separators.component, separators.segment]
    if header.version >= REPETITION_SINCE:
        used.append(separators.repetition or "")
    if len(set(used)) != len(used) or not all(map(separates, used)):
        message = "the separators are not distinct single marks (no letter, digit, blank or tab)"
        yield _problem("ISA", " ".join(used), message)
    elif not {"\r", "\n"}.isdisjoint(used):
        if not {"\r", "\n"}.isdisjoint(used[:2] + used[3:]):
            yield _problem("ISA", " ".join(used), "a line end can only be the segment terminator")
        elif header.lines.wrap != "none":
            yield _problem("ISA", separators.segment, "lines cannot be wrapped where a line end ends segments")


def separates(mark: str) -> bool:
    """Whether a character may be a separator: it is ASCII and neither part of words nor taken for padding."""
    return len(mark) == 1 and 0 < ord(mark) < 127 and not mark.isalnum() and mark not in " \t\x1a"


def _group_problems(group: GroupHeader, sets: Sequence[TransactionSet]) -> Iterator[Finding]:
    if len(group.functional_identifier) != 2:
        yield _problem("GS01", group.functional_identifier, "the functional identifier is not two characters")
    for locator, value in (("GS02", group.sender), ("GS03", group.receiver)):
        if not 2 <= len(value) <= 15:
            yield _problem(locator, value, "the application code is not 2 to 15 characters")
    if not 1 <= len(group.release) <= 12:
        yield _problem("GS08", group.release, "the release is not 1 to 12 characters")
    yield from _number_problem("GS06", group.control_number)
    if not sets:
        yield _problem("GS", str(group.control_number), "the group holds no transaction set")
    for transaction_set in sets:
        yield from _number_problem("ST02", transaction_set.control_number)
    yield from _repeated("transaction set control number (ST02)", (each.control_number for each in sets))


def _number_problem(locator: str, number: int) -> Iterator[Finding]:
    if not 1 <= number <= CONTROL_NUMBER_LIMIT:
        yield _problem(locator, str(number), f"the control number is not between 1 and {CONTROL_NUMBER_LIMIT}")


def _repeated(name: str, numbers: Iterable[int]) -> Iterator[Finding]:
    for number, count in Counter(numbers).items():
        if count > 1:
            yield _problem("", str(number), f"{name} {number} is used {'twice' if count == 2 else f'{count} times'}")


def _unwritable(segments: Iterable[Segment], header: InterchangeHeader, release: str) -> Iterator[Finding]:
    separators = header.in_effect
    for segment in segments:
        if plainly_writable("".join(segment), separators, header.characters):
            continue
        for index, value in enumerate(segment):
            if bad := unwritable(segment[0], index, value, separators, release, header.characters):
                yield unwritable_finding(f"{segment[0]}{index:02d}", value, bad, separators)
