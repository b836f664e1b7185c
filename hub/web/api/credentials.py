"""Bearer access keys and tokens (RFC 6750). Who is asking comes from them and from nothing else in the request."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from hub.desk.desk import Desk
from hub.desk.outbox import OwnOutbox
from hub.entry.credentials import Credential
from hub.principal import Principal
from hub.services import HubServices
from hub.store.people.access import holds_secret
from hub.web.access_log import CALLER
from hub.web.acquaintance import has_signed_in
from hub.web.address import address_of
from hub.web.api.operation import operation_of
from hub.web.api.problems import Handler, problem
from hub.web.attempts import Attempts
from hub.web.context import in_store, services_of

PRINCIPAL = web.RequestKey("principal", Principal)
CREDENTIAL = web.RequestKey("credential", Credential)

GUESSES = web.AppKey("guesses", Attempts)
"""Wrong keys and client secrets, by address."""

_SLOW = web.AppKey("slow", asyncio.Lock)
"""Addresses that guess are looked up one at a time, so that they crowd out nobody; a good key of theirs is taken."""

KEY_LENGTH = 200
_CHALLENGE = 'Bearer realm="supplier-hub"'


def add_credentials(api: web.Application) -> None:
    api[GUESSES], api[_SLOW] = Attempts(), asyncio.Lock()


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 401 before anything of the body is read or the path is looked at; a public operation asks nobody."""
    if holds_secret(request.raw_path):
        detail = "An access key was sent in the URL, where others may read it. Revoke it, and send one in a header."
        return problem(400, detail, {"Connection": "close"})
    operation = operation_of(request)
    if operation is not None and operation.public:
        return await handler(request)
    scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
    plain = plain.strip()
    credential = None
    if scheme.lower() == "bearer" and 0 < len(plain) <= KEY_LENGTH:
        credential = services_of(request).credentials.remembered(plain) or await _found(request, plain)
    if credential is None:
        return _refused(request)
    has_signed_in(request)
    request[CREDENTIAL], request[PRINCIPAL] = credential, credential.principal
    request[CALLER] = str(credential.principal)
    if credential.closed:
        return problem(403, credential.closed, {"Connection": "close"})
    return await handler(request)


async def _found(request: web.Request, plain: str) -> Credential | None:
    services = services_of(request)
    look = partial(services.credentials.find, plain)
    if not _wait(request, services):
        return await in_store(services, look)
    async with request.config_dict[_SLOW]:
        return await in_store(services, look)


def _refused(request: web.Request) -> web.Response:
    """The same whatever was wrong; who goes on guessing is told to wait, and stays so until the guesses are old."""
    services = services_of(request)
    headers = {"WWW-Authenticate": _CHALLENGE, "Connection": "close"}
    guessed = bool(request.headers.get("Authorization"))
    if guessed:
        request.config_dict[GUESSES].failed(address_of(request), None, services.clock())
    if guessed and (seconds := _wait(request, services)):
        detail = "Too many wrong access keys came from this address. Send the right one, or wait."
        return problem(429, detail, headers | {"Retry-After": str(seconds)})
    return problem(401, "Send a valid access key: Authorization: Bearer <key>.", headers)


def _wait(request: web.Request, services: HubServices) -> int:
    return request.config_dict[GUESSES].wait(address_of(request), None, services.clock())


async def still_good(request: web.Request) -> None:
    """Asked again after the body. Raises HTTPUnauthorized for a credential that ended while it arrived."""
    plain = request.headers.get("Authorization", "").partition(" ")[2].strip()
    services = services_of(request)
    credential = services.credentials.remembered(plain)
    if credential is None:
        credential = await in_store(services, partial(services.credentials.find, plain))
    if credential is None or credential.closed:
        text = "This credential ended while the body arrived. Nothing was taken."
        raise web.HTTPUnauthorized(text=text, headers={"WWW-Authenticate": _CHALLENGE})


def desk_of(request: web.Request) -> Desk:
    return Desk(services_of(request), request[PRINCIPAL])


async def outbox_of(request: web.Request) -> OwnOutbox:
    """The caller's outbox, in which its credential is written down."""
    desk, credential = desk_of(request), request[CREDENTIAL].key_id
    return await in_store(services_of(request), lambda: desk.outbox(credential))


def scope_of(request: web.Request) -> str:
    """Under whose name idempotency keys are kept: keys of two callers never meet."""
    return str(request[PRINCIPAL])
