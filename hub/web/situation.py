"""How it stands, as the overview draws it: partners, hub and targets side by side, each with what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from channels.wording import plural
from hub.health.faults import NOTIFICATION, SILENT, TARGET, Fault, Gravity, Where, worst_first
from hub.health.rhythm import Rhythm
from hub.health.situation import Situation
from hub.web.pictures import MARKS, silence_bar

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
class Standing:
    """What the template shows."""

    sides: list[Side]
    faults: list[FaultLine]
    more: int


def standing(found: Situation, of_node: Iterable[Fault]) -> Standing:
    """``of_node``: what the node that shows the page knows of itself."""
    faults = worst_first([*of_node, *found.faults])
    shown = [FaultLine(fault, _tone(fault), *_link(fault)) for fault in faults[:SHOWN]]
    return Standing(_sides(faults), shown, len(faults) - len(shown))


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
    if fault.kind == NOTIFICATION:
        return "/notifications", "See notifications"
    if fault.kind == TARGET:
        return "/targets", "See targets"
    if fault.kind == SILENT:
        return f"/documents?partner={quote(fault.who)}", "See its documents"
    return ("/work-items", "See work items") if fault.kind else ("", "")
