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
from hub.web.api.problems import problem
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
    """Without ``intake`` API and portal answer 503: those of other nodes take what comes. ``public_url`` names the
    console as browsers see it when a proxy ends their TLS; then cookies are Secure. ``trusted_proxies`` are believed
    whom they speak for."""
    app = web.Application(
        middlewares=[access_log, refuse_odd_framing, errors_as_pages, guard], client_max_size=FORM_LIMIT
    )
    app[SERVICES] = services
    app[PUBLIC_URL] = public_url
    app[TRUSTED_PROXIES] = trusted_proxies
    app[LIMITS] = limits or Limits()
    app.on_response_prepare.extend([set_headers, set_reference])
    app.add_subapp("/v1", make_api() if intake else _elsewhere())
    app.add_subapp(ROOT, make_portal() if intake else _elsewhere())
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


def _elsewhere() -> web.Application:
    """In place of a door that this node does not have. A redirect or a page would pass for an answer with some."""

    async def refuse(request: web.Request) -> web.Response:
        return problem(503, "This node has no role intake: another one takes what comes.", {"Retry-After": "5"})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", refuse)
    return app
