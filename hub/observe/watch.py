"""Whether the loops of a node turn: each says so at every turn, and is missed when it has not for too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

_CURRENT: ContextVar[str] = ContextVar("loop")


class Phase(StrEnum):
    """Of a process's life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"  # what is under way is finished, nothing new is taken


@dataclass
class Turning:
    """``limit`` is how many seconds a turn may take; ``seen`` the monotonic instant of the last sign of life."""

    limit: float
    seen: float


class Watch:
    """Thread-safe by doing one assignment at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.phase = Phase.RUNNING
        self.url = ""
        """Where the web is."""
        self.listening: dict[str, str] = {}
        """Doors besides the web, and where each is."""
        self._clock = clock
        self._loops: dict[str, Turning] = {}

    def begin(self, name: str, limit: float) -> None:
        """A loop begins, in the task or thread that calls; what that starts belongs to it."""
        self._loops[name] = Turning(limit, self._clock())
        _CURRENT.set(name)

    def turn(self) -> None:
        """A sign of life of the loop that the caller belongs to; nothing outside of any."""
        loop = self._loops.get(_CURRENT.get(""))
        if loop is not None:
            loop.seen = self._clock()

    def end(self) -> None:
        """The loop that the caller belongs to has ended as it should."""
        self._loops.pop(_CURRENT.get(""), None)

    def silent(self) -> dict[str, float]:
        """Every loop, by the seconds since its last sign of life."""
        now = self._clock()
        return {name: now - loop.seen for name, loop in sorted(self._loops.items())}

    def stuck(self) -> dict[str, float]:
        """Those of them that have been silent for longer than they may."""
        return {name: seconds for name, seconds in self.silent().items() if seconds > self._loops[name].limit}
