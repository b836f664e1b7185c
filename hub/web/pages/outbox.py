"""The outbox: what lies ready for a partner or a system and has not been fetched, or not been confirmed."""

from __future__ import annotations

from aiohttp import web

from hub.services import HubServices
from hub.store import outbox
from hub.store.outbox import Lying
from hub.store.tallies import Queue
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page

SHOWN = 200
"""Entries of one target, the oldest."""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/outbox", show, name="outbox")


async def show(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.query.get("target", "")
    waiting, rows = await in_store(services, lambda: _view(services, wanted))
    return await console_page(
        request, "outbox.html", here="targets", waiting=waiting, rows=rows, wanted=wanted, most=SHOWN
    )


def _view(services: HubServices, wanted: str) -> tuple[dict[str, Queue], list[Lying]]:
    """What waits for each who comes for it, and of one of them the oldest."""
    with services.store.read() as tx:
        waiting = outbox.waiting(tx)
        if wanted not in waiting:
            return waiting, []
        offers = outbox.waiting_since(tx, wanted, services.clock(), SHOWN)
        return waiting, outbox.lying(tx, offers)
