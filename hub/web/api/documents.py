"""``/v1/documents``: canonical JSON in, documents out, and the search over them."""

from __future__ import annotations

from hashlib import sha256

from aiohttp import web

from canonical.business_document import NumberKind
from hub.desk import Desk, Repeatable
from hub.document_kinds import judged_only
from hub.submission import Refused
from hub.web.api.credentials import PRINCIPAL, desk_of, scope_of, still_good
from hub.web.api.idempotency import Reply, admitted, key_of, refused_reply, repeatable, reply_of
from hub.web.api.records import document_record, document_summary
from hub.web.bodies import LIMITS, read_body
from hub.web.context import in_store, services_of
from hub.web.paging import before_seq, link

PAGE = 100
SEARCHED = tuple(NumberKind)


async def post_document(request: web.Request) -> web.Response:
    """202 once the document is on disk, or 422 with every finding at once; then nothing of it was taken.

    A partner's key posts the document itself, a system's or gateway's ``{"partner": "...", "document": {...}}``.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send a canonical document as application/json.")
    key = key_of(request)
    limits = request.config_dict[LIMITS]
    services, desk, scope = services_of(request), desk_of(request), scope_of(request)
    async with admitted(services, scope, key, scope, request.content_length or limits.document):
        body = await read_body(request, limits.document)
        await still_good(request)
        once = repeatable(request, scope, key, sha256(body).hexdigest())
        reply = await in_store(services, lambda: _accept(desk, body, key, once))
    return reply.response()


def _accept(desk: Desk, body: bytes, key: str, once: Repeatable | None) -> Reply:
    try:
        return reply_of(desk.accept_document(body, key, once))
    except Refused as error:
        return refused_reply(error)


async def get_document(request: web.Request) -> web.Response:
    desk, wanted = desk_of(request), request.match_info["id"]
    trace = await in_store(services_of(request), lambda: desk.document(wanted))
    document = next((d for d in trace.documents if d.id == wanted), None) if trace else None
    if trace is None or document is None:
        raise web.HTTPNotFound(text="There is no such document.")
    insider = request[PRINCIPAL].kind == "system"
    record = document_record(trace, document, insider=insider)
    if document.type in judged_only():
        record["tree"] = await in_store(services_of(request), lambda: desk.tree(trace, document))
    return web.json_response(record)


async def list_documents(request: web.Request) -> web.Response:
    """Newest first; ``next`` is there as long as there may be more, also beside a short page."""
    named = [(kind, request.query[kind].strip()) for kind in SEARCHED if request.query.get(kind)]
    if len(named) > 1:
        raise web.HTTPBadRequest(text=f"Search by one of {', '.join(SEARCHED)} at a time.")
    kind, number = named[0] if named else ("", "")
    cursor = before_seq(request, "cursor")
    desk = desk_of(request)
    page = await in_store(services_of(request), lambda: desk.documents(kind, number, cursor, PAGE))
    answer: dict[str, object] = {"documents": [document_summary(document) for document in page.documents]}
    if page.next_cursor is not None:
        answer["next"] = link("/v1/documents", {kind: number} if kind else {}, cursor=page.next_cursor)
    return web.json_response(answer)
