"""Writes that a node was refused since the claim that they belong to was another's by then, as its log tells them: also
those of which the hub itself says nothing."""

from __future__ import annotations

import os
from pathlib import Path

from hub.store.errors import StaleLease

REFUSED = "refused, the claim was lost: "

RACE = "in between"
"""What is said of one who lost a race for a claim, and never had it."""


def tell_refusals() -> None:
    """To be called in a process that becomes a node."""

    def told(error: StaleLease, *given: object) -> None:
        if RACE not in str(given):
            os.write(2, f"{REFUSED}{given}\n".encode())
        super(StaleLease, error).__init__(*given)

    StaleLease.__init__ = told  # type: ignore[method-assign,assignment]


def refused_in(log: Path) -> int:
    return log.read_text().count(REFUSED)
