"""``/v1/transmissions``: raw X12 in, and what became of it."""

from __future__ import annotations

from aiohttp import web

from hub.web.api.credentials import desk_of, scope_of
from hub.web.api.idempotency import accepted_reply, key_of, once, request_hash
from hub.web.api.records import transmission_record
from hub.web.bodies import LIMITS, read_body
from hub.web.context import in_store, services_of

CONTENT_TYPES = frozenset({"application/edi-x12", "text/plain", "application/octet-stream"})


async def post_transmission(request: web.Request) -> web.Response:
    """202 with the id once the bytes are on disk; what they hold is judged afterwards."""
    if request.content_type not in CONTENT_TYPES:
        raise web.HTTPUnsupportedMediaType(text=f"Send X12 as one of: {', '.join(sorted(CONTENT_TYPES))}.")
    key = key_of(request)
    limits = request.config_dict[LIMITS]
    body = await read_body(request, limits.transmission, limits.seconds)
    if not body:
        raise web.HTTPBadRequest(text="The body is empty.")
    services, desk, scope = services_of(request), desk_of(request), scope_of(request)
    digest = request_hash(request, body)
    reply = await in_store(
        services, lambda: once(services, scope, key, digest, lambda: accepted_reply(desk.accept(body, key)))
    )
    return reply.response()


async def get_content(request: web.Request) -> web.Response:
    """The bytes of something that was sent to the partner, or waits for it in its outbox."""
    desk, wanted = desk_of(request), request.match_info["id"]
    item = await in_store(services_of(request), lambda: desk.open(wanted))
    if item is None:
        raise web.HTTPNotFound(text="There is no such transmission.")
    headers = {"Content-Disposition": f'attachment; filename="{item.file_name}"'}
    return web.Response(body=item.body, content_type=item.content_type, headers=headers)


async def get_transmission(request: web.Request) -> web.Response:
    desk, wanted = desk_of(request), request.match_info["id"]
    trace = await in_store(services_of(request), lambda: desk.transmission(wanted))
    if trace is None or trace.transmission.id != wanted:
        raise web.HTTPNotFound(text="There is no such transmission.")
    return web.json_response(transmission_record(trace))
