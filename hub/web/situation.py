"""How it stands, as the overview draws it: partners, hub and targets side by side, each with what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from hub.catalog import CHANNEL_PREFIX
from hub.health.faults import Fault, Gravity, Where, waiting_of, worst_first
from hub.health.rhythm import Rhythm
from hub.health.situation import Situation
from hub.standing import Gate, TargetReport
from hub.store.tallies import Queue
from hub.web.pictures import MARKS, silence_bar
from hub.web.templating import plural

SHOWN = 12
"""Faults on the page; ``hub status`` has them all."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the three, with the tone of its worst fault."""

    name: str
    tone: str
    says: str

    @property
    def picture(self) -> Markup:
        return MARKS[self.tone]


@dataclass(frozen=True, slots=True)
class FaultLine:
    """``link`` and ``page``: where more is to be seen, if anywhere."""

    fault: Fault
    tone: str
    link: str
    page: str

    @property
    def picture(self) -> Markup:
        return MARKS[self.tone]


@dataclass(frozen=True, slots=True)
class TargetLine:
    report: TargetReport
    state: str
    tone: str
    waiting: Queue | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the template shows."""

    sides: list[Side]
    faults: list[FaultLine]
    more: int
    targets: list[TargetLine]
    quiet_targets: int


def standing(found: Situation, of_node: Iterable[Fault]) -> Standing:
    """``of_node``: what the node that shows the page knows of itself."""
    faults = worst_first([*of_node, *found.faults])
    shown = [FaultLine(fault, _tone(fault), *_link(fault)) for fault in faults[:SHOWN]]
    targets = [_target(report) for report in found.targets if _of_interest(report)]
    return Standing(
        _sides(faults),
        shown,
        len(faults) - len(shown),
        targets,
        len(found.targets) - len(targets),
    )


def silence_picture(rhythm: Rhythm, now: datetime) -> Markup | None:
    """None for a partner without a habit."""
    silence, usual, tolerated = rhythm.silence(now), rhythm.usual, rhythm.tolerated
    if silence is None or usual is None or tolerated is None:
        return None
    return silence_bar(silence.total_seconds(), usual.total_seconds(), tolerated.total_seconds())


def _sides(faults: Sequence[Fault]) -> list[Side]:
    """In the order of a document's way in."""
    names = {Where.PARTNER: "Partners", Where.HUB: "Hub", Where.TARGET: "ERP and WMS"}
    return [_side(name, [fault for fault in faults if fault.where is where]) for where, name in names.items()]


def _side(name: str, faults: Sequence[Fault]) -> Side:
    """Of faults that stand in the order of their gravity."""
    tone = _tone(faults[0]) if faults else "ok"
    return Side(name, tone, plural(len(faults), "thing", "things") + " to look at" if faults else "all well")


def _tone(fault: Fault) -> str:
    return "warn" if fault.gravity is Gravity.LOOK else "bad"


def _link(fault: Fault) -> tuple[str, str]:
    if fault.kind == "dead-letter":
        return "/dead-letters", "See dead letters"
    if fault.kind == "silent":
        return f"/documents?partner={quote(fault.who)}", "See its documents"
    return ("/work-items", "See work items") if fault.kind else ("", "")


_GATES: dict[Gate, tuple[str, str]] = {
    Gate.PAUSED: ("paused", "warn"),
    Gate.MAINTENANCE: ("being maintained", "quiet"),
    Gate.BREAKER: ("breaker open", "bad"),
    Gate.HELD: ("asked for patience", "wait"),
    Gate.RATE: ("sending", "ok"),
    Gate.OPEN: ("sending", "ok"),
}


def _of_interest(report: TargetReport) -> bool:
    """ERP and WMS always; of partners' channels those that something waits for, or that nothing leaves for."""
    channel = report.target.startswith(CHANNEL_PREFIX)
    return not channel or not report.standing.leaves or waiting_of(report) is not None


def _target(report: TargetReport) -> TargetLine:
    state, tone = _GATES[report.standing.gate]
    waiting = waiting_of(report)
    if tone == "ok" and waiting is None:
        state, tone = "nothing waits", "quiet"
    return TargetLine(report, state, tone, waiting)
