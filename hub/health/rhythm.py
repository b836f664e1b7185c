"""Whether a partner is late, measured by its own habits: how long it had been silent at this very time of the week in
the weeks before. So a partner that sends on weekday mornings is not missed on a Sunday, and is on a Monday noon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.store import backlog
from hub.store.store import Tx

WEEK = timedelta(days=7)
WEEKS = 4
"""Weeks looked back; a partner that sent in fewer than two of them has no habit yet."""

GRACE = timedelta(hours=1)
"""By how much what comes late may be later than it ever was."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``usual`` is the longest silence at this time of the week, None for a partner without a habit."""

    partner: str
    last: datetime | None
    usual: timedelta | None

    @property
    def tolerated(self) -> timedelta | None:
        """The silence after which the partner is late."""
        return None if self.usual is None else max(2 * self.usual, self.usual + GRACE)

    def silence(self, now: datetime) -> timedelta | None:
        return None if self.last is None else max(now - self.last, timedelta(0))

    def late(self, now: datetime) -> bool:
        silence, tolerated = self.silence(now), self.tolerated
        return silence is not None and tolerated is not None and silence > tolerated


def rhythm(partner: str, last: datetime | None, before: Sequence[timedelta | None]) -> Rhythm:
    """``before``: the silences at about this time in earlier weeks, None where nothing had come for a week."""
    known = [silence for silence in before if silence is not None]
    return Rhythm(partner, last, max(known) if len(known) >= 2 else None)


def read(tx: Tx, partner: str, now: datetime) -> Rhythm:
    """From the store: a handful of look-ups, however much the partner sends."""
    before = [_silence(tx, partner, now - weeks * WEEK) for weeks in range(1, WEEKS + 1)]
    return rhythm(partner, backlog.last_arrival(tx, partner, now), before)


def _silence(tx: Tx, partner: str, instant: datetime) -> timedelta | None:
    """The longest at this instant or a little before: what used to come since may be that much later this time."""
    silences = []
    for moment in (instant - GRACE, instant):
        last = backlog.last_arrival(tx, partner, moment)
        if last is None or moment - last > WEEK:
            return None
        silences.append(moment - last)
    return max(silences)
