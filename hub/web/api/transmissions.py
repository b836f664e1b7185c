"""``/v1/transmissions``: raw X12 in, and what became of it."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from channels.channel import Codec
from hub.desk.desk import Desk
from hub.pipeline.rehearse import LIMIT_BYTES
from hub.services import HubServices
from hub.store.blobs import INLINE_LIMIT, Incoming
from hub.web.api import outbox
from hub.web.api.answers import shown
from hub.web.api.credentials import desk_of, scope_of, still_good
from hub.web.api.idempotency import Reply, admitted, key_of, repeatable, reply_of
from hub.web.api.parameters import is_dry_run
from hub.web.api.records.transmission import TransmissionRecord
from hub.web.api.rehearsals import rehearsed
from hub.web.api.signatures import Signed, expect_signature
from hub.web.bodies import LIMITS, read_blocks, read_body
from hub.web.context import in_store, services_of
from hub.web.headers import attachment

CONTENT_TYPES = frozenset({"application/edi-x12", "text/plain", "application/octet-stream"})


async def post_transmission(request: web.Request) -> web.Response:
    """202 with the id once the bytes are on disk; what they hold is judged afterwards.

    A dry run, of at most 1,000,000 bytes and 50 documents, is judged at once: it answers 200 with what would become of
    it, and what would be answered.
    """
    if request.content_type not in CONTENT_TYPES:
        raise web.HTTPUnsupportedMediaType(text=f"Send X12 as one of: {', '.join(sorted(CONTENT_TYPES))}.")
    key, limits = key_of(request), request.config_dict[LIMITS]
    services, desk, scope = services_of(request), desk_of(request), scope_of(request)
    door = await in_store(services, partial(desk.door, Codec.X12))
    signed = await expect_signature(request, door)
    limit = min(limits.transmission, LIMIT_BYTES) if is_dry_run(request) else limits.transmission
    size = request.content_length or limit
    async with admitted(services, scope, key, door.order_scope, size):
        if is_dry_run(request):
            if not (body := await read_body(request, limit)):
                raise web.HTTPBadRequest(text="The body is empty.")
            signed.update(body)
            await signed.verify()
            await still_good(request)
            return await rehearsed(request, lambda: desk.rehearse(body))
        with services.store.incoming() as incoming:
            await read_blocks(request, limits.transmission, partial(_take, services, signed, incoming))
            if not incoming.size:
                raise web.HTTPBadRequest(text="The body is empty.")
            await signed.verify()
            await still_good(request)
            reply = await in_store(services, partial(_accept, request, desk, scope, key, incoming))
    return reply.response()


async def _take(services: HubServices, signed: Signed, incoming: Incoming, block: bytes) -> None:
    signed.update(block)
    if incoming.size + len(block) <= INLINE_LIMIT:
        incoming.write(block)  # into memory
    else:
        await in_store(services, partial(incoming.write, block))


def _accept(request: web.Request, desk: Desk, scope: str, key: str, incoming: Incoming) -> Reply:
    kept = incoming.keep()
    return reply_of(desk.accept(kept, key, repeatable(request, scope, key, kept.sha256)))


async def get_content(request: web.Request) -> web.StreamResponse:
    """The bytes of something that was sent to the caller or waits for it in its outbox, and of what it sent itself."""
    desk, wanted = desk_of(request), request.match_info["id"]
    brought = await in_store(services_of(request), lambda: desk.brought(wanted))
    if brought is None:
        return await outbox.send_content(request, "There is no such transmission.")
    arrival, body = brought
    return attachment(body, arrival.content_type, arrival.file_name or arrival.id)


async def get_transmission(request: web.Request) -> web.Response:
    """What became of it: its state, interchanges, findings, the acknowledgments that answer it and its documents."""
    desk, wanted = desk_of(request), request.match_info["id"]
    trace = await in_store(services_of(request), lambda: desk.transmission(wanted))
    if trace is None or trace.transmission.id != wanted:
        raise web.HTTPNotFound(text="There is no such transmission.")
    return shown(request, TransmissionRecord.of(trace).text())
