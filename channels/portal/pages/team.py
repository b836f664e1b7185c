"""The users of the own company, for those of them who manage users."""

from __future__ import annotations

from aiohttp import web

from channels.errors import PermanentError
from channels.portal.desk import Team
from channels.portal.frame import page, see
from channels.portal.visitor import VISITOR


def add_routes(app: web.Application) -> None:
    app.router.add_get("/users", show, name="users")
    app.router.add_post("/users/invite", invite, name="invite")
    app.router.add_post("/users/{id}/password", renew_password, name="renew-password")
    app.router.add_post("/users/{id}/manage", let_manage, name="let-manage")
    app.router.add_post("/users/{id}/remove", remove, name="remove")
    app.router.add_post("/invitations/{id}/withdraw", withdraw, name="withdraw")


async def show(request: web.Request) -> web.Response:
    return await _page(request, _team(request))


async def invite(request: web.Request) -> web.Response:
    team, form = _team(request), await request.post()
    email, manages = str(form.get("email", "")), form.get("manages") == "yes"
    try:
        path = await request[VISITOR].ask(lambda: team.invite(email, manages=manages))
    except PermanentError as error:
        return await _page(request, team, message=str(error), status=422)
    return await _page(request, team, path=path, whose=email.strip())


async def renew_password(request: web.Request) -> web.Response:
    team, id = _team(request), request.match_info["id"]
    path = await request[VISITOR].ask(lambda: team.renew_password(id))
    return await _page(request, team, path=path, renews=True)


async def let_manage(request: web.Request) -> web.Response:
    team, id, form = _team(request), request.match_info["id"], await request.post()
    manages = form.get("manages") == "yes"
    await request[VISITOR].ask(lambda: team.let_manage(id, manages))
    raise see("/users")


async def remove(request: web.Request) -> web.Response:
    """Asks first: it cannot be taken back, but by another invitation."""
    team, id, form = _team(request), request.match_info["id"], await request.post()
    if form.get("confirmed") == "yes":
        await request[VISITOR].ask(lambda: team.remove(id))
        raise see("/users")
    member = next((one for one in await request[VISITOR].ask(team.members) if one.id == id), None)
    if member is None:
        raise web.HTTPNotFound
    return page(request, "remove_user.html", here="users", member=member)


async def withdraw(request: web.Request) -> web.Response:
    team, id = _team(request), request.match_info["id"]
    await request[VISITOR].ask(lambda: team.withdraw(id))
    raise see("/users")


def _team(request: web.Request) -> Team:
    team = request[VISITOR].team
    if team is None:
        raise web.HTTPForbidden(text="Only users who may manage users see this page. Ask one of your company.")
    return team


async def _page(
    request: web.Request,
    team: Team,
    *,
    message: str = "",
    path: str = "",
    whose: str = "",
    renews: bool = False,
    status: int = 200,
) -> web.Response:
    visitor = request[VISITOR]
    members, invited = await visitor.ask(team.members), await visitor.ask(team.invited)
    link = f"{visitor.address}{path}" if path else ""
    return page(
        request,
        "users.html",
        here="users",
        status=status,
        members=members,
        invited=invited,
        message=message,
        link=link,
        whose=whose,
        renews=renews,
    )
