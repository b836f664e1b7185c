"""What the supplier sent: the list, and of each file its way, its answers and what is to be mended."""

from __future__ import annotations

from aiohttp import web

from channels.portal.desk import SeenFile
from channels.portal.error_list import error_list
from channels.portal.frame import before, page
from channels.portal.pages.drops import saved
from channels.portal.visitor import VISITOR
from channels.portal.way import settled


def add_routes(app: web.Application) -> None:
    app.router.add_get("/sent", show_list, name="sent")
    app.router.add_get("/sent/{id}", show, name="sent-file")
    app.router.add_get("/sent/{id}/problems", problems, name="sent-problems")


async def show_list(request: web.Request) -> web.Response:
    visitor, text, start = request[VISITOR], query(request), before(request)
    found = await visitor.ask(lambda: visitor.desk.sent(text, start))
    return page(request, "sent.html", here="sent", found=found, text=text, first=start is None)


async def show(request: web.Request) -> web.Response:
    file = await _file(request)
    return page(request, "sent_file.html", here="sent", file=file, settled=settled(file))


async def problems(request: web.Request) -> web.Response:
    return saved(error_list(await _file(request)))


async def _file(request: web.Request) -> SeenFile:
    visitor, id = request[VISITOR], request.match_info["id"]
    found = await visitor.ask(lambda: visitor.desk.sent_file(id))
    if found is None:
        raise web.HTTPNotFound
    return found


def query(request: web.Request) -> str:
    """What a list is searched for."""
    return request.query.get("q", "").strip()[:80]
