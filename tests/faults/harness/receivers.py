"""The sample receiver, recording every request that reached it, and as bad as a test wants it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from channels.rest.signing import TIMESTAMP_HEADER
from samples.receivers import KEY_HEADER, Receiver


@dataclass
class RecordingReceiver(Receiver):
    """``raw`` has the time and key of every request. ``taken`` is called when an effect is there and nobody was told
    yet; so many answers as ``lose`` says are then lost. While ``off`` every connection breaks. With ``limit`` more
    requests a second are put off by 429 for ``PATIENCE`` seconds. ``timeless``: a signature may be of any time."""

    raw: list[tuple[float, str]] = field(default_factory=list)
    taken: Callable[[], object] = lambda: None
    lose: int = 0
    lost: int = 0
    off: bool = False
    limit: int | None = None
    timeless: bool = False
    throttled: int = 0
    _lately: deque[float] = field(default_factory=deque)

    PATIENCE = 1

    async def receive(self, request: web.Request) -> web.Response:
        if self.off:
            return _cut(request)
        if self.limit is not None and not self._within(self.limit):
            self.throttled += 1
            return web.json_response({}, status=429, headers={"Retry-After": str(self.PATIENCE)})
        self.raw.append((time.time(), request.headers.get(KEY_HEADER, "")))
        answer = await super().receive(request)
        self.taken()
        if self.lose:
            self.lose, self.lost = self.lose - 1, self.lost + 1
            return _cut(request)
        return answer

    def now(self, request: web.Request) -> int:
        return int(request.headers.get(TIMESTAMP_HEADER, "0")) if self.timeless else super().now(request)

    def _within(self, limit: int) -> bool:
        now = time.monotonic()
        while self._lately and self._lately[0] <= now - 1:
            self._lately.popleft()
        if len(self._lately) >= limit:
            return False
        self._lately.append(now)
        return True

    def after(self, nth: int, call: Callable[[], object]) -> Callable[[], None]:
        """For ``taken``: calls once, at the n-th request from now on."""
        left = nth

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                call()

        return count


def _cut(request: web.Request) -> web.Response:
    """Nobody hears this answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
