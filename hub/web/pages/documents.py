"""The list of documents: found by what people have in hand, an order, invoice, shipment or control number."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web

from hub.services import HubServices
from hub.states import DocumentStatus
from hub.store import search
from hub.store.records import StoredDocument
from hub.store.search import DocumentFilter
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link
from hub.web.words import DIRECTIONS, DOCUMENT_TYPES

PAGE = 50
FILTERS = ("q", "partner", "type", "state", "direction", "since", "until")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/documents", show, name="documents")


async def show(request: web.Request) -> web.Response:
    services, before = services_of(request), before_seq(request)
    query = {name: request.query.get(name, "").strip()[:80] for name in FILTERS}
    since, until, message = _dates(query)
    wanted = DocumentFilter(
        text=query["q"],
        partner=query["partner"] or None,
        type=query["type"] if query["type"] in DOCUMENT_TYPES else None,
        state=query["state"] if query["state"] in list(DocumentStatus) else None,
        direction=query["direction"] if query["direction"] in DIRECTIONS else None,
        since=since,
        until=until,
        before_seq=before,
        limit=PAGE + 1,
    )
    rows = await in_store(services, lambda: _documents(services, wanted))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return await console_page(
        request,
        "documents.html",
        here="documents",
        rows=rows,
        query=query,
        message=message,
        states=list(DocumentStatus),
        partners=sorted((await in_store(services, services.catalog)).profiles),
        older=link("/documents", query, before=rows[-1].seq) if more else "",
        newest=link("/documents", query) if before else "",
    )


def _documents(services: HubServices, wanted: DocumentFilter) -> list[StoredDocument]:
    with services.store.read() as tx:
        return search.documents(tx, wanted)


def _dates(query: dict[str, str]) -> tuple[datetime | None, datetime | None, str]:
    """Both days count whole, in UTC; a date that is none is told and left out."""
    since, until = _day(query["since"], 0), _day(query["until"], 1)
    if (query["since"] and not since) or (query["until"] and not until):
        return since, until, "A date is written as 2026-01-31; the one that is not was left out."
    return since, until, ""


def _day(text: str, later: int) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
