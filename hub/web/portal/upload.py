"""A form with a file: its token first, then the file, read while it streams, bounded and in time."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import BodyPartReader, MultipartReader, web

from channels.file_names import printable
from channels.portal.visitor import Upload
from hub.entry.intake import NoRoom
from hub.web.bodies import LIMITS
from hub.web.context import services_of
from hub.web.guard import refuse_other_token

FILE_LIMIT = 10_000_000
"""Bytes of one file."""

_TOKEN_LIMIT = 200


async def begin_upload(request: web.Request, csrf: str, partner: str) -> Upload:
    """Reads the token, which has to stand first, and returns what reads the file, as soon as there is room for what
    this partner sends. Raises HTTPForbidden."""
    try:
        async with asyncio.timeout(request.config_dict[LIMITS].silence):
            reader = await request.multipart()
            part = await _next(reader)
            sent = await part.read_chunk(_TOKEN_LIMIT) if part is not None and part.name == "csrf" else b""
            if part is not None:
                await part.release()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text="The form did not arrive in time.") from error
    except (ValueError, AssertionError, web.RequestPayloadError) as error:
        raise web.HTTPBadRequest(text="The form cannot be read.") from error
    refuse_other_token(csrf, sent.decode("latin-1"))
    return Upload(partial(_with_room, request, reader, partner))


async def _with_room(request: web.Request, reader: MultipartReader, partner: str) -> tuple[str, bytes]:
    size = min(request.content_length or FILE_LIMIT, FILE_LIMIT)
    try:
        with services_of(request).intake.room(partner, size):
            return await _file(request, reader)
    except NoRoom as error:
        headers = {"Retry-After": str(error.seconds)}
        raise web.HTTPServiceUnavailable(text=f"{error} Try again in a moment.", headers=headers) from error


async def _file(request: web.Request, reader: MultipartReader) -> tuple[str, bytes]:
    limits, body = request.config_dict[LIMITS], bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            part = await _next(reader)
            if part is None or part.name != "file":
                raise web.HTTPUnprocessableEntity(text="Choose a file. Nothing was sent.")
            while True:
                async with asyncio.timeout(limits.silence):
                    block = await part.read_chunk(65_536)
                if not block:
                    return _name(part.filename), bytes(body)
                body += block
                if len(body) > FILE_LIMIT:
                    text = f"The file is larger than {FILE_LIMIT // 1_000_000} MB. Split it, or ask for another way."
                    raise web.HTTPRequestEntityTooLarge(FILE_LIMIT, len(body), text=f"{text} Nothing was sent.")
    except TimeoutError as error:
        text = "The file did not arrive in time: it stopped, or came too slowly. Nothing was sent."
        raise web.HTTPRequestTimeout(text=text) from error
    except (ValueError, AssertionError, web.RequestPayloadError) as error:
        raise web.HTTPBadRequest(text="The form breaks off. Nothing was sent.") from error


async def _next(reader: MultipartReader) -> BodyPartReader | None:
    part = await reader.next()
    return part if isinstance(part, BodyPartReader) else None


def _name(given: str | None) -> str:
    """The file's own name, without folders; it is shown, and never a path of ours."""
    return printable((given or "").replace("\\", "/").rpartition("/")[2])[:200] or "file"
