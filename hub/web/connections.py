"""Connections that end, and requests that are framed beyond doubt.

By itself aiohttp bounds neither how long the head of a request may take nor how slowly an answer is read, keeps an idle
connection for an hour, and logs what it cannot read.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import HttpVersion11, http_parser, web

from hub.errors import OperationRefused
from hub.web.api.problems import Handler, problem
from hub.web.headers import HEADERS
from hub.web.newcomers import Newcomers, answer_to

log = logging.getLogger(__name__)

OLDEST = (3, 14, 1)
"""Earlier releases of aiohttp read some requests otherwise than proxies do (CVE-2025-69224, CVE-2026-34525)."""

LINGERING = 2.0
"""Seconds for which a body is still read that was refused, so that its sender gets to see the answer."""

TURNED_AWAY = 1.0
"""Seconds that one who is turned away has to read why."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for the head of a request from its first byte on, for a client that reads nothing of what it asked for,
    and for a connection that nothing is asked on. Those for a body are in ``bodies.Limits``."""

    head: float = 10.0
    reading: float = 60.0
    idle: float = 75.0


class BoundedConnection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ("_counted", "_head_timer", "_newcomers", "_patience", "_reading_timer", "_turned_away")

    def __init__(self, manager: web.Server, *, patience: Patience, newcomers: Newcomers, **given: Any) -> None:
        super().__init__(manager, keepalive_timeout=patience.idle, **given)
        self._patience = patience
        self._newcomers = newcomers
        self._counted: str | None = None  # the address of a newcomer
        self._turned_away: asyncio.Handle | None = None
        self._head_timer: asyncio.Handle | None = None
        self._reading_timer: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Before a byte is read: where there are too many newcomers, one more is told so and nothing of it is read."""
        address = str((transport.get_extra_info("peername") or ("",))[0])
        crowd = self._newcomers.admit(address)
        if crowd is None:
            self._counted = address
            super().connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            transport.write(answer_to(crowd))
            transport.write_eof()
            # Closed at once while its request comes in, the answer would be lost with it.
            self._turned_away = self._loop.call_later(TURNED_AWAY, transport.abort)

    def signed_in(self) -> None:
        """Whoever asks here is known: no newcomer any more."""
        if self._counted is not None:
            self._newcomers.leave(self._counted)
            self._counted = None

    def data_received(self, data: bytes) -> None:
        """From the first byte of a head on a timer runs, which further bytes do not set back."""
        if self._turned_away is not None:
            return
        super().data_received(data)
        if not self._awaits_request():
            self._head_timer = _without(self._head_timer)
        elif self._head_timer is None and data:
            self._head_timer = self._loop.call_later(self._patience.head, self._head_is_late)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading_timer = self._loop.call_later(self._patience.reading, self._drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reading_timer = _without(self._reading_timer)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_timer, self._reading_timer = _without(self._head_timer), _without(self._reading_timer)
        self.signed_in()
        if self._turned_away is None:
            super().connection_lost(exc)
        self._turned_away = _without(self._turned_away)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no request is told so in words of ours, and none of its bytes is logged: a key may be among them."""
        if status != 400 or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        log.info("http.unreadable", extra={"address": request.remote, "fault": type(exc).__name__})
        return _unreadable("This cannot be read as an HTTP request.")

    def _awaits_request(self) -> bool:
        """No request has come whole, and none is being answered."""
        return self._waiter is not None and not self._waiter.done()

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._awaits_request() and self.transport is not None:
            self.transport.write(_TOO_SLOW)
            self.force_close()

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()


@web.middleware
async def refuse_odd_framing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What a proxy before us may have read otherwise: a transfer coding beside chunked, and a request to no host."""
    coding = request.headers.get("Transfer-Encoding", "chunked")
    if coding.lower() != "chunked" or (request.version >= HttpVersion11 and not request.headers.get("Host")):
        return _unreadable("Its framing is not taken here: send Host, and no transfer coding but chunked.")
    return await handler(request)


def _unreadable(detail: str) -> web.Response:
    response = problem(400, detail, HEADERS)
    response.force_close()
    return response


def _without(timer: asyncio.Handle | None) -> asyncio.Handle | None:
    """No timer any more, in place of one that may run."""
    if timer is not None:
        timer.cancel()
    return None


class _Server(web.Server):
    """Makes every connection a bounded one."""

    def __init__(self, plain: web.Server, loop: asyncio.AbstractEventLoop, given: Any) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
            loop=loop,
        )
        self._given = given

    def __call__(self) -> web.RequestHandler:
        return BoundedConnection(self, loop=self._loop, **self._given)


class BoundedRunner(web.AppRunner):
    """Runs an application whose connections are bounded. Bodies reach it as they were sent. Raises OperationRefused
    where the library at hand would not read requests as it must."""

    __slots__ = ("_newcomers", "_patience")

    def __init__(
        self,
        app: web.Application,
        *,
        newcomers: Newcomers,
        patience: Patience | None = None,
        shutdown_timeout: float,
    ) -> None:
        refuse_unfit_library()
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._patience = patience or Patience()
        self._newcomers = newcomers

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        given = {
            "access_log": None,
            "auto_decompress": False,
            "lingering_time": LINGERING,
            "patience": self._patience,
            "newcomers": self._newcomers,
        }
        return _Server(plain, asyncio.get_running_loop(), given)


def refuse_unfit_library() -> None:
    """Raises OperationRefused for an aiohttp without its C parser, or one with known faults in reading requests."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise OperationRefused("aiohttp is without its C parser, which the hub relies on: install it from its wheel.")
    version = tuple(int(part) for part in aiohttp.__version__.split(".")[:3] if part.isdecimal())
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise OperationRefused(f"aiohttp {aiohttp.__version__} reads some requests wrongly: install {oldest} or newer.")
