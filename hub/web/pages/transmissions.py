"""Transmissions: what came in and what left, those that could not be read too."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from canonical.finding import Finding
from hub.operator.assignment import unknown_senders
from hub.services import HubServices
from hub.states import ArrivalStatus, DepartureStatus
from hub.store.errors import NoBytes
from hub.store.questions import search
from hub.store.questions.search import Trace, TransmissionFilter
from hub.store.schema.records import Transmission
from hub.store.traffic import transmissions as rows
from hub.web.context import in_store, services_of
from hub.web.headers import attachment
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link
from hub.web.preview import preview

PAGE = 50
FILTERS = ("q", "partner", "state", "direction")
STATES = [*ArrivalStatus, *DepartureStatus]
REPLAYABLE = frozenset({ArrivalStatus.REJECTED, ArrivalStatus.QUARANTINED})
RESENDABLE = frozenset({DepartureStatus.SENT, DepartureStatus.DEAD})


@dataclass(frozen=True, slots=True)
class TransmissionView:
    """What the page shows. For a departure ``trace`` is that of the arrival whose documents it carries."""

    transmission: Transmission
    trace: Trace
    body: bytes
    no_body: str = ""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/transmissions", show_list, name="transmissions")
    app.router.add_get("/transmissions/{id}", show, name="transmission")
    app.router.add_get("/transmissions/{id}/raw", download, name="transmission-raw")


async def show_list(request: web.Request) -> web.Response:
    services, before = services_of(request), before_seq(request)
    query = {name: request.query.get(name, "").strip()[:120] for name in FILTERS}
    wanted = TransmissionFilter(
        text=query["q"],
        partner=query["partner"] or None,
        direction=query["direction"] if query["direction"] in ("in", "out") else None,
        state=query["state"] if query["state"] in STATES else None,
        before_seq=before,
        limit=PAGE + 1,
    )
    found = await in_store(services, lambda: _transmissions(services, wanted))
    more, found = len(found) > PAGE, found[:PAGE]
    return await console_page(
        request,
        "transmissions.html",
        here="transmissions",
        rows=found,
        query=query,
        states=list(dict.fromkeys(STATES)),
        partners=sorted((await in_store(services, services.catalog)).profiles),
        older=link("/transmissions", query, before=found[-1].seq) if more else "",
        newest=link("/transmissions", query) if before else "",
    )


async def show(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    view = await in_store(services, lambda: _view(services, wanted))
    if view is None:
        raise web.HTTPNotFound
    transmission, trace = view.transmission, view.trace
    departs = transmission.direction == "out"
    return await console_page(
        request,
        "transmission.html",
        here="transmissions",
        transmission=transmission,
        findings=[Finding.model_validate(row) for row in transmission.findings or []],
        interchanges=[] if departs else trace.interchanges,
        documents=trace.documents,
        attempts=[attempt for attempt in trace.attempts if departs and attempt.departure_id == wanted],
        offers=[offer for offer in trace.offers if departs and offer.departure_id == wanted],
        ledger=None if departs else trace.ledger,
        duplicates=[] if departs else trace.duplicates,
        events=[event for event in trace.events if event.subject_id == wanted] if departs else trace.events,
        preview=preview(view.body),
        no_body=view.no_body,
        unknown=await in_store(services, lambda: unknown_senders(services, trace)),
        replayable=not departs and transmission.status in REPLAYABLE,
        resendable=departs and transmission.status in RESENDABLE,
    )


async def download(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    view = await in_store(services, lambda: _view(services, wanted))
    if view is None or view.no_body:
        raise web.HTTPNotFound
    name = view.transmission.file_name or f"{wanted}.txt"
    return attachment(view.body, "application/octet-stream", name)


def _transmissions(services: HubServices, wanted: TransmissionFilter) -> list[Transmission]:
    with services.store.read() as tx:
        return search.transmissions(tx, wanted)


def _view(services: HubServices, wanted: str) -> TransmissionView | None:
    with services.store.read() as tx:
        transmission = rows.get(tx, wanted)
        trace = search.trace(tx, wanted) if transmission else None
    if transmission is None or trace is None:
        return None
    try:
        return TransmissionView(transmission, trace, rows.body(services.store, transmission))
    except NoBytes as error:
        return TransmissionView(transmission, trace, b"", str(error))
