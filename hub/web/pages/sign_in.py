"""Signing in and out, and the first operator by a one-time setup token. There is no default password."""

from __future__ import annotations

from aiohttp import web

from hub.services import HubServices
from hub.store.people import operators, passwords
from hub.web.address import address_of
from hub.web.attempts import Attempts
from hub.web.context import in_store, services_of
from hub.web.guard import (
    SESSION,
    SESSION_ID,
    SIGNED_IN_SECONDS,
    cookie_name,
    drop_cookie,
    form_token,
    page,
    set_cookie,
)

ATTEMPTS = web.AppKey("attempts", Attempts)
WRONG = "Name or password is wrong."
WRONG_TOKEN = "This setup token is not valid."
FORM_SECONDS = 3600


def add_routes(app: web.Application) -> None:
    app[ATTEMPTS] = Attempts()
    for path, name, show, take in (
        ("/sign-in", "signin", show_sign_in, sign_in),
        ("/setup", "setup", show_setup, set_up),
    ):
        resource = app.router.add_resource(path, name=name)
        resource.add_route("GET", show)
        resource.add_route("POST", take)
    app.router.add_post("/sign-out", sign_out, name="signout")


async def show_sign_in(request: web.Request) -> web.Response:
    services = services_of(request)
    if SESSION in request:
        raise web.HTTPSeeOther("/")
    if await in_store(services, lambda: _awaits_setup(services)):
        raise web.HTTPSeeOther("/setup")
    return _form(request, "sign_in.html")


async def sign_in(request: web.Request) -> web.Response:
    services = services_of(request)
    form = await request.post()
    name, password = _field(form, "name")[:64], _field(form, "password")
    if refused := _too_many(request, "sign_in.html", name):
        return refused
    if not await in_store(services, lambda: _verified(services, name, password)):
        request.app[ATTEMPTS].failed(_address(request), name, services.clock())
        return _form(request, "sign_in.html", WRONG, status=403)
    request.app[ATTEMPTS].succeeded(_address(request), name)
    return await _enter(request, name)


async def show_setup(request: web.Request) -> web.Response:
    services = services_of(request)
    if not await in_store(services, lambda: _awaits_setup(services)):
        raise web.HTTPNotFound  # the door is walled up once an operator exists (GoAnywhere CVE-2024-0204)
    return _form(request, "setup.html")


async def set_up(request: web.Request) -> web.Response:
    services = services_of(request)
    if not await in_store(services, lambda: _awaits_setup(services)):
        raise web.HTTPNotFound
    form = await request.post()
    token, name, password = _field(form, "token").strip(), _field(form, "name").strip(), _field(form, "password")
    if refused := _too_many(request, "setup.html", "setup"):
        return refused
    if not name or not name.isprintable() or len(name) > 64:
        return _form(request, "setup.html", "Choose a name of 1 to 64 characters.", status=422)
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        told = f"Choose a password of {passwords.SHORTEST} to {passwords.LONGEST} characters."
        return _form(request, "setup.html", told, status=422)
    if not await in_store(services, lambda: _redeemed(services, token, name, password)):
        request.app[ATTEMPTS].failed(_address(request), "setup", services.clock())
        return _form(request, "setup.html", WRONG_TOKEN, status=403)
    return await _enter(request, name)


async def sign_out(request: web.Request) -> web.Response:
    services = services_of(request)
    await in_store(services, lambda: _forgotten(services, request[SESSION_ID]))
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    drop_cookie(request, response, "hub_session")
    return response


async def _enter(request: web.Request, name: str) -> web.Response:
    """A new session id at every sign-in; one that the browser brought along is not taken over (session fixation)."""
    services = services_of(request)
    old = request.get(SESSION_ID)
    session_id = await in_store(services, lambda: _entered(services, name, old))
    response = web.Response(status=303, headers={"Location": "/"})
    set_cookie(request, response, "hub_session", session_id, SIGNED_IN_SECONDS)
    drop_cookie(request, response, "hub_form")
    return response


def _form(request: web.Request, template: str, message: str = "", status: int = 200) -> web.Response:
    token = form_token(request)
    response = page(request, template, status=status, message=message, form_token=token)
    if cookie_name(request, "hub_form") not in request.cookies:
        set_cookie(request, response, "hub_form", token, FORM_SECONDS)
    return response


def _too_many(request: web.Request, template: str, name: str) -> web.Response | None:
    seconds = request.app[ATTEMPTS].wait(_address(request), name, services_of(request).clock())
    if not seconds:
        return None
    minutes = (seconds + 59) // 60
    response = _form(request, template, f"Too many tries. Wait {minutes} minutes.", status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _address(request: web.Request) -> str:
    return address_of(request)


def _field(form: object, name: str) -> str:
    value = form.get(name, "")  # type: ignore[attr-defined]
    return value if isinstance(value, str) else ""


def _awaits_setup(services: HubServices) -> bool:
    with services.store.read() as tx:
        return not operators.exist(tx)


def _verified(services: HubServices, name: str, password: str) -> bool:
    """No password is longer than the form for one takes: of more, no more than that is hashed, and it is wrong."""
    with services.store.read() as tx:
        fits = operators.verify(tx, name.replace("\x00", "?"), password[: passwords.LONGEST])
    return fits and len(password) <= passwords.LONGEST


def _redeemed(services: HubServices, token: str, name: str, password: str) -> bool:
    with services.store.begin() as tx:
        return operators.redeem_setup_token(tx, token, name, password, services.clock())


def _entered(services: HubServices, name: str, old: str | None) -> str:
    with services.store.begin() as tx:
        if old:
            operators.delete_session(tx, old)
        session_id, _ = operators.create_session(tx, name, services.clock())
    return session_id


def _forgotten(services: HubServices, session_id: str) -> None:
    with services.store.begin() as tx:
        operators.delete_session(tx, session_id)
