"""Example files that show how documents can be sent."""

from __future__ import annotations

from aiohttp import web

from channels.portal.frame import page
from channels.portal.pages.drops import saved
from channels.portal.visitor import VISITOR


def add_routes(app: web.Application) -> None:
    app.router.add_get("/templates", show_list, name="templates")
    app.router.add_get("/templates/{id}", download, name="template")


async def show_list(request: web.Request) -> web.Response:
    visitor = request[VISITOR]
    found = await visitor.ask(visitor.desk.templates)
    return page(request, "templates.html", here="templates", templates=found, with_x12=any(one.is_x12 for one in found))


async def download(request: web.Request) -> web.Response:
    visitor, id = request[VISITOR], request.match_info["id"]
    found = await visitor.ask(lambda: visitor.desk.template(id))
    if found is None:
        raise web.HTTPNotFound
    return saved(found)
