"""A replay as it is decided: what would come of it, side by side; the reason; what came of it. One page for all three,
which stays as the record."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hub.errors import OperationRefused
from hub.operator import replays
from hub.operator.operations import Outcome
from hub.operator.replays import Detail, Done, Line, Preview
from hub.operator.selection import Selection
from hub.pipeline.basis import Basis
from hub.services import HubServices
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.pages.documents import selection_of
from hub.web.pages.frame import console_page
from hub.web.paging import link

SHOWN = 10
"""Documents in full on one page."""

ROUND_SECONDS = 5.0
"""How long one click works; the page then asks for the next round, by itself where scripts run."""

ID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class View:
    preview: Preview
    details: list[Detail]
    done: Done

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {outcome.id: outcome for outcome in self.done.outcomes}

    @property
    def left(self) -> list[Line]:
        outcomes = self.outcomes
        return [line for line in self.preview.lines if line.refused is None and line.id not in outcomes]


def add_routes(app: web.Application) -> None:
    app.router.add_post("/replays", look, name="replays")
    app.router.add_get("/replays/{id}", show, name="replay")
    app.router.add_post("/replays/{id}", confirm, name="replay-confirmed")


async def look(request: web.Request) -> web.Response:
    """Chosen ids, all that a filter fits (``all``), or what another preview showed (``again``)."""
    form, services = await request.post(), services_of(request)
    named = {name: str(value) for name, value in form.items()}
    ids = [str(value)[:ID_LENGTH] for value in form.getall("id", [])]
    actor = f"operator:{request[SESSION].operator}"
    try:
        basis = Basis(named.get("profile", Basis.AS_NOW))
        if again := named.get("again"):
            wanted = (await in_store(services, lambda: replays.shown(services, again))).selection
        elif named.get("all"):
            wanted = selection_of(named)[0]
        else:
            wanted = Selection(ids=tuple(ids))
        made = await in_store(services, lambda: replays.preview(services, wanted, basis, actor=actor))
    except (OperationRefused, ValueError) as error:
        raise web.HTTPUnprocessableEntity(text=f"{error} Nothing was changed.") from error
    raise web.HTTPSeeOther(f"/replays/{made.id}")


async def show(request: web.Request) -> web.Response:
    services, wanted = services_of(request), request.match_info["id"]
    at = request.query.get("at", "0")
    first = int(at) if at.isascii() and at.isdecimal() and len(at) < 6 else 0
    try:
        view = await in_store(services, lambda: _view(services, wanted, first))
    except OperationRefused as error:
        raise web.HTTPNotFound(text=str(error)) from error
    path, count, left = f"/replays/{wanted}", len(view.preview.lines), view.left
    return await console_page(
        request,
        "replay.html",
        preview=view.preview,
        details=view.details,
        done=view.done,
        outcomes=view.outcomes,
        left=left,
        counts=view.preview.counts(),
        going=request.query.get("going") == "yes" and bool(left),
        first=first,
        previous=link(path, {}, at=str(max(0, first - SHOWN))) if first else "",
        following=link(path, {}, at=first + SHOWN) if first + SHOWN < count else "",
    )


async def confirm(request: web.Request) -> web.Response:
    """One round; what a round does is done, whatever becomes of the browser."""
    form, services, wanted = await request.post(), services_of(request), request.match_info["id"]
    reason = str(form.get("reason", "")).strip()[:300]
    actor = f"operator:{request[SESSION].operator}"
    try:
        await in_store(
            services,
            lambda: replays.confirm(services, wanted, reason=reason, actor=actor, seconds=ROUND_SECONDS),
        )
    except OperationRefused as error:
        raise web.HTTPUnprocessableEntity(text=f"{error} Nothing was changed.") from error
    raise web.HTTPSeeOther(f"/replays/{wanted}?going=yes")


def _view(services: HubServices, wanted: str, first: int) -> View:
    preview = replays.shown(services, wanted)
    done = replays.done_of(services, preview)
    if not done.outcomes:
        return View(preview, replays.details(services, preview, first, SHOWN), done)
    return View(preview, [Detail(line) for line in preview.lines[first : first + SHOWN]], done)
