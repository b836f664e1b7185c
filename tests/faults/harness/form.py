"""How much a run of these tests does: ``short`` inside the suite, ``scaled`` by ``make faults``, ``full`` with the
catalogue's own durations. And what it saw, for the table that ``make faults`` prints."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

FORM = os.environ.get("FAULTS", "short")
FIGURES = Path(__file__).parents[3] / "build" / "faults.jsonl"

long_only = pytest.mark.skipif(FORM == "short", reason="belongs to make faults")
sqlite_suffices_in_short = pytest.mark.sqlite_suffices if FORM == "short" else pytest.mark.both_stores


def by_form(short: T, scaled: T, full: T | None = None) -> T:
    """What fits this form; ``full`` is as ``scaled`` unless it is said."""
    if FORM == "short":
        return short
    return full if FORM == "full" and full is not None else scaled


def figures(part: str, **seen: int | float | str) -> None:
    """Notes what a part of ``make faults`` saw."""
    if FORM != "short":
        FIGURES.parent.mkdir(exist_ok=True)
        with FIGURES.open("a") as file:
            file.write(json.dumps({"part": part} | seen) + "\n")
