"""The outbox: what lies ready for a partner or a system, and who has fetched of it what, until it is confirmed."""

from __future__ import annotations

from aiohttp import web

from hub.catalog import CHANNEL_PREFIX, Catalog
from hub.channel_names import box_of_partner, box_of_target
from hub.services import HubServices
from hub.store.outbound import outbox
from hub.store.outbound.outbox import Lying
from hub.store.traffic.tallies import Queue
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.pictures import age_bar

SHOWN = 200
"""Entries of one target, the oldest."""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/outbox", show, name="outbox")


async def show(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.query.get("target", "")
    waiting, rows = await in_store(services, lambda: _view(services, wanted))
    now = services.clock()

    def longest_first(one: tuple[str, Queue | None]) -> tuple[bool, float, str]:
        target, queue = one
        return queue is None, queue.oldest.timestamp() if queue else 0.0, target

    return await console_page(
        request,
        "outbox.html",
        here="targets",
        waiting=sorted(waiting.items(), key=longest_first),
        age=lambda queue: age_bar((now - queue.oldest).total_seconds(), "wait"),
        rows=rows,
        wanted=wanted,
        most=SHOWN,
    )


def _view(services: HubServices, wanted: str) -> tuple[dict[str, Queue | None], list[Lying]]:
    """What waits for each who comes for it, and the oldest that lies there for one of them, fetched or not."""
    catalog = services.catalog()
    with services.store.read() as tx:
        waiting: dict[str, Queue | None] = dict.fromkeys(catalog.offered) | outbox.waiting(tx)
        if wanted not in waiting:
            return waiting, []
        if boxes := _boxes(catalog, wanted):
            return waiting, outbox.page(tx, boxes, 0, SHOWN, wanted)
        return waiting, outbox.lying(tx, outbox.waiting_since(tx, wanted, services.clock(), SHOWN))


def _boxes(catalog: Catalog, target: str) -> set[str]:
    """Where what is for this target lies; none where it is configured no more."""
    if target.startswith(CHANNEL_PREFIX):
        return set(map(box_of_partner, catalog.partners_of_channel(target.removeprefix(CHANNEL_PREFIX))))
    return {box_of_target(target)}
