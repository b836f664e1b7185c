"""A file on its way in: dropped, looked at, then sent or not. It waits aside under a token; nothing arrives before its
sender says so, and then it arrives once, however often the button is pressed or the page loaded again."""

from __future__ import annotations

from aiohttp import web

from channels.portal.desk import Download, SeenFile
from channels.portal.error_list import error_list
from channels.portal.frame import page, see
from channels.portal.visitor import UPLOAD, VISITOR

RECENT = 5
"""Files that the first page shows."""

GONE = "This file is not kept any more: it waits for an hour at most, and until you sign out. Choose it again."


def add_routes(app: web.Application) -> None:
    app.router.add_get("", home, name="portal")
    app.router.add_post("/drops", drop, name="drops")
    app.router.add_get("/drops/{token}", preview, name="drop")
    app.router.add_get("/drops/{token}/problems", problems, name="drop-problems")
    app.router.add_get("/drops/{token}/marked", marked, name="drop-marked")
    app.router.add_post("/drops/{token}/commit", commit, name="commit")
    app.router.add_post("/drops/{token}/discard", discard, name="discard")


async def home(request: web.Request) -> web.Response:
    """Where a file is chosen; and what was sent last, and what waits."""
    visitor = request[VISITOR]
    sent = await visitor.ask(lambda: visitor.desk.sent("", None))
    waiting = await visitor.ask(lambda: visitor.desk.waiting("", None))
    new = [one for one in waiting.rows if one.fetched_at is None]
    return page(request, "home.html", here="send", sent=sent.rows[:RECENT], new=new[:RECENT], new_count=len(new))


async def drop(request: web.Request) -> web.Response:
    """Keeps the file aside and shows what the hub recognises in it."""
    visitor = request[VISITOR]
    if UPLOAD not in request:
        raise web.HTTPUnsupportedMediaType(text="A form with a file comes as multipart/form-data.")
    name, body = await request[UPLOAD].read()
    if not body:
        raise web.HTTPUnprocessableEntity(text="Choose a file that is not empty. Nothing was sent.")
    token = await visitor.ask(lambda: visitor.desk.set_aside(name, body))
    raise see(f"/drops/{token}")


async def preview(request: web.Request) -> web.Response:
    """What was sent meanwhile is shown as what it has become."""
    seen, token = await _seen(request), request.match_info["token"]
    return page(request, "preview.html", here="send", file=seen, token=token)


async def problems(request: web.Request) -> web.Response:
    return saved(error_list(await _seen(request)))


async def marked(request: web.Request) -> web.Response:
    visitor, token = request[VISITOR], request.match_info["token"]
    found = await visitor.ask(lambda: visitor.desk.marked(token))
    if found is None:
        raise web.HTTPGone(text=GONE)
    return saved(found)


async def commit(request: web.Request) -> web.Response:
    visitor, token = request[VISITOR], request.match_info["token"]
    id = await visitor.ask(lambda: visitor.desk.commit(token))
    if id is None:
        raise web.HTTPGone(text=f"{GONE} Nothing was sent.")
    raise see(f"/sent/{id}")


async def discard(request: web.Request) -> web.Response:
    visitor, token = request[VISITOR], request.match_info["token"]
    await visitor.ask(lambda: visitor.desk.discard(token))
    raise see("")


async def _seen(request: web.Request) -> SeenFile:
    visitor, token = request[VISITOR], request.match_info["token"]
    seen = await visitor.ask(lambda: visitor.desk.preview(token))
    if seen is not None:
        return seen
    sent = await visitor.ask(lambda: visitor.desk.sent_as(token))
    raise see(f"/sent/{sent}") if sent is not None else web.HTTPGone(text=GONE)


def saved(download: Download) -> web.Response:
    """A file that the browser saves and never shows, its name made of plain characters only."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in download.file_name)
    plain = name.lstrip(".")[-120:] or "download"
    headers = {"Content-Type": download.content_type, "Content-Disposition": f'attachment; filename="{plain}"'}
    return web.Response(body=download.body, headers=headers)
