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

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a raw transmission and of a canonical document, and seconds for either to arrive whole."""

    transmission: int = 100_000_000
    document: int = 1_000_000
    seconds: float = 300.0


LIMITS = web.AppKey("limits", Limits)


async def read_body(request: web.Request, limit: int, deadline: float) -> bytes:
    """The whole body in memory; as ``read_blocks``."""
    body = bytearray()

    async def take(block: bytes) -> None:
        body.extend(block)

    await read_blocks(request, limit, deadline, take)
    return bytes(body)


async def read_blocks(
    request: web.Request, limit: int, deadline: float, take: Callable[[bytes], Awaitable[None]]
) -> None:
    """Hands the body over block by block, at most ``limit`` bytes, within ``deadline`` seconds.

    Raises HTTPUnsupportedMediaType for any Content-Encoding (a small body could grow without bound),
    HTTPRequestEntityTooLarge, HTTPRequestTimeout.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="Send the body as it is: a Content-Encoding is not taken here.")
    if (request.content_length or 0) > limit:
        _too_large(request.content_length or 0, limit)
    size = 0
    try:
        async with asyncio.timeout(deadline):
            async for block in request.content.iter_any():
                size += len(block)
                if size > limit:
                    _too_large(size, limit)
                await take(block)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text=f"The body did not arrive within {deadline:.0f} seconds.") from error


def _too_large(actual: int, limit: int) -> NoReturn:
    raise web.HTTPRequestEntityTooLarge(limit, actual, text=f"The body is larger than {limit:,} bytes.")


async def read_model(request: web.Request, model: type[M], limit: int) -> M:
    """A small JSON body as what it should be. Raises HTTPUnsupportedMediaType, and HTTPUnprocessableEntity that names
    the first fault."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send it as application/json.")
    body = await read_body(request, limit, request.config_dict[LIMITS].seconds)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise web.HTTPUnprocessableEntity(text=f"{place}: {first['msg']}. Nothing was changed.") from error
