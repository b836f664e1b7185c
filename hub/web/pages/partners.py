"""Trading partners: who they are, which profile holds, who of theirs comes in at the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from hub.errors import OperationRefused
from hub.operator import administration, scheduled
from hub.operator.scheduled import Scheduled
from hub.portal import accounts
from hub.portal.accounts import Link
from hub.services import HubServices
from hub.store import configurations, work_items
from hub.store.people import portal_users
from hub.store.people.portal_records import PortalInvitation, PortalUser
from hub.store.questions import search
from hub.store.records import AppliedConfiguration, WorkItem
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.headers import attachment
from hub.web.pages.frame import console_page
from hub.web.portal.guard import address_of_hub
from partners.loader import load_profile_text
from partners.profile import TradingPartner

HISTORY = 20
"""Versions that a partner's page lists."""


@dataclass(frozen=True, slots=True)
class PartnerView:
    """One partner: what is in force, what waits, and its people."""

    row: AppliedConfiguration
    profile: TradingPartner | None
    history: list[AppliedConfiguration]
    waiting: Scheduled | None
    has_portal: bool
    users: list[PortalUser]
    invitations: list[PortalInvitation]
    last_received: datetime | None
    open_items: list[WorkItem]
    """What waits for a person."""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/partners", show_list, name="partners")
    app.router.add_get("/partners/{id}", show, name="partner")
    app.router.add_get("/partners/{id}/profile.yaml", export, name="partner-export")
    app.router.add_post("/partners/{id}/users", change_users, name="partner-users")
    app.router.add_post("/partners/{id}/scheduled", withdraw, name="partner-scheduled")


async def show_list(request: web.Request) -> web.Response:
    services = services_of(request)
    rows, seen = await in_store(services, lambda: _rows(services))
    profiles = {row.key: load_profile_text(row.text, row.key).value for row in rows}
    return await console_page(request, "partners.html", here="partners", rows=rows, profiles=profiles, seen=seen)


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def export(request: web.Request) -> web.Response:
    """The same bytes that ``hub partner export`` writes."""
    view = await _view_of(request)
    return attachment(administration.exported(view.row).encode(), "application/yaml", f"{view.row.key}.yaml")


async def change_users(request: web.Request) -> web.Response:
    """Invites, withdraws, removes, makes a link for a new password: whichever ``action`` says."""
    services, partner, form = services_of(request), request.match_info["id"], await request.post()
    given = {name: str(form.get(name, "")) for name in ("action", "email", "manages", "user")}
    actor = f"operator:{request[SESSION].operator}"
    if given["action"] == "remove" and form.get("confirmed") != "yes":
        return await _page(request, removing=given["user"])
    try:
        link = await in_store(services, lambda: _changed(services, partner, given, actor))
    except OperationRefused as error:
        return await _page(request, message=str(error), status=422)
    if link is None:
        raise web.HTTPSeeOther(f"/partners/{partner}")
    return await _page(request, link=link)


async def withdraw(request: web.Request) -> web.Response:
    services, partner = services_of(request), request.match_info["id"]
    actor = f"operator:{request[SESSION].operator}"
    try:
        await in_store(services, lambda: scheduled.withdraw(services, partner, actor=actor))
    except OperationRefused as error:
        return await _page(request, message=str(error), status=409)
    raise web.HTTPSeeOther(f"/partners/{partner}")


def _changed(services: HubServices, partner: str, given: dict[str, str], actor: str) -> Link | None:
    """A link where one was made. Raises OperationRefused."""
    action, user = given["action"], given["user"]
    if action == "invite":
        return accounts.invite(services, partner, given["email"], manages=given["manages"] == "yes", actor=actor)
    if action == "password":
        return accounts.renew_password(services, partner, user, actor=actor)
    if action == "withdraw":
        accounts.withdraw(services, partner, user, actor=actor)
    elif action == "remove":
        accounts.remove(services, partner, user, actor=actor)
    else:
        raise OperationRefused("Choose what to do.")
    return None


async def _page(
    request: web.Request, *, message: str = "", link: Link | None = None, removing: str = "", status: int = 200
) -> web.Response:
    view = await _view_of(request)
    return await console_page(
        request,
        "partner.html",
        here="partners",
        status=status,
        view=view,
        message=message,
        link=f"{address_of_hub(request)}{link.path}" if link else "",
        invitation=link.invitation if link else None,
        removing=next((one for one in view.users if one.id == removing), None),
    )


async def _view_of(request: web.Request) -> PartnerView:
    services, partner = services_of(request), request.match_info["id"]
    view = await in_store(services, lambda: _view(services, partner))
    if view is None:
        raise web.HTTPNotFound
    return view


def _view(services: HubServices, partner: str) -> PartnerView | None:
    with services.store.read() as tx:
        row = configurations.current(tx, administration.PARTNER, partner)
        if row is None:
            return None
        return PartnerView(
            row,
            load_profile_text(row.text, partner).value,
            configurations.history(tx, administration.PARTNER, partner)[:HISTORY],
            scheduled.waiting(tx, partner),
            accounts.portal_of(services.catalog(), partner) is not None,
            portal_users.users_of(tx, partner),
            portal_users.open_invitations(tx, partner, services.clock()),
            dict(search.last_received(tx)).get(partner),
            [item for item in work_items.open_items(tx) if item.partner == partner],
        )


def _rows(services: HubServices) -> tuple[list[AppliedConfiguration], dict[str, datetime]]:
    with services.store.read() as tx:
        return configurations.all_current(tx, administration.PARTNER), dict(search.last_received(tx))
