"""Refused sign-ins: none is repeated so often that the partner's server locks the account."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from channels.errors import PausedError

PAUSES = (60.0, 300.0, 900.0, 3600.0, 6 * 3600.0)
"""Seconds after the first, second ... refusal; the last for every further one."""


@dataclass(frozen=True, slots=True)
class _Refused:
    credential: str
    count: int
    until: float


class Accounts:
    """What this process knows of the accounts that it signs in to, whoever of its channels does. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._refused: dict[tuple[str, int, str], _Refused] = {}

    def look(self, account: tuple[str, int, str], credential: str) -> None:
        """Whether a sign-in may be tried. ``account`` is host, port and user; ``credential`` tells one from another: a
        new one may be tried at once. Raises PausedError."""
        with self._mutex:
            refused = self._refused.get(account)
        if refused is not None and refused.credential == credential and refused.until > self._clock():
            host, _, user = account
            again = "once" if refused.count == 1 else f"{refused.count} times in a row"
            raise PausedError(f"{host} has refused to sign {user} in {again}: it is left alone for a while")

    def refused(self, account: tuple[str, int, str], credential: str) -> None:
        with self._mutex:
            before = self._refused.get(account)
            count = before.count + 1 if before is not None and before.credential == credential else 1
            until = self._clock() + PAUSES[min(count, len(PAUSES)) - 1]
            self._refused[account] = _Refused(credential, count, until)

    def accepted(self, account: tuple[str, int, str]) -> None:
        with self._mutex:
            self._refused.pop(account, None)
