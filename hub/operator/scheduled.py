"""Profiles that are put in force at a set instant: checked when they are set, and once more when they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import OperationRefused
from hub.operator import administration
from hub.services import HubServices
from hub.store.configuration import configurations
from hub.store.coordination import timers
from hub.store.errors import StaleVersion
from hub.store.schema.records import Timer
from hub.store.store import Tx
from hub.store.trail import events, work_items
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


def schedule(
    services: HubServices, files: Mapping[str, str], at: datetime, *, actor: str, based_on: int | None = None
) -> list[Scheduled]:
    """Has the profiles in ``files`` (source → text) put in force at ``at``, all of them or none; what waited for one of
    these partners before is replaced. ``based_on`` is the version that they are changes of, unless said the one that a
    file's first line names, else the one in force.

    Raises ConfigurationError with every problem that they have today, StaleVersion over a newer version, and
    OperationRefused.
    """
    now = services.clock()
    if at <= now:
        raise OperationRefused("This moment has passed: choose a later one, or put it in force now.")
    usable, problems = administration.check_partners(services, files)
    if problems:
        raise ConfigurationError(problems)
    with services.store.begin() as tx:
        set_up = [_set_up(tx, read.require().partner, read.text, at, actor, based_on) for read in usable]
        for one in set_up:
            timers.set(tx, TIMER, one.partner, at, {"text": one.text, "based_on": one.based_on, "by": actor})
            _tell(tx, "configuration.scheduled", one.partner, actor, now, at=at.isoformat())
    services.wake()
    return set_up


def _set_up(tx: Tx, partner: str, text: str, at: datetime, actor: str, based_on: int | None) -> Scheduled:
    text, marked = administration.unmarked(administration.PARTNER, partner, text)
    held = configurations.current(tx, administration.PARTNER, partner)
    in_force = held.version if held is not None else 0
    told = marked if based_on is None else based_on
    configurations.refuse_stale(administration.PARTNER, partner, in_force, told)
    return Scheduled(partner, at, text, in_force if told is None else told, actor)


def waiting(tx: Tx, partner: str) -> Scheduled | None:
    """What waits to be put in force."""
    timer = timers.get(tx, TIMER, partner)
    return _of(timer) if timer is not None else None


def all_waiting(tx: Tx) -> list[Scheduled]:
    """Everything that waits to be put in force, the soonest first."""
    return [_of(timer) for timer in timers.of_kind(tx, TIMER)]


def withdraw(services: HubServices, partner: str, *, actor: str) -> None:
    """It is not put in force. Raises OperationRefused when nothing waits."""
    with services.store.begin() as tx:
        if timers.get(tx, TIMER, partner) is None:
            raise OperationRefused(f"Nothing waits to be put in force for {partner}.")
        timers.delete(tx, TIMER, partner)
        _tell(tx, "configuration.withdrawn", partner, actor, services.clock())


def apply_due(services: HubServices, timer: Timer) -> None:
    """Puts it in force. What cannot be any more, since something else was changed meanwhile, is a work item; to do it
    twice, after a kill, changes nothing. Raises StaleLease when it was withdrawn, or is another node's by now."""
    due = _of(timer)
    refusal = ""
    try:
        administration.apply_partners(
            services, {due.partner: due.text}, actor=due.by, expected_version=due.based_on, held=timer
        )
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
