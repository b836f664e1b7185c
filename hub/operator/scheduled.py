"""Profiles that are put in force at a set instant: checked when they are set, and once more when they are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import OperationRefused
from hub.operator import administration
from hub.services import HubServices
from hub.store import events, timers, work_items
from hub.store.errors import StaleVersion
from hub.store.records import Timer
from hub.store.store import Tx
from partners.problem import ConfigurationError

TIMER = "profile"
"""The kind of its timers; the key is the partner's."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A profile that waits. ``based_on`` is the version that it is a change of, 0 for a new partner."""

    partner: str
    at: datetime
    text: str
    based_on: int
    by: str


def schedule(services: HubServices, partner: str, text: str, at: datetime, *, based_on: int, actor: str) -> Scheduled:
    """Has a profile put in force at ``at``; one that waited for this partner before is replaced. Raises
    ConfigurationError with every problem that it has today, and OperationRefused."""
    now = services.clock()
    if at <= now:
        raise OperationRefused("This moment has passed: choose a later one, or put it in force now.")
    usable, problems = administration.check_partners(services, {partner: text})
    if problems:
        raise ConfigurationError(problems)
    if [read.require().partner for read in usable] != [partner]:
        raise OperationRefused(f"This is not the profile of {partner}.")
    payload = {"text": text, "based_on": based_on, "by": actor}
    with services.store.begin() as tx:
        timers.set(tx, TIMER, partner, at, payload)
        _tell(tx, "configuration.scheduled", partner, actor, now, at=at.isoformat())
    services.wake()
    return Scheduled(partner, at, text, based_on, actor)


def waiting(tx: Tx, partner: str) -> Scheduled | None:
    """What waits to be put in force."""
    timer = timers.get(tx, TIMER, partner)
    return _of(timer) if timer is not None else None


def withdraw(services: HubServices, partner: str, *, actor: str) -> None:
    """It is not put in force. Raises OperationRefused when nothing waits."""
    with services.store.begin() as tx:
        if timers.get(tx, TIMER, partner) is None:
            raise OperationRefused(f"Nothing waits to be put in force for {partner}.")
        timers.delete(tx, TIMER, partner)
        _tell(tx, "configuration.withdrawn", partner, actor, services.clock())


def apply_due(services: HubServices, timer: Timer) -> None:
    """Puts it in force. What cannot be any more, since something else was changed meanwhile, is a work item; to do it
    twice, after a kill, changes nothing."""
    due = _of(timer)
    refusal = ""
    try:
        administration.apply_partners(services, {due.partner: due.text}, actor=due.by, expected_version=due.based_on)
    except (ConfigurationError, StaleVersion, OperationRefused) as error:
        refusal = str(error)
    with services.store.begin() as tx:
        if refusal:
            now = services.clock()
            summary = f"The profile of {due.partner} set for {due.at:%Y-%m-%d %H:%M} UTC is not in force: {refusal}"
            work_items.raise_item(
                tx, "scheduled-profile", f"scheduled-profile:{due.partner}", due.partner, summary, [], now
            )
        timers.settle(tx, timer, None)


def _of(timer: Timer) -> Scheduled:
    payload = timer.payload or {}
    return Scheduled(timer.key, timer.due_at, payload["text"], payload["based_on"], payload["by"])


def _tell(tx: Tx, kind: str, partner: str, actor: str, now: datetime, **data: Any) -> None:
    events.record(tx, kind, partner, partner=partner, actor=actor, data=data, now=now)
