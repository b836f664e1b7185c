"""Dispatch: which departures leave now.

What holds a target back (``hub.targets.standing``) is looked at before anything of it is claimed. Targets take turns,
and each has room for one departure however many of the others hang.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from channels.sending import Sending
from hub.catalog import Catalog
from hub.node.claims import claiming
from hub.services import HubServices
from hub.states import BreakerState
from hub.store.outbound import departures, targets
from hub.store.schema.records import TargetState, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries
from hub.store.traffic.transmissions import release
from hub.targets import breaker
from hub.targets.standing import room, standing

IN_FLIGHT = 64
"""Departures under way from one node. A target that has none of them may start one all the same."""

AT_ONCE = 16
"""Departures claimed in one transaction."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """``following`` is when more may leave without anything else happening."""

    claimed: list[Transmission]
    following: datetime | None


@dataclass(slots=True)
class _Line:
    """The departures of one target that may leave now, as many as it has room for."""

    target: str
    sending: Sending
    state: TargetState
    due: deque[Transmission]


class Dispatch:
    """The claims of one node."""

    def __init__(self, services: HubServices, owner: str) -> None:
        self._services = services
        self._owner = owner
        self._turns: dict[str, int] = {}
        self._turn = 0

    def claim(self, in_flight: Mapping[str, int]) -> Dispatched:
        """Claims what leaves now and opens the attempt of each, while ``in_flight`` departures of each target are under
        way from here."""
        now, catalog = self._services.clock(), self._services.catalog()
        claimed: list[Transmission] = []
        with claiming(self._services, lambda tx: release(tx, claimed)), self._services.store.begin() as tx:
            departures.take_turns(tx)
            waiting = dict(departures.waiting(tx, now))
            later = [instant for instant in waiting.values() if instant > now]
            due = sorted((t for t in waiting if waiting[t] <= now), key=lambda t: (self._turns.get(t, 0), waiting[t]))
            own = Counter(in_flight)
            if own.total() >= IN_FLIGHT:
                due = [target for target in due if not own[target]]
            lines = list(islice(self._lines(tx, catalog, due, now, later), AT_ONCE)) if due else []
            chosen = self._chosen(tx, lines, own, now, later)
            claimed += departures.claim(tx, chosen, self._owner)
            claimed[:] = deliveries.open_attempts(tx, claimed, now)
        return Dispatched(claimed, min(later, default=None))

    def _chosen(
        self, tx: Tx, lines: list[_Line], own: Counter[str], now: datetime, later: list[datetime]
    ) -> list[tuple[Transmission, datetime]]:
        """What leaves, a departure of each target in turn, and when its claim ends."""
        chosen: list[tuple[Transmission, datetime]] = []
        lease = self._services.catalog().lease
        while lines and len(chosen) < AT_ONCE:
            for line in list(lines):
                if not line.due or (own.total() >= IN_FLIGHT and own[line.target]):
                    lines.remove(line)
                    continue
                departure = line.due.popleft()
                chosen.append((departure, now + lease))
                self._leaves(tx, line, departure, now, later)
                own[line.target] += 1
        return chosen

    def _lines(self, tx: Tx, catalog: Catalog, due: list[str], now: datetime, later: list[datetime]) -> Iterator[_Line]:
        known, busy = targets.all(tx), departures.under_way(tx, now)
        for target in due:
            sending, state = catalog.sending(target), known.get(target) or targets.unknown(target, now)
            if sending.rate is not None or state.breaker != BreakerState.CLOSED:
                state = targets.hold(tx, target, now)  # what leaves now changes it
            stands = standing(state, sending, now)
            if stands.leaves:
                count = min(room(state, sending, busy.get(target, 0)), max(1, AT_ONCE // len(due)))
                found = departures.due(tx, target, now, count) if count > 0 else []
                # The clock may have been set since it was looked at: what is under way from here has not run out by it.
                yield _Line(target, sending, state, deque(one for one in found if one not in self._services.leases))
            elif stands.until is not None:
                later.append(stands.until)

    def _leaves(self, tx: Tx, line: _Line, departure: Transmission, now: datetime, later: list[datetime]) -> None:
        state = line.state
        if state.breaker != BreakerState.CLOSED:
            state = breaker.probing(state, departure.id, now, now + line.sending.lease)
        if line.sending.rate is not None:
            state = replace(state, next_at=now + line.sending.rate.spacing)
            later.append(now + line.sending.rate.spacing)
        if state is not line.state:
            targets.save(tx, state)
        line.state = state
        self._turn += 1
        self._turns[line.target] = self._turn
