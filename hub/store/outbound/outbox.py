"""The outbox: departures that the other side fetches instead of being sent them, and what it has done about them.

An offer lies in a box, a partner's or a target's. It is open until it is confirmed, refused or withdrawn, and keeps its
place meanwhile, whoever fetches or leases it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select, update

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import StoredOffer, Transmission
from hub.store.schema.tables import deliveries, delivery_keys, documents
from hub.store.schema.tables import outbox as table
from hub.store.schema.tables import transmissions as departures
from hub.store.store import Tx
from hub.store.traffic import transmissions
from hub.store.traffic.tallies import Queue

ROWS = Rows(table, StoredOffer)

Outcome = Literal["confirmed", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Carried:
    """A document inside a departure."""

    departure_id: str
    delivery_id: str
    document_id: str
    type: str
    number: str
    partner: str


@dataclass(frozen=True, slots=True)
class Lying:
    """An offer with the departure that it offers, without its bytes, and the documents inside."""

    offer: StoredOffer
    departure: Transmission
    documents: tuple[Carried, ...]


def put(tx: Tx, departure: Transmission, box: str, now: datetime) -> None:
    """Offers a departure, at the end of its box; an earlier offer of it is withdrawn.

    The last that its transaction does: all who offer wait for each other from here to their commit, so that a reader
    that has seen one offer has seen every one before it.
    """
    close(tx, [departure.id], "withdrawn", "hub", now)
    dialects.lock(tx, "outbox")
    ROWS.insert(tx, StoredOffer(departure.id, box, departure.target or "", now))


def hold(tx: Tx, boxes: Collection[str]) -> None:
    """Those who lease, fetch or confirm from one box at the same moment take turns: what they change of it, and the
    order in which they do, is not the same."""
    for box in sorted(boxes):
        dialects.lock(tx, f"box:{box}")


_ids: BindParameter[list[str]] = bindparam("ids", expanding=True)
_OPEN = table.c.closed_at.is_(None)
_IN_BOX = (_OPEN, table.c.box == bindparam("box"))
_AFTER = table.c.seq > bindparam("after")
_PAGE = ROWS.select.where(*_IN_BOX, _AFTER).order_by(table.c.seq).limit(bindparam("count"))
_PAGE_OF_TARGET = _PAGE.where(table.c.target == bindparam("target"))
_OF_DEPARTURE = ROWS.select.where(table.c.departure_id.in_(_ids)).order_by(table.c.seq)
_DEPARTURES = transmissions.BRIEF.select.where(departures.c.id.in_(_ids))
_CARRIED = (
    select(
        deliveries.c.departure_id,
        deliveries.c.id,
        documents.c.id,
        documents.c.type,
        documents.c.number,
        documents.c.partner,
    )
    .join(documents, documents.c.id == deliveries.c.document_id)
    .where(deliveries.c.departure_id.in_(_ids))
    .order_by(deliveries.c.seq)
)


def page(tx: Tx, boxes: Collection[str], after: int, limit: int, target: str | None = None) -> list[Lying]:
    """The open offers of several boxes behind ``after``, oldest first; of one target alone when it is named."""
    values = {"after": after, "count": limit, "target": target}
    return lying(tx, _merged(tx, boxes, _PAGE_OF_TARGET if target is not None else _PAGE, values))


def _merged(tx: Tx, boxes: Collection[str], statement: Select[Any], values: dict[str, Any]) -> list[StoredOffer]:
    """Each box is read by its own index; an index has no order across boxes."""
    found = [ROWS.all(tx, statement, values | {"box": box}) for box in sorted(boxes)]
    return list(islice(merge(*found, key=attrgetter("seq")), values["count"]))


def lying(tx: Tx, offers: Sequence[StoredOffer]) -> list[Lying]:
    """What is offered, in the same order."""
    ids = {"ids": sorted({offer.departure_id for offer in offers})}
    found = {departure.id: departure for departure in transmissions.BRIEF.all(tx, _DEPARTURES, ids)}
    inside: dict[str, list[Carried]] = {id: [] for id in found}
    for row in tx.execute(_CARRIED, ids):
        inside[row[0]].append(Carried(*row))
    return [Lying(offer, found[offer.departure_id], tuple(inside[offer.departure_id])) for offer in offers]


def offers_of(tx: Tx, departure_ids: Collection[str]) -> list[StoredOffer]:
    """Every offer of these departures, open and closed, oldest first."""
    return ROWS.all(tx, _OF_DEPARTURE, {"ids": sorted(departure_ids)})


# ---- leases

LOOKS = 10
"""How often one lease looks further behind what is held back by the leases of others."""

_UNLEASED = (
    ROWS.select.where(*_IN_BOX, _AFTER, or_(table.c.lease_until.is_(None), table.c.lease_until <= bindparam("now")))
    .order_by(table.c.seq)
    .limit(bindparam("count"))
)
_LEASED = ROWS.select.where(*_IN_BOX, table.c.lease_until.is_not(None), table.c.lease_until > bindparam("now"))
_LEASE = update(table).where(_OPEN, table.c.seq == bindparam("held_seq"))
_RELEASE = update(table).where(_OPEN, table.c.box == bindparam("held_box"), table.c.lease == bindparam("held"))
_KEYS_OF = (
    select(deliveries.c.departure_id, delivery_keys.c.target, delivery_keys.c.order_key)
    .join(delivery_keys, delivery_keys.c.delivery_seq == deliveries.c.seq)
    .where(deliveries.c.departure_id.in_(_ids))
)

_Keys = set[tuple[str, str]]


def lease(tx: Tx, boxes: Collection[str], name: str, limit: int, until: datetime, now: datetime) -> list[Lying]:
    """The oldest open offers that nobody has leased, leased until then under ``name``. What shares an order key with
    one that another has, or stands behind such a one, waits for it: two who work one box keep its order."""
    hold(tx, boxes)
    held = [offer for box in sorted(boxes) for offer in ROWS.all(tx, _LEASED, {"box": box, "now": now})]
    found = _next_in_order(tx, boxes, limit, now, set().union(*_keys_of(tx, held).values()))
    if found:
        tx.execute(_LEASE, [{"held_seq": offer.seq, "lease": name, "lease_until": until} for offer in found])
    return lying(tx, found)


def _next_in_order(tx: Tx, boxes: Collection[str], limit: int, now: datetime, held: _Keys) -> list[StoredOffer]:
    found: list[StoredOffer] = []
    after = 0
    for _ in range(LOOKS):
        page = _merged(tx, boxes, _UNLEASED, {"now": now, "count": limit, "after": after})
        keys = _keys_of(tx, page)
        for offer in page:
            own = keys.get(offer.departure_id, set())
            if own & held:
                held |= own
            else:
                found.append(offer)
        if len(found) >= limit or len(page) < limit:
            break
        after = page[-1].seq
    return found[:limit]


def _keys_of(tx: Tx, offers: Sequence[StoredOffer]) -> dict[str, _Keys]:
    """The order keys of what is offered, by departure."""
    found: dict[str, _Keys] = {}
    for departure_id, target, key in tx.execute(_KEYS_OF, {"ids": sorted({offer.departure_id for offer in offers})}):
        found.setdefault(departure_id, set()).add((target, key))
    return found


def release(tx: Tx, boxes: Collection[str], name: str) -> int:
    """Ends a lease on all that it still holds; returns of how many."""
    ended = {"held": name, "lease": None, "lease_until": None}
    return sum(tx.execute(_RELEASE, ended | {"held_box": box}).rowcount for box in boxes)


# ---- what the other side has done

_FETCH = (
    update(table)
    .where(table.c.departure_id == bindparam("held_id"), _OPEN, table.c.fetched_at.is_(None))
    .returning(table.c.seq)
)
_CLOSE = update(table).where(table.c.departure_id.in_(_ids), _OPEN).returning(table.c.departure_id)


def fetched(tx: Tx, departure_id: str, by: str, now: datetime, *, settles: bool) -> bool:
    """Notes the first fetch of an open offer; False when it was fetched before, or is open no more. ``settles``: it
    waited for nothing else."""
    values: dict[str, Any] = {"fetched_at": now, "fetched_by": by}
    if settles:
        values["waiting"] = False
    return tx.execute(_FETCH, values | {"held_id": departure_id}).first() is not None


def close(tx: Tx, departure_ids: Sequence[str], outcome: Outcome, by: str, now: datetime) -> list[str]:
    """Ends the open offers of these departures; returns of which there were some."""
    values: dict[str, Any] = {"outcome": outcome, "closed_at": now, "closed_by": by, "waiting": False}
    values |= {"lease": None, "lease_until": None}
    return list(tx.execute(_CLOSE, values | {"ids": list(departure_ids)}).scalars())


# ---- what waits

_WAITING_BY_TARGET = (
    select(table.c.target, func.count(), func.min(table.c.available_at)).where(table.c.waiting).group_by(table.c.target)
)
_OLDER = (
    ROWS.select.where(table.c.waiting, table.c.target == bindparam("target"))
    .where(table.c.available_at <= bindparam("before"))
    .order_by(table.c.available_at)
    .limit(bindparam("count"))
)


def waiting(tx: Tx) -> dict[str, Queue]:
    """By target, what waits to be fetched by a partner, or to be confirmed by a system."""
    return {target: Queue(count, oldest) for target, count, oldest in tx.execute(_WAITING_BY_TARGET)}


def waiting_since(tx: Tx, target: str, instant: datetime, limit: int) -> list[StoredOffer]:
    """The oldest that have waited since then or longer."""
    return ROWS.all(tx, _OLDER, {"target": target, "before": instant, "count": limit})
