"""What waits for the clock, for a person or for a partner's answer, and when partners sent something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from hub.store.engine import dialects
from hub.store.engine.columns import Instant
from hub.store.schema.tables import deliveries, timers, transmissions, work_items
from hub.store.store import Tx
from hub.store.traffic.tallies import Queue
from hub.store.traffic.transmissions import TROUBLED

_TIMERS = select(func.count(), func.min(timers.c.due_at)).where(timers.c.due_at <= bindparam("now"))
_WORK_ITEMS = (
    select(work_items.c.kind, func.count(), func.min(work_items.c.created_at))
    .where(work_items.c.open)
    .group_by(work_items.c.kind)
)
_newest = (
    select(
        work_items.c.kind,
        work_items.c.partner,
        func.count().label("count"),
        func.min(work_items.c.created_at).label("oldest"),
        func.max(work_items.c.seq).label("seq"),
    )
    .where(work_items.c.open)
    .group_by(work_items.c.kind, work_items.c.partner)
    .subquery()
)
_MATTERS = (
    select(_newest.c.kind, _newest.c.partner, _newest.c.count, _newest.c.oldest, work_items.c.summary)
    .join(work_items, work_items.c.seq == _newest.c.seq)
    .order_by(_newest.c.oldest)
)
_DEAD = (
    select(
        transmissions.c.target,
        func.count(),
        func.min(func.coalesce(transmissions.c.finished_at, transmissions.c.received_at, type_=Instant)),
        func.max(transmissions.c.reason),
    )
    .where(TROUBLED, transmissions.c.status == dialects.inline("dead"))
    .group_by(transmissions.c.target)
)
_OVERDUE = (
    select(deliveries.c.partner, func.count(), func.min(deliveries.c.acknowledgment_due))
    .where(
        deliveries.c.status == dialects.inline("delivered"),
        deliveries.c.acknowledgment_due.is_not(None),
        deliveries.c.acknowledgment_due < bindparam("now"),
    )
    .group_by(deliveries.c.partner)
)
_WHY = (
    select(transmissions.c.target, transmissions.c.attempts, transmissions.c.reason)
    .where(transmissions.c.status == dialects.inline("due"), transmissions.c.attempts > 0)
    .limit(1000)
)


def timers_due(tx: Tx, now: datetime) -> Queue | None:
    """Timers whose instant has come, claimed or not."""
    count, oldest = tx.execute(_TIMERS, {"now": now}).one()
    return Queue(count, oldest) if count else None


def work_items_by_kind(tx: Tx) -> dict[str, Queue]:
    """Open work items."""
    return {kind: Queue(count, oldest) for kind, count, oldest in tx.execute(_WORK_ITEMS)}


@dataclass(frozen=True, slots=True)
class Matter:
    """Open work items of one kind and partner; ``summary`` is the newest one's."""

    kind: str
    partner: str | None
    count: int
    oldest: datetime
    summary: str


def matters(tx: Tx) -> list[Matter]:
    """What persons must decide, like with like; the longest open first."""
    return [Matter(*row) for row in tx.execute(_MATTERS)]


def dead_departures(tx: Tx) -> dict[str, tuple[Queue, str]]:
    """Target → its departures that could not be made, and why one of them could not."""
    return {target: (Queue(count, oldest), reason or "") for target, count, oldest, reason in tx.execute(_DEAD)}


def overdue_by_partner(tx: Tx, now: datetime) -> dict[str, Queue]:
    """Deliveries whose agreed acknowledgment has not come in time; ``oldest`` is when the first was due."""
    return {partner: Queue(count, oldest) for partner, count, oldest in tx.execute(_OVERDUE, {"now": now})}


def last_arrivals(tx: Tx, partner: str, instants: Sequence[datetime]) -> list[datetime | None]:
    """When the partner had last sent something at each of these instants: a look-up each, in one statement."""
    values: dict[str, Any] = {f"instant_{number}": instant for number, instant in enumerate(instants)}
    return list(tx.execute(_arrived(len(instants)), values | {"partner": partner}).one())


@cache
def _arrived(instants: int) -> Select[Any]:
    newest = select(func.max(transmissions.c.received_at)).where(
        transmissions.c.partner == bindparam("partner"), transmissions.c.direction == dialects.inline("in")
    )
    before = (transmissions.c.received_at <= bindparam(f"instant_{number}") for number in range(instants))
    return select(*(newest.where(condition).scalar_subquery() for condition in before))


def last_failures(tx: Tx) -> dict[str, str]:
    """Target → why the departure that was tried most often has not left yet."""
    tried = sorted((attempts, target, reason or "") for target, attempts, reason in tx.execute(_WHY))
    return {target: reason for _, target, reason in tried}
