"""Many small arrivals: while one chunk is committed, the children read and compute those that follow it.

They are read by portions, the first of a few, so that there is soon something to commit. What repeats bytes or numbers
of an arrival under way waits until that one is committed: then the store tells of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from hub.pipeline.chunks import CHUNK_SETS, Chunk, chunks, computation, parts
from hub.pipeline.partner_rules import Rules
from hub.pipeline.poison import Computation
from hub.pipeline.record import Part
from hub.pipeline.scan import Reading
from hub.pipeline.unpack import unpack_together
from hub.pipeline.work import Work, step
from hub.services import HubServices
from hub.store.schema.records import Transmission

FIRST = 10
"""Arrivals of the first portion of many. The others are of as many as a chunk has documents."""


class Ahead:
    """The chunks of claimed arrivals, in order, each when it is computed; to be closed. A chunk is to be committed
    before the next is asked for.

    Who holds a child waits for none, so that several may share the children."""

    def __init__(self, services: HubServices, claimed: Sequence[Transmission]) -> None:
        self._services = services
        self._rules = dict[str, Rules]()
        self._portions = _portions(claimed)
        self._next: Reading | None = None  # not begun
        self._reading: Reading | None = None
        self._read = deque[Work]()
        self._waiting = deque[tuple[Chunk, Computation]]()  # not begun
        self._begun = deque[tuple[Chunk, Computation]]()
        self._uncommitted = False
        self._told = set[tuple[str, ...]]()

    def __iter__(self) -> Iterator[list[Part]]:
        while self._go_on(patient=True):
            chunk, computed = self._begun[0]
            with step(self._services, "compute", (share.work for share in chunk)):
                worked = parts(chunk, computed)
            self._begun.popleft()
            self._uncommitted = True
            if not self._begun:
                self._go_on(patient=False)
            elif self._compute(patient=False):
                self._begin_reading(patient=False)
            yield worked
            self._uncommitted = False

    def close(self) -> None:
        if self._reading is not None:
            self._reading.close()
        for _, computed in self._begun:
            computed.close()

    def _go_on(self, *, patient: bool) -> bool:
        """Begins what there is a child for, and tells whether anything is being computed. Who is ``patient`` waits for
        a child, unless it has one."""
        self._take_what_was_read()
        while self._compute(patient=patient) and self._unpack(patient=patient):
            pass
        return bool(self._begun)

    def _compute(self, *, patient: bool) -> bool:
        """Whether every chunk has begun."""
        while self._waiting and self._waiting[0][1].begin(patient=patient and not self._begun):
            self._begun.append(self._waiting.popleft())
        return not self._waiting

    def _unpack(self, *, patient: bool) -> bool:
        """Whether there are more chunks now."""
        while not self._read and self._begin_reading(patient=patient and not self._begun):
            self._take_what_was_read()
        together = self._that_may_be_unpacked()
        if not together:
            return False
        unpack_together(self._services, together)
        found = list(chunks(together))
        # one chunk is as much as a child is given, unless it is the only one
        shared = len(found) == 1 and not (self._begun or self._read)
        self._waiting.extend((chunk, computation(self._services, chunk, shared=shared)) for chunk in found)
        return True

    def _that_may_be_unpacked(self) -> list[Work]:
        """The next that were read, up to the first that repeats bytes or numbers of one under way."""
        if not (self._begun or self._uncommitted):
            self._told.clear()
        together = []
        while self._read and self._told.isdisjoint(told := set(_told_by(self._read[0]))):
            self._told |= told
            together.append(self._read.popleft())
        return together

    def _begin_reading(self, *, patient: bool) -> bool:
        """Whether a portion is being read."""
        if self._reading is None:
            if self._next is None and (portion := next(self._portions, None)):
                self._next = Reading(self._services, portion, self._rules)
            if self._next is not None and self._next.begin(patient=patient):
                self._reading, self._next = self._next, None
        return self._reading is not None

    def _take_what_was_read(self) -> None:
        if self._reading is not None:
            self._read.extend(self._reading.works())
            self._reading = None


def _portions(claimed: Sequence[Transmission]) -> Iterator[Sequence[Transmission]]:
    first = FIRST if len(claimed) > 2 * FIRST else len(claimed)
    yield claimed[:first]
    for start in range(first, len(claimed), CHUNK_SETS):
        yield claimed[start : start + CHUNK_SETS]


def _told_by(work: Work) -> Iterator[tuple[str, ...]]:
    """What an arrival is known by: its bytes, the sender's interchanges, and its groups of one kind."""
    yield work.transmission.partner or "", work.transmission.sha256
    for interchange in work.interchanges:
        yield interchange.sender.id, interchange.control_number
        for group in interchange.groups:
            yield interchange.sender.id, group.functional_identifier, group.control_number
