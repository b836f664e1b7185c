"""Who may see a page of the portal and who may post a form to it. Denied unless allowed, as in the console; sessions
and cookies are others, so that no operator is a supplier by accident."""

from __future__ import annotations

from aiohttp import web

from channels.errors import PermanentError, TransientError
from channels.portal.frame import page
from channels.portal.visitor import ROOT, UPLOAD, VISITOR, Visitor
from hub.portal import accounts
from hub.portal.desk import HubPortalDesk
from hub.portal.team import OwnTeam
from hub.services import HubServices
from hub.store.people import portal_users
from hub.store.people.operators import SEEN_STEP
from hub.store.people.portal_records import PortalSession, PortalUser
from hub.web.access_log import CALLER
from hub.web.acquaintance import has_signed_in
from hub.web.context import PUBLIC_URL, in_store, services_of
from hub.web.guard import Handler, cookie_name, refuse_foreign_origin, refuse_forged_form, told_by
from hub.web.portal.upload import begin_upload

PUBLIC = frozenset({"portal-signin", "invitation", "portal-static"})
"""Names of the routes that need no session."""

COOKIE = "hub_supplier"
USER = web.RequestKey("portal_user", PortalUser)
SESSION_ID = web.RequestKey("portal_session_id", str)


@web.middleware
async def errors_as_portal_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in plain words, in the portal's own look."""
    return await told_by(page, request, _in_http(handler))


def _in_http(handler: Handler) -> Handler:
    """What hinders the desk, as HTTP has it."""

    async def asked(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except TransientError as error:
            headers = {"Retry-After": str(round(error.retry_after or 30))}
            raise web.HTTPServiceUnavailable(text=str(error), headers=headers) from error
        except PermanentError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from error

    return asked


@web.middleware
async def portal_guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A session for every page, and a token and our own origin on every POST."""
    resource, services = request.match_info.route.resource, services_of(request)
    session_id = request.cookies.get(cookie_name(request, COOKIE), "")
    if session_id and (found := await in_store(services, lambda: _session(services, session_id))):
        session, user, company = found
        has_signed_in(request)
        request[USER], request[SESSION_ID] = user, session_id
        request[CALLER] = f"partner:{user.partner}"
        request[VISITOR] = _visitor(request, session, user, company, session_id)
    if USER not in request and (resource is None or resource.name not in PUBLIC):
        raise web.HTTPSeeOther(f"{ROOT}/sign-in")
    if request.method not in ("GET", "HEAD"):
        await _refuse_forgery(request)
    return await handler(request)


async def _refuse_forgery(request: web.Request) -> None:
    """A form with a file has its token first: nothing of the file is read before it is looked at."""
    visitor, resource = request.get(VISITOR), request.match_info.route.resource
    with_file = resource is not None and resource.name == "drops" and request.content_type == "multipart/form-data"
    if visitor is not None and with_file:
        refuse_foreign_origin(request)
        request[UPLOAD] = await begin_upload(request, visitor.csrf, request[USER].partner)
    else:
        await refuse_forged_form(request, visitor.csrf if visitor else "")


def _session(services: HubServices, session_id: str) -> tuple[PortalSession, PortalUser, str] | None:
    """The session, whose it is, and the company's name. When the partner is suspended, or has no portal any more, all
    of its sessions end."""
    now = services.clock()
    with services.store.read() as tx:
        found = portal_users.find_session(tx, session_id, now)
    if found is None:
        return None
    session, user = found
    catalog = services.catalog()
    if accounts.portal_of(catalog, user.partner) is None:
        with services.store.begin() as tx:
            portal_users.end_sessions_of(tx, user.partner)
        return None
    if now - session.seen_at >= SEEN_STEP:
        with services.store.begin() as tx:
            session = portal_users.touch_session(tx, session_id, session, now)
    return session, user, catalog.profiles[user.partner].partner.name


def _visitor(request: web.Request, session: PortalSession, user: PortalUser, company: str, session_id: str) -> Visitor:
    services = services_of(request)
    return Visitor(
        email=user.email,
        company=company,
        csrf=session.csrf,
        address=address_of_hub(request),
        now=services.clock(),
        desk=HubPortalDesk(services, user, session_id),
        team=OwnTeam(services, user) if user.manages else None,
        executor=services.executor,
    )


def address_of_hub(request: web.Request) -> str:
    """As browsers know it, for links that people are given."""
    return request.config_dict[PUBLIC_URL].rstrip("/") or str(request.url.origin())
