"""``/v1/outbox``: what lies ready for the caller. Listed or leased, fetched, and confirmed; what is not confirmed is
there again, whatever broke on the way."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from channels.ports import OutboxEntry, OutboxItem
from hub.bells import TooMany
from hub.desk.outbox import OwnOutbox
from hub.observe.watch import Phase
from hub.pipeline.confirm import Word as Outcome
from hub.services import HubServices
from hub.web.api.answers import answered
from hub.web.api.credentials import outbox_of
from hub.web.api.idempotency import answered_once
from hub.web.api.parameters import Cursor, PageSize, Parameters, Word, digits, is_dry_run, parameters_of, whole
from hub.web.api.records.outbox import (
    ConfirmationResult,
    ConfirmationResults,
    LeaseRecord,
    OutboxEntryRecord,
    OutboxPage,
    ReleaseRecord,
)
from hub.web.bodies import read_model
from hub.web.context import in_store, services_of
from hub.web.headers import attachment
from hub.web.paging import link

log = logging.getLogger(__name__)

BODY_LIMIT = 128 * 1024

WAIT_SECONDS = 30
"""The longest that an answer waits for something to come."""

LOOK_SECONDS = 1.0
"""How often a waiting request looks by itself: what another node puts in rings no bell here."""

BUSY_SECONDS = 5


class OutboxQuery(Parameters):
    """``wait``: when nothing lies there, the answer waits so many seconds for something to come."""

    after: Cursor = 0
    limit: PageSize = 100
    target: Word | None = None
    wait: Annotated[int, Field(ge=0, le=WAIT_SECONDS), BeforeValidator(digits)] = 0


async def list_entries(request: web.Request) -> web.Response:
    """What is not confirmed, oldest first, behind ``after``; ``next`` is where to go on, and misses nothing."""
    query, services, outbox = parameters_of(request, OutboxQuery), services_of(request), await outbox_of(request)

    def look() -> list[OutboxEntry]:
        return list(outbox.page(after=query.after, limit=query.limit, target=query.target))

    found = await in_store(services, look)
    if not found and query.wait:
        try:
            with services.offered.listening(outbox.boxes) as rung:
                until = asyncio.get_running_loop().time() + query.wait
                while not (found := await in_store(services, look)) and await _rest(request, rung, until):
                    pass
        except TooMany as error:
            raise web.HTTPTooManyRequests(text=str(error), headers={"Retry-After": str(BUSY_SECONDS)}) from error
    said = query.model_dump(mode="json", exclude_unset=True)
    following = link("/v1/outbox", said | {"after": found[-1].position if found else query.after})
    return answered(OutboxPage(entries=tuple(map(OutboxEntryRecord.of, found)), next=following))


async def _rest(request: web.Request, rung: asyncio.Event, until: float) -> bool:
    """Until the bell rings, for a moment at most; False when it is over: in time, or as nobody waits any more."""
    left = until - asyncio.get_running_loop().time()
    gone = request.transport is None or request.transport.is_closing()
    if left <= 0 or gone or services_of(request).watch.phase is Phase.STOPPING:
        return False
    with suppress(TimeoutError):
        await asyncio.wait_for(rung.wait(), min(left, LOOK_SECONDS))
    rung.clear()
    return True


class LeaseWish(BaseModel):
    """How many entries are wanted at most, and for how many seconds nobody else is to have them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(whole)] = 10
    seconds: Annotated[int, Field(ge=1, le=3600), BeforeValidator(whole)] = 300


async def lease(request: web.Request) -> web.Response:
    """The oldest entries that are not leased: two workers of one caller are never given the same. What is not confirmed
    when the lease ends is given to the next, under the same idempotency key."""
    wish, outbox = await read_model(request, LeaseWish, BODY_LIMIT), await outbox_of(request)
    dry_run = is_dry_run(request)

    def leased() -> LeaseRecord:
        return LeaseRecord.of(outbox.lease(wish.limit, wish.seconds, dry_run=dry_run), dry_run=dry_run)

    return await answered_once(request, wish, leased, 201, dry_run=dry_run)


async def release(request: web.Request) -> web.Response:
    """Gives back what is leased and not confirmed, before the lease ends. It may be said again."""
    outbox, name, dry_run = await outbox_of(request), request.match_info["lease"], is_dry_run(request)

    def done() -> ReleaseRecord:
        released = outbox.release(name, dry_run=dry_run)
        return ReleaseRecord(lease=name, released=released, dry_run=True if dry_run else None)

    return await answered_once(request, None, done, dry_run=dry_run)


class EntryConfirmation(BaseModel):
    """That the caller has an entry. A system may refuse one: it becomes a dead letter with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    outcome: Outcome = Outcome.ACCEPTED
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""


class Confirmations(BaseModel):
    """What is posted: as many as one likes at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirmations: Annotated[tuple[EntryConfirmation, ...], Field(min_length=1, max_length=500)]


async def confirm(request: web.Request) -> web.Response:
    """Takes entries out: what was worked is confirmed, however often. For a system this is what delivers it, and what
    waits behind it under the same order comes next; a partner's documents are answered by documents, not refused."""
    said, outbox = await read_model(request, Confirmations, BODY_LIMIT), await outbox_of(request)
    dry_run = is_dry_run(request)
    return await answered_once(request, said, lambda: _confirmed(outbox, said, dry_run=dry_run), dry_run=dry_run)


def _confirmed(outbox: OwnOutbox, said: Confirmations, *, dry_run: bool) -> ConfirmationResults:
    refused = [one for one in said.confirmations if one.outcome is Outcome.REFUSED]
    accepted = [one.id for one in said.confirmations if one.outcome is Outcome.ACCEPTED]
    found = {one.id: outbox.refuse(one.id, one.reason, dry_run=dry_run) for one in refused}
    if accepted:
        found |= outbox.confirm(accepted, dry_run=dry_run)
    results = tuple(ConfirmationResult(id=one.id, result=found[one.id]) for one in said.confirmations)
    return ConfirmationResults(results=results, dry_run=True if dry_run else None)


async def get_content(request: web.Request) -> web.StreamResponse:
    """The bytes as they were frozen: X12 for a partner's X12 channel, canonical JSON else. The first time that they
    have been sent whole is noted; they stay until they are confirmed."""
    return await send_content(request, "There is no such entry.")


async def send_content(request: web.Request, missing: str) -> web.StreamResponse:
    """Sends what was composed for the caller, and notes that it was fetched once all of it has left."""
    services, outbox, wanted = services_of(request), await outbox_of(request), request.match_info["id"]
    item = await in_store(services, lambda: outbox.open(wanted))
    if item is None:
        raise web.HTTPNotFound(text=missing)
    response = _content(item)
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return response  # who asked has gone
    if request.method != "HEAD":
        await _note(services, outbox, wanted)
    return response


async def _note(services: HubServices, outbox: OwnOutbox, id: str) -> None:
    """The answer has been given, so that nothing is said of a failure: it is fetched again, or confirmed."""
    try:
        await in_store(services, lambda: outbox.fetched(id))
    except Exception:
        log.exception("a fetch could not be noted", extra={"departure": id})


def _content(item: OutboxItem) -> web.Response:
    response = attachment(item.body, item.content_type, item.file_name)
    response.headers["Idempotency-Key"] = item.idempotency_key
    response.headers.update(item.headers)
    return response
