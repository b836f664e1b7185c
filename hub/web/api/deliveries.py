"""``/v1/deliveries``: what a system says of something that it was handed and answered with "later"."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from hub.pipeline.confirm import Contradiction, Word
from hub.web.api.credentials import desk_of
from hub.web.api.records import confirmation_record
from hub.web.bodies import LIMITS, read_body
from hub.web.context import in_store, services_of

BODY_LIMIT = 16 * 1024


class Confirmation(BaseModel):
    """What is posted. ``reason`` says why it was refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Word
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""


async def confirm(request: web.Request) -> web.Response:
    """200 with the delivery's state, the same however often it is said; 404 for a key that is none of this system's,
    409 for a refusal of what it took before."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send the outcome as application/json.")
    body = await read_body(request, BODY_LIMIT, request.config_dict[LIMITS].seconds)
    try:
        said = Confirmation.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise web.HTTPUnprocessableEntity(text=f"{place}: {first['msg']}. Nothing was changed.") from error
    desk, key = desk_of(request), request.match_info["key"]
    try:
        delivery = await in_store(services_of(request), lambda: desk.confirm(key, said.outcome, said.reason))
    except Contradiction as error:
        raise web.HTTPConflict(text=str(error)) from error
    if delivery is None:
        raise web.HTTPNotFound(text="There is no such delivery.")
    return web.json_response(confirmation_record(delivery))
