"""``/v1/deliveries``: what a system says of something that it was handed and answered with "later", and how it has it
sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints

from hub.errors import OperationRefused
from hub.pipeline.confirm import Contradiction, Word
from hub.store.schema.records import StoredDelivery
from hub.web.api.credentials import desk_of
from hub.web.api.idempotency import answered_once
from hub.web.api.parameters import is_dry_run
from hub.web.api.records.delivery import DeliveryState
from hub.web.bodies import read_model

BODY_LIMIT = 16 * 1024


class Confirmation(BaseModel):
    """What is posted. ``reason`` says why it was refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Word
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""


async def confirm(request: web.Request) -> web.Response:
    """200 with the delivery's state, the same however often it is said; 404 for a key that is none of this system's,
    409 for a refusal of what it took before."""
    said = await read_model(request, Confirmation, BODY_LIMIT)
    desk, key, dry_run = desk_of(request), request.match_info["key"], is_dry_run(request)

    def done() -> DeliveryState:
        return _state(desk.confirm(key, said.outcome, said.reason, dry_run=dry_run), dry_run=dry_run)

    try:
        return await answered_once(request, said, done, dry_run=dry_run)
    except Contradiction as error:
        raise web.HTTPConflict(text=str(error)) from error


class Wish(BaseModel):
    """What is posted to have something done again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


async def resend(request: web.Request) -> web.Response:
    """202 with the delivery's state: the same bytes under the same key are due again. 404 for a key that is none of
    this system's, 409 for what cannot be sent, with the reason."""
    wish = await read_model(request, Wish, BODY_LIMIT)
    desk, key, dry_run = desk_of(request), request.match_info["key"], is_dry_run(request)

    def done() -> DeliveryState:
        return _state(desk.resend(key, wish.reason, dry_run=dry_run), dry_run=dry_run)

    return await _decided(request, wish, done, 202, dry_run=dry_run)


async def give_up(request: web.Request) -> web.Response:
    """200 with the delivery's state: a dead letter is ended, or what was not composed yet, and what waits behind it
    goes on. 404 for a key that is none of this system's, 409 for what is neither, with the reason."""
    wish = await read_model(request, Wish, BODY_LIMIT)
    desk, key, dry_run = desk_of(request), request.match_info["key"], is_dry_run(request)

    def done() -> DeliveryState:
        return _state(desk.give_up(key, wish.reason, dry_run=dry_run), dry_run=dry_run)

    return await _decided(request, wish, done, 200, dry_run=dry_run)


async def _decided(
    request: web.Request, wish: Wish, done: Callable[[], DeliveryState], status: int, *, dry_run: bool
) -> web.Response:
    try:
        return await answered_once(request, wish, done, status, dry_run=dry_run)
    except OperationRefused as error:
        raise web.HTTPConflict(text=str(error)) from error


def _state(delivery: StoredDelivery | None, *, dry_run: bool) -> DeliveryState:
    if delivery is None:
        raise web.HTTPNotFound(text="There is no such delivery.")
    return DeliveryState.of(delivery, dry_run=dry_run)
