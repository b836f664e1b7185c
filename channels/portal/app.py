"""The portal's pages, to be joined to an application that says who the visitor is."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from channels.portal.pages import drops, sent, team, templates, waiting

STATIC = Path(__file__).parent / "static"


def add_pages(app: web.Application) -> None:
    """Every request has to have its ``VISITOR`` when it comes to them, and a form with a file its ``UPLOAD``."""
    for pages in (drops, sent, waiting, templates, team):
        pages.add_routes(app)
