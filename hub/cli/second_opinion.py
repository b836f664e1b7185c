"""What pyx12 makes of a set, beside our judge or alone, for ``hub inspect --judge``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from canonical.finding import Verdict, clip

if TYPE_CHECKING:
    from channels.x12.second_judge.comparison import TwoJudgements
    from channels.x12.second_judge.judge import SecondError


SHOWN = 100
"""Errors of pyx12 that are shown of one set, as many as our judge names."""


class Judges(StrEnum):
    """Who judges: our own judge, pyx12 as a second one from the same tables, or both side by side."""

    OURS = "ours"
    PYX12 = "pyx12"
    BOTH = "both"


def opinion_lines(twice: TwoJudgements | None) -> Iterator[str]:
    """pyx12's verdict and errors, one a line."""
    if twice is None:
        yield "pyx12: no verdict, the tables do not hold this set"
        return
    theirs = twice.theirs
    stopped = f" at segment {theirs.position}: {theirs.reason}" if theirs.reason else ""
    yield f"pyx12: {theirs.verdict.value}{stopped}"
    for error in theirs.errors[:SHOWN]:
        yield f"  {_place(error)}: {error.text} [{error.code}]"
    if len(theirs.errors) > SHOWN:
        yield f"  and {len(theirs.errors) - SHOWN} more"


def comparison_lines(twice: TwoJudgements | None) -> Iterator[str]:
    """Whether the judges agree; else why not, by the names of the classes of difference."""
    if twice is None:
        return
    found = compared(twice)
    if found["agree"]:
        yield "both refuse, and name the same segment first" if found["refused"] else "both accept"
    else:
        yield f"they differ: {'our judge' if found['alone'] == 'ours' else 'pyx12'} alone refuses something"
    yield from (f"  {one['name']}: {one['reason']}" for one in found["classes"])
    yield from (
        f"  of no known class: segment {one['position']}, {one['segment']} [{one['code']}]" for one in found["unlisted"]
    )


def compared(twice: TwoJudgements) -> dict[str, Any]:
    """The comparison as JSON has it. Our judge is strict here, whatever the profile says: pyx12 forgives nothing."""
    from channels.x12.second_judge.comparison import Agreement
    from channels.x12.second_judge.differences import DIFFERENCES, WORDINGS

    found = twice.comparison
    agree = isinstance(found, Agreement)
    names = found.wording if isinstance(found, Agreement) else found.classes
    reasons = {one.name: one.reason for one in DIFFERENCES} | {one.name: one.reason for one in WORDINGS}
    unlisted = () if isinstance(found, Agreement) else found.unlisted
    return {
        "agree": agree,
        "refused": twice.ours.verdict is Verdict.REJECTED,
        "alone": None if isinstance(found, Agreement) else found.alone,
        "classes": [{"name": name, "reason": reasons[name]} for name in names],
        "unlisted": [
            {"position": one.position, "segment": clip(one.segment), "element": one.element or None, "code": one.code}
            for one in unlisted[:SHOWN]
        ],
    }


def opinion(twice: TwoJudgements | None, judges: Judges) -> dict[str, Any]:
    """What JSON has of a set for these judges, beside what is there already."""
    if twice is None:
        return {"second": None}
    theirs = twice.theirs
    errors = [
        {
            "position": error.position,
            "segment": error.segment,
            "element": error.element or None,
            "component": error.component or None,
            "code": error.code,
            "text": error.text,
        }
        for error in theirs.errors[:SHOWN]
    ]
    second = {"judge": "pyx12", "verdict": theirs.verdict.value, "errors": errors, "reason": theirs.reason or None}
    return {"second": second} | ({"comparison": compared(twice)} if judges is Judges.BOTH else {})


def _place(error: SecondError) -> str:
    element = f"{error.element:02d}" if error.element else ""
    component = f"-{error.component}" if error.component else ""
    return f"segment {error.position} {error.segment}{element}{component}"
