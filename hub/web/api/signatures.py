"""Signatures of what a partner posts, where its channel asks for them: the form of our own deliveries, both ways."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from aiohttp import web

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE, SignatureError, Verifier
from channels.secret import SecretReference, SecretUnavailable
from hub.desk.desk import Door
from hub.services import HubServices
from hub.store.people import signatures
from hub.web.api.credentials import scope_of
from hub.web.context import in_store, services_of

log = logging.getLogger(__name__)


class Signed:
    """A request whose body is on its way. Without ``verifier`` nothing is asked of it."""

    def __init__(self, request: web.Request, verifier: Verifier | None) -> None:
        self._request = request
        self._verifier = verifier

    def update(self, block: bytes) -> None:
        """The next bytes of the body."""
        if self._verifier is not None:
            self._verifier.update(block)

    async def verify(self) -> None:
        """After the last byte. Raises HTTPUnauthorized for a signature that does not fit or was used before."""
        if self._verifier is None:
            return
        try:
            self._verifier.verify()
        except SignatureError as error:
            raise _unauthorized(str(error)) from error
        services = services_of(self._request)
        signature = self._request.headers[SIGNATURE_HEADER]
        if not await in_store(services, partial(_is_first_use, services, scope_of(self._request), signature)):
            raise _unauthorized("this signature was used before: sign each request anew, with the time of now")


async def expect_signature(request: web.Request, door: Door) -> Signed:
    """What the door asks for, before the body is read. Raises HTTPUnauthorized for a timestamp that is too far off."""
    if not door.secrets:
        return Signed(request, None)
    services, given = services_of(request), request.headers
    secrets = await in_store(services, partial(_live, door.secrets))
    timestamp, signature = given.get(TIMESTAMP_HEADER, ""), given.get(SIGNATURE_HEADER, "")
    try:
        return Signed(request, Verifier(secrets, timestamp, signature, int(services.clock().timestamp())))
    except SignatureError as error:
        raise _unauthorized(str(error)) from error


def _live(references: Sequence[SecretReference]) -> list[str]:
    """The secrets that can be read. Raises HTTPServiceUnavailable when none can."""
    found = []
    for reference in references:
        try:
            found.append(reference.read().get_secret_value())
        except SecretUnavailable as error:
            log.error("a partner's signature secret cannot be read: %s", error)
    if not found:
        text = "The hub cannot check signatures just now. Nothing was taken; send it again later."
        raise web.HTTPServiceUnavailable(text=text, headers={"Retry-After": "60"})
    return found


def _is_first_use(services: HubServices, scope: str, signature: str) -> bool:
    now = services.clock()
    with services.store.begin() as tx:
        return signatures.first_use(tx, scope, signature, now, now + timedelta(seconds=2 * TOLERANCE))


def _unauthorized(problem: str) -> web.HTTPUnauthorized:
    text = f"This channel takes signed requests only: {problem}. Nothing was taken."
    return web.HTTPUnauthorized(text=text, headers={"WWW-Authenticate": 'Signature realm="supplier-hub"'})
