"""``/v1/events``: what happened, a page at a time or as it happens. Only what is sealed is told: it has a place in the
feed that nothing is put before any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from hub.bells import TooMany
from hub.desk.events import OwnEvents
from hub.events.catalogue import KINDS, TYPES
from hub.events.cloud import text_of
from hub.events.feed import Page, Told
from hub.observe.watch import Phase
from hub.web.api.answers import shown
from hub.web.api.credentials import PRINCIPAL, desk_of, still_good
from hub.web.api.operation import EVENT_STREAM
from hub.web.api.parameters import Cursor, PageSize, Parameters, parameters_of
from hub.web.api.records.event import EventPage
from hub.web.context import in_store, services_of
from hub.web.paging import link

LOOK_SECONDS = 1.0
"""How often a stream looks whether something was sealed."""

HEARTBEAT_SECONDS = 15.0
"""The longest that a stream is silent; then, too, the credential is looked at again."""

BATCH = 100
"""Events that a stream holds in memory for one client, at most."""

BUSY_SECONDS = 30

_NOUNS = sorted({f"{kind.partition('.')[0]}.*" for kind in KINDS})
_WANTED = [*KINDS, *_NOUNS, *TYPES]


def _known(value: str) -> str:
    if value not in _WANTED:
        raise ValueError("There is no such event; GET /v1/asyncapi.json says which there are.")
    return value


EventType = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(_WANTED)})]


class EventQuery(Parameters):
    """From where on, and of which type."""

    after: Cursor = Field(default=0, description="Where the page before ended: follow its `next`.")
    limit: PageSize = 100
    type: EventType | None = Field(default=None, description="Of this type alone; `delivery.*` for all of a noun.")


class StreamQuery(Parameters):
    """From where on, and of which type. Last-Event-ID, which clients send by themselves, says more than `after`."""

    after: Cursor | None = Field(default=None, description="Behind this `sequence`; absent: what happens from now on.")
    type: EventType | None = Field(default=None, description="Of this type alone; `delivery.*` for all of a noun.")


async def list_events(request: web.Request) -> web.Response:
    """What happened to what is the caller's, in the order of the feed; what comes later is always behind what was read,
    so that going on from `next` misses nothing and repeats nothing.

    409 for a place behind the end of the feed: it is of another hub, or of this one before it was restored.
    """
    query, own = parameters_of(request, EventQuery), desk_of(request).events()
    page = await in_store(services_of(request), partial(_page, own, query.after, query.limit, query.type))
    said = query.model_dump(exclude_unset=True) | {"after": page.reached}
    following = link("/v1/events", said)
    events = tuple(one.cloud for one in page.told)
    return shown(request, EventPage.model_validate({"events": events, "next": following, "more": page.more}).text())


async def stream_events(request: web.Request) -> web.StreamResponse:
    """The same as server-sent events: `id` is the place in the feed, `event` the type, `data` the CloudEvent, and a
    comment comes when nothing else does. A client that breaks off goes on with Last-Event-ID.

    One that reads too slowly is cut off, and so is one whose credential ended; 429 when the caller has too many open.
    """
    query, services = parameters_of(request, StreamQuery), services_of(request)
    own = desk_of(request).events()
    start = _last_seen(request, query)
    page = await in_store(services, partial(_page, own, start or 0, 1, query.type))
    response = web.StreamResponse(headers={"Content-Type": EVENT_STREAM, "Cache-Control": "no-store"})
    try:
        with services.streams.listening([str(request[PRINCIPAL])]):
            await response.prepare(request)
            if request.method != "HEAD":
                await _write(request, response, page.newest if start is None else start, query.type)
    except TooMany as error:
        text = "Too many streams are open already; end one, or read GET /v1/events."
        raise web.HTTPTooManyRequests(text=text, headers={"Retry-After": str(BUSY_SECONDS)}) from error
    except ConnectionError:
        pass  # who asked has gone
    return response


def _last_seen(request: web.Request, query: StreamQuery) -> int | None:
    told = request.headers.get("Last-Event-ID", "")
    if not told:
        return query.after
    if not (told.isascii() and told.isdecimal() and len(told) <= 18):
        raise web.HTTPBadRequest(text="Last-Event-ID is the id of the last event that came by this stream.")
    return int(told)


def _page(own: OwnEvents, after: int, limit: int, wanted: str | None) -> Page:
    page = own.page(after, limit, wanted)
    if after > page.newest:
        text = f"The feed ends at {page.newest}: this hub was restored, or this place is of another. Begin anew."
        raise web.HTTPConflict(text=text)
    return page


async def _write(request: web.Request, response: web.StreamResponse, after: int, wanted: str | None) -> None:
    await response.write(b": this is the feed\n\n")
    async for told in _happening(request, after, wanted):
        await response.write(_frame(told) if told is not None else b": nothing new\n\n")


async def _happening(request: web.Request, after: int, wanted: str | None) -> AsyncIterator[Told | None]:
    """Each event once it is sealed; None when it is time for a sign of life. Whose they are, and whether the credential
    is still good, is asked again and again: a stream may outlive both."""
    services, loop = services_of(request), asyncio.get_running_loop()
    asked = spoken = loop.time()
    while services.watch.phase is not Phase.STOPPING and not _gone(request):
        if loop.time() - asked >= HEARTBEAT_SECONDS:
            await _still_known(request)
            asked = loop.time()
        page = await in_store(services, partial(_look, request, after, wanted))
        for told in page.told:
            yield told
        after = page.reached
        if page.told:
            spoken = loop.time()
        elif loop.time() - spoken >= HEARTBEAT_SECONDS:
            yield None
            spoken = loop.time()
        if not page.more:
            await asyncio.sleep(LOOK_SECONDS)


def _look(request: web.Request, after: int, wanted: str | None) -> Page:
    return desk_of(request).events().page(after, BATCH, wanted)


async def _still_known(request: web.Request) -> None:
    """Raises ConnectionError for a credential that has ended: the stream ends, and its next request is refused."""
    try:
        await still_good(request)
    except web.HTTPUnauthorized as error:
        raise ConnectionAbortedError("the credential has ended") from error


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _frame(told: Told) -> bytes:
    return f"id: {told.position}\nevent: {told.cloud['type']}\ndata: {text_of(told.cloud)}\n\n".encode()
