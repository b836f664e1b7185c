"""Dead letters: what could not be delivered, and the three things an operator can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aiohttp import web

from hub.services import HubServices
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.paging import before_seq, link

PAGE = 50
BATCH = 200


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: str
    seq: int
    document_id: str
    type: str
    number: str
    partner: str
    target: str
    reason: str | None
    since: datetime

    def mentions(self, wanted: str) -> bool:
        return wanted.lower() in f"{self.number} {self.partner} {self.target} {self.reason or ''}".lower()


def add_routes(app: web.Application) -> None:
    app.router.add_get("/dead-letters", show, name="dead-letters")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    wanted, before = request.query.get("q", "").strip(), before_seq(request)
    rows = await in_store(services, lambda: _page(services, wanted, before))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    query = {"q": wanted}
    return await console_page(
        request,
        "dead_letters.html",
        here="dead_letters",
        rows=rows,
        query=query,
        older=link("/dead-letters", query, before=rows[-1].seq) if more else "",
        newest=link("/dead-letters", query) if before else "",
    )


def _page(services: HubServices, wanted: str, before: int | None) -> list[DeadLetter]:
    with services.store.read() as tx:
        return list(islice((row for row in _dead_letters(tx, before) if row.mentions(wanted)), PAGE + 1))


def _dead_letters(tx: Tx, before: int | None) -> Iterator[DeadLetter]:
    """Newest first, read in batches: the words of a reason have no index."""
    while batch := deliveries.dead(tx, before_seq=before, limit=BATCH):
        for row in batch:
            document = documents.get(tx, row.document_id)
            kind, number = (document.type, document.number) if document else ("", "")
            since = row.settled_at or row.created_at
            yield DeadLetter(row.id, row.seq, row.document_id, kind, number, row.partner, row.target, row.reason, since)
        before = batch[-1].seq
