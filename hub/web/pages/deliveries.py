"""Deliveries by target, state and time: chosen one by one, or all that fit, to be sent again or given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from hub.operator.selection import Selection
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.store.questions import search
from hub.store.questions.search import DeliveryFilter
from hub.store.schema.records import StoredDelivery
from hub.store.store import Tx
from hub.store.traffic import documents
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link, span_of
from hub.web.words import DOCUMENT_TYPES

PAGE = 50
FILTERS = ("partner", "target", "state", "type", "since", "until")


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery with what its document is called."""

    delivery: StoredDelivery
    type: str
    number: str


def add_routes(app: web.Application) -> None:
    app.router.add_get("/deliveries", show, name="deliveries")


async def show(request: web.Request) -> web.Response:
    services, before = services_of(request), before_seq(request)
    chosen, message = selection_of(request.query)
    query = {name: request.query.get(name, "").strip()[:100] for name in FILTERS}
    query["state"] = chosen.state or DeliveryStatus.DEAD
    rows = await in_store(services, lambda: _rows(services, chosen, before))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    catalog = await in_store(services, services.catalog)
    return await console_page(
        request,
        "deliveries.html",
        here="dead_letters",
        rows=rows,
        query=query,
        message=message,
        states=list(DeliveryStatus),
        partners=sorted(catalog.profiles),
        targets=sorted(catalog.sendings),
        older=link("/deliveries", query, before=rows[-1].delivery.seq) if more else "",
        newest=link("/deliveries", query) if before else "",
    )


def selection_of(given: Mapping[str, str]) -> tuple[Selection, str]:
    """What the fields of the form choose; with a message where a day is none. Both days count whole, in UTC."""
    query = {name: given.get(name, "").strip()[:100] for name in FILTERS}
    since, until, message = span_of(query)
    chosen = Selection(
        partner=query["partner"] or None,
        target=query["target"] or None,
        state=query["state"] if query["state"] in list(DeliveryStatus) else None,
        type=query["type"] if query["type"] in DOCUMENT_TYPES else None,
        since=since,
        until=until,
    )
    return chosen, message


def _rows(services: HubServices, chosen: Selection, before: int | None) -> list[Row]:
    wanted = DeliveryFilter(
        partner=chosen.partner,
        target=chosen.target,
        state=chosen.state or DeliveryStatus.DEAD,
        type=chosen.type,
        since=chosen.since,
        until=chosen.until,
        before_seq=before,
        limit=PAGE + 1,
    )
    with services.store.read() as tx:
        return [_row(tx, one) for one in search.deliveries_like(tx, wanted)]


def _row(tx: Tx, delivery: StoredDelivery) -> Row:
    document = documents.get(tx, delivery.document_id)
    return Row(delivery, document.type if document else "", document.number if document else "")
