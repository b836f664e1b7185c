"""A partner's API over real HTTP, in a thread of its own: messages that are listed, fetched and deleted."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

PAGE = 3
"""Messages on one page of the list."""

IDLE = 2
"""Times that a message is looked for and not shown after somebody went on writing it."""


@dataclass
class Message:
    id: str
    name: str
    body: bytes
    unfinished: int = 0


@dataclass
class PartnerApi:
    """Every message has an id that never names another content: a replaced one is another message."""

    messages: dict[str, Message] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    """What was sent to us: Idempotency-Key and body."""
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Callable[[web.Request], web.StreamResponse | None] = lambda request: None
    """Instead of what it would answer."""
    raw: dict[str, bytes] = field(default_factory=dict)
    """Path → all that is answered there, before the connection ends."""
    gone: bool = False
    url: str = ""
    _count: int = 0

    def put(self, name: str, body: bytes) -> str:
        self.remove(name)
        self._count += 1
        id = f"m-{self._count:04}"
        self.messages[id] = Message(id, name, body)
        return id

    def append(self, name: str, body: bytes) -> None:
        before = next((message.body for message in self.messages.values() if message.name == name), b"")
        self.messages[self.put(name, before + body)].unfinished = IDLE

    def remove(self, name: str) -> None:
        for message in [message for message in list(self.messages.values()) if message.name == name]:
            del self.messages[message.id]

    def vanish(self) -> None:
        self.gone = True

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path_qs))
        self.headers.append(dict(request.headers))
        body = await request.read()
        self.bodies.append(body)
        if self.gone:
            assert request.transport is not None
            request.transport.abort()
        if request.path in self.raw:
            await self._break_off(request)
        if (instead := self.answer(request)) is not None:
            return instead
        _, _, id = request.path.partition("/messages/")
        if request.path == "/messages" and request.method == "POST":
            self.posted.append((request.headers["Idempotency-Key"], body))
            return web.json_response({"status": "ok"}, status=201)
        if request.path == "/messages":
            return web.json_response(self._page(request.query.get("after", "")))
        if request.path == "/next":
            return self._next()
        if id not in self.messages:
            return web.json_response({"error": "no such message"}, status=404)
        if request.method == "DELETE":
            return web.json_response({"was": self.messages.pop(id).name})
        message = self.messages[id]
        if request.query.get("form") == "json":
            return web.json_response({"data": {"payload": base64.b64encode(message.body).decode()}})
        return web.Response(body=message.body, content_type="application/edi-x12")

    async def _break_off(self, request: web.Request) -> None:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.raw[request.path])
        transport.close()
        raise ConnectionResetError("as told")

    def _page(self, after: str) -> dict[str, object]:
        ready: list[Message] = []
        for message in list(self.messages.values()):
            if message.unfinished:
                message.unfinished -= 1
            elif message.id > after:
                ready.append(message)
        shown = ready[:PAGE]
        return {
            "messages": [
                {"id": m.id, "name": m.name, "bytes": len(m.body), "payload": base64.b64encode(m.body).decode()}
                for m in shown
            ],
            "next": shown[-1].id if len(ready) > PAGE else None,
        }

    def _next(self) -> web.Response:
        message = next(iter(self.messages.values()), None)
        if message is None:
            return web.Response(status=204)
        return web.Response(body=message.body, headers={"X-Message-Id": message.id})


@contextmanager
def running_api() -> Iterator[PartnerApi]:
    """The API at ``url``, without a slash at its end."""
    api = PartnerApi()
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", api._handle)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, name="partner-api")
    thread.start()
    assert ready.wait(30)
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
