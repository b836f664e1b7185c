"""Reading what a client sends: counted while it streams, and in time.

Every refusal is an aiohttp HTTP error whose text is plain words; the error middleware gives it its form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hub.submission.refusal import pointer, refused
from hub.submission.strict_json import strict_json

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a raw transmission and of a canonical document, and seconds for either to arrive whole. A body is given
    up before when ``silence`` seconds bring less than ``least`` bytes of it."""

    transmission: int = 100_000_000
    document: int = 1_000_000
    seconds: float = 300.0
    silence: float = 30.0
    least: int = 4096


LIMITS = web.AppKey("limits", Limits)

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


async def read_body(request: web.Request, limit: int, read: ReadBlocks | None = None) -> bytes:
    """The whole body in memory; as ``read_blocks``."""
    body = bytearray()

    async def take(block: bytes) -> None:
        body.extend(block)

    await (read or read_blocks)(request, limit, take)
    return bytes(body)


Take = Callable[[bytes], Awaitable[None]]
ReadBlocks = Callable[[web.Request, int, Take], Awaitable[None]]


async def read_blocks(request: web.Request, limit: int, take: Take, *, any_charset: bool = False) -> None:
    """Hands the body over block by block, at most ``limit`` bytes, in the time that the application's limits give.

    Raises HTTPUnsupportedMediaType for any Content-Encoding (a small body could grow without bound) and, unless
    ``any_charset`` may come, for one that is not UTF-8, HTTPRequestEntityTooLarge, HTTPRequestTimeout, and
    HTTPBadRequest for a broken transfer.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="Send the body as it is: a Content-Encoding is not taken here.")
    if not any_charset and (request.charset or "utf-8").lower() not in _CHARSETS:
        raise web.HTTPUnsupportedMediaType(text="Send it in UTF-8.")
    if (request.content_length or 0) > limit:
        _too_large(request.content_length or 0, limit)
    pace = _Pace(request.config_dict[LIMITS])
    try:
        while True:
            async with asyncio.timeout_at(pace.deadline):
                block = await request.content.readany()
            if not block:
                return
            pace.came(len(block))
            if pace.size > limit:
                _too_large(pace.size, limit)
            await take(block)
    except TimeoutError as error:
        text = "The body did not arrive in time: it stopped, or came too slowly."
        raise web.HTTPRequestTimeout(text=text) from error
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest(text="The body breaks off or is not framed as HTTP has it.") from error


class _Pace:
    """By when the next bytes must be here: the body as a whole in time, and enough of it in each span of silence."""

    def __init__(self, limits: Limits) -> None:
        self.size = 0
        self._limits = limits
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + limits.seconds
        self._counted, self._span_end = 0, self._now() + limits.silence

    @property
    def deadline(self) -> float:
        return min(self._end, self._span_end)

    def came(self, size: int) -> None:
        self.size += size
        if self.size - self._counted >= self._limits.least:
            self._counted, self._span_end = self.size, self._now() + self._limits.silence


def _too_large(actual: int, limit: int) -> NoReturn:
    raise web.HTTPRequestEntityTooLarge(limit, actual, text=f"The body is larger than {limit:,} bytes.")


async def read_model(request: web.Request, model: type[M], limit: int) -> M:
    """A small JSON body as what it should be. Raises HTTPUnsupportedMediaType, and Refused with every fault."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send it as application/json.")
    body = await read_body(request, limit)
    try:
        return model.model_validate(strict_json(body))
    except ValidationError as error:
        raise refused(error, pointer) from None
