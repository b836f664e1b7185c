"""Trading partners: who they are, which profile holds, who of theirs comes in at the portal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from canonical.document import DocumentType
from hub.errors import OperationRefused
from hub.operator import administration, scheduled
from hub.operator.scheduled import Scheduled
from hub.portal import accounts
from hub.portal.accounts import Link
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.store.configuration import configurations
from hub.store.people import portal_users
from hub.store.people.portal_records import PortalInvitation, PortalUser
from hub.store.questions import newest, search
from hub.store.schema.records import AppliedConfiguration, StoredDocument, WorkItem
from hub.store.store import Tx
from hub.store.traffic import deliveries
from hub.store.trail import work_items
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
class PartnerFilter:
    """What a list of partners is narrowed to. ``text`` is part of a name, a key, an id or number, or a contact."""

    text: str = ""
    role: str = ""
    use: str = ""

    def takes(self, key: str, profile: TradingPartner | None) -> bool:
        if profile is None:
            return not self.role and not self.use and self.text.casefold() in key
        use = "suspended" if profile.suspended else profile.usage_indicator.value
        if self.role not in ("", profile.role.value) or self.use not in ("", use):
            return False
        ids = [*(one.id for one in profile.identifiers), *(one.id for one in profile.aliases)]
        people = [word for one in profile.contacts for word in (one.name, one.email or "", one.phone or "")]
        return any(self.text.casefold() in one.casefold() for one in (key, profile.name, *ids, *people))


@dataclass(frozen=True, slots=True)
class ListedPartner:
    """``waits``: how many of its things wait for a person."""

    row: AppliedConfiguration
    profile: TradingPartner | None
    seen: datetime | None
    waits: int


@dataclass(frozen=True, slots=True)
class LastDocument:
    """What passes between a partner and us: the channel, if one is agreed, and the newest document of this type in this
    direction with how far it came, if there is one."""

    type: str
    direction: str
    channel: str
    document: StoredDocument | None
    delivery: DeliveryStatus | None


@dataclass(frozen=True, slots=True)
class PartnerView:
    """One partner: what is in force, what waits, what passes, and its people."""

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
    lasts: list[LastDocument]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/partners", show_list, name="partners")
    app.router.add_get("/partners/{id}", show, name="partner")
    app.router.add_get("/partners/{id}/profile.yaml", export, name="partner-export")
    app.router.add_post("/partners/{id}/users", change_users, name="partner-users")
    app.router.add_post("/partners/{id}/scheduled", withdraw, name="partner-scheduled")


async def show_list(request: web.Request) -> web.Response:
    services = services_of(request)
    wanted = PartnerFilter(*(request.query.get(name, "").strip()[:80] for name in ("q", "role", "use")))
    rows = await in_store(services, lambda: _listed(services, wanted))
    return await console_page(request, "partners.html", here="partners", rows=rows, wanted=wanted)


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
        profile = load_profile_text(row.text, partner).value
        return PartnerView(
            row,
            profile,
            configurations.history(tx, administration.PARTNER, partner)[:HISTORY],
            scheduled.waiting(tx, partner),
            accounts.portal_of(services.catalog(), partner) is not None,
            portal_users.users_of(tx, partner),
            portal_users.open_invitations(tx, partner, services.clock()),
            dict(search.last_received(tx)).get(partner),
            [item for item in work_items.open_items(tx) if item.partner == partner],
            _lasts(tx, partner, profile),
        )


def _lasts(tx: Tx, partner: str, profile: TradingPartner | None) -> list[LastDocument]:
    """Of all that is agreed, in the profile's order, and of what has passed besides, as acknowledgments do."""
    agreed = {(one.type.value, one.direction.value): one.channel for one in profile.documents} if profile else {}
    found = newest.newest(tx, partner, (kind.value for kind in DocumentType))
    onward = deliveries.standings(tx, (document.id for document in found.values()))
    lasts = []
    for way in dict.fromkeys([*agreed, *found]):
        document = found.get(way)
        carried = onward.get(document.id) if document is not None else None
        lasts.append(LastDocument(*way, agreed.get(way, ""), document, carried))
    return lasts


def _listed(services: HubServices, wanted: PartnerFilter) -> list[ListedPartner]:
    profiles = services.catalog().profiles
    with services.store.read() as tx:
        rows = configurations.all_current(tx, administration.PARTNER)
        seen = dict(search.last_received(tx))
        waiting = Counter(item.partner for item in work_items.open_items(tx))
    listed = []
    for row in rows:
        profile = profiles[row.key].partner if row.key in profiles else None
        if wanted.takes(row.key, profile):
            listed.append(ListedPartner(row, profile, seen.get(row.key), waiting[row.key]))
    return listed
