"""The list of documents: found by what people have in hand, an order, invoice, shipment or control number."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from hub.operator.selection import Selection
from hub.services import HubServices
from hub.states import DeliveryStatus, DocumentStatus
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.schema.records import StoredDocument
from hub.store.traffic import deliveries
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link, span_of
from hub.web.words import DIRECTIONS, DOCUMENT_TYPES

PAGE = 50
FILTERS = ("q", "partner", "type", "state", "direction", "finding", "target", "since", "until")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/documents", show, name="documents")


async def show(request: web.Request) -> web.Response:
    services, before = services_of(request), before_seq(request)
    chosen, message = selection_of(request.query)
    query = {name: request.query.get(name, "").strip()[:80] for name in FILTERS}
    wanted = DocumentFilter(
        text=chosen.number,
        partner=chosen.partner,
        type=chosen.type,
        state=chosen.state,
        direction=chosen.direction,
        finding=chosen.finding,
        target=chosen.target,
        since=chosen.since,
        until=chosen.until,
        before_seq=before,
        limit=PAGE + 1,
    )
    rows, standings = await in_store(services, lambda: _documents(services, wanted))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return await console_page(
        request,
        "documents.html",
        here="documents",
        rows=rows,
        standings=standings,
        query=query,
        message=message,
        filters=[(name, value) for name, value in query.items() if value],
        states=list(DocumentStatus),
        partners=sorted((await in_store(services, services.catalog)).profiles),
        targets=sorted(target.key for target in (await in_store(services, services.catalog)).settings.targets),
        older=link("/documents", query, before=rows[-1].seq) if more else "",
        newest=link("/documents", query) if before else "",
    )


def _documents(services: HubServices, wanted: DocumentFilter) -> tuple[list[StoredDocument], dict[str, DeliveryStatus]]:
    """With how far those have come that are delivered."""
    with services.store.read() as tx:
        found = search.documents(tx, wanted)
        return found, deliveries.standings(tx, (document.id for document in found))


def selection_of(given: Mapping[str, str]) -> tuple[Selection, str]:
    """What the fields of the list's form choose; with a message where one of them is none. Both days count whole, in
    UTC."""
    query = {name: given.get(name, "").strip()[:80] for name in FILTERS}
    since, until, message = span_of(query)
    chosen = Selection(
        number=query["q"] or None,
        partner=query["partner"] or None,
        type=query["type"] if query["type"] in DOCUMENT_TYPES else None,
        state=query["state"] if query["state"] in list(DocumentStatus) else None,
        direction=query["direction"] if query["direction"] in DIRECTIONS else None,
        finding=query["finding"] or None,
        target=query["target"] or None,
        since=since,
        until=until,
    )
    return chosen, message
