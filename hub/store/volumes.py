"""How many documents came and left on each day: what the overview draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select

from hub.store.store import Tx
from hub.store.tables import documents


@dataclass(frozen=True, slots=True)
class DayCount:
    """Documents of one partner, direction and status that were made on one day (UTC)."""

    day: date
    partner: str
    direction: str
    status: str
    count: int


_ONE_DAY = (
    select(documents.c.partner, documents.c.direction, documents.c.status, func.count())
    .where(documents.c.created_at >= bindparam("since"), documents.c.created_at < bindparam("until"))
    .group_by(documents.c.partner, documents.c.direction, documents.c.status)
)


def per_day(tx: Tx, today: date, days: int) -> list[DayCount]:
    """The last ``days`` days, today included, oldest first; reads these days' part of the index only."""
    counted: list[DayCount] = []
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        since = datetime.combine(day, time(), UTC)
        rows = tx.execute(_ONE_DAY, {"since": since, "until": since + timedelta(days=1)})
        counted += [DayCount(day, *row) for row in rows]
    return counted
