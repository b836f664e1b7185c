"""offer: what the other side fetches instead of being sent it → in its outbox until it says that it has it.

A partner's delivery is delivered when it lies there: a partner that comes once a day holds nothing up. A system's is
delivered by its word, as with a target that answers "later".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.catalog import CHANNEL_PREFIX, Catalog
from hub.channel_names import box_of_partner, box_of_target
from hub.pipeline import settle
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.outbound import outbox
from hub.store.outbound.outbox import Outcome
from hub.store.schema.records import StoredOffer, Timer, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries
from hub.store.traffic.tallies import Queue
from hub.store.trail import work_items

KINDS = ("unfetched", "uncollected")
"""Work items of what waits for a partner, and for a system."""

NAMED = 100
"""Departures that a work item names; its summary says how many there are."""


def box_of(departure: Transmission) -> str:
    """The box that a departure lies in when it is offered."""
    target = departure.target or ""
    return box_of_partner(departure.partner or "") if target.startswith(CHANNEL_PREFIX) else box_of_target(target)


def put(tx: Tx, departure: Transmission, now: datetime) -> None:
    """The last that its transaction does, as ``outbox.put`` says."""
    outbox.put(tx, departure, box_of(departure), now)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who fetches or confirms: the actor of events, and the id of the access key, where it came with one."""

    actor: str
    credential: str = ""

    def __str__(self) -> str:
        return f"{self.actor} by {self.credential}" if self.credential else self.actor


def fetched(tx: Tx, catalog: Catalog, departure: Transmission, by: Caller, now: datetime) -> None:
    """The other side has all of the bytes. The first time is noted and told of."""
    partners = (departure.target or "").startswith(CHANNEL_PREFIX)
    if outbox.fetched(tx, departure.id, str(by), now, settles=partners):
        _tell(tx, "delivery.fetched", departure, by, now)
        _close_item(tx, catalog, departure.target or "", now)


def close(tx: Tx, catalog: Catalog, departure: Transmission, outcome: Outcome, by: Caller, now: datetime) -> bool:
    """It is not offered any more; False when it was not."""
    closed = bool(outbox.close(tx, [departure.id], outcome, str(by), now))
    if closed:
        _close_item(tx, catalog, departure.target or "", now)
    return closed


def confirmed_by_partner(tx: Tx, catalog: Catalog, departure: Transmission, by: Caller, now: datetime) -> bool:
    """The partner has it; said again it changes nothing. False for what never lay in its outbox."""
    if close(tx, catalog, departure, "confirmed", by, now):
        _tell(tx, "delivery.confirmed", departure, by, now)
        return True
    return bool(outbox.offers_of(tx, [departure.id]))


def _tell(tx: Tx, kind: str, departure: Transmission, by: Caller, now: datetime) -> None:
    data = {"credential": by.credential} if by.credential else {}
    for delivery in deliveries.of_departure(tx, departure.id):
        settle.tell(tx, kind, delivery, data, now, by.actor)


# ---- what lies there for too long


def raise_waiting(services: HubServices, timer: Timer) -> None:
    """One work item for each channel and target in whose outbox something has lain for longer than its settings allow;
    closed when nothing has any more. Raises StaleLease."""
    catalog, now = services.catalog(), services.clock()
    with services.store.read() as tx:
        waiting = outbox.waiting(tx)
        late = {target: found for target in waiting if (found := _late(tx, catalog, target, now, NAMED))}
        over = work_items.open_keys(tx, KINDS) - {_key(target) for target in late}
    if not late and not over:
        return
    with services.store.begin() as tx:
        timers.hold(tx, timer)
        for target, offers in late.items():
            kind, summary = _complaint(target, waiting[target])
            subjects = [offer.departure_id for offer in offers]
            work_items.raise_item(tx, kind, _key(target), _partner(catalog, target), summary, subjects, now)
        for key in over:
            work_items.close(tx, key, now)


def _close_item(tx: Tx, catalog: Catalog, target: str, now: datetime) -> None:
    """Once nothing is left that was complained of."""
    if not _late(tx, catalog, target, now, 1):
        work_items.close(tx, _key(target), now)


def _late(tx: Tx, catalog: Catalog, target: str, now: datetime, limit: int) -> list[StoredOffer]:
    """The oldest that have waited for longer than whoever comes for them is given."""
    settings = catalog.offered.get(target)
    if settings is None or settings.overdue_after_hours is None:
        return []
    return outbox.waiting_since(tx, target, now - timedelta(hours=settings.overdue_after_hours), limit)


def _key(target: str) -> str:
    return f"unfetched:{target}"


def _complaint(target: str, queue: Queue) -> tuple[str, str]:
    since = f"{queue.count} since {queue.oldest:%Y-%m-%d %H:%M} UTC"
    if target.startswith(CHANNEL_PREFIX):
        channel = target.removeprefix(CHANNEL_PREFIX)
        return "unfetched", f"Nobody has fetched what lies in the outbox of {channel}: {since}."
    return "uncollected", f"Nobody has confirmed what lies in the outbox of {target}: {since}."


def _partner(catalog: Catalog, target: str) -> str | None:
    partners = catalog.partners_of_channel(target.removeprefix(CHANNEL_PREFIX))
    return next(iter(partners)) if len(partners) == 1 else None
