"""Control numbers: how far each count of ours has come, which of ours never left, and which of partners' never came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from aiohttp import web
from markupsafe import Markup

from channels.wording import plural
from hub.numbering import Gaps, LostInterchanges, Numbering, find_gaps, numberings
from hub.services import HubServices
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.pictures import Share, share_bar

SHOWN = 50
"""Rows of each list; the command tells the others."""

PERIODS = (7, 30, 90, 365)
"""Days of arrivals that may be looked through; the command looks through all of them."""

USUAL_PERIOD = 30


@dataclass(frozen=True, slots=True)
class Sender:
    """What came of one count and what did not, in its order; ``says`` the same in words."""

    partner: str
    sender_id: str
    receiver_id: str
    says: str
    picture: Markup


def add_routes(app: web.Application) -> None:
    app.router.add_get("/control-numbers", show, name="control-numbers")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    partner = request.query.get("partner", "").strip()[:64]
    wanted = request.query.get("days", "")
    days = next((days for days in PERIODS if str(days) == wanted), USUAL_PERIOD)
    counts, gaps = await in_store(services, lambda: _read(services, partner or None, days))
    return await console_page(
        request,
        "control_numbers.html",
        here="transmissions",
        counts=counts,
        gaps=gaps,
        senders=list(_senders(gaps.lost[:SHOWN])),
        shown=SHOWN,
        partners=sorted(services.catalog().profiles),
        periods=PERIODS,
        query={"partner": partner, "days": days},
    )


def _read(services: HubServices, partner: str | None, days: int) -> tuple[list[Numbering], Gaps]:
    catalog, since = services.catalog(), services.clock() - timedelta(days=days)
    with services.store.read() as tx:
        return numberings(tx, catalog, partner), find_gaps(tx, partner, since)


def _senders(lost: Iterable[LostInterchanges]) -> Iterator[Sender]:
    for of, found in groupby(lost, key=lambda one: (one.partner, one.sender_id, one.receiver_id)):
        gaps = [one.gap for one in found]
        shares: list[Share] = []
        for gap in gaps:
            shares.append(Share("came", f"came up to {gap.after:09}", "ok", gap.came))
            shares.append(Share("missing", f"missing up to {gap.last:09}", "bad", gap.count))
        shares.append(Share("came", f"came again from {gaps[-1].before:09}", "ok", 1))
        says = f"{plural(len(gaps), 'gap')}, {plural(sum(gap.count for gap in gaps), 'number')} missing"
        yield Sender(*of, says, share_bar(shares, says))
