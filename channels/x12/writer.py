"""Writes interchanges: envelope, counts and separators around segments that are ready (X12.5, X12.6).

The writer draws no control number and reads no clock: what it is given it writes, the same input gives the same bytes.
What the form cannot carry is refused with every problem named at once; to replace such characters instead, a partner's
rule applies ``replace_unwritable`` first, which names each change as a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from canonical.finding import Finding, Severity, clip
from channels.errors import PayloadError
from channels.x12 import tables
from channels.x12.envelope import PartyId, Separators

Segment = Sequence[str]
"""The segment's name, then its elements; a composite is one element, its components joined by their separator."""

CONTROL_NUMBER_LIMIT = 999_999_999
"""ISA13, GS06 and ST02 have at most nine digits; a counter rolls over after this one."""

USUAL_SEPARATORS = Separators(element="*", component=">", segment="~", repetition="^")

REPETITION_SINCE = "00402"
"""First ISA12 whose ISA11 is the repetition separator; before, it is the standards identifier ``U``."""

_NO_SECURITY = ("00", " " * 10, "00", " " * 10)
"""ISA01 to ISA04: no authorization and no security information."""

_PROBLEMS_NAMED = 20


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """What the ISA says. ``version`` is ISA12 (``interchange_version`` gives it for a release), ``created`` is written
    in its own zone, ``line_wrap`` puts a line feed after each segment terminator."""

    sender: PartyId
    receiver: PartyId
    control_number: int
    created: datetime
    version: str
    usage_indicator: str = "P"
    acknowledgment_requested: bool = False
    separators: Separators = USUAL_SEPARATORS
    line_wrap: bool = False


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
    problems: list[str] = []
    for group, sets in groups:
        within = [_group_header(group), *(segment for each in sets for segment in _enveloped(each))]
        problems += [*_group_problems(group, sets), *_unwritable(within, _in_effect(header), group.release)]
        segments += [*within, ["GE", str(len(sets)), str(group.control_number)]]
    return _interchange(header, segments, group_count=len(groups), problems=problems)


def write_ta1(header: InterchangeHeader, acknowledgments: Sequence[Segment]) -> bytes:
    """An interchange that holds TA1 segments and no group (IEA01 is 0). Raises PayloadError as ``write`` does."""
    problems = list(_unwritable(acknowledgments, _in_effect(header), ""))
    return _interchange(header, list(acknowledgments), group_count=0, problems=problems)


def replace_unwritable(
    body: Iterable[Segment], header: InterchangeHeader, release: str, replacement: str = " "
) -> tuple[list[list[str]], tuple[Finding, ...]]:
    """The body with each separator and control character inside an element's data replaced, and one finding an element
    changed. ``release`` (GS08) tells which elements are composites or repeat, where those separators belong."""
    separators = _in_effect(header)
    seen: Counter[str] = Counter()
    changed: list[list[str]] = []
    findings = []
    for segment in body:
        name, *elements = segment
        seen[name] += 1
        for index, value in enumerate(elements):
            forbidden = _forbidden(name, index + 1, separators, release)
            if not forbidden.isdisjoint(value):
                elements[index] = "".join(replacement if c in forbidden else c for c in value)
                findings.append(_replaced(f"{name}[{seen[name]}]/{name}{index + 1:02d}", value, elements[index]))
        changed.append([name, *elements])
    return changed, tuple(findings)


def _replaced(locator: str, value: str, written: str) -> Finding:
    return Finding(
        code="X12-CHARACTER-REPLACED",
        severity=Severity.WARNING,
        locator=locator,
        message=f"A separator or control character inside the value was replaced; sent as {clip(written)!r}.",
        value=value,
    )


def _interchange(header: InterchangeHeader, segments: list[Segment], *, group_count: int, problems: list[str]) -> bytes:
    identified = [["ISA", *_NO_SECURITY, *_party_elements(header)]]
    problems = [*_header_problems(header), *_unwritable(identified, _in_effect(header), ""), *problems]
    if problems:
        shown = problems[:_PROBLEMS_NAMED]
        more = len(problems) - len(shown)
        raise PayloadError("; ".join(shown) + (f"; and {more} more" if more else ""))
    control_number = f"{header.control_number:09d}"
    whole = [_interchange_header(header, control_number), *segments, ["IEA", str(group_count), control_number]]
    end = header.separators.segment + ("\n" if header.line_wrap and header.separators.segment != "\n" else "")
    text = "".join(_line(segment, header.separators.element) + end for segment in whole)
    return text.encode()


def _line(segment: Segment, element_separator: str) -> str:
    """Trailing empty elements are not sent (X12.6); the ISA ends in its component separator and so stays whole."""
    length = len(segment)
    while length > 1 and not segment[length - 1]:
        length -= 1
    return element_separator.join(segment[:length])


