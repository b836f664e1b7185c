"""What the hub has for the supplier: purchase orders and answers, to be read here or fetched as files."""

from __future__ import annotations

from aiohttp import web

from channels.portal.frame import before, page
from channels.portal.pages.drops import saved
from channels.portal.pages.sent import query
from channels.portal.visitor import VISITOR


def add_routes(app: web.Application) -> None:
    app.router.add_get("/for-you", show_list, name="waiting")
    app.router.add_get("/for-you/{id}", show, name="waiting-file")
    app.router.add_get("/for-you/{id}/file", fetch, name="fetch")


async def show_list(request: web.Request) -> web.Response:
    visitor, text, start = request[VISITOR], query(request), before(request)
    found = await visitor.ask(lambda: visitor.desk.waiting(text, start))
    return page(request, "waiting.html", here="for_you", found=found, text=text, first=start is None)


async def show(request: web.Request) -> web.Response:
    visitor, id = request[VISITOR], request.match_info["id"]
    found = await visitor.ask(lambda: visitor.desk.waiting_file(id))
    if found is None:
        raise web.HTTPNotFound
    return page(request, "waiting_file.html", here="for_you", file=found)


async def fetch(request: web.Request) -> web.Response:
    visitor, id = request[VISITOR], request.match_info["id"]
    found = await visitor.ask(lambda: visitor.desk.fetch(id))
    if found is None:
        raise web.HTTPNotFound
    return saved(found)
