"""Control numbers: each of ours was drawn once, none is missing without a reason, and the next is above all used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.catalog import load_catalog
from hub.numbering import NUMBER_SET, Numbering, numberings
from hub.store.configuration import control_numbers
from hub.store.schema.records import StoredEvent
from hub.store.store import Tx
from hub.store.trail import events
from hub.verify.defect import Defect, Subject

_REUSED = "The partner refuses one of the two: hub control-numbers set a number above all used, then tell the partner."
_LOST = "A departure was lost: compare with a backup. The partner may ask for what stood under the number."
_TWICE = "One of the two should have been told as a duplicate: compare their documents, and tell the makers of the hub."


def numbers_unique(subject: Subject) -> Iterator[Defect]:
    """Ours by the departures that they stand in, the partners' by what was worked under them."""
    with subject.read() as tx:
        drawn = control_numbers.drawn(tx)
        counts = numberings(tx, load_catalog(tx))
        for count in counts:
            numbers = drawn.get((count.partner, count.identity, count.kind), [])
            if sum((c.partner, c.kind) == (count.partner, count.kind) for c in counts) == 1:
                numbers = drawn.get((count.partner, "", count.kind), []) + numbers  # noted before whose they are
            yield from _walk(count, numbers, _changes(tx, count))
            subject.progress(len(numbers))
        for partner, sender, number, times in control_numbers.taken_twice(tx):
            place = f"{partner}, interchange {number} of {sender}"
            yield Defect("CONTROL-NUMBER-TAKEN-TWICE", place, f"worked {times} times", "once", _TWICE)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What operators did to a counter."""

    leaps: tuple[tuple[int, int], ...]  # from what was next to what became next

    def explain_gap(self, first: int, last: int) -> bool:
        return any(before <= first and last < after for before, after in self.leaps)

    def explain_return(self, number: int) -> bool:
        return any(after <= number < before for before, after in self.leaps)


def _changes(tx: Tx, count: Numbering) -> _Changes:
    def concerns(event: StoredEvent) -> bool:
        own = (event.data.get("identity"), event.data.get("kind")) == (count.identity, count.kind)
        return event.kind == NUMBER_SET and own

    told = filter(concerns, events.of_subject(tx, count.partner))
    return _Changes(tuple((event.data["before"], event.data["next"]) for event in told))


def _walk(count: Numbering, numbers: list[int], changes: _Changes) -> Iterator[Defect]:
    """From number to number as they were drawn. What lies outside the profile's range belongs to an earlier one."""
    place = f"{count.partner}, {count.kind} control numbers of {count.identity}"
    seen: set[int] = set()
    expected: int | None = None
    for number in numbers:
        if expected is not None and number < expected:
            seen = _used_before(count, seen, expected, number, changes)
        if number in seen:
            yield Defect("CONTROL-NUMBER-REUSED", place, f"{number} was drawn again", "each number once", _REUSED)
        elif expected is not None and number > expected:
            yield from _gap(count, place, expected, number, changes)
        seen.add(number)
        expected = number + 1
    if expected is None or not count.first <= expected <= count.last:
        return
    if count.next in seen and not changes.explain_return(count.next):
        yield Defect("CONTROL-NUMBER-BEHIND", place, f"{count.next} is next", "a number not used yet", _REUSED)
    elif count.next > expected:
        yield from _gap(count, place, expected, count.next, changes)


def _used_before(count: Numbering, seen: set[int], expected: int, number: int, changes: _Changes) -> set[int]:
    """What may not come again once a count went back to ``number``: all, unless it wrapped, or a person set it back."""
    if expected > count.last and number == count.first:
        return set()
    return {one for one in seen if one < number} if changes.explain_return(number) else seen


def _gap(count: Numbering, place: str, first: int, number: int, changes: _Changes) -> Iterator[Defect]:
    """Numbers between ``first`` and ``number`` that nothing stands under; a range that begins anew has none before."""
    if number != count.first and not changes.explain_gap(first, number - 1):
        got = f"{first} to {number - 1} stand in no departure"
        yield Defect("CONTROL-NUMBER-MISSING", place, got, "every number that was drawn", _LOST)
