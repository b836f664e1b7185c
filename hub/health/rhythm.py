"""Whether a partner is late, measured by its own habits: how long it had been silent at this very time of the week in
the weeks before. So a partner that sends on weekday mornings is not missed on a Sunday, and is on a Monday noon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.store.questions import backlog
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
    moments = [now - weeks * WEEK for weeks in range(1, WEEKS + 1)]
    last, *found = backlog.last_arrivals(tx, partner, [now, *moments, *(moment - GRACE for moment in moments)])
    ends, begins = found[:WEEKS], found[WEEKS:]
    return rhythm(partner, last, [_silence(*one) for one in zip(moments, ends, begins, strict=True)])


def _silence(moment: datetime, last: datetime | None, before: datetime | None) -> timedelta | None:
    """The longest at this moment or a little before it: what used to come since may be that much later this time."""
    if last is None or before is None:
        return None
    silence = max(moment - last, moment - GRACE - before)
    return silence if silence <= WEEK else None
