"""``/v1/replays``: a system has its own documents worked again, and sees before what would come of it."""

from __future__ import annotations

from aiohttp import web

from hub.errors import OperationRefused
from hub.operator.selection import Selection
from hub.pipeline.basis import Basis
from hub.web.api.answers import answered
from hub.web.api.credentials import desk_of
from hub.web.api.deliveries import Wish
from hub.web.api.idempotency import answered_once
from hub.web.api.parameters import Instant, is_dry_run
from hub.web.api.records.replay import ReplayRecord, ReplayRound
from hub.web.bodies import read_model
from hub.web.context import in_store, services_of

BODY_LIMIT = 64 * 1024

DETAILS = 20
"""Documents that are told in full, beside all in short."""

ROUND_SECONDS = 10.0
"""How long one request works; ``left`` then says how many are still to be done."""


class Choice(Selection):
    """What is posted: which documents, and under whose rules."""

    profile: Basis = Basis.AS_NOW
    since: Instant | None = None
    until: Instant | None = None


async def look(request: web.Request) -> web.Response:
    """201 with what would come of it. Nothing is changed."""
    choice = await read_model(request, Choice, BODY_LIMIT)
    wanted = Selection(**choice.model_dump(exclude={"profile"}))
    desk, dry_run = desk_of(request), is_dry_run(request)  # it is one anyway

    def done() -> ReplayRecord:
        return ReplayRecord.of(*desk.preview_replay(wanted, choice.profile, DETAILS), dry_run=dry_run)

    try:
        return await answered_once(request, choice, done, 201, location="/v1/replays/{id}", dry_run=dry_run)
    except OperationRefused as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error


async def show(request: web.Request) -> web.Response:
    """What was shown, and what has come of it so far."""
    desk, wanted = desk_of(request), request.match_info["id"]
    try:
        shown, done = await in_store(services_of(request), lambda: desk.replay(wanted))
    except OperationRefused as error:
        raise web.HTTPNotFound(text=str(error)) from error
    return answered(ReplayRecord.of(shown, [], done.outcomes))


async def confirm(request: web.Request) -> web.Response:
    """200 with what became of each document of this round; while ``left`` is not 0, post it again, under another
    Idempotency-Key."""
    wish = await read_model(request, Wish, BODY_LIMIT)
    desk, wanted, dry_run = desk_of(request), request.match_info["id"], is_dry_run(request)

    def done() -> ReplayRound:
        return ReplayRound.of(desk.confirm_replay(wanted, wish.reason, ROUND_SECONDS, dry_run=dry_run), dry_run=dry_run)

    try:
        return await answered_once(request, wish, done, dry_run=dry_run)
    except OperationRefused as error:
        raise web.HTTPNotFound(text=str(error)) from error
