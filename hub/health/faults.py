"""Whose fault what is wrong is: a partner's, a target's or the hub's own, in plain words and worst first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from canonical.finding import clip
from hub.channel_names import CHANNEL_PREFIX, WEBHOOK_PREFIX
from hub.health.readiness import Check, Readiness
from hub.health.rhythm import Rhythm
from hub.store.questions.backlog import Matter
from hub.store.traffic.tallies import Queue, joined
from hub.targets.standing import Gate, TargetReport

ARRIVALS_SLOW, TIMERS_SLOW, DEPARTURES_SLOW = timedelta(minutes=2), timedelta(minutes=1), timedelta(minutes=5)
"""How long something may wait before it is told."""


TARGET, SILENT, NOTIFICATION = "target", "silent", "notification"
"""Kinds of faults that come from no work item of their own: a target that is held back, a partner that is late, what a
webhook was not told."""


class Where(StrEnum):
    HUB = "hub"
    TARGET = "target"
    PARTNER = "partner"


class Gravity(IntEnum):
    STOPPED = 0  # the hub takes nothing in, or nothing goes on
    GRAVE = 1  # documents of somebody stand still or were refused
    LOOK = 2  # a person should look


@dataclass(frozen=True, slots=True)
class Fault:
    """``who`` is a partner or target, empty for the hub itself and for a sender that nobody knows; ``kind`` that of its
    work items, where it has some; ``count`` how many things it concerns."""

    where: Where
    who: str
    gravity: Gravity
    says: str
    since: datetime | None
    mend: str
    kind: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class _Told:
    """``many`` speaks of several; one alone is told by its own summary."""

    where: Where
    gravity: Gravity
    many: str
    mend: str


_HUB, _PARTNER = Where.HUB, Where.PARTNER
KINDS: Mapping[str, _Told] = {
    "quarantined": _Told(_HUB, Gravity.GRAVE, "The hub failed on {} documents.", "Report it; replay after the update."),
    "unfit": _Told(
        _HUB, Gravity.GRAVE, "{} deliveries do not fit their form.", "Mend document or profile, then replay."
    ),
    "crosswalk": _Told(
        _HUB, Gravity.LOOK, "{} crosswalk entries are missing.", "Import what is missing, then replay what waits."
    ),
    "route": _Told(_HUB, Gravity.LOOK, "{} kinds of document have no route.", "Add one to hub.yaml, then replay."),
    "restored": _Told(_HUB, Gravity.GRAVE, "It was restored from a backup {} times.", "Ask those it names."),
    "unconfirmed": _Told(
        Where.TARGET, Gravity.LOOK, "{} deliveries were not confirmed in time.", "Ask; then resend or give up."
    ),
    "uncollected": _Told(
        Where.TARGET, Gravity.LOOK, "{} outboxes are not looked into.", "Does the system that fetches from there run?"
    ),
    "unfetched": _Told(
        _PARTNER, Gravity.LOOK, "It does not fetch from {} of its channels.", "Ask whether it still looks there."
    ),
    "scheduled-profile": _Told(
        _HUB,
        Gravity.LOOK,
        "{} profiles did not come into force when they should.",
        "Mend the profile; until then the old one holds.",
    ),
    "relay": _Told(_HUB, Gravity.GRAVE, "{} relays stand still.", "Does NATS run? What happened is kept, and goes on."),
    "consumer": _Told(
        Where.TARGET, Gravity.GRAVE, "{} streams cannot be read: nothing arrives by them.", "Does NATS run?"
    ),
    "expiring": _Told(_HUB, Gravity.LOOK, "{} keys or certificates end soon.", "Renew in time, and take the old away."),
    "channel": _Told(
        _PARTNER,
        Gravity.GRAVE,
        "{} channels cannot be read: nothing arrives by them.",
        "Is the place there?",
    ),
    "quarantine": _Told(
        _PARTNER, Gravity.GRAVE, "{} arrivals wait in quarantine.", "Find out who sent it, then replay."
    ),
    "unreadable": _Told(
        _PARTNER, Gravity.GRAVE, "{} files could not be read.", "Ask for the same again in the agreed form."
    ),
    "refused": _Told(_PARTNER, Gravity.GRAVE, "It refused {} documents of ours.", "Its acknowledgments say why."),
    "unusable-acknowledgment": _Told(
        _PARTNER, Gravity.GRAVE, "{} of its acknowledgments cannot be used.", "Ask for the agreed form."
    ),
    "overdue": _Told(_PARTNER, Gravity.LOOK, "It owes {} acknowledgments.", "Ask whether it arrived; else resend."),
    "held": _Told(
        _PARTNER,
        Gravity.LOOK,
        "Checks hold {} documents of it.",
        "Look at the findings; a replay releases what is held.",
    ),
    "refused-file": _Told(_PARTNER, Gravity.LOOK, "{} files were not taken.", "The sender must mend what it sent."),
    "remnant": _Told(_PARTNER, Gravity.LOOK, "{} files held stray bytes.", "Ask the sender what it was."),
    "orphan-acknowledgment": _Told(
        _PARTNER, Gravity.LOOK, "It acknowledged {} things that we never sent.", "Ask the partner."
    ),
    "acknowledgment-unclear": _Told(_PARTNER, Gravity.LOOK, "{} acknowledgments are unclear.", "Ask the partner."),
    "acknowledgment-conflict": _Told(
        _PARTNER, Gravity.LOOK, "It acknowledged {} documents twice, differently.", "Ask which answer holds."
    ),
}
"""What open work items of a kind say, and of whom. Those of targets are told by how the targets stand."""

_TOLD_OTHERWISE = frozenset({"dead-letter", "target", "credentials", "certificate", "kept"})


def of_node(readiness: Readiness) -> list[Fault]:
    """What keeps this node from taking anything in, or what is large."""
    return [_of_check(check) for check in readiness.checks if not check.ok]


def _of_check(check: Check) -> Fault:
    if check.vital:
        says, mend = f"{check.name.capitalize()}: {check.detail}.", "What was accepted is on disk; senders come again."
        return Fault(Where.HUB, "", Gravity.STOPPED, says, check.since, mend)
    says = f"There is trouble with larger files: {check.detail}."
    mend = "Look at the storage, its key and the clocks. Smaller files are taken meanwhile; larger ones come again."
    return Fault(Where.HUB, check.name, Gravity.GRAVE, says, check.since, mend)


def of_storage(says: str, since: datetime) -> Fault:
    """What a node that was asked knows of the storage of larger bytes."""
    return _of_check(Check("storage", False, says, vital=False, since=since))


def of_queues(arrivals: Queue | None, timers: Queue | None, now: datetime) -> list[Fault]:
    """What the hub itself is slow with."""
    faults = []
    if arrivals is not None and now - arrivals.oldest > ARRIVALS_SLOW:
        says = f"{_counted(arrivals.count, 'arrival waits', 'arrivals wait')} to be read."
        faults.append(
            Fault(Where.HUB, "", Gravity.STOPPED, says, arrivals.oldest, "Does a node run? Its log says what it does.")
        )
    if timers is not None and now - timers.oldest > TIMERS_SLOW:
        says = "What is due by the clock is late: folders are not read, overdue answers not noticed."
        faults.append(
            Fault(Where.HUB, "", Gravity.STOPPED, says, timers.oldest, "Does a node run? Its log says what it does.")
        )
    return faults


def of_matters(matters: Iterable[Matter]) -> list[Fault]:
    """What waits for a person."""
    faults = []
    for matter in matters:
        if matter.kind in _TOLD_OTHERWISE:
            continue
        told = KINDS.get(matter.kind) or _Told(_HUB, Gravity.LOOK, "{} work items: " + matter.kind, "Look at them.")
        says = matter.summary if matter.count == 1 else told.many.format(f"{matter.count:,}")
        who = "" if told.where is Where.TARGET else matter.partner or ""  # which target, its summary says
        faults.append(Fault(told.where, who, told.gravity, says, matter.oldest, told.mend, matter.kind, matter.count))
    return faults


_HELD: Mapping[Gate, tuple[Gravity, str]] = {
    Gate.BREAKER: (Gravity.GRAVE, "takes nothing; it is probed by itself"),
    Gate.PAUSED: (Gravity.LOOK, "is paused"),
    Gate.MAINTENANCE: (Gravity.LOOK, "is being maintained"),
    Gate.HELD: (Gravity.LOOK, "asked for patience"),
}


def of_targets(
    reports: Iterable[TargetReport], dead: Mapping[str, tuple[Queue, str]], failures: Mapping[str, str], now: datetime
) -> list[Fault]:
    """What is not taken: by an ERP or WMS, or by a partner, whose channel or webhook it is."""
    faults: list[Fault] = []
    for report in reports:
        where, who, it = place_of(report.target)
        gate, waiting = report.standing.gate, waiting_of(report)
        behind = _behind(report.target, waiting)
        if gate in _HELD and (waiting is not None or gate is Gate.BREAKER):
            gravity, words = _HELD[gate]
            why = _because(report.standing.reason)
            count = waiting.count if waiting else 1
            begun = [report.standing.since, waiting.oldest if waiting else None]  # a breaker opens anew with each probe
            since = min((instant for instant in begun if instant is not None), default=None)
            says = f"{it} {words}{why}. {behind}."
            faults.append(Fault(where, who, gravity, says, since, _RESUME[gate], TARGET, count))
        elif waiting is not None and now - waiting.oldest > DEPARTURES_SLOW:
            why = failures.get(report.target, "")
            says, mend = f"{behind}{_because(why)}.", "The hub tries again by itself."
            gravity = Gravity.GRAVE if why else Gravity.LOOK
            faults.append(Fault(where, who, gravity, says, waiting.oldest, mend, TARGET, waiting.count))
        if report.target in dead:
            faults.append(_of_dead(report.target, *dead[report.target]))
    return faults


def _of_dead(target: str, queue: Queue, why: str) -> Fault:
    where, who, it = place_of(target)
    says, kind = f"{_counted(queue.count, 'delivery', 'deliveries')} could not be made{_because(why)}.", "dead-letter"
    if target.startswith(WEBHOOK_PREFIX):
        count = _counted(queue.count, "notification", "notifications")
        says, kind = f"{count} could not be sent to {it[:1].lower()}{it[1:]}{_because(why)}.", NOTIFICATION
    mend = "Mend the cause, then resend or give up."
    return Fault(where, who, Gravity.GRAVE, says, queue.oldest, mend, kind, queue.count)


def _behind(target: str, waiting: Queue | None) -> str:
    """Of a webhook nobody counts what waits."""
    if target.startswith(WEBHOOK_PREFIX):
        return "What it is to be told waits"
    return _counted(waiting.count, "delivery waits", "deliveries wait") if waiting else "Nothing waits"


_RESUME: Mapping[Gate, str] = {
    Gate.BREAKER: "Mend the target. Nothing is lost meanwhile.",
    Gate.PAUSED: "Resume it when it may go on.",
    Gate.MAINTENANCE: "It ends by itself.",
    Gate.HELD: "It ends by itself.",
}


def of_partners(rhythms: Iterable[Rhythm], now: datetime) -> list[Fault]:
    """Who has not sent what it usually has by now."""
    return [
        Fault(
            Where.PARTNER,
            r.partner,
            Gravity.LOOK,
            "It usually has sent something by now.",
            r.last,
            "Ask the partner.",
            SILENT,
        )
        for r in rhythms
        if r.late(now)
    ]


def place_of(target: str) -> tuple[Where, str, str]:
    """Whose it is, and what it is called beside the owner's name: a partner's channels and webhooks are the partner's,
    a system's webhooks the system's."""
    if target.startswith(CHANNEL_PREFIX):
        owner, _, name = target.removeprefix(CHANNEL_PREFIX).partition("/")
        return Where.PARTNER, owner, f"Its channel '{name}'"
    if target.startswith(WEBHOOK_PREFIX):
        owner, _, name = target.removeprefix(WEBHOOK_PREFIX).partition("/")
        kind, _, key = owner.partition(":")
        return Where.PARTNER if kind == "partner" else Where.TARGET, key, f"Its webhook '{name}'"
    return Where.TARGET, target, "It"


def waiting_of(report: TargetReport) -> Queue | None:
    """The deliveries that want to leave; those that the target has and is to confirm wait for nothing of ours."""
    return joined(report.queues.get("pending"), report.queues.get("composed"))


def worst_first(faults: Iterable[Fault]) -> Sequence[Fault]:
    """By gravity; of those what concerns the most, then what has lasted longest."""

    def order(fault: Fault) -> tuple[int, int, float, str, str]:
        since = fault.since.timestamp() if fault.since else 0.0
        return fault.gravity, -fault.count, since, fault.where, fault.who

    return sorted(faults, key=order)


def _because(reason: str | None) -> str:
    """What the other side said may be long; all of it stands with the attempt."""
    return f": {clip(reason, 200).rstrip('. ')}" if reason else ""


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
