"""What an operator decides about targets: pause and resume, open and close the breaker. Pages and command line call the
same functions; each reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from hub.errors import OperationRefused
from hub.operator.operations import Outcome, each
from hub.pipeline.health import item_key, tell
from hub.services import HubServices
from hub.states import BreakerState
from hub.store.outbound import departures, targets
from hub.store.schema.records import TargetState
from hub.store.store import Tx
from hub.store.trail import work_items
from hub.targets import breaker


def pause(services: HubServices, names: Sequence[str], *, reason: str, actor: str) -> list[Outcome]:
    """Nothing leaves for these targets until they are resumed; what is under way ends."""

    def change(tx: Tx, state: TargetState, now: datetime) -> str:
        if state.paused_at is not None:
            raise OperationRefused(f"It is paused already, by {state.paused_by}: {state.pause_reason}")
        targets.save(tx, replace(state, paused_at=now, paused_by=actor, pause_reason=reason))
        return "paused; its backlog is kept"

    return _each(services, names, reason, "target.paused", actor, change)


def resume(services: HubServices, names: Sequence[str], *, reason: str, actor: str) -> list[Outcome]:
    """Ends pauses."""

    def change(tx: Tx, state: TargetState, now: datetime) -> str:
        if state.paused_at is None:
            raise OperationRefused("It is not paused.")
        targets.save(tx, replace(state, paused_at=None, paused_by=None, pause_reason=None))
        return "resumed"

    return _each(services, names, reason, "target.resumed", actor, change)


def open_breaker(services: HubServices, names: Sequence[str], *, reason: str, actor: str) -> list[Outcome]:
    """Leaves targets alone as if they had failed: only probes leave, and the first that succeeds closes the breaker."""

    def change(tx: Tx, state: TargetState, now: datetime) -> str:
        if state.breaker == BreakerState.OPEN:
            raise OperationRefused("Its breaker is open already.")
        seconds = services.catalog().sending(state.target).retry.pause(state.openings + 1, 0.0)
        opened = breaker.opened(state, f"{actor}: {reason}", now, seconds)
        targets.save(tx, opened)
        work_items.raise_item(
            tx, "target", item_key(state), None, f"{state.target} was opened by {actor}: {reason}", [], now
        )
        return f"open; the first probe may leave at {opened.probe_at:%H:%M:%S} UTC"

    return _each(services, names, reason, "target.opened", actor, change)


def close_breaker(services: HubServices, names: Sequence[str], *, reason: str, actor: str) -> list[Outcome]:
    """Takes targets to be well again, now, whatever they asked for: everything that waits for them is due."""

    def change(tx: Tx, state: TargetState, now: datetime) -> str:
        if state.breaker == BreakerState.CLOSED and state.hold_until is None:
            raise OperationRefused("Its breaker is closed.")
        targets.save(tx, replace(breaker.answered(state, now), hold_until=None))
        work_items.close(tx, item_key(state), now)
        departures.pull_forward(tx, state.target, now)
        return "closed; everything that waits for it is due now"

    return _each(services, names, reason, "target.closed", actor, change)


Change = Callable[[Tx, TargetState, datetime], str]


def _each(
    services: HubServices, names: Sequence[str], reason: str, kind: str, actor: str, change: Change
) -> list[Outcome]:
    """Carries a change out for each target, with its event; the reason is kept."""

    def carry_out(name: str) -> str:
        now, catalog = services.clock(), services.catalog()
        with services.store.begin() as tx:
            if name not in catalog.sendings and targets.get(tx, name) is None:
                raise OperationRefused(f"There is no target {name}.")
            state = targets.hold(tx, name, now)
            message = change(tx, state, now)
            tell(tx, state, kind, now, {"reason": reason}, actor)
        return message

    return each(services, names, reason, carry_out)
