"""Who may see a page and who may post a form. Denied unless allowed: a route is public only when its name says so."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from hub.services import HubServices
from hub.store.errors import StoreUnavailable
from hub.store.people import operators
from hub.store.schema.records import Session
from hub.web.acquaintance import has_signed_in
from hub.web.bodies import LIMITS
from hub.web.context import PUBLIC_URL, REQUEST_ID, in_store, services_of
from hub.web.templating import render

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PUBLIC = frozenset({"signin", "setup", "static", "health", "readiness", "metrics", "api_docs", "api_model"})
"""Names of the routes that need no session."""

SESSION = web.RequestKey("session", Session)
SESSION_ID = web.RequestKey("session_id", str)

SIGNED_IN_SECONDS = 12 * 3600
"""The cookie's own end; the store ends a session after 30 idle minutes whatever the cookie says."""


def secure(request: web.Request) -> bool:
    """Whether the browser speaks https with us, possibly through a proxy that the public URL tells of."""
    return request.secure or request.config_dict[PUBLIC_URL].startswith("https://")


def cookie_name(request: web.Request, name: str) -> str:
    """``__Host-`` binds a cookie to this very host and to https; browsers refuse the prefix on plain http."""
    return f"__Host-{name}" if secure(request) else name


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=secure(request),
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(cookie_name(request, name), path="/", httponly=True, samesite="Strict", secure=secure(request))


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page of ours; what every page needs (who is signed in) is added here. ``here`` and ``tallies`` are for the
    navigation and must be among ``values`` when someone is signed in."""
    defaults: dict[str, Any] = {"session": request.get(SESSION), "here": "", "tallies": {}}
    return web.Response(text=render(template, **(defaults | values)), content_type="text/html", status=status)


@web.middleware
async def errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors of the console in plain words. API and portal do their own."""
    return await told_by(page, request, handler) if _of_console(request) else await handler(request)


async def told_by(show: Callable[..., web.Response], request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or its error as a page that ``show`` makes; a fault of ours shows nothing of our
    insides."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        title, detail = _WORDS.get(error.status, (error.reason, ""))
        told = error.text if error.text and not error.text.startswith(f"{error.status}:") else detail
        response = show(request, "error.html", status=error.status, title=title, detail=told, back=_form_of(request))
        for name in ("Allow", "Retry-After"):
            if name in error.headers:
                response.headers[name] = error.headers[name]
        return response
    except StoreUnavailable as error:
        log.warning("the store is not available: %s", error)
        detail = "The database does not answer just now. Try again in a moment."
        response = show(request, "error.html", status=503, title="Not available", detail=detail, back=_form_of(request))
        response.headers["Retry-After"] = "5"
        return response
    except Exception:
        log.exception("a page failed")
        detail = f"The hub failed on this page. No document is affected. The log says why, under {request[REQUEST_ID]}."
        return show(request, "error.html", status=500, title="Something went wrong", detail=detail, back="")


def _form_of(request: web.Request) -> str:
    """The page of ours whose form was posted; empty for whatever else was asked."""
    before, own, path = request.headers.get("Referer", "").partition(f"://{request.host}/")
    return "/" + path.lstrip("/") if request.method == "POST" and own and before in ("http", "https") else ""


_WORDS: dict[int, tuple[str, str]] = {
    403: (
        "Not allowed",
        "This form was not sent from a page of the hub, or the page is too old. Go back and load it again.",
    ),
    404: ("Not found", "There is no such page, or the document has another id."),
    405: ("Not allowed", "This address does not take that kind of request."),
    413: ("Too large", "That form is larger than the hub takes."),
    400: ("Not understood", ""),
    409: ("Not possible now", ""),
    410: ("No longer there", ""),
    415: ("Not understood", ""),
    422: ("Not possible", ""),
    429: ("Too many tries", ""),
    503: ("Not available just now", ""),
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A session for every page, and a token and our own origin on every POST."""
    if not _of_console(request):
        return await handler(request)
    resource = request.match_info.route.resource
    session_id = request.cookies.get(cookie_name(request, "hub_session"), "")
    services = services_of(request)
    if session_id and (session := await in_store(services, lambda: _session(services, session_id))):
        request[SESSION] = session
        request[SESSION_ID] = session_id
        has_signed_in(request)
    if SESSION not in request and (resource is None or resource.name not in PUBLIC):
        raise web.HTTPSeeOther("/sign-in")
    if request.method not in ("GET", "HEAD"):
        await _refuse_forgery(request)
    return await handler(request)


def _of_console(request: web.Request) -> bool:
    """Sub-applications (the API) authenticate by their own credentials and never by a cookie."""
    return request.match_info.apps[-1] is request.app


def _session(services: HubServices, session_id: str) -> Session | None:
    now = services.clock()
    with services.store.read() as tx:
        session = operators.find_session(tx, session_id, now)
    if session is None or now - session.seen_at < operators.SEEN_STEP:
        return session
    with services.store.begin() as tx:
        return operators.touch_session(tx, session_id, session, now)


def form_token(request: web.Request) -> str:
    """For forms before there is a session: a random token in a cookie and in the form, compared on POST."""
    return request.cookies.get(cookie_name(request, "hub_form")) or secrets.token_urlsafe(24)


async def _token_sent(request: web.Request) -> object:
    try:
        async with asyncio.timeout(request.config_dict[LIMITS].silence):
            return (await request.post()).get("csrf")
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text="The form did not arrive in time.") from error
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest(text="The form breaks off.") from error


async def _refuse_forgery(request: web.Request) -> None:
    session = request.get(SESSION)
    await refuse_forged_form(request, session.csrf if session else "")


async def refuse_forged_form(request: web.Request, csrf: str) -> None:
    """Raises HTTPForbidden unless the form comes from a page of ours. ``csrf`` is the session's token; without a
    session the form repeats what its cookie has."""
    refuse_foreign_origin(request)
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Forms come as application/x-www-form-urlencoded.")
    token = csrf or request.cookies.get(cookie_name(request, "hub_form"), "")
    refuse_other_token(token, await _token_sent(request))


def refuse_foreign_origin(request: web.Request) -> None:
    """Raises HTTPForbidden for a form that another site's page sends, or a program that does not say."""
    origin = request.headers.get("Origin", "")
    public = request.config_dict[PUBLIC_URL]
    expected = urlsplit(public).netloc if public else request.host
    if not origin or urlsplit(origin).netloc != expected:
        raise web.HTTPForbidden


def refuse_other_token(token: str, sent: object) -> None:
    """Raises HTTPForbidden."""
    if not token or not isinstance(sent, str) or not hmac.compare_digest(token.encode(), sent.encode()):
        raise web.HTTPForbidden
