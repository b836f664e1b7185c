"""``/v1/transmissions``: files in, whatever their form, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from aiohttp import web
from pydantic import Field

from channels.channel import Codec
from hub.desk.desk import Desk, Repeatable
from hub.entry.forms import FORMS as FORMS
from hub.pipeline.rehearse import LIMIT_BYTES
from hub.services import HubServices
from hub.store.kept.blobs import INLINE_LIMIT, Incoming
from hub.web.api import outbox
from hub.web.api.answers import shown
from hub.web.api.credentials import desk_of, scope_of, still_good
from hub.web.api.idempotency import Reply, admitted, key_of, repeatable, reply_of
from hub.web.api.parameters import Word, WriteQuery, is_dry_run, parameters_of
from hub.web.api.records.transmission import TransmissionRecord
from hub.web.api.rehearsals import rehearsed
from hub.web.api.signatures import Signed, expect_signature
from hub.web.bodies import LIMITS, read_blocks, read_body
from hub.web.context import in_store, services_of
from hub.web.headers import attachment


class SubmitQuery(WriteQuery):
    """How a file is sent."""

    file_name: Word | None = Field(
        default=None, description="What the file is called: a profile may tell by it what the file is."
    )


async def post_transmission(request: web.Request) -> web.Response:
    """202 with the id once the bytes are on disk; what they hold is judged afterwards.

    The media type and the API channels of the partner's profile say what it is: X12, canonical JSON (a document or a
    list), or a file that one of the profile's mappings reads.

    A dry run, of at most 1,000,000 bytes and 100 documents, is judged at once: it answers 200 with what would become of
    it, and what would be answered.
    """
    forms = FORMS.get(request.content_type)
    if forms is None:
        raise web.HTTPUnsupportedMediaType(text=f"Send a file as one of: {', '.join(FORMS)}.")
    key, limits = key_of(request), request.config_dict[LIMITS]
    name = parameters_of(request, SubmitQuery).file_name or key
    services, desk, scope = services_of(request), desk_of(request), scope_of(request)
    door = await in_store(services, partial(desk.file_door, forms))
    read = partial(read_blocks, any_charset=door.codec is Codec.FILES)
    signed = await expect_signature(request, door)
    limit = min(limits.transmission, LIMIT_BYTES) if is_dry_run(request) else limits.transmission
    size = request.content_length or limit
    async with admitted(services, scope, key, door.order_scope, size):
        if is_dry_run(request):
            if not (body := await read_body(request, limit, read)):
                raise web.HTTPBadRequest(text="The body is empty.")
            signed.update(body)
            await signed.verify()
            await still_good(request)
            return await rehearsed(request, lambda: desk.rehearse(body, name, forms))
        with services.store.incoming() as incoming:
            await read(request, limits.transmission, partial(_take, services, signed, incoming))
            if not incoming.size:
                raise web.HTTPBadRequest(text="The body is empty.")
            await signed.verify()
            await still_good(request)
            once = partial(repeatable, request, scope, key)
            reply = await in_store(services, lambda: _accept(desk, name, forms, incoming, once))
    return reply.response()


async def _take(services: HubServices, signed: Signed, incoming: Incoming, block: bytes) -> None:
    signed.update(block)
    if incoming.size + len(block) <= INLINE_LIMIT:
        incoming.write(block)  # into memory
    else:
        await in_store(services, partial(incoming.write, block))


def _accept(
    desk: Desk,
    name: str,
    forms: Sequence[Codec],
    incoming: Incoming,
    once: Callable[[str], Repeatable | None],
) -> Reply:
    kept = incoming.keep()
    return reply_of(desk.accept(kept, name, once(kept.sha256), forms))


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
