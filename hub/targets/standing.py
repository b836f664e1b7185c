"""Whether anything may leave for a target now, and if not, since when, why, and when that ends: one answer for the node
that claims, the pages and the commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from channels.sending import Sending
from hub import timers
from hub.catalog import Catalog
from hub.states import BreakerState, DeliveryStatus
from hub.store.outbound import outbox, targets
from hub.store.schema.records import TargetState
from hub.store.store import Tx
from hub.store.traffic import tallies
from hub.store.traffic.tallies import Queue
from hub.targets.breaker import lets_through


class Gate(StrEnum):
    """What holds a target's departures back, the strongest first."""

    PAUSED = "paused"  # by an operator, until an operator resumes it
    MAINTENANCE = "maintenance"  # in one of the target's own windows
    BREAKER = "breaker"  # open, or a probe is under way
    HELD = "held"  # the target asked for patience by Retry-After
    RATE = "rate"  # the next request comes later
    OPEN = "open"  # departures leave


_URGENCY = (Gate.BREAKER, Gate.PAUSED, Gate.HELD, Gate.MAINTENANCE, Gate.RATE, Gate.OPEN)


@dataclass(frozen=True, slots=True)
class Standing:
    """``until`` is None where nobody can tell; ``since`` where it does not matter."""

    gate: Gate
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None

    @property
    def leaves(self) -> bool:
        return self.gate is Gate.OPEN


def standing(state: TargetState, sending: Sending, now: datetime) -> Standing:
    if state.paused_at is not None:
        return Standing(Gate.PAUSED, state.paused_at, None, f"{state.paused_by}: {state.pause_reason}")
    if sending.maintenance and (end := timers.closed_until(sending.maintenance, now)) is not None:
        return Standing(Gate.MAINTENANCE, None, end, "; ".join(map(str, sending.maintenance)))
    if not lets_through(state, now):
        return Standing(Gate.BREAKER, state.since, state.probe_at, state.reason)
    if state.hold_until is not None and now < state.hold_until:
        return Standing(Gate.HELD, None, state.hold_until, state.reason)
    # An instant further off than the pace was set before the clock was set back.
    if sending.rate is not None and state.next_at is not None and now < state.next_at <= now + sending.rate.spacing:
        return Standing(
            Gate.RATE, None, state.next_at, f"at most {sending.rate}"
        )  # further off: the clock was set back
    return Standing(Gate.OPEN)


def room(state: TargetState, sending: Sending, under_way: int) -> int:
    """How many departures may leave at once for a target that nothing holds back, while so many are under way."""
    free = sending.concurrency - under_way
    return min(free, 1) if sending.rate is not None or state.breaker != BreakerState.CLOSED else free


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One target as people see it. ``queues`` are its open deliveries by status."""

    target: str
    standing: Standing
    breaker: str
    since: datetime | None
    failures: int
    queues: dict[str, Queue]
    sending: Sending
    configured: bool
    lying: Queue | None = None
    """What lies in its outbox and has not been fetched, or not been confirmed by a system."""

    @property
    def waiting(self) -> int:
        """Deliveries that want to leave; dead letters do not."""
        return sum(queue.count for status, queue in self.queues.items() if status != DeliveryStatus.DEAD)

    @property
    def oldest(self) -> datetime | None:
        """Since when the longest of them waits."""
        return min((q.oldest for status, q in self.queues.items() if status != DeliveryStatus.DEAD), default=None)


def standing_of(tx: Tx, catalog: Catalog, target: str, now: datetime) -> Standing:
    return standing(targets.get(tx, target) or targets.unknown(target, now), catalog.sending(target), now)


def report(tx: Tx, catalog: Catalog, now: datetime) -> list[TargetReport]:
    """Every target and channel that the hub sends to, also one that is configured no more while deliveries of it are
    open or lie in its outbox; the most urgent first, and of those the longest backlog."""
    known, queues, lying = targets.all(tx), tallies.by_target(tx), outbox.waiting(tx)
    reports = []
    for target in catalog.sendings.keys() | queues.keys() | lying.keys():
        state, sending = known.get(target) or targets.unknown(target, now), catalog.sending(target)
        since = state.since if target in known else None
        reports.append(
            TargetReport(
                target,
                standing(state, sending, now),
                state.breaker,
                since,
                state.failures,
                queues.get(target, {}),
                sending,
                target in catalog.sendings,
                lying.get(target),
            )
        )
    return sorted(reports, key=lambda one: (_URGENCY.index(one.standing.gate), -one.waiting, one.target))
