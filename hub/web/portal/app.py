"""The portal as a part of the web application."""

from __future__ import annotations

from aiohttp import web

from channels.portal.app import STATIC, add_pages
from hub.web.portal import sign_in
from hub.web.portal.guard import errors_as_portal_pages, portal_guard


def make_portal() -> web.Application:
    """The supplier pages behind their own sign-in."""
    app = web.Application(middlewares=[errors_as_portal_pages, portal_guard])
    sign_in.add_routes(app)
    app.router.add_static("/static", STATIC, name="portal-static")
    add_pages(app)
    return app
