"""What a scan finds: interchanges, groups and where each transaction set lies, with what is wrong of the envelopes.

Every arrival has all of them, which are made, told to another process and made there again: so they are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from canonical.finding import Finding
from channels.x12.envelope.leftovers import Remnant


class Separators(NamedTuple):
    """The four separators, read from the ISA's own positions. ``repetition`` is None before release 00402 (ISA11)."""

    element: str
    component: str
    segment: str
    repetition: str | None = None


class PartyId(NamedTuple):
    """ISA05/06 or ISA07/08, the identifier without its padding."""

    qualifier: str
    id: str


class SetSpan(NamedTuple):
    """One ST..SE. ``offset`` and ``length`` in bytes of the scanned input, the last terminator included.

    ``errors`` are X12 718 codes (AK502) of the set's own envelope: 2 no trailer, 3 control numbers differ, 4 count
    wrong, 6 set of another group (from 005010 on 18), 7 control number missing or twice in the group (23).
    """

    type: str
    control_number: str
    implementation: str
    offset: int
    length: int
    segment_count: int
    errors: tuple[str, ...] = ()


class Group(NamedTuple):
    """One GS..GE. ``errors`` are X12 716 codes (AK905). Sets outside any group stand in one without control number."""

    functional_identifier: str
    sender: str
    receiver: str
    date: str
    time: str
    control_number: str
    agency: str
    release: str
    offset: int
    length: int
    sets: tuple[SetSpan, ...] = ()
    declared_sets: str = ""
    errors: tuple[str, ...] = ()


class Interchange(NamedTuple):
    """One ISA..IEA. ``note_code`` is the TA105 that a TA1 would carry (000 = no error); ``ta1`` are the elements of the
    TA1 segments inside, each without the segment name."""

    sender: PartyId
    receiver: PartyId
    date: str
    time: str
    version: str
    control_number: str
    acknowledgment_requested: bool
    usage_indicator: str
    separators: Separators
    offset: int
    length: int
    groups: tuple[Group, ...] = ()
    ta1: tuple[tuple[str, ...], ...] = ()
    note_code: str = "000"
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What one physical file holds. ``bytes_accounted`` = interchanges + remnants + padding around them = ``size``."""

    size: int
    bytes_accounted: int
    interchanges: tuple[Interchange, ...]
    remnants: tuple[Remnant, ...]
    findings: tuple[Finding, ...]
