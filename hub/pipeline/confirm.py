"""confirm: what a target says later of something that it was handed → delivered, or a dead letter with its reason."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from enum import StrEnum

from canonical.finding import clip
from channels.errors import TransientError
from channels.rest.success import StatusQuestion
from hub.catalog import Catalog
from hub.pipeline import offer, settle
from hub.pipeline.offer import Caller
from hub.retry import next_attempt
from hub.services import HubServices
from hub.settings import Confirmation, HttpTarget, confirming_system
from hub.states import DepartureStatus
from hub.store.coordination import timers
from hub.store.schema.records import StoredDelivery, Timer, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import work_items

TIMER = settle.CONFIRM


_OPEN = (DepartureStatus.DUE, DepartureStatus.AWAITING)


class Word(StrEnum):
    """What a target says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Contradiction(Exception):
    """The target has said the opposite before; the message tells what."""


def confirm(
    services: HubServices, system: str, key: str, said: Word, reason: str, *, keep: bool = True
) -> StoredDelivery | None:
    """Records what ``system`` says of the delivery under an idempotency key; None when it has none under that key.

    Said again it changes nothing, and taking it after all is believed. Raises Contradiction for a refusal of what was
    taken before. Unless it is to be kept, it is only looked at.
    """
    catalog = services.catalog()
    with services.store.begin(keep=keep) as tx:
        delivery = deliveries.of_key(tx, key)
        if delivery is None or delivery.departure_id is None or _speaks_for(catalog, delivery.target) != system:
            return None
        say(tx, services, delivery.departure_id, said, reason, Caller(f"system:{system}"))
        found = deliveries.get(tx, delivery.id)
    services.wake()  # a later delivery may have waited for this one
    return found


def say(tx: Tx, services: HubServices, departure_id: str, said: Word, reason: str, by: Caller) -> None:
    """The same of a departure, which is known to be the speaker's."""
    departure = transmissions.hold(tx, departure_id)
    if said is Word.REFUSED and departure.status == DepartureStatus.SENT:
        raise Contradiction("It was taken before; a refusal comes too late.")
    _believe(tx, services, departure, said, reason, by)


def believe(services: HubServices, departure_id: str, said: Word, reason: str) -> None:
    """Records what the target answered when it was asked what became of a departure."""
    with services.store.begin() as tx:
        _believe(tx, services, transmissions.hold(tx, departure_id), said, reason, Caller("hub"))
    services.wake()


def _believe(tx: Tx, services: HubServices, departure: Transmission, said: Word, reason: str, by: Caller) -> None:
    now = services.clock()
    if said is Word.ACCEPTED and departure.status in (*_OPEN, DepartureStatus.DEAD):
        for delivery in deliveries.of_departure(tx, departure.id):
            settle.tell(tx, "delivery.confirmed", delivery, {}, now, by.actor)
        offer.close(tx, services.catalog(), departure, "confirmed", by, now)
        settle.arrived(tx, [(departure, "confirmed")], now)
    elif said is Word.REFUSED and departure.status in _OPEN:
        told = clip(reason, 300) or "it does not say why"
        for delivery in deliveries.of_departure(tx, departure.id):
            settle.tell(tx, "delivery.refused_by_target", delivery, {"reason": told}, now, by.actor)
        offer.close(tx, services.catalog(), departure, "refused", by, now)
        summary = f"{departure.target} refused it after it was handed over: {told}"
        settle.bury(tx, departure, summary, now, passes=_passes(services.catalog(), departure))


def to_be_asked(services: HubServices, departure_id: str) -> tuple[Transmission, StatusQuestion] | None:
    """The departure and how its target is asked about it; None when it is settled, or says so by itself."""
    with services.store.read() as tx:
        departure = transmissions.get(tx, departure_id)
    if departure is None or departure.status != DepartureStatus.AWAITING:
        return None
    confirmation = confirmation_of(services.catalog(), departure.target or "")
    return (departure, confirmation.status) if confirmation and confirmation.status else None


def on_time(services: HubServices, timer: Timer) -> None:
    """Nothing has been said yet: it is asked again later or, when the time is over, sent again, or a person is told.
    Raises StaleLease when it has been settled meanwhile."""
    catalog, now = services.catalog(), services.clock()
    until = datetime.fromisoformat((timer.payload or {}).get("until", now.isoformat()))
    with services.store.begin() as tx:
        timers.hold(tx, timer)
        departure = transmissions.hold(tx, timer.key)
        confirmation = confirmation_of(catalog, departure.target or "")
        following = None
        if departure.status == DepartureStatus.AWAITING and now < until and confirmation and confirmation.status:
            following = min(until, now + timedelta(seconds=confirmation.status.every_seconds))
        elif departure.status == DepartureStatus.AWAITING:
            _overdue(tx, services, catalog, departure)
        if timers.get(tx, timer.kind, timer.key) is not None:
            timers.settle(tx, timer, following)
    services.wake()


def _overdue(tx: Tx, services: HubServices, catalog: Catalog, departure: Transmission) -> None:
    now, confirmation = services.clock(), confirmation_of(catalog, departure.target or "")
    problem = f"{departure.target} has not said whether it took this"
    if confirmation is not None and confirmation.overdue == "raise":
        key = f"unconfirmed:{departure.id}"
        work_items.raise_item(tx, "unconfirmed", key, departure.partner, f"{problem}.", [departure.id], now)
        return
    since = departure.since or departure.received_at
    spent = deliveries.spent(tx, departure.id, since)
    policy = catalog.sending(departure.target or "").retry
    if next_attempt(TransientError(problem), spent, policy, now, random.random(), since) is not None:
        settle.due_again(tx, departure, now, f"{problem}: it is sent again.")
    else:
        settle.bury(tx, departure, f"{problem} after {spent} attempts", now, passes=_passes(catalog, departure))


def confirmation_of(catalog: Catalog, target: str) -> Confirmation | None:
    settings = catalog.settings.target(target)
    return settings.confirmation if isinstance(settings, HttpTarget) else None


def _speaks_for(catalog: Catalog, target: str) -> str | None:
    settings = catalog.settings.target(target)
    return confirming_system(settings) if settings is not None else None


def _passes(catalog: Catalog, departure: Transmission) -> bool:
    settings = catalog.settings.target(departure.target or "")
    return settings is not None and settings.on_dead_letter == "pass"
