"""``/v1/webhooks``: what the caller's webhooks were notified of, and having it sent again."""

from __future__ import annotations

from aiohttp import web

from hub.errors import OperationRefused
from hub.web.api.answers import answered
from hub.web.api.credentials import desk_of
from hub.web.api.deliveries import BODY_LIMIT, Wish
from hub.web.api.idempotency import answered_once
from hub.web.api.parameters import Cursor, PageSize, Parameters, is_dry_run, parameters_of
from hub.web.api.records.notification import NotificationList, NotificationRecord
from hub.web.bodies import read_model
from hub.web.context import in_store, services_of
from hub.web.paging import link

NEWEST = 10**18


class NotificationQuery(Parameters):
    """Newest first, a page at a time."""

    cursor: Cursor = NEWEST - 1
    limit: PageSize = 50


async def list_notifications(request: web.Request) -> web.Response:
    """Those of the webhooks that the caller has now, each with its attempts."""
    query, desk = parameters_of(request, NotificationQuery), desk_of(request)
    found = await in_store(services_of(request), lambda: desk.notifications().recent(query.cursor, query.limit))
    following = None
    if len(found) == query.limit:
        following = link(request.path, {"cursor": str(found[-1].departure.seq), "limit": str(query.limit)})
    records = tuple(NotificationRecord.of(one) for one in found)
    return answered(NotificationList(notifications=records, next=following))


async def redeliver(request: web.Request) -> web.Response:
    """202: the same bytes under the same key are due again; 404 for an id that is none of the caller's, 409 for what
    cannot be sent, with the reason."""
    wish = await read_model(request, Wish, BODY_LIMIT)
    desk, id, dry_run = desk_of(request), request.match_info["id"], is_dry_run(request)

    def done() -> NotificationRecord:
        again = desk.notifications().redeliver(id, wish.reason, dry_run=dry_run)
        if again is None:
            raise web.HTTPNotFound(text="There is no such notification.")
        return NotificationRecord.of(again, dry_run=dry_run)

    try:
        return await answered_once(request, wish, done, 202, dry_run=dry_run)
    except OperationRefused as error:
        raise web.HTTPConflict(text=str(error)) from error
