"""Retention: what a profile or hub.yaml lets go after so many days is removed by a timer, and written down.

A document type may be kept for another time than its partner's other documents; what holds several of them, such as the
bytes of an interchange, is kept as long as the longest of them asks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from hub.catalog import Catalog
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.maintenance import pruning
from hub.store.maintenance.pruning import NEVER, Cutoffs
from hub.store.schema.records import Timer
from hub.store.store import Tx
from hub.store.trail import events
from partners.retention import RetentionSettings, Stored

PRUNED = "retention.pruned"
"""The event of what was removed: of which partner, what, and how many."""

SUBJECT = "retention"

BUDGET_SECONDS = 60.0
"""How long one run takes at most; what is left is removed by the next."""


def prune(services: HubServices, timer: Timer) -> None:
    """Removes what is old enough, in steps of one transaction each. Raises StaleLease when another node does it."""
    until = time.monotonic() + BUDGET_SECONDS
    for cut, what in _everything(services.catalog(), services.clock()):
        while time.monotonic() < until and _step(services, timer, cut, what):
            pass


def _step(services: HubServices, timer: Timer, cut: Cutoffs, what: Stored) -> bool:
    """Whether there may be more."""
    now = services.clock()
    with services.store.begin() as tx:
        timers.hold(tx, timer)
        count = _REMOVE[what](tx, cut, now)
        if count:
            data = {"what": what.value, "count": count, "before": cut.newest.isoformat()}
            events.record(tx, PRUNED, SUBJECT, partner=cut.partner, data=data, now=now)
    return count > 0


_REMOVE: dict[Stored, Callable[[Tx, Cutoffs, datetime], int]] = {
    Stored.RAW: pruning.raw,
    Stored.CANONICAL: lambda tx, cut, _: pruning.canonical(tx, cut),
    Stored.ATTEMPTS: lambda tx, cut, _: pruning.tries(tx, cut),
    Stored.EVENTS: lambda tx, cut, _: pruning.trail(tx, cut),
}


def _everything(catalog: Catalog, now: datetime) -> Iterator[tuple[Cutoffs, Stored]]:
    for partner in (*catalog.profiles, None):
        for what in Stored:
            cut = cutoffs(catalog, partner, what, now)
            if cut.newest > NEVER:
                yield cut, what


def cutoffs(catalog: Catalog, partner: str | None, what: Stored, now: datetime) -> Cutoffs:
    """Before which instant things of one partner are removed; None is whoever is not known."""
    before = partial(_before, now)
    pinned = catalog.profiles.get(partner) if partner else None
    levels = [catalog.settings.retention, *([pinned.partner.retention] if pinned else [])]
    if pinned is None:
        return Cutoffs(partner, before(what, levels))
    by_type = {
        (agreement.type.value, agreement.direction.value): before(what, [*levels, agreement.retention])
        for agreement in pinned.partner.documents
        if agreement.retention is not None and agreement.retention.days(what) is not None
    }
    return Cutoffs(partner, before(what, levels), by_type)


def _before(now: datetime, what: Stored, levels: list[RetentionSettings]) -> datetime:
    """The last level that says something counts."""
    said = [days for level in levels if (days := level.days(what)) is not None]
    return NEVER if not said or said[-1] == "forever" else now - timedelta(days=said[-1])


def pruned(tx: Tx) -> Counter[tuple[str | None, str]]:
    """How many were removed so far, by partner and what."""
    counted: Counter[tuple[str | None, str]] = Counter()
    for event in events.of_subject(tx, SUBJECT):
        if event.kind == PRUNED:
            counted[event.partner, event.data["what"]] += event.data["count"]
    return counted
