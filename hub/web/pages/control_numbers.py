"""Control numbers: how far each count of ours has come, which of ours never left, and which of partners' never came."""

from __future__ import annotations

from aiohttp import web

from hub.numbering import Gaps, Numbering, find_gaps, numberings
from hub.services import HubServices
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page

SHOWN = 50
"""Rows of each list; the command tells the others."""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/control-numbers", show, name="control-numbers")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    partner = request.query.get("partner", "").strip()[:64]
    counts, gaps = await in_store(services, lambda: _read(services, partner or None))
    return await console_page(
        request,
        "control_numbers.html",
        here="transmissions",
        counts=counts,
        gaps=gaps,
        shown=SHOWN,
        partners=sorted(services.catalog().profiles),
        query={"partner": partner},
    )


def _read(services: HubServices, partner: str | None) -> tuple[list[Numbering], Gaps]:
    catalog = services.catalog()
    with services.store.read() as tx:
        return numberings(tx, catalog, partner), find_gaps(tx, partner)
