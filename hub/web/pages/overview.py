"""The first page: what waits, what went wrong, and pictures of the last two weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aiohttp import web
from markupsafe import Markup

from hub.services import HubServices
from hub.store import tallies, volumes
from hub.store.tallies import LastArrival, Queue, Queues
from hub.store.volumes import DayCount
from hub.web.context import in_store, services_of
from hub.web.pages.frame import console_page
from hub.web.pictures import Share, daily_bars, share_bar, spark
from hub.web.templating import ago
from hub.web.words import word

DAYS = 14


@dataclass(frozen=True, slots=True)
class Tile:
    count: int
    label: str
    detail: str
    tone: str
    link: str


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """``last`` are the newest arrivals of each document type, newest first."""

    partner: str
    picture: Markup
    last: list[LastArrival]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/", show, name="overview")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    now = services.clock()
    queues, counts, last = await in_store(services, lambda: _read(services, now.astimezone(UTC).date()))
    days = [now.astimezone(UTC).date() - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    states = _states(counts)
    return await console_page(
        request,
        "overview.html",
        here="overview",
        tiles=_tiles(queues, now),
        days=DAYS,
        volume_picture=daily_bars(_volume(counts, days)),
        states=states,
        states_picture=share_bar(states),
        partners=_partners(counts, last, days),
    )


def _read(services: HubServices, today: date) -> tuple[Queues, list[DayCount], list[LastArrival]]:
    with services.store.read() as tx:
        return tallies.queues(tx), volumes.per_day(tx, today, DAYS), tallies.last_arrivals(tx)


def _tiles(queues: Queues, now: datetime) -> list[Tile]:
    sent, came, judged = queues.deliveries, queues.transmissions, queues.documents
    return [
        _tile("dead letters", "bad", "/dead-letters", now, sent.get("dead")),
        _tile("quarantined files", "bad", "/transmissions?state=quarantined", now, came.get("quarantined")),
        _tile("held documents", "warn", "/documents?state=held", now, judged.get("held")),
        _tile("without a route", "warn", "/documents?state=unrouted", now, judged.get("unrouted")),
        Tile(
            queues.open_work_items,
            "open work items",
            "for a person",
            _tone(queues.open_work_items, "warn"),
            "/work-items",
        ),
        _tile(
            "waiting to be read",
            "wait",
            "/transmissions?state=received",
            now,
            came.get("received"),
            came.get("processing"),
        ),
        _tile("waiting to be sent", "wait", "/transmissions?state=due", now, sent.get("pending"), sent.get("composed")),
    ]


def _tile(label: str, tone: str, link: str, now: datetime, *queues: Queue | None) -> Tile:
    present = [queue for queue in queues if queue is not None]
    count = sum(queue.count for queue in present)
    detail = f"oldest {ago(min(queue.oldest for queue in present), now)}" if present else "none"
    return Tile(count, label, detail, _tone(count, tone), link)


def _tone(count: int, tone: str) -> str:
    """A tile shouts only when there is something to see."""
    return tone if count else "quiet"


def _states(counts: Sequence[DayCount]) -> list[Share]:
    by_state: Counter[str] = Counter()
    for row in counts:
        by_state[row.status] += row.count
    shares = [
        Share(value, word("document", value).label, word("document", value).tone, n) for value, n in by_state.items()
    ]
    return sorted(shares, key=lambda share: -share.count)


def _volume(counts: Sequence[DayCount], days: Sequence[date]) -> list[tuple[date, int]]:
    by_day: Counter[date] = Counter()
    for row in counts:
        by_day[row.day] += row.count
    return [(day, by_day[day]) for day in days]


def _partners(counts: Sequence[DayCount], last: Sequence[LastArrival], days: Sequence[date]) -> list[PartnerRow]:
    """Every partner that ever sent something or was sent something lately; the busiest first."""
    volume: dict[str, Counter[date]] = {arrival.partner: Counter() for arrival in last}
    for row in counts:
        volume.setdefault(row.partner, Counter())[row.day] += row.count
    newest: dict[str, list[LastArrival]] = {}
    for arrival in sorted(last, key=lambda arrival: arrival.at, reverse=True):
        newest.setdefault(arrival.partner, []).append(arrival)
    rows = [PartnerRow(p, spark([by_day[day] for day in days]), newest.get(p, [])) for p, by_day in volume.items()]
    return sorted(rows, key=lambda row: (-volume[row.partner].total(), row.partner))
