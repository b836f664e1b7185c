"""The sample receiver, recording: every request that reached it, and a moment at which it can have a node killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from samples.receivers import KEY_HEADER, Receiver


@dataclass
class RecordingReceiver(Receiver):
    """``raw`` has the time and key of every request; ``taken`` is called when an effect is there and nobody was told
    yet."""

    raw: list[tuple[float, str]] = field(default_factory=list)
    taken: Callable[[], None] = lambda: None

    async def receive(self, request: web.Request) -> web.Response:
        self.raw.append((time.time(), request.headers.get(KEY_HEADER, "")))
        answer = await super().receive(request)
        self.taken()
        return answer

    def after(self, nth: int, call: Callable[[], object]) -> Callable[[], None]:
        """For ``taken``: calls once, at the n-th request from now on."""
        left = nth

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                call()

        return count
