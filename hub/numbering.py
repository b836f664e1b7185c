"""How the counts of control numbers stand: what comes next, which of ours no partner has seen, which never came.

A partner counts its interchanges (ISA13) one after the other, so a number that is not there is a file that was lost on
the way, or one that was meant for somebody else. Which, only the partner can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from hub.catalog import Catalog
from hub.store.configuration import control_numbers
from hub.store.configuration.control_numbers import KINDS, Unsent
from hub.store.store import Tx
from hub.store.trail import events
from partners.x12_settings import CONTROL_NUMBER_LIMIT

NEARBY = 1_000
"""A number further than this from those seen so far is the start of another count, not the end of a long gap."""

NUMBER_SET = "control_number.set"
"""The event of a counter that an operator set; its data: kind, identity, before, next, reason."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """One count of ours: ``next`` is what would be drawn now, ``first`` and ``last`` the profile's range."""

    partner: str
    identity: str
    kind: str
    next: int
    first: int
    last: int


def numberings(tx: Tx, catalog: Catalog, partner: str | None = None) -> list[Numbering]:
    """Of one partner or of all: the count of the identity that each profile names, and whatever else was drawn from."""
    counts = {(c.partner, c.identity, c.kind) for c in control_numbers.counters(tx) if c.partner in catalog.profiles}
    for key, pinned in catalog.profiles.items():
        counts |= {(key, catalog.our_identity(pinned.partner).key, kind) for kind in KINDS}
    found = []
    for key, identity, kind in sorted(counts, key=lambda c: (c[0], c[1], KINDS.index(c[2]))):
        if partner in (None, key):
            span = catalog.profiles[key].partner.x12.control_numbers.range_of(kind)
            number = control_numbers.peek(tx, key, identity, kind, span.first, span.last)
            found.append(Numbering(key, identity, kind, number, span.first, span.last))
    return found


def warning_of(before: int, number: int) -> str:
    """What an operator must know who makes ``number`` the next one in place of ``before``; empty when nothing."""
    if number < before:
        return f"The numbers {number} to {before - 1} may have been used: a partner refuses them as duplicates."
    if number > before:
        return f"The numbers {before} to {number - 1} are skipped: a partner may ask for them."
    return ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Numbers of ours that nothing was ever sent under, since an operator set the counter past them."""

    partner: str
    identity: str
    kind: str
    first: int
    last: int
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """``count`` numbers of one count that never came, ``first`` to ``last``; ``after`` and ``before`` are the nearest
    that did, ``came`` how many in a row came up to ``after``."""

    first: int
    last: int
    count: int
    after: int
    before: int
    came: int


@dataclass(frozen=True, slots=True)
class LostInterchanges:
    """A gap in the interchange control numbers (ISA13) that one sender gave to what it sent to one identity of ours."""

    partner: str
    sender_id: str
    receiver_id: str
    gap: Gap


@dataclass(frozen=True, slots=True)
class Gaps:
    """``unsent`` and ``skipped`` are numbers of ours, ``lost`` numbers of the partners'."""

    unsent: list[Unsent]
    skipped: list[Skipped]
    lost: list[LostInterchanges]


def find_gaps(tx: Tx, partner: str | None = None, since: datetime | None = None) -> Gaps:
    """Of one partner or of all; ``since`` leaves out what came in before."""
    received = control_numbers.received(tx, partner, since)
    lost: list[LostInterchanges] = []
    for of, numbers in groupby(received, key=lambda r: (r.partner, r.sender_id, r.receiver_id)):
        counted = (int(r.control_number) for r in numbers if _countable(r.control_number))
        lost += [LostInterchanges(*of, gap) for gap in missing_numbers(counted)]
    return Gaps(control_numbers.unsent(tx, partner), list(_skipped(tx, partner)), lost)


def _skipped(tx: Tx, partner: str | None) -> Iterator[Skipped]:
    """A number is skipped for good only if no later change went back before it."""
    for key in sorted({c.partner for c in control_numbers.counters(tx) if partner in (None, c.partner)}):
        changes = [e for e in events.of_subject(tx, key) if e.kind == NUMBER_SET]
        for index, change in enumerate(changes):
            data = change.data
            count = (data["identity"], data["kind"])
            later = [c.data["next"] for c in changes[index + 1 :] if (c.data["identity"], c.data["kind"]) == count]
            last = min([data["next"], *later]) - 1
            if data["before"] <= last:
                yield Skipped(key, *count, data["before"], last, change.actor, data["reason"], change.at)


def _countable(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) <= CONTROL_NUMBER_LIMIT


def _number(place: int) -> int:
    """The control number at a place of a count that goes on past the wrap: 999999999 is followed by 1."""
    return (place - 1) % CONTROL_NUMBER_LIMIT + 1


def missing_numbers(numbers: Iterable[int]) -> list[Gap]:
    """The gaps among numbers that came in any order, count by count. What was sent before the first and after the last
    nobody can know."""
    gaps: list[Gap] = []
    for places in map(sorted, _counts(numbers)):
        since = places[0]
        for a, b in pairwise(places):
            if b > a + 1:
                gaps.append(Gap(_number(a + 1), _number(b - 1), b - a - 1, _number(a), _number(b), a - since + 1))
                since = b
    return gaps


def _counts(numbers: Iterable[int]) -> list[set[int]]:
    """The numbers as places, those that belong to one count together. A sender that starts anew, or leaps ahead, begins
    another count; one that wraps goes on."""
    counts: list[set[int]] = []
    bounds: list[tuple[int, int]] = []
    for number in numbers:
        for index in reversed(range(len(counts))):
            low, high = bounds[index]
            # the place nearest to the count's newest end at which this number stands
            place = number + round((high - number) / CONTROL_NUMBER_LIMIT) * CONTROL_NUMBER_LIMIT
            if low - NEARBY <= place <= high + NEARBY:
                counts[index].add(place)
                bounds[index] = min(low, place), max(high, place)
                break
        else:
            counts.append({number})
            bounds.append((number, number))
    return counts
