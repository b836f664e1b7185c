"""Whose is it? One click gives an unknown sender to a partner and works what it sent."""

from __future__ import annotations

from aiohttp import web

from hub.errors import OperationRefused
from hub.operator.assignment import Assigned, assign
from hub.services import HubServices
from hub.store.errors import StaleVersion
from hub.web.context import in_store, services_of
from hub.web.guard import SESSION
from hub.web.pages.frame import console_page
from partners.problem import ConfigurationError


def add_routes(app: web.Application) -> None:
    app.router.add_post("/transmissions/{id}/assign", give, name="assign")


async def give(request: web.Request) -> web.Response:
    services, id = services_of(request), request.match_info["id"]
    partner, actor = str((await request.post()).get("partner", ""))[:64], f"operator:{request[SESSION].operator}"
    done = await in_store(services, lambda: _assigned(services, id, partner, actor))
    return await console_page(request, "assigned.html", here="transmissions", done=done, id=id)


def _assigned(services: HubServices, id: str, partner: str, actor: str) -> Assigned:
    try:
        return assign(services, id, partner, actor=actor)
    except ConfigurationError as error:
        told = "; ".join(problem.message for problem in error.problems)
        raise web.HTTPConflict(text=f"The profile of {partner} cannot have this id: {told}.") from error
    except (OperationRefused, StaleVersion) as error:
        raise web.HTTPConflict(text=f"{error} Nothing was changed.") from error
