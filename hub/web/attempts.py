"""How often a password or token may be tried: per name and address, and per address over all names."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
PER_NAME = 8
PER_ADDRESS = 60
REMEMBERED = 10_000
"""Names and addresses remembered; the longest unused are forgotten first, so that guesses cannot fill the memory."""


class Attempts:
    """Failures of the last 15 minutes, in memory: a restart forgives, which costs a guesser more than it gives."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, ...], deque[datetime]] = OrderedDict()

    def wait(self, address: str, name: str | None, now: datetime) -> int:
        """Seconds until another try is taken, 0 when one is. Asked before the name is looked up, so that the answer
        says nothing about whether it exists. ``name`` is None where a secret is tried that belongs to no name."""
        limits = [((address,), PER_ADDRESS), *([((address, name), PER_NAME)] if name is not None else [])]
        return max(self._wait(key, limit, now) for key, limit in limits)

    def _wait(self, key: tuple[str, ...], limit: int, now: datetime) -> int:
        failures = self._failures.get(key, deque())
        while failures and failures[0] <= now - WINDOW:
            failures.popleft()
        return 0 if len(failures) < limit else int((failures[0] + WINDOW - now).total_seconds()) + 1

    def failed(self, address: str, name: str | None, now: datetime) -> None:
        for key in [(address,), *([(address, name)] if name is not None else [])]:
            self._failures.setdefault(key, deque(maxlen=PER_ADDRESS)).append(now)
            self._failures.move_to_end(key)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        self._failures.pop((address, name), None)
