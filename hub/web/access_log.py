"""One log line for every request, and the reference by which its sender can name it to an operator."""

from __future__ import annotations

import logging
import time

from aiohttp import web

from hub.observe.context import bound
from hub.observe.traces import Answered
from hub.store.ids import new_id
from hub.store.people.access import holds_secret
from hub.web.context import REQUEST_ID, services_of
from hub.web.guard import SESSION, Handler

REFERENCE = "X-Request-Id"
"""Ours, on every answer; what a client sends under this name is not used."""

CALLER = web.RequestKey("caller", str)
"""Who a credential belongs to; an operator is known by the session."""

_PUT_OFF = frozenset({429, 503, 507})
"""Answers that ask a sender to come again."""

_DULL = frozenset({"static", "health", "readiness", "metrics"})
"""Names of the routes that are asked all day long."""

log = logging.getLogger("hub.web")


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Route and parts of the path, never the query: a client may put anything there, also its key."""
    request[REQUEST_ID] = reference = new_id("rq")
    begun, status, brought = time.perf_counter(), 500, None
    with bound(request=reference):
        try:
            response = await handler(request)
            status, brought = response.status, _brought(response)
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            resource = request.match_info.route.resource
            if status in _PUT_OFF and CALLER in request:
                services_of(request).metrics.intake(request[CALLER].partition(":")[2], "put_off")
            dull = status < 400 and resource is not None and resource.name in _DULL
            if brought and resource is not None:
                said = request.headers.get("traceparent", "")
                seconds = time.perf_counter() - begun
                services_of(request).traces.answered(
                    Answered(request.method, resource.canonical, status, brought, said, seconds)
                )
            log.log(
                logging.DEBUG if dull else logging.INFO,
                "http.answered",
                extra={
                    "method": request.method,
                    "route": resource.canonical if resource else "none",
                    "status": status,
                    "seconds": round(time.perf_counter() - begun, 4),
                    **_about(request, brought),
                },
            )
    return response


def _brought(response: web.StreamResponse) -> str | None:
    """The transmission that a request brought, which everything that it sets off is logged under."""
    return response.headers.get("Location", "").rpartition("/")[2] if response.status == 202 else None


def _about(request: web.Request, brought: str | None) -> dict[str, str]:
    session = request.get(SESSION)
    known = {
        "caller": f"operator:{session.operator}" if session else request.get(CALLER),
        "transmission": brought,
        "subject": request.match_info.get("id"),
    }
    return {name: value for name, value in known.items() if value and not holds_secret(value)}


async def set_reference(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``."""
    if REQUEST_ID in request:
        response.headers[REFERENCE] = request[REQUEST_ID]
