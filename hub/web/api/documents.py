"""``/v1/documents``: canonical JSON in, documents out, and the search over them."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from canonical.business_document import NumberKind
from channels.channel import Codec
from hub.desk.desk import Desk, Repeatable
from hub.document_kinds import judged_only
from hub.states import DocumentStatus
from hub.store.questions.search import DocumentFilter
from hub.submission.refusal import Refused
from hub.web.api.answers import answered, shown
from hub.web.api.credentials import PRINCIPAL, desk_of, scope_of, still_good
from hub.web.api.idempotency import Reply, admitted, key_of, refused_reply, repeatable, reply_of
from hub.web.api.parameters import ListQuery, Word, is_dry_run, parameters_of
from hub.web.api.records.document import DocumentList, DocumentRecord, DocumentSummary
from hub.web.api.records.record import CanonicalJson
from hub.web.api.rehearsals import rehearsed
from hub.web.api.signatures import expect_signature
from hub.web.bodies import LIMITS, read_body
from hub.web.context import in_store, services_of
from hub.web.paging import link


class Addressed(BaseModel):
    """What a system posts: a document, and the partner it is for; or a gateway: and the partner it is from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: str
    document: CanonicalJson


Posted = CanonicalJson | Addressed
"""A partner's key posts the document itself, a system or gateway says beside it whose it is."""


async def post_document(request: web.Request) -> web.Response:
    """202 once the document is on disk, or 422 with every finding at once; then nothing of it was taken.

    A partner's key posts the document itself, a system's or gateway's ``{"partner": "...", "document": {...}}``. A dry
    run answers 200 with what would become of it.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send a canonical document as application/json.")
    key = key_of(request)
    limits = request.config_dict[LIMITS]
    services, desk, scope = services_of(request), desk_of(request), scope_of(request)
    door = await in_store(services, partial(desk.door, Codec.JSON))
    signed = await expect_signature(request, door)
    async with admitted(services, scope, key, scope, request.content_length or limits.document):
        body = await read_body(request, limits.document)
        signed.update(body)
        await signed.verify()
        await still_good(request)
        if is_dry_run(request):
            return await rehearsed(request, lambda: desk.rehearse_document(body))
        once = repeatable(request, scope, key, sha256(body).hexdigest())
        reply = await in_store(services, lambda: _accept(desk, body, key, once))
    return reply.response()


def _accept(desk: Desk, body: bytes, key: str, once: Repeatable | None) -> Reply:
    try:
        return reply_of(desk.accept_document(body, key, once))
    except Refused as error:
        return refused_reply(error)


async def get_document(request: web.Request) -> web.Response:
    """The canonical document, and beside it envelope, findings, changes, acknowledgments and deliveries."""
    desk, wanted = desk_of(request), request.match_info["id"]
    trace = await in_store(services_of(request), lambda: desk.document(wanted))
    document = next((d for d in trace.documents if d.id == wanted), None) if trace else None
    if trace is None or document is None:
        raise web.HTTPNotFound(text="There is no such document.")
    tree = None
    if document.type in judged_only():
        tree = await in_store(services_of(request), lambda: desk.tree(trace, document))
    insider = request[PRINCIPAL].kind == "system"
    return shown(request, DocumentRecord.of_trace(trace, document, insider=insider, tree=tree).text())


class DocumentQuery(ListQuery):
    """By numbers as they are named in the document; with several, by all of them."""

    purchase_order: Word | None = Field(default=None, description="A purchase order that the document names.")
    invoice: Word | None = Field(default=None, description="The number of the invoice.")
    shipment: Word | None = Field(default=None, description="The shipment identification of the ship notice.")
    inventory_advice: Word | None = Field(default=None, description="The number of the inventory advice.")
    return_authorization: Word | None = Field(default=None, description="The number of the return authorization.")
    type: Word | None = Field(default=None, description="A type of document, or `x12_830` and the like.")
    status: DocumentStatus | None = Field(default=None, description="Where it stands.")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(
            partner=self.partner,
            type=self.type,
            state=self.status,
            direction=self.direction,
            since=self.since,
            until=self.until,
            before_seq=self.cursor,
            limit=self.page_size,
        )

    def numbers(self) -> dict[str, str]:
        return self.model_dump(include={kind.value for kind in NumberKind}, exclude_none=True)


async def list_documents(request: web.Request) -> web.Response:
    """One's own documents, newest first; ``next`` is there as long as there may be more, also beside a short page."""
    query = parameters_of(request, DocumentQuery)
    desk = desk_of(request)
    page = await in_store(services_of(request), lambda: desk.documents(query.filter(), query.numbers()))
    following = None
    if page.next_cursor is not None:
        said = query.model_dump(mode="json", exclude_unset=True) | {"cursor": page.next_cursor}
        following = link("/v1/documents", said)
    return answered(DocumentList(documents=tuple(map(DocumentSummary.of, page.documents)), next=following))
