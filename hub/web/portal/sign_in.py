"""How a supplier's people come in: by a link that makes them users, and by their password. There is no default one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels.portal.frame import page, see
from channels.portal.visitor import ROOT
from hub.errors import OperationRefused
from hub.portal import accounts
from hub.store.people import passwords, portal_users
from hub.store.people.portal_records import PortalInvitation, PortalUser
from hub.web.address import address_of
from hub.web.attempts import Attempts
from hub.web.context import in_store, services_of
from hub.web.guard import SIGNED_IN_SECONDS, cookie_name, drop_cookie, form_token, set_cookie
from hub.web.portal.guard import COOKIE, SESSION_ID, USER

ATTEMPTS = web.AppKey("portal_attempts", Attempts)
FORM_SECONDS = 3600

WRONG = "E-mail address or password is wrong."
ENDED = "This link has been used, is too old, or was withdrawn. Ask for a new one."


def add_routes(app: web.Application) -> None:
    app[ATTEMPTS] = Attempts()
    for path, name, show, take in (
        ("/sign-in", "portal-signin", show_sign_in, sign_in),
        ("/invitation/{token}", "invitation", show_invitation, follow_invitation),
    ):
        resource = app.router.add_resource(path, name=name)
        resource.add_route("GET", show)
        resource.add_route("POST", take)
    app.router.add_post("/sign-out", sign_out, name="portal-signout")
    app.router.add_post("/sign-out-everywhere", sign_out_everywhere, name="portal-signout-everywhere")
    app.router.add_get("/account", show_account, name="account")
    app.router.add_post("/account/password", change_password, name="change-password")


# ---- by password


async def show_sign_in(request: web.Request) -> web.Response:
    if USER in request:
        raise see("")
    return _form(request, "sign_in.html", tone="bad")


async def sign_in(request: web.Request) -> web.Response:
    services, form = services_of(request), await request.post()
    email, password = _field(form, "email").strip().lower()[:254], _field(form, "password")
    attempts, address = request.app[ATTEMPTS], address_of(request)
    if seconds := attempts.wait(address, email, services.clock()):
        message = f"Too many tries. Wait {(seconds + 59) // 60} minutes."
        response = _form(request, "sign_in.html", message, status=429, tone="bad")
        response.headers["Retry-After"] = str(seconds)
        return response
    user = await in_store(services, lambda: accounts.sign_in(services, email, password))
    if user is None:
        attempts.failed(address, email, services.clock())
        return _form(request, "sign_in.html", WRONG, status=403, tone="bad")
    attempts.succeeded(address, email)
    return await _enter(request, user)


async def sign_out(request: web.Request) -> web.Response:
    services, session_id = services_of(request), request[SESSION_ID]

    def ended() -> None:
        with services.store.begin() as tx:
            portal_users.end_session(tx, session_id)

    await in_store(services, ended)
    return _left(request)


async def sign_out_everywhere(request: web.Request) -> web.Response:
    services, user = services_of(request), request[USER]
    await in_store(services, lambda: accounts.sign_out_everywhere(services, user))
    return _left(request)


# ---- by a link


async def show_invitation(request: web.Request) -> web.Response:
    invitation, company = await _invitation(request)
    return _choose(request, invitation, company)


async def follow_invitation(request: web.Request) -> web.Response:
    services, token = services_of(request), request.match_info["token"]
    invitation, company = await _invitation(request)
    password = _field(await request.post(), "password")
    try:
        user = await in_store(services, lambda: accounts.redeem(services, token, password))
    except OperationRefused as error:
        return _choose(request, invitation, company, str(error), status=422)
    if user is None:
        raise web.HTTPGone(text=ENDED)
    return await _enter(request, user)


async def _invitation(request: web.Request) -> tuple[PortalInvitation, str]:
    """The invitation of a link that works, and the company's name. Raises HTTPGone, also for guesses: those are slowed
    for all together, by the address that they come from."""
    services, token = services_of(request), request.match_info["token"]
    attempts, address = request.app[ATTEMPTS], address_of(request)
    if seconds := attempts.wait(address, None, services.clock()):
        raise web.HTTPTooManyRequests(text="Too many tries. Wait a while.", headers={"Retry-After": str(seconds)})

    def found() -> tuple[PortalInvitation, str] | None:
        with services.store.read() as tx:
            invitation = portal_users.open_invitation(tx, token, services.clock())
        catalog = services.catalog()
        if invitation is None or accounts.portal_of(catalog, invitation.partner) is None:
            return None
        return invitation, catalog.profiles[invitation.partner].partner.name

    known = await in_store(services, found)
    if known is None:
        attempts.failed(address, None, services.clock())
        raise web.HTTPGone(text=ENDED)
    return known


# ---- the own account


async def show_account(request: web.Request) -> web.Response:
    return page(request, "account.html", here="account", message="")


async def change_password(request: web.Request) -> web.Response:
    services, user, form = services_of(request), request[USER], await request.post()
    old, new = _field(form, "old"), _field(form, "new")
    attempts, address = request.app[ATTEMPTS], address_of(request)
    if attempts.wait(address, user.email, services.clock()):
        return page(request, "account.html", here="account", message="Too many tries. Wait a while.", status=429)
    try:
        done = await in_store(services, lambda: accounts.change_password(services, user, old, new))
    except OperationRefused as error:
        return page(request, "account.html", here="account", message=str(error), status=422)
    if not done:
        attempts.failed(address, user.email, services.clock())
        message = "The password until now is wrong. Nothing was changed."
        return page(request, "account.html", here="account", message=message, status=403)
    return await _enter(request, user)


# ---- sessions and forms


async def _enter(request: web.Request, user: PortalUser) -> web.Response:
    """A new session id at every sign-in; one that the browser brought along is not taken over (session fixation)."""
    services, old = services_of(request), request.get(SESSION_ID, "")
    session_id = await in_store(services, lambda: accounts.enter(services, user, old))
    response = web.Response(status=303, headers={"Location": ROOT})
    set_cookie(request, response, COOKIE, session_id, SIGNED_IN_SECONDS)
    drop_cookie(request, response, "hub_form")
    return response


def _left(request: web.Request) -> web.Response:
    response = web.Response(status=303, headers={"Location": f"{ROOT}/sign-in"})
    drop_cookie(request, response, COOKIE)
    return response


def _choose(
    request: web.Request, invitation: PortalInvitation, company: str, message: str = "", status: int = 200
) -> web.Response:
    renews = invitation.user_id is not None
    return _form(
        request, "invitation.html", message, status=status, email=invitation.email, company=company, renews=renews
    )


def _form(request: web.Request, template: str, message: str = "", status: int = 200, **values: Any) -> web.Response:
    """A form of somebody who has no session: its token stands in a cookie too."""
    token = form_token(request)
    response = page(request, template, status=status, message=message, form_token=token, **values)
    if cookie_name(request, "hub_form") not in request.cookies:
        set_cookie(request, response, "hub_form", token, FORM_SECONDS)
    return response


def _field(form: object, name: str) -> str:
    """Of a password no more is kept than tells that it is too long."""
    value = form.get(name, "")  # type: ignore[attr-defined]
    return value[: passwords.LONGEST + 100] if isinstance(value, str) else ""
