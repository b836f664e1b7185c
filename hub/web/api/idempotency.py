"""Idempotency-Key on writes: the same request again gets the first answer, whatever happened to the connection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from hub.desk import Accepted
from hub.services import HubServices
from hub.store import idempotency
from hub.web.api.problems import problem_body, problem_response

KEY_LENGTH = 200
RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """What a write answers: kept under the key, so it is a status and a JSON object and nothing else."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        if self.status >= 400:
            return problem_response(self.body, self.headers)
        headers = dict(self.headers)
        if "status_url" in self.body:
            headers["Location"] = self.body["status_url"]
        return web.Response(
            status=self.status,
            text=json.dumps(self.body, ensure_ascii=False),
            content_type="application/json",
            headers=headers,
        )


def accepted_reply(accepted: Accepted) -> Reply:
    """202: it is on disk; ``status_url`` tells what becomes of it."""
    return Reply(
        202,
        {
            "id": accepted.transmission_id,
            "status_url": f"/v1/transmissions/{accepted.transmission_id}",
            "received_at": accepted.received_at.isoformat(),
        }
        | ({"duplicate_of": accepted.duplicate_of} if accepted.duplicate_of else {}),
    )


def problem_reply(status: int, detail: str, **headers: str) -> Reply:
    return Reply(status, problem_body(status, detail), headers)


def key_of(request: web.Request) -> str:
    """The request's key, empty when it has none. Raises HTTPUnprocessableEntity for one we cannot keep."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH:
        raise web.HTTPUnprocessableEntity(text=f"An Idempotency-Key has at most {KEY_LENGTH} characters.")
    if not key.isprintable() or not key.isascii():
        raise web.HTTPUnprocessableEntity(text="An Idempotency-Key is made of printable ASCII characters.")
    return key


def request_hash(request: web.Request, body: bytes) -> str:
    """Tells one request from another: where it went, what it claims to be, and its bytes."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n{request.content_type}\n".encode())
    digest.update(body)
    return digest.hexdigest()


def once(services: HubServices, scope: str, key: str, digest: str, work: Callable[[], Reply]) -> Reply:
    """Does ``work`` the first time and repeats its reply afterwards. Blocking: call it in the store's executor.

    When ``work`` raises nothing was accepted, so the key is given back and the client may try again.
    """
    if not key:
        return work()
    with services.store.begin() as tx:
        earlier = idempotency.begin(tx, scope, key, digest, services.clock())
    match earlier:
        case idempotency.Replay(status, response):
            return Reply(status, json.loads(response))
        case idempotency.InProgress():
            detail = "A request with this Idempotency-Key is being worked on."
            return problem_reply(409, detail, **{"Retry-After": str(RETRY_SECONDS)})
        case idempotency.Mismatch():
            return problem_reply(422, "This Idempotency-Key was used before with another request.")
    try:
        reply = work()
    except BaseException:
        with services.store.begin() as tx:
            idempotency.abandon(tx, scope, key)
        raise
    with services.store.begin() as tx:
        idempotency.finish(tx, scope, key, reply.status, json.dumps(reply.body))
    return reply
