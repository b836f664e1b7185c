"""offer: what the other side fetches instead of being sent it → in its outbox until it says that it has it.

A partner's delivery is delivered when it lies there: a partner that comes once a day holds nothing up. A system's is
delivered by its word, as with a target that answers "later".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from channels.offered import Offered
from hub.catalog import CHANNEL_PREFIX, Catalog, channel_id
from hub.channel_names import box_of_partner, box_of_target
from hub.pipeline import settle
from hub.services import HubServices
from hub.store import deliveries, outbox, work_items
from hub.store.outbox import Outcome
from hub.store.records import Timer, Transmission
from hub.store.store import Tx

NAMED = 100
"""Departures that a work item names; its summary says how many there are."""


def box_of(departure: Transmission) -> str:
    """The box that a departure lies in when it is offered."""
    target = departure.target or ""
    return box_of_partner(departure.partner or "") if target.startswith(CHANNEL_PREFIX) else box_of_target(target)


def put(tx: Tx, departure: Transmission, now: datetime) -> None:
    """The last that its transaction does, as ``outbox.put`` says."""
    outbox.put(tx, departure, box_of(departure), now)


def fetched(tx: Tx, catalog: Catalog, departure: Transmission, by: str, now: datetime) -> None:
    """The other side has all of the bytes. The first time is noted and told of."""
    partners = (departure.target or "").startswith(CHANNEL_PREFIX)
    if outbox.fetched(tx, departure.id, by, now, settles=partners):
        _tell(tx, "delivery.fetched", departure, by, now)
        _close_item(tx, catalog, departure.target or "", now)


def close(tx: Tx, catalog: Catalog, departure: Transmission, outcome: Outcome, by: str, now: datetime) -> bool:
    """It is not offered any more; False when it was not."""
    closed = bool(outbox.close(tx, [departure.id], outcome, by, now))
    if closed:
        _close_item(tx, catalog, departure.target or "", now)
    return closed


def confirmed_by_partner(tx: Tx, catalog: Catalog, departure: Transmission, by: str, now: datetime) -> None:
    """The partner has it; said again it changes nothing."""
    if close(tx, catalog, departure, "confirmed", by, now):
        _tell(tx, "delivery.confirmed", departure, by, now)


def _tell(tx: Tx, kind: str, departure: Transmission, by: str, now: datetime) -> None:
    for delivery in deliveries.of_departure(tx, departure.id):
        settle.tell(tx, kind, delivery, {}, now, by)


# ---- what lies there for too long


def raise_waiting(services: HubServices, _timer: Timer) -> None:
    """One work item for each channel and target in whose outbox something has lain for longer than its settings allow;
    closed when nothing has any more."""
    catalog, now = services.catalog(), services.clock()
    with services.store.begin() as tx:
        waiting = outbox.waiting(tx)
        for target, after in _patience(catalog):
            key = _key(target)
            late = outbox.waiting_since_before(tx, target, now - after, NAMED) if target in waiting else []
            if late:
                channel, queue = target.removeprefix(CHANNEL_PREFIX), waiting[target]
                lacking = "confirmed" if channel == target else "fetched"
                summary = (
                    f"Nobody has {lacking} what lies in the outbox of {channel}: {queue.count} since "
                    f"{queue.oldest:%Y-%m-%d %H:%M} UTC. Ask whether it is still looked into."
                )
                subjects = [offer.departure_id for offer in late]
                work_items.raise_item(tx, "unfetched", key, _partner(catalog, channel), summary, subjects, now)
            else:
                work_items.close(tx, key, now)


def _close_item(tx: Tx, catalog: Catalog, target: str, now: datetime) -> None:
    """Once nothing is left that was complained of."""
    after = dict(_patience(catalog)).get(target)
    if after is None or not outbox.waiting_since_before(tx, target, now - after, 1):
        work_items.close(tx, _key(target), now)


def _key(target: str) -> str:
    return f"unfetched:{target}"


def _patience(catalog: Catalog) -> Iterable[tuple[str, timedelta]]:
    """How long something may wait for each who comes for it."""
    named: dict[str, object] = {target.key: target for target in catalog.settings.targets}
    named |= {CHANNEL_PREFIX + channel_id(pinned.partner, channel): channel for pinned, channel in catalog.channels()}
    for target, settings in named.items():
        if isinstance(settings, Offered) and settings.overdue_after_hours is not None:
            yield target, timedelta(hours=settings.overdue_after_hours)


def _partner(catalog: Catalog, channel: str) -> str | None:
    partners = catalog.partners_of_channel(channel)
    return next(iter(partners)) if len(partners) == 1 else None
