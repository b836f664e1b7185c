"""Roles: which of the hub's work a node takes part in."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """A share of the work. A node has one or more of them, and each needs a living node that has it. Pages, health and
    metrics are every node's."""

    INTAKE = "intake"  # API, portal and mailboxes
    PIPELINE = "pipeline"  # arrivals through the steps, and composing
    DELIVER = "deliver"  # attempts
    TIMERS = "timers"  # polls and all else that happens by the clock


EVERY_ROLE = frozenset(Role)


def roles_of(text: str) -> frozenset[Role]:
    """Roles as they are named in a list with commas; all for an empty one. Raises ValueError with what is wrong."""
    names = [name for part in text.split(",") if (name := part.strip().lower())]
    unknown = sorted(set(names) - set(Role))
    if unknown:
        raise ValueError(f"there is no role {', '.join(unknown)}; roles are {', '.join(Role)}")
    return frozenset(map(Role, names)) or EVERY_ROLE


def in_words(roles: Iterable[Role]) -> str:
    """A list with commas, in the order of a document's way."""
    held = frozenset(roles)
    return ",".join(role for role in Role if role in held)
