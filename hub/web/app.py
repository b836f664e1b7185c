"""The hub's web application: the API for programs, the console for operators, the portal for suppliers, health for
machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from channels.portal.visitor import ROOT
from hub.services import HubServices
from hub.web import machines
from hub.web.access_log import access_log, set_reference
from hub.web.address import TRUSTED_PROXIES, Network
from hub.web.api.routes import make_api
from hub.web.bodies import LIMITS, Limits
from hub.web.connections import refuse_odd_framing
from hub.web.context import PUBLIC_URL, SERVICES
from hub.web.guard import errors_as_pages, guard
from hub.web.headers import set_headers
from hub.web.pages import (
    api_docs,
    assignment,
    control_numbers,
    dead_letters,
    deliveries,
    document,
    documents,
    notifications,
    operations,
    outbox,
    overview,
    partners,
    profile_draft,
    replays,
    sign_in,
    targets,
    transmissions,
    work_items,
)
from hub.web.portal.app import make_portal

STATIC = Path(__file__).parent / "static"
FORM_LIMIT = 64 * 1024
"""Bytes of a console form; 500 chosen rows fit."""


def make_app(
    services: HubServices,
    *,
    public_url: str = "",
    trusted_proxies: Sequence[Network] = (),
    limits: Limits | None = None,
    intake: bool = True,
) -> web.Application:
    """Without ``intake`` neither API nor portal answer: those of other nodes do. ``public_url`` names the console as
    browsers see it when a proxy ends their TLS; then cookies are Secure. ``trusted_proxies`` are believed whom they
    speak for."""
    app = web.Application(
        middlewares=[access_log, refuse_odd_framing, errors_as_pages, guard], client_max_size=FORM_LIMIT
    )
    app[SERVICES] = services
    app[PUBLIC_URL] = public_url
    app[TRUSTED_PROXIES] = trusted_proxies
    app[LIMITS] = limits or Limits()
    app.on_response_prepare.extend([set_headers, set_reference])
    if intake:
        app.add_subapp("/v1", make_api())
        app.add_subapp(ROOT, make_portal())
    machines.add_routes(app, services)
    app.router.add_static("/static", STATIC, name="static")
    for pages in (
        sign_in,
        overview,
        documents,
        document,
        transmissions,
        assignment,
        control_numbers,
        targets,
        outbox,
        notifications,
        dead_letters,
        deliveries,
        work_items,
        profile_draft,
        partners,
        operations,
        replays,
        api_docs,
    ):
        pages.add_routes(app)
    return app
