"""Targets: what holds their deliveries back, since when, why and until when, and the switches for it."""

from __future__ import annotations

from aiohttp import web

from hub.catalog import CHANNEL_PREFIX
from hub.services import HubServices
from hub.states import BreakerState
from hub.targets.standing import Gate, TargetReport, report
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page


def add_routes(app: web.Application) -> None:
    app.router.add_get("/targets", show, name="targets")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    reports = await in_store(services, lambda: _reports(services))
    held = [one for one in reports if not _well(one)]
    well = sorted(filter(_well, reports), key=lambda one: (one.target.startswith(CHANNEL_PREFIX), one.target))
    return await console_page(request, "targets.html", here="targets", held=held, well=well, switches=switches)


def _reports(services: HubServices) -> list[TargetReport]:
    with services.store.read() as tx:
        return report(tx, services.catalog(), services.clock())


def _well(one: TargetReport) -> bool:
    return one.standing.gate in (Gate.OPEN, Gate.RATE) and one.breaker == BreakerState.CLOSED


def switches(one: TargetReport) -> list[tuple[str, str]]:
    """Which operations fit a target that is held back, and how they are called there; the likely one first."""
    paused = ("resume_target", "Resume") if one.standing.gate is Gate.PAUSED else ("pause_target", "Pause")
    if one.breaker != BreakerState.CLOSED:
        return [("close_target", "Close the breaker"), paused]
    return [("close_target", "Send now"), paused] if one.standing.gate is Gate.HELD else [paused]
