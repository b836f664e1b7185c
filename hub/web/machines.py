"""What machines ask: does the process live, may it be sent something, and how does it measure."""

from __future__ import annotations

import asyncio
import hmac
from ipaddress import ip_address

from aiohttp import web

from channels.secret import SecretUnavailable
from hub.health.gauges import Gauges
from hub.health.readiness import Check, Prober, loops
from hub.observe.metrics import CONTENT_TYPE
from hub.services import HubServices
from hub.web.context import PUBLIC_URL, services_of
from hub.web.guard import SESSION

PROBER = web.AppKey("prober", Prober)

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""Headers by which a proxy tells that it asks for somebody else."""


def add_routes(app: web.Application, services: HubServices) -> None:
    app[PROBER] = Prober(services)
    services.metrics.registry.register(Gauges(services, app[PROBER]))
    app.router.add_get("/healthz", healthy, name="health")
    app.router.add_get("/readyz", ready, name="readiness")
    app.router.add_get("/metrics", measured, name="metrics")


async def healthy(request: web.Request) -> web.Response:
    """200 while the process answers and its loops turn, else 503: it is to be started anew. It asks the store nothing,
    which no new start would mend."""
    check = loops(services_of(request))
    return _answer(request, "ok" if check.ok else "stuck", [check])


async def ready(request: web.Request) -> web.Response:
    """200 when a write is committed and nothing else is in the way of intake, else 503 with Retry-After: a load
    balancer then sends nothing here. ``degraded`` where larger bytes are not taken, by whatever node. Operators are
    told what is in the way."""
    readiness = await asyncio.to_thread(request.app[PROBER].readiness)
    taking = "ok" if readiness.sound else "degraded"
    return _answer(request, taking if readiness.ready else "unavailable", readiness.checks)


async def measured(request: web.Request) -> web.Response:
    """Prometheus' text. For operators, for whoever has the token of hub.yaml, and for this machine itself as long as no
    proxy can ask for others."""
    if not await asyncio.to_thread(_may_measure, request):
        raise web.HTTPNotFound
    body = await asyncio.to_thread(services_of(request).metrics.exposition)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def _answer(request: web.Request, status: str, checks: tuple[Check, ...] | list[Check]) -> web.Response:
    body: dict[str, object] = {"status": status}
    if SESSION in request:
        body["checks"] = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    if status in ("ok", "degraded"):
        return web.json_response(body)
    return web.json_response(body, status=503, headers={"Retry-After": "5"})


def _may_measure(request: web.Request) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if SESSION in request:
        return True
    if scheme.lower() == "bearer":
        return _is_token(services_of(request), given.strip())
    forwarded = any(name in request.headers for name in _FORWARDED) or bool(request.config_dict[PUBLIC_URL])
    return not forwarded and request.remote is not None and ip_address(request.remote).is_loopback


def _is_token(services: HubServices, given: str) -> bool:
    reference = services.settings.web.metrics_token
    if reference is None:
        return False
    try:
        token = reference.read().get_secret_value()
    except SecretUnavailable:
        return False
    return hmac.compare_digest(token.encode(), given.encode())
