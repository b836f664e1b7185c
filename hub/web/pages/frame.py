"""What every page of the console carries: the navigation with its tallies."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from hub.services import HubServices
from hub.store.traffic import tallies
from hub.web.context import in_store, services_of
from hub.web.guard import page


async def console_page(request: web.Request, template: str, *, here: str = "", **values: Any) -> web.Response:
    """A page with the navigation; ``here`` names the entry it belongs to."""
    services = services_of(request)
    tallies = await in_store(services, lambda: _tallies(services))
    return page(request, template, here=here, tallies=tallies, now=services.clock(), **values)


def _tallies(services: HubServices) -> dict[str, int]:
    """What waits for a person, shown beside the navigation's entries."""
    with services.store.read() as tx:
        queues = tallies.queues(tx)
    dead = queues.deliveries.get("dead")
    quarantined = queues.transmissions.get("quarantined")
    return {
        "dead_letters": dead.count if dead else 0,
        "work_items": queues.open_work_items,
        "transmissions": quarantined.count if quarantined else 0,
    }
