"""A place that fails is left alone for a while, for longer from one time to the next."""

from __future__ import annotations

import time

from channels.errors import PausedError

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between attempts to reach a place that cannot be reached, doubled from one to the next."""


class Patience:
    """Of one place. Kept in memory: a restart tries once more."""

    def __init__(self) -> None:
        self._failures = 0
        self._failure = ""
        self._until = float("-inf")

    def look(self, place: str) -> None:
        """Raises PausedError while the place is left alone."""
        if time.monotonic() < self._until:
            raise PausedError(f"{place} is left alone for a while: {self._failure}")

    def failed(self, why: str, wish: float = 0.0) -> None:
        """The next pause begins; ``wish`` is how many seconds the place itself asks for."""
        self._failures += 1
        pause = min(FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE)
        self.rest(why, max(pause, wish))

    def rest(self, why: str, seconds: float) -> None:
        """A pause of so many seconds, which makes the next no longer."""
        self._failure = why
        self._until = time.monotonic() + seconds

    def worked(self) -> None:
        self._failures = 0
