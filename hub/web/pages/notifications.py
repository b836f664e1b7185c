"""What webhooks were notified of, with every attempt, and the button that has it sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from hub.services import HubServices
from hub.store.outbound import notifications
from hub.store.schema.records import StoredAttempt, Transmission
from hub.store.traffic import deliveries
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link

PAGE = 50
NEWEST = 10**18


@dataclass(frozen=True, slots=True)
class Row:
    """One notification."""

    departure: Transmission
    attempts: list[StoredAttempt]

    @property
    def kind(self) -> str:
        return kind_of(self.departure)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/notifications", show, name="notifications")


async def show(request: web.Request) -> web.Response:
    """Of one webhook, named by ``target``, or of all that are configured."""
    services, wanted, before = services_of(request), request.query.get("target", "")[:200], before_seq(request)
    known = sorted((await in_store(services, services.catalog)).endpoints)
    chosen = [wanted] if wanted in known else known
    rows = await in_store(services, lambda: _rows(services, chosen, before or NEWEST))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    query = {"target": wanted if wanted in known else ""}
    return await console_page(
        request,
        "notifications.html",
        here="targets",
        rows=rows,
        known=known,
        query=query,
        older=link("/notifications", query, before=rows[-1].departure.seq) if more else "",
        newest=link("/notifications", query) if before else "",
    )


def kind_of(notification: Transmission) -> str:
    """The event that it tells, in words; empty where its bytes are gone."""
    told = json.loads(notification.body or b"{}").get("type", "")
    return str(told).removeprefix("supplier-hub.").replace(".", " ").replace("_", " ")


def _rows(services: HubServices, targets: list[str], before: int) -> list[Row]:
    with services.store.read() as tx:
        found = notifications.recent(tx, targets, before, PAGE + 1) if targets else []
        return [Row(one, deliveries.attempts_of(tx, one.id)) for one in found]