def _interchange_header(header: InterchangeHeader, control_number: str) -> list[str]:
    return [
        "ISA",
        *_NO_SECURITY,
        *_party_elements(header),
        f"{header.created:%y%m%d}",
        f"{header.created:%H%M}",
        _standards_or_repetition(header),
        header.version,
        control_number,
        "1" if header.acknowledgment_requested else "0",
        header.usage_indicator,
        header.separators.component,
    ]


def _party_elements(header: InterchangeHeader) -> tuple[str, ...]:
    """ISA05 to ISA08."""
    return header.sender.qualifier, f"{header.sender.id:15}", header.receiver.qualifier, f"{header.receiver.id:15}"


def _standards_or_repetition(header: InterchangeHeader) -> str:
    return (header.separators.repetition or "") if header.version >= REPETITION_SINCE else "U"


def _in_effect(header: InterchangeHeader) -> Separators:
    """Before 00402 nothing separates repetitions, so that character is data like any other."""
    return header.separators if header.version >= REPETITION_SINCE else replace(header.separators, repetition=None)


def _group_header(group: GroupHeader) -> list[str]:
    return [
        "GS",
        group.functional_identifier,
        group.sender,
        group.receiver,
        f"{group.created:%Y%m%d}",
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


def _header_problems(header: InterchangeHeader) -> Iterator[str]:
    for name, party in (("sender (ISA05, ISA06)", header.sender), ("receiver (ISA07, ISA08)", header.receiver)):
        if len(party.qualifier) != 2 or not party.id.strip() or len(party.id) > 15:
            shown = clip(f"{party.qualifier}:{party.id}")
            yield f"{name} {shown!r} is not a qualifier of 2 and an identifier of 1 to 15 characters"
    yield from _number_problem("ISA13", header.control_number)
    if len(header.version) != 5 or not (header.version.isascii() and header.version.isdecimal()):
        yield f"version (ISA12) {clip(header.version)!r} is not five digits"
    if header.usage_indicator not in ("P", "T", "I"):
        yield f"usage indicator (ISA15) {clip(header.usage_indicator)!r} is none of P, T, I"
    yield from _separator_problems(header)


def _separator_problems(header: InterchangeHeader) -> Iterator[str]:
    separators = header.separators
    used = [separators.element, separators.component, separators.segment]
    if header.version >= REPETITION_SINCE:
        used.append(separators.repetition or "")
    if any(len(s) != 1 or s.isalnum() or s == " " or ord(s) > 126 for s in used) or len(set(used)) != len(used):
        yield f"separators {clip(' '.join(used))!r} are not distinct single characters (no letter, digit or space)"


def _group_problems(group: GroupHeader, sets: Sequence[TransactionSet]) -> Iterator[str]:
    if len(group.functional_identifier) != 2:
        yield f"functional identifier (GS01) {clip(group.functional_identifier)!r} is not two characters"
    for name, value in (("GS02", group.sender), ("GS03", group.receiver)):
        if not 2 <= len(value) <= 15:
            yield f"application code ({name}) {clip(value)!r} is not 2 to 15 characters"
    if not 1 <= len(group.release) <= 12:
        yield f"release (GS08) {clip(group.release)!r} is not 1 to 12 characters"
    yield from _number_problem("GS06", group.control_number)
    if not sets:
        yield f"group {group.control_number} holds no transaction set"
    for transaction_set in sets:
        yield from _number_problem("ST02", transaction_set.control_number)
    if len({s.control_number for s in sets}) != len(sets):
        yield f"group {group.control_number} uses a transaction set control number (ST02) twice"


def _number_problem(name: str, number: int) -> Iterator[str]:
    if not 1 <= number <= CONTROL_NUMBER_LIMIT:
        yield f"control number {name} {number} is not between 1 and {CONTROL_NUMBER_LIMIT}"


@lru_cache(maxsize=4096)
def _forbidden(segment: str, position: int, separators: Separators, release: str) -> frozenset[str]:
    """Characters this element may not hold: the separators, but for those of its own components and repetitions, and
    control characters, which neither the basic nor the extended character set of X12.6 has."""
    held = tables.nearest_release(release)
    uses = tables.segment_table(held, segment).elements if tables.has_segment(held, segment) else ()
    use = uses[position - 1] if 0 < position <= len(uses) else None
    inner = {separators.component} if use is None or not use.components else set()
    if separators.repetition and (use is None or use.repetitions == 1):
        inner.add(separators.repetition)
    return frozenset({separators.element, separators.segment, *inner, *map(chr, range(32)), "\x7f"})


def _unwritable(segments: Iterable[Segment], separators: Separators, release: str) -> Iterator[str]:
    for segment in segments:
        for index, value in enumerate(segment):
            forbidden = _forbidden(segment[0], index, separators, release)
            if not forbidden.isdisjoint(value):
                found = next(c for c in value if c in forbidden)
                yield f"{segment[0]}{index:02d} {clip(value)!r} holds {clip(found)!r}, a separator or control character"
