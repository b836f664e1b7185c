"""How a handler of the portal answers: with a page, or by leading to another."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels.pages.environment import environment
from channels.portal.visitor import ROOT, VISITOR
from channels.portal.way import state_of, way_of, worst_first
from channels.portal.words import word

_ENVIRONMENT = environment("channels.portal")
_ENVIRONMENT.globals |= {"word": word, "way_of": way_of, "state_of": state_of, "worst_first": worst_first, "ROOT": ROOT}


def page(request: web.Request, template: str, *, status: int = 200, here: str = "", **values: Any) -> web.Response:
    """A page of the portal; ``here`` names the entry of the navigation that it belongs to."""
    known: dict[str, Any] = {"visitor": request.get(VISITOR), "here": here}
    text = _ENVIRONMENT.get_template(template).render(**(known | values))
    return web.Response(text=text, status=status, content_type="text/html")


def see(path: str) -> web.HTTPSeeOther:
    """Where a form leads: what it did is not done again when that page is loaded again."""
    return web.HTTPSeeOther(ROOT + path)


def before(request: web.Request) -> int | None:
    """Where a page of a list begins, as the page before gave it. Raises HTTPBadRequest."""
    text = request.query.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise web.HTTPBadRequest(text="A page of a list begins where the page before it says.")
    return int(text)
