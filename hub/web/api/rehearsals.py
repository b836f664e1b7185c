"""Dry runs: what would become of something, answered at once and with nothing left behind but a line of the audit
trail."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from hub.errors import OperationRefused
from hub.pipeline.rehearse import Rehearsal
from hub.web.api.answers import answered
from hub.web.api.credentials import PRINCIPAL
from hub.web.api.records.rehearsal import RehearsedTransmission
from hub.web.context import in_store, services_of


async def rehearsed(request: web.Request, rehearse: Callable[[], Rehearsal]) -> web.Response:
    """200 with the transmission as it would be. Raises Refused, and HTTPUnprocessableEntity for what a dry run does not
    take."""
    try:
        found = await in_store(services_of(request), rehearse)
    except OperationRefused as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error
    insider = request[PRINCIPAL].kind == "system"
    return answered(RehearsedTransmission.of_rehearsal(found, insider=insider))
