"""Removing what is old: bounded steps, never open work, and a tombstone of everything that something else needs.

Rows of transmissions and documents stay, with hash, size and identity, so that a duplicate is still known and the
ledger still adds up; a removed event leaves the digest that its seal needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, false, insert, literal, or_, select, update

from hub.states import ArrivalStatus, DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.schema.tables import (
    attempts,
    deliveries,
    documents,
    events,
    outbox,
    pruned_events,
    transmissions,
    work_item_subjects,
    work_items,
)
from hub.store.store import Tx
from hub.store.trail.audit import digest_of
from hub.store.trail.events import ROWS as EVENTS

STEP = 200
"""Rows of one transaction."""

NEVER = datetime(1, 1, 2, tzinfo=UTC)
"""Nothing is older."""

PRUNED_KINDS = ("transmission.", "document.", "delivery.", "acknowledgment.")
"""Events of the daily traffic. What people changed is kept for ever."""

_DONE = [ArrivalStatus.PROCESSED, ArrivalStatus.REJECTED, ArrivalStatus.QUARANTINED, ArrivalStatus.DUPLICATE]
_GONE = [DepartureStatus.SENT, DepartureStatus.GIVEN_UP]
_WAITING = [DocumentStatus.HELD, DocumentStatus.UNROUTED, DocumentStatus.QUARANTINED, DocumentStatus.ORPHAN]
_SETTLED = [DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP]
_ANSWER = "functional_acknowledgment"


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What of one partner is older than this is removed; ``by_type`` by document type and direction, where it differs.
    The partner None is whoever is not known."""

    partner: str | None
    default: datetime = NEVER
    by_type: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def newest(self) -> datetime:
        return max([self.default, *self.by_type.values()])

    def of(self, document: Any) -> ColumnElement[datetime]:
        """The cutoff of each document."""
        instant = transmissions.c.received_at.type
        whens = [
            (and_(document.c.type == type, document.c.direction == direction), _instant(cutoff, instant))
            for (type, direction), cutoff in self.by_type.items()
        ]
        default = _instant(self.default, instant)
        return case(*whens, else_=default) if whens else default

    def owns(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.is_(None) if self.partner is None else column == self.partner


def _instant(value: datetime, type: Any) -> ColumnElement[datetime]:
    return literal(value, type)


_t, _d, _dl = transmissions, documents, deliveries


def _wanted(subject: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an open work item names it."""
    return exists().where(
        work_item_subjects.c.subject_id == subject,
        work_items.c.id == work_item_subjects.c.work_item_id,
        work_items.c.open,
    )


def _open(delivery: Any) -> ColumnElement[bool]:
    awaited = and_(delivery.c.status == DeliveryStatus.DELIVERED.value, delivery.c.acknowledgment_due.is_not(None))
    done = [*(status.value for status in _SETTLED), DeliveryStatus.DELIVERED.value]
    return or_(delivery.c.status.not_in(done), awaited)


def raw(tx: Tx, cut: Cutoffs, now: datetime) -> int:
    """The bytes of arrivals and departures; returns of how many. Those of our acknowledgments stay: a duplicate is
    answered with the very same."""
    count = 0
    for ripe in (_ripe_arrivals(cut), _ripe_departures(cut, _d.c.type == _ANSWER)):
        seqs = list(tx.execute(ripe.where(_t.c.pruned_at.is_(None)).limit(STEP)).scalars())
        if seqs:
            tx.execute(update(_t).where(_t.c.seq.in_(seqs)).values(body=None, pruned_at=now))
        count += len(seqs)
    return count


def _ripe_arrivals(cut: Cutoffs) -> Any:
    """Finished, with nothing in it that a person or a target still waits for, and no document that is kept longer."""
    inside = and_(_d.c.transmission_id == _t.c.id, _d.c.set_ordinal.is_not(None))
    kept = or_(_t.c.received_at >= cut.of(_d), _d.c.status.in_([s.value for s in _WAITING]), _wanted(_d.c.id))
    leaving = exists().where(_d.c.transmission_id == _t.c.id, _dl.c.document_id == _d.c.id, _open(_dl))
    return (
        select(_t.c.seq)
        .where(
            _t.c.direction == "in",
            cut.owns(_t.c.partner),
            _t.c.received_at < cut.newest,
            _t.c.status.in_([s.value for s in _DONE]),
            or_(_t.c.received_at < cut.default, exists().where(inside)),
            ~exists().where(inside, kept),
            ~leaving,
            ~_wanted(_t.c.id),
        )
        .order_by(_t.c.seq)
    )


def _ripe_departures(cut: Cutoffs, needed: ColumnElement[bool]) -> Any:
    """Gone, fetched where it was to be fetched, and settled, with no document that is kept longer or ``needed``."""
    carried = and_(_dl.c.departure_id == _t.c.id, _d.c.id == _dl.c.document_id)
    kept = or_(_t.c.received_at >= cut.of(_d), _open(_dl), needed, _wanted(_dl.c.id))
    return (
        select(_t.c.seq)
        .where(
            _t.c.direction == "out",
            cut.owns(_t.c.partner),
            _t.c.received_at < cut.newest,
            _t.c.status.in_([s.value for s in _GONE]),
            ~exists().where(carried, kept),
            ~exists().where(outbox.c.departure_id == _t.c.id, outbox.c.waiting),
            ~_wanted(_t.c.id),
        )
        .order_by(_t.c.seq)
    )


def canonical(tx: Tx, cut: Cutoffs) -> int:
    """Canonical documents and their provenance; hash, identity, findings and search keys stay."""
    leaving = exists().where(_dl.c.document_id == _d.c.id, _open(_dl))
    ripe = (
        select(_d.c.seq)
        .where(
            cut.owns(_d.c.partner),
            _d.c.canonical.is_not(None),
            _d.c.created_at < cut.of(_d),
            _d.c.type != _ANSWER,
            _d.c.status.not_in([s.value for s in _WAITING]),
            ~leaving,
            ~_wanted(_d.c.id),
        )
        .order_by(_d.c.seq)
        .limit(STEP)
    )
    seqs = list(tx.execute(ripe).scalars())
    if seqs:
        tx.execute(update(_d).where(_d.c.seq.in_(seqs)).values(canonical=None, provenance=None))
    return len(seqs)


def tries(tx: Tx, cut: Cutoffs) -> int:
    """Attempts of departures that are gone and settled; how many there were stays."""
    ripe = _ripe_departures(cut, false()).where(exists().where(attempts.c.departure_id == _t.c.id)).limit(STEP)
    ids = select(_t.c.id).where(_t.c.seq.in_(list(tx.execute(ripe).scalars())))
    return int(tx.execute(delete(attempts).where(attempts.c.departure_id.in_(ids))).rowcount)


def trail(tx: Tx, cut: Cutoffs) -> int:
    """Sealed events of the daily traffic, whose digests stay."""
    unfinished = exists().where(
        _t.c.id == events.c.transmission_id, _t.c.status.in_(["received", "processing", "due", "dead"])
    )
    ripe = (
        EVENTS.select.where(
            cut.owns(events.c.partner),
            events.c.position.is_not(None),
            events.c.at < cut.default,
            or_(*(events.c.kind.like(f"{kind}%") for kind in PRUNED_KINDS)),
            ~unfinished,
            ~_wanted(events.c.subject_id),
        )
        .order_by(events.c.seq)
        .limit(STEP)
    )
    found = EVENTS.all(tx, ripe)
    if found:
        tombstones = [{"position": event.position, "digest": digest_of(event)} for event in found]
        tx.execute(insert(pruned_events), tombstones)
        tx.execute(delete(events).where(events.c.seq.in_([event.seq for event in found])))
    return len(found)
