"""The hub's web application: the API for programs, the console for operators, health for machines."""

from __future__ import annotations

import logging
from pathlib import Path

from aiohttp import web

from hub.services import HubServices
from hub.store.errors import StoreError
from hub.web.access_log import access_log, set_reference
from hub.web.api.routes import make_api
from hub.web.bodies import LIMITS, Limits
from hub.web.context import PUBLIC_URL, SERVICES, in_store, services_of
from hub.web.guard import errors_as_pages, guard
from hub.web.headers import set_headers
from hub.web.pages import (
    control_numbers,
    dead_letters,
    document,
    documents,
    operations,
    overview,
    sign_in,
    transmissions,
    work_items,
)

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
FORM_LIMIT = 64 * 1024
"""Bytes of a console form; 500 chosen rows fit."""


def make_app(services: HubServices, *, public_url: str = "", limits: Limits | None = None) -> web.Application:
    """``public_url`` names the console as browsers see it when a proxy ends their TLS; then cookies are Secure."""
    app = web.Application(middlewares=[access_log, errors_as_pages, guard], client_max_size=FORM_LIMIT)
    app[SERVICES] = services
    app[PUBLIC_URL] = public_url
    app[LIMITS] = limits or Limits()
    app.on_response_prepare.extend([set_headers, set_reference])
    app.add_subapp("/v1", make_api())
    app.router.add_get("/healthz", healthy, name="health")
    app.router.add_get("/readyz", ready, name="readiness")
    app.router.add_static("/static", STATIC, name="static")
    for pages in (
        sign_in,
        overview,
        documents,
        document,
        transmissions,
        control_numbers,
        dead_letters,
        work_items,
        operations,
    ):
        pages.add_routes(app)
    return app


async def healthy(request: web.Request) -> web.Response:
    """The process answers; it says nothing about the store."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """200 when the store answers and the configuration loads, else 503: a load balancer then sends nothing here."""
    services = services_of(request)
    try:
        await in_store(services, services.catalog)
    except StoreError as error:
        log.warning("not ready: %s", error)
        return web.json_response({"status": "unavailable"}, status=503, headers={"Retry-After": "5"})
    return web.json_response({"status": "ok"})
