"""What waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from hub.services import HubServices
from hub.store.trail import work_items
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.pages.operations import MOST
from hub.web.pages.subjects import Subject, subjects

SUBJECTS_SHOWN = 20
REPLAY_HELPS = frozenset({"crosswalk", "held", "quarantined", "quarantine", "route", "unfit", "unreadable"})
"""Kinds after whose cause is mended a replay takes up what waits; the others are resent, or looked at."""


@dataclass(frozen=True, slots=True)
class Item:
    """An open work item and what waits for it."""

    id: str
    kind: str
    partner: str | None
    summary: str
    created_at: datetime
    subjects: tuple[str, ...]
    shown: list[Subject]

    @property
    def replayable(self) -> tuple[str, ...]:
        return self.subjects[:MOST] if self.kind in REPLAY_HELPS else ()


def add_routes(app: web.Application) -> None:
    app.router.add_get("/work-items", show, name="work-items")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    wanted = request.query.get("q", "").strip()
    rows = await in_store(services, lambda: _items(services, wanted))
    return await console_page(request, "work_items.html", here="work_items", rows=rows, query={"q": wanted})


def _items(services: HubServices, wanted: str) -> list[Item]:
    with services.store.read() as tx:
        return [
            Item(
                item.id,
                item.kind,
                item.partner,
                item.summary,
                item.created_at,
                item.subjects,
                subjects(tx, item.subjects[:SUBJECTS_SHOWN]),
            )
            for item in reversed(work_items.open_items(tx))
            if wanted.lower() in f"{item.partner or ''} {item.summary} {item.kind}".lower()
        ]
