"""How many documents came and left in each hour or day: what the overview draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from hub.store.schema.tables import documents
from hub.store.store import Tx


@dataclass(frozen=True, slots=True)
class Volume:
    """Documents of one partner and status that were made in the period that begins at ``since``."""

    since: datetime
    partner: str
    status: str
    count: int


_ONE_PERIOD = (
    select(documents.c.partner, documents.c.status, func.count())
    .where(documents.c.created_at >= bindparam("since"), documents.c.created_at < bindparam("until"))
    .group_by(documents.c.partner, documents.c.status)
)


def volumes(tx: Tx, since: datetime, step: timedelta, periods: int) -> list[Volume]:
    """Oldest first, ``periods`` of one ``step`` each from ``since``; reads only their part of the index."""
    counted: list[Volume] = []
    for number in range(periods):
        begin = since + step * number
        rows = tx.execute(_ONE_PERIOD, {"since": begin, "until": begin + step})
        counted += [Volume(begin, *row) for row in rows]
    return counted
