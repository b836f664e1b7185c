"""A sample ERP or WMS: an HTTP receiver that does what every receiver of the hub should do.

It verifies the signature before it believes a word, takes each idempotency key once, keeps what it got in order, and
can be told to fail or to be slow. The demo and the tests use it over real HTTP; nothing here is part of the hub.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, SignatureError, verify

KEY_HEADER = "Idempotency-Key"
BODY_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """One effect: what came first under its idempotency key."""

    key: str
    digest: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Receiver:
    """Collects what the hub delivers to ``POST /documents``.

    ``effects`` has one entry for each idempotency key, in the order of arrival; ``attempts`` counts every request that
    was let in, repeats and failures on demand included; ``refused`` lists why requests were turned away.
    """

    name: str
    secret: str
    effects: dict[str, Received] = field(default_factory=dict)
    attempts: int = 0
    refused: list[str] = field(default_factory=list)
    delay: float = 0.0
    clock: Callable[[], float] = time.time
    _failures: list[tuple[int, float | None]] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fail_next(self, times: int, status: int = 503, retry_after: float | None = None) -> None:
        """Answer the next ``times`` requests with ``status``, and ask for patience of ``retry_after`` seconds."""
        self._failures += [(status, retry_after)] * times

    def recover(self) -> None:
        """Fail no more."""
        self._failures.clear()

    async def wait_for(self, count: int, timeout: float) -> None:
        """Return when ``count`` effects are here. Raises TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: len(self.effects) >= count)

    async def receive(self, request: web.Request) -> web.Response:
        """200 the first time and on every repeat; 401 unsigned, 400 without a key, 422 for another body under a key."""
        body = await request.read()
        try:
            verify(
                [self.secret],
                request.headers.get(TIMESTAMP_HEADER, ""),
                request.headers.get(SIGNATURE_HEADER, ""),
                body,
                self.now(request),
            )
        except SignatureError as error:
            return self._refuse(401, str(error))
        key = request.headers.get(KEY_HEADER)
        if not key:
            return self._refuse(400, f"{KEY_HEADER} is missing")
        self.attempts += 1
        await asyncio.sleep(self.delay)
        if self._failures:
            status, patience = self._failures.pop(0)
            headers = {} if patience is None else {"Retry-After": f"{patience:g}"}
            return web.json_response({"error": "out of order on demand"}, status=status, headers=headers)
        return await self.take(key, body, dict(request.headers))

    def now(self, request: web.Request) -> int:
        """The time that a request's signature is to be of, in seconds since 1970."""
        return int(self.clock())

    async def take(self, key: str, body: bytes, headers: dict[str, str]) -> web.Response:
        """What came under a key takes effect the first time."""
        digest = hashlib.sha256(body).hexdigest()
        first = self.effects.get(key)
        if first is not None and first.digest != digest:
            return self._refuse(422, f"{key} was used for another body")
        if first is None:
            try:
                document = json.loads(body)
            except ValueError:
                return self._refuse(400, "the body is not JSON")
            async with self._changed:
                self.effects[key] = Received(key, digest, document, headers)
                self._changed.notify_all()
        return web.json_response({"received_by": self.name, "repeated": first is not None})

    def _refuse(self, status: int, reason: str) -> web.Response:
        self.refused.append(reason)
        return web.json_response({"error": reason}, status=status)


@asynccontextmanager
async def serving(receiver: Receiver, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve ``receiver`` and yield its URL; port 0 takes a free one."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post("/documents", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken: int = runner.addresses[0][1]
        yield f"http://{host}:{taken}/documents"
    finally:
        await runner.cleanup()
