"""``/v1/acknowledgments``: what was acknowledged, by the hub and to it."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from hub.store.questions.search import DocumentFilter
from hub.web.api.answers import answered, shown
from hub.web.api.credentials import PRINCIPAL, desk_of
from hub.web.api.parameters import ListQuery, Word, parameters_of
from hub.web.api.records.acknowledgment import (
    AcknowledgmentDetail,
    AcknowledgmentList,
    AcknowledgmentSummary,
    Kind,
)
from hub.web.context import in_store, services_of
from hub.web.paging import link


class AcknowledgmentQuery(ListQuery):
    """Those of one document all at once, or a page of all that fit."""

    document: Word | None = Field(default=None, description="Of this document, by its id; the rest is not looked at.")
    transmission: Word | None = Field(default=None, description="Of this arrival, or in it, by its id.")
    kind: Kind | None = Field(default=None, description="Which form it has.")

    def filter(self) -> DocumentFilter:
        return DocumentFilter(
            text=self.transmission,
            set_type=self.kind,
            direction=self.direction,
            partner=self.partner,
            since=self.since,
            until=self.until,
            before_seq=self.cursor,
            limit=self.page_size,
        )


async def list_acknowledgments(request: web.Request) -> web.Response:
    """Those of the hub of what the caller sent, and those that partners sent of what was sent from here: a partner has
    its own of these, a system those of what it had the hub send."""
    query = parameters_of(request, AcknowledgmentQuery)
    services, own = services_of(request), desk_of(request).acknowledgments()
    if query.document is not None:
        wanted = query.document
        found, cursor = await in_store(services, lambda: own.of_document(wanted)), None
    else:
        page = await in_store(services, lambda: own.page(query.filter()))
        found, cursor = page.acknowledgments, page.next_cursor
    following = None
    if cursor is not None:
        said = query.model_dump(mode="json", exclude_unset=True) | {"cursor": cursor}
        following = link("/v1/acknowledgments", said)
    return answered(AcknowledgmentList(acknowledgments=tuple(map(AcknowledgmentSummary.of, found)), next=following))


async def get_acknowledgment(request: web.Request) -> web.Response:
    """What it says, in canonical form, what it is about and, of one of the hub, how it leaves."""
    own, wanted = desk_of(request).acknowledgments(), request.match_info["id"]
    told = await in_store(services_of(request), lambda: own.get(wanted))
    if told is None:
        raise web.HTTPNotFound(text="There is no such acknowledgment.")
    insider = request[PRINCIPAL].kind == "system"
    return shown(request, AcknowledgmentDetail.of_told(told, insider=insider).text())
