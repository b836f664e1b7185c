"""A record as an HTTP answer."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from aiohttp import web
from aiohttp.helpers import ETag

from hub.web.api.records.record import Record


def answered(record: Record, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=record.text(), content_type="application/json", headers=headers)


def shown(request: web.Request, text: str, content_type: str = "application/json") -> web.Response:
    """Something that is asked for again and again: with an ETag, or 304 for who has it already."""
    tag = sha256(text.encode()).hexdigest()[:32]
    known = request.if_none_match or ()
    if any(one.value in (tag, "*") for one in known):
        response = web.Response(status=304)
    else:
        response = web.Response(text=text, content_type=content_type)
    response.etag = ETag(tag)
    return response
