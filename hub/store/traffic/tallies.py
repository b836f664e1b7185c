"""How much waits where, and since when: what ``hub status`` and the navigation of the console show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, func, select, true

from hub.states import DocumentStatus
from hub.store.engine import dialects
from hub.store.engine.steps import values_of
from hub.store.schema.tables import deliveries, documents, transmissions, work_items
from hub.store.store import Tx
from hub.store.traffic.deliveries import OPEN
from hub.store.traffic.documents import NOT_ROUTED
from hub.store.traffic.transmissions import DUE, TROUBLED, UNFINISHED

PARKED = (
    DocumentStatus.HELD,
    DocumentStatus.UNROUTED,
    DocumentStatus.QUARANTINED,
    DocumentStatus.ORPHAN,
)
"""Statuses in which a document waits for a person."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many have one status, and since when the oldest of them waits."""

    count: int
    oldest: datetime


def joined(*queues: Queue | None) -> Queue | None:
    """Several as one, None when nothing is in any."""
    present = [queue for queue in queues if queue is not None]
    if not present:
        return None
    return Queue(sum(queue.count for queue in present), min(queue.oldest for queue in present))


@dataclass(frozen=True, slots=True)
class Queues:
    """By status; a status that nothing has is left out.

    ``transmissions``: received, processing, rejected, quarantined, due, dead. ``documents``: PARKED.
    ``deliveries``: pending, composed, dead.
    """

    transmissions: dict[str, Queue] = field(default_factory=dict)
    documents: dict[str, Queue] = field(default_factory=dict)
    deliveries: dict[str, Queue] = field(default_factory=dict)
    open_work_items: int = 0


@dataclass(frozen=True, slots=True)
class LastArrival:
    """When the newest document of one type came from one partner."""

    partner: str
    type: str
    at: datetime


_TRANSMISSIONS = [
    select(transmissions.c.status, func.count(), func.min(transmissions.c.received_at))
    .where(condition)
    .group_by(transmissions.c.status)
    for condition in (UNFINISHED, DUE, TROUBLED)
]
_DOCUMENTS = (
    select(documents.c.status, func.count(), func.min(documents.c.created_at))
    .where(NOT_ROUTED, documents.c.status.in_([status.value for status in PARKED]))
    .group_by(documents.c.status)
)
_DELIVERIES = (
    select(deliveries.c.status, func.count(), func.min(deliveries.c.created_at))
    .where(OPEN)
    .group_by(deliveries.c.status)
)
_BY_TARGET = (
    select(deliveries.c.target, deliveries.c.status, func.count(), func.min(deliveries.c.created_at))
    .where(OPEN)
    .group_by(deliveries.c.target, deliveries.c.status)
)
_WORK_ITEMS = select(func.count()).select_from(work_items).where(work_items.c.open)
_partners, _types = values_of(documents.c.partner), values_of(documents.c.type)
_newest = (
    select(documents.c.seq)
    .where(
        documents.c.partner == _partners.c.value,
        documents.c.type == _types.c.value,
        documents.c.direction == bindparam("direction"),
    )
    .order_by(documents.c.seq.desc())
    .limit(1)
    .correlate(_partners, _types)
    .scalar_subquery()
)
_PAIRS = select(_newest).select_from(_partners.join(_types, true()))
_LAST_ARRIVALS = (
    select(documents.c.partner, documents.c.type, documents.c.created_at)
    .where(dialects.among(documents.c.seq, "seqs"))
    .order_by(documents.c.partner, documents.c.type)
)


def queues(tx: Tx) -> Queues:
    """Reads only what waits, however much has been finished."""
    return Queues(
        transmissions={
            status: Queue(count, oldest)
            for statement in _TRANSMISSIONS
            for status, count, oldest in tx.execute(statement)
        },
        documents={status: Queue(count, oldest) for status, count, oldest in tx.execute(_DOCUMENTS)},
        deliveries={status: Queue(count, oldest) for status, count, oldest in tx.execute(_DELIVERIES)},
        open_work_items=tx.execute(_WORK_ITEMS).scalar_one(),
    )


def last_arrivals(tx: Tx) -> list[LastArrival]:
    """The newest document of every partner and type that ever came: a look-up for each of them."""
    seqs = [seq for seq in tx.execute(_PAIRS, {"direction": "inbound"}).scalars() if seq is not None]
    return [LastArrival(*row) for row in tx.execute(_LAST_ARRIVALS, {"seqs": seqs})]


def by_target(tx: Tx) -> dict[str, dict[str, Queue]]:
    """The open deliveries of every target that has some, by status as in ``Queues.deliveries``."""
    found: dict[str, dict[str, Queue]] = {}
    for target, status, count, oldest in tx.execute(_BY_TARGET):
        found.setdefault(target, {})[status] = Queue(count, oldest)
    return found
