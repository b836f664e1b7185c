"""Bearer access keys (RFC 6750). Who is asking comes from the key and from nothing else in the request."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from aiohttp import web

from hub.desk import Desk
from hub.principal import Principal
from hub.services import HubServices
from hub.store import access
from hub.store.errors import StoreError
from hub.web.access_log import CALLER
from hub.web.api.problems import Handler, problem
from hub.web.context import in_store, services_of

PRINCIPAL = web.RequestKey("principal", Principal)

_USE_NOTED_EVERY = timedelta(hours=1)
"""How closely the last use of a key is known: to note each would make a write of every request."""


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 401 before anything of the body is read or the path is looked at."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    services = services_of(request)
    principal = None
    if scheme.lower() == "bearer" and 0 < len(key) <= 200:
        principal = await in_store(services, lambda: _principal(services, key.strip()))
    if principal is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="supplier-hub"', "Connection": "close"}
        return problem(401, "Send a valid access key: Authorization: Bearer <key>.", challenge)
    request[PRINCIPAL] = principal
    request[CALLER] = str(principal)
    return await handler(request)


def _principal(services: HubServices, plain: str) -> Principal | None:
    with services.store.read() as tx:
        key = access.find(tx, plain)
    if key is None:
        return None
    now = services.clock()
    if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
        with suppress(StoreError), services.store.begin() as tx:  # a store that takes nothing can still be read
            access.touch(tx, key.id, now)
    return Principal(key.kind, key.subject)  # type: ignore[arg-type]


def desk_of(request: web.Request) -> Desk:
    return Desk(services_of(request), request[PRINCIPAL])


def scope_of(request: web.Request) -> str:
    """Under whose name idempotency keys are kept: keys of two callers never meet."""
    return str(request[PRINCIPAL])
