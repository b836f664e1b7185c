"""Idempotency-Key on writes: the same request again gets the first answer, whatever happened to the connection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from hub.desk.desk import Accepted, Repeatable
from hub.entry.intake import AtWork
from hub.services import HubServices
from hub.store.inbound import idempotency
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.submission.refusal import Refused
from hub.web.api.credentials import scope_of
from hub.web.api.problems import problem_response
from hub.web.api.records.problem import Problem
from hub.web.api.records.record import Record
from hub.web.api.records.transmission import AcceptedRecord
from hub.web.context import in_store, services_of

KEY_LENGTH = 200
RETRY_SECONDS = 2
DUPLICATE = "Duplicate-Transmission"
"""Header of an answer that was given before, to the same bytes: under which id they are shown as a duplicate."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a write answers: kept under the key, so it is a status and a JSON object and nothing else."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        return Answer(self.status, json.dumps(self.body, ensure_ascii=False))

    def response(self) -> web.Response:
        if self.status >= 400:
            return problem_response(self.body, self.headers)
        return web.Response(
            status=self.status,
            text=json.dumps(self.body, ensure_ascii=False),
            content_type="application/json",
            headers={"Location": self.body["status_url"]} | self.headers,
        )


def accepted_reply(accepted: Accepted) -> Reply:
    """202: it is on disk; ``status_url`` tells what becomes of it. The same bytes again are told what they were told
    at first."""
    if accepted.refused:
        detail = f"The same bytes were received before, as {accepted.duplicate_of}; your profile has them refused."
        return Reply(409, Problem.of(409, detail, duplicate_of=accepted.duplicate_of).plain())
    told = accepted.first or accepted.transmission
    return Reply(202, AcceptedRecord.of(told).plain(), {DUPLICATE: accepted.transmission_id} if accepted.first else {})


def refused_reply(refusal: Refused) -> Reply:
    return Reply(422, Problem.of(422, "The document is not valid; nothing was taken.", refusal.findings).plain())


def reply_of(outcome: Accepted | Answer) -> Reply:
    """What is told now, or was told the first time."""
    if isinstance(outcome, Answer):
        return Reply(outcome.status, json.loads(outcome.text))
    return accepted_reply(outcome)


def key_of(request: web.Request) -> str:
    """The request's key, empty when it has none. Raises HTTPUnprocessableEntity for one we cannot keep."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH:
        raise web.HTTPUnprocessableEntity(text=f"An Idempotency-Key has at most {KEY_LENGTH} characters.")
    if not key.isprintable() or not key.isascii():
        raise web.HTTPUnprocessableEntity(text="An Idempotency-Key is made of printable ASCII characters.")
    return key


def repeatable(request: web.Request, scope: str, key: str, sha256: str) -> Repeatable | None:
    """How repetitions of this request are known; None without a key. What tells it from another is where it went, what
    it claims to be, and its bytes."""
    if not key:
        return None
    told = f"{request.method} {request.path}\n{request.content_type}\n{sha256}"
    digest = hashlib.sha256(told.encode()).hexdigest()
    return Repeatable(
        RequestKey(scope, key, digest),
        accepted=lambda accepted: accepted_reply(accepted).answer,
        refused=lambda refusal: refused_reply(refusal).answer,
    )


async def answered_once(
    request: web.Request,
    said: BaseModel | None,
    work: Callable[[], Record],
    status: int = 200,
    *,
    location: str = "",
    dry_run: bool = False,
) -> web.Response:
    """What ``work`` comes to; the same request again under its Idempotency-Key is told what it came to the first time.
    ``location`` is an address with the place ``{id}``. A dry run changes nothing and is answered anew each time, with
    200.

    The answer is kept when the work is done, so that what may be done twice is done twice where the hub is killed
    between. Raises HTTPConflict, Mismatch for a key that another request has used, and what ``work`` raises: of that
    nothing is kept.
    """
    services, key, scope = services_of(request), key_of(request), scope_of(request)
    if dry_run or not key:
        done = Answer(200 if dry_run else status, (await in_store(services, work)).text())
        return _response(done, "" if dry_run else location)
    told = said.model_dump_json() if said is not None else ""
    digest = hashlib.sha256(f"{request.method} {request.path}\n{told}".encode()).hexdigest()
    try:
        with services.intake.exclusively(scope, key):
            first = partial(_first_answer, services, RequestKey(scope, key, digest), work, status)
            answer = await in_store(services, first)
    except AtWork as error:
        raise _at_work() from error
    return _response(answer, location)


def _response(answer: Answer, location: str) -> web.Response:
    headers = {"Location": location.format(id=json.loads(answer.text)["id"])} if location else None
    return web.Response(status=answer.status, text=answer.text, content_type="application/json", headers=headers)


def _first_answer(services: HubServices, key: RequestKey, work: Callable[[], Record], status: int) -> Answer:
    with services.store.read() as tx:
        known = idempotency.answered(tx, [key]).get(key)
    if isinstance(known, Mismatch):
        raise known
    if known is not None:
        return known
    answer = Answer(status, work().text())
    with services.store.begin() as tx:
        idempotency.keep(tx, {key: answer}, services.clock())
    return answer


def _at_work() -> web.HTTPConflict:
    detail = "A request with this Idempotency-Key is being worked on."
    return web.HTTPConflict(text=detail, headers={"Retry-After": str(RETRY_SECONDS)})


@asynccontextmanager
async def admitted(services: HubServices, scope: str, key: str, sender: str, size: int) -> AsyncIterator[None]:
    """Before a body is read: nobody else works under the key, and there is room for what ``sender`` sends. Raises
    HTTPConflict and NoRoom."""
    try:
        with services.intake.exclusively(scope, key):
            await in_store(services, partial(services.intake.look, sender, size))
            with services.intake.room(sender, size):
                yield
    except AtWork as error:
        raise _at_work() from error
