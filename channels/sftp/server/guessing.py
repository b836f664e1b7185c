"""Passwords that are guessed: slower with each wrong one, by the address they come from and never by the name."""

from __future__ import annotations

import time
from asyncio import Semaphore, sleep
from collections import OrderedDict

AT_ONCE = 2
"""Passwords that are checked at one time: each takes a processor and much memory."""

FIRST_SECONDS, MOST_SECONDS = 0.5, 8.0
"""The answer to a wrong password waits so long, twice as long at the next."""

FORGOTTEN_SECONDS = 900.0
REMEMBERED = 10_000
"""Addresses; the longest unused are forgotten first."""


class Guessing:
    """What wrong passwords cost. For one event loop."""

    def __init__(self) -> None:
        self.turns = Semaphore(AT_ONCE)
        """To be held while a password is checked."""
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def failed(self, address: str) -> None:
        """Returns when the answer may be given."""
        count, last = self._wrong.get(address, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last > FORGOTTEN_SECONDS else count + 1
        self._wrong[address] = count, now
        self._wrong.move_to_end(address)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        await sleep(min(FIRST_SECONDS * 2 ** min(count - 1, 10), MOST_SECONDS))
