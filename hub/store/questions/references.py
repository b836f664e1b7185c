"""References between rows, which no foreign key guards: every row that another names exists, and both agree.

The database's own foreign keys would have every write look the other row up, and every chunk insert in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, String, exists, false, or_, select

from hub.channel_names import WEBHOOKS
from hub.states import OPEN_DELIVERIES, DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.schema.tables import (
    acknowledgments,
    attempts,
    deliveries,
    delivery_keys,
    document_findings,
    document_keys,
    documents,
    groups,
    interchanges,
    outbox,
    sent_sets,
    transmissions,
    work_item_subjects,
    work_items,
)
from hub.store.store import Tx

LIMIT = 1000
"""Rows of one kind that are told of; where so many are wrong, more tell nothing new."""

REFERENCES: tuple[tuple[Column[Any], Column[Any]], ...] = (
    (transmissions.c.duplicate_of, transmissions.c.id),
    (transmissions.c.replay_of, transmissions.c.id),
    (interchanges.c.transmission_id, transmissions.c.id),
    (interchanges.c.duplicate_of, interchanges.c.id),
    (groups.c.interchange_id, interchanges.c.id),
    (documents.c.transmission_id, transmissions.c.id),
    (documents.c.interchange_id, interchanges.c.id),
    (documents.c.group_id, groups.c.id),
    (documents.c.origin_id, documents.c.id),
    (documents.c.replay_of, documents.c.id),
    (document_keys.c.document_seq, documents.c.seq),
    (document_findings.c.document_seq, documents.c.seq),
    (deliveries.c.document_id, documents.c.id),
    (deliveries.c.departure_id, transmissions.c.id),
    (deliveries.c.acknowledged_by, documents.c.id),
    (delivery_keys.c.delivery_seq, deliveries.c.seq),
    (attempts.c.departure_id, transmissions.c.id),
    (outbox.c.departure_id, transmissions.c.id),
    (acknowledgments.c.document_id, documents.c.id),
    (acknowledgments.c.interchange_id, interchanges.c.id),
    (acknowledgments.c.group_id, groups.c.id),
    (sent_sets.c.delivery_id, deliveries.c.id),
    (sent_sets.c.departure_id, transmissions.c.id),
    (work_item_subjects.c.work_item_id, work_items.c.id),
)
"""What names → what is named. A null names nothing, nor does an empty text."""

CARRIED: dict[DeliveryStatus, frozenset[DepartureStatus | None]] = {
    DeliveryStatus.PENDING: frozenset({None}),
    DeliveryStatus.COMPOSED: frozenset({DepartureStatus.DUE}),
    DeliveryStatus.AWAITING: frozenset({DepartureStatus.AWAITING}),
    DeliveryStatus.DELIVERED: frozenset({DepartureStatus.SENT}),
    DeliveryStatus.DEAD: frozenset({None, DepartureStatus.DEAD}),  # none: it could not be composed
    DeliveryStatus.GIVEN_UP: frozenset({None, DepartureStatus.DEAD, DepartureStatus.GIVEN_UP}),
}
"""Delivery → what its departure can be. A partner may answer before we know that it got anything, so an answered one
fits any."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A row of ``table`` whose ``column`` names ``value``, which is no ``parent``."""

    table: str
    column: str
    value: str
    parent: str


@dataclass(frozen=True, slots=True)
class Disagreeing:
    """A delivery, and its departure that has a status which does not fit."""

    delivery_id: str
    status: str
    departure_id: str | None
    departure_status: str | None


def dangling(tx: Tx) -> Iterator[Dangling]:
    """Every reference to a row that is not there."""
    for child, parent in REFERENCES:
        for value in tx.execute(_missing(child, parent)).scalars():
            yield Dangling(child.table.name, child.name, str(value), parent.table.name)
    subject = work_item_subjects.c.subject_id
    known = [exists().where(table.c.id == subject) for table in (documents, deliveries, transmissions)]
    for value in tx.execute(select(subject).where(~or_(*known)).limit(LIMIT)).scalars():
        yield Dangling("work_item_subjects", "subject_id", str(value), "documents, deliveries, transmissions")


def _missing(child: Column[Any], parent: Column[Any]) -> Select[Any]:
    named = parent.table.alias("named")
    names = child.is_not(None) & (child != "") if isinstance(child.type, String) else child.is_not(None)
    return (
        select(child)
        .distinct()
        .where(names, ~exists().where(named.c[parent.name] == child))
        .order_by(child)
        .limit(LIMIT)
    )


def disagreeing(tx: Tx) -> list[Disagreeing]:
    """Deliveries whose departure is in a status that does not fit."""
    status, departure, carrier = deliveries.c.status, deliveries.c.departure_id, transmissions.c.status
    wrong = []
    for of, fitting in CARRIED.items():
        misfit = departure.is_not(None) & carrier.not_in([one.value for one in fitting if one is not None])
        alone = departure.is_(None) if None not in fitting else false()
        wrong.append((status == of.value) & or_(misfit, alone))
    statement = (
        select(deliveries.c.id, status, departure, carrier)
        .outerjoin(transmissions, transmissions.c.id == departure)
        .where(or_(*wrong))
        .order_by(deliveries.c.seq)
        .limit(LIMIT)
    )
    return [Disagreeing(*row) for row in tx.execute(statement)]


def empty_departures(tx: Tx) -> list[str]:
    """Departures that carry no delivery and are no notification."""
    carried = exists().where(deliveries.c.departure_id == transmissions.c.id)
    documents_leave = (transmissions.c.direction == "out") & (transmissions.c.channel != WEBHOOKS)
    wanted = select(transmissions.c.id).where(documents_leave, ~carried).limit(LIMIT)
    return list(tx.execute(wanted.order_by(transmissions.c.seq)).scalars())


def undelivered(tx: Tx) -> list[str]:
    """Documents that are called routed and have no delivery."""
    routed = exists().where(deliveries.c.document_id == documents.c.id)
    wanted = select(documents.c.id).where(documents.c.status == DocumentStatus.ROUTED.value, ~routed).limit(LIMIT)
    return list(tx.execute(wanted.order_by(documents.c.seq)).scalars())


def stuck_keys(tx: Tx) -> list[str]:
    """Deliveries that are settled and still hold back those behind them."""
    holding = exists().where(delivery_keys.c.delivery_seq == deliveries.c.seq, delivery_keys.c.open)
    settled = deliveries.c.status.not_in([status.value for status in OPEN_DELIVERIES])
    return list(tx.execute(select(deliveries.c.id).where(settled, holding).limit(LIMIT)).scalars())
