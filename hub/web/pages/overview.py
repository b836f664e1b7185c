"""The first page: what waits, what went wrong, and pictures of the last two weeks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web
from markupsafe import Markup

from channels.wording import ago
from hub.health import faults
from hub.health.situation import Situation, situation
from hub.services import HubServices
from hub.states import DocumentStatus
from hub.store.questions.ledger import Line, lines, total
from hub.store.questions.volumes import Volume, volumes
from hub.store.traffic import tallies
from hub.store.traffic.tallies import LastArrival, Queue
from hub.web.context import in_store, services_of
from hub.web.machines import PROBER
from hub.web.pages.frame import console_page
from hub.web.pictures import Share, age_bar, share_bar, spark, volume_bars
from hub.web.situation import silence_picture, standing
from hub.web.words import word

DAYS, DAYS_NAMED = 14, 3
HOURS, HOURS_NAMED = 24, 4
"""How many bars, and every how many of them is named."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tile:
    count: int
    label: str
    detail: str
    tone: str
    link: str
    picture: Markup | None = None


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """``last`` are the newest arrivals of each document type, newest first; ``silence`` draws its habit, if it has
    one."""

    partner: str
    picture: Markup
    last: list[LastArrival]
    late: bool = False
    silence: Markup | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page draws, read in one snapshot."""

    situation: Situation
    last: list[LastArrival]
    days: list[datetime]
    daily: list[Volume]
    hours: list[datetime]
    hourly: list[Volume]
    ledger: Line


def add_routes(app: web.Application) -> None:
    app.router.add_get("/", show, name="overview")


async def show(request: web.Request) -> web.Response:
    services = services_of(request)
    now = services.clock().astimezone(UTC)
    seen = await in_store(services, lambda: _read(services, now))
    readiness = await asyncio.to_thread(request.app[PROBER].readiness)
    states = _states(seen.daily)
    return await console_page(
        request,
        "overview.html",
        here="overview",
        standing=standing(seen.situation, faults.of_node(readiness)),
        tiles=_tiles(seen, now),
        ledger=seen.ledger,
        days=DAYS,
        days_picture=volume_bars([(f"{day:%d %b}", count) for day, count in _sums(seen.daily, seen.days)], DAYS_NAMED),
        hours_picture=volume_bars([(f"{hour:%H:%M}", n) for hour, n in _sums(seen.hourly, seen.hours)], HOURS_NAMED),
        states=states,
        states_picture=share_bar(states),
        partners=_partners(seen, now),
        nodes=seen.situation.nodes,
    )


def _read(services: HubServices, now: datetime) -> Seen:
    today, hour = now.replace(hour=0, minute=0, second=0, microsecond=0), now.replace(minute=0, second=0, microsecond=0)
    days = [today - DAY * back for back in range(DAYS - 1, -1, -1)]
    hours = [hour - HOUR * back for back in range(HOURS - 1, -1, -1)]
    catalog = services.catalog()
    with services.store.read() as tx:
        return Seen(
            situation(tx, catalog, now),
            tallies.last_arrivals(tx),
            days,
            volumes(tx, days[0], DAY, DAYS),
            hours,
            volumes(tx, hours[0], HOUR, HOURS),
            total(lines(tx, hours[0], hour + HOUR)),
        )


def _tiles(seen: Seen, now: datetime) -> list[Tile]:
    queues = seen.situation.queues
    sent, came, judged = queues.deliveries, queues.transmissions, queues.documents
    since = f"{seen.days[0]:%Y-%m-%d}"
    rejected = sum(row.count for row in seen.daily if row.status == DocumentStatus.REJECTED)
    return [
        _tile("Dead letters", "bad", "/dead-letters", now, sent.get("dead")),
        _tile("Quarantined files", "bad", "/transmissions?state=quarantined", now, came.get("quarantined")),
        _tile("Held documents", "warn", "/documents?state=held", now, judged.get("held")),
        Tile(
            rejected,
            "Rejected",
            f"in {DAYS} days",
            _tone(rejected, "bad"),
            f"/documents?state=rejected&since={since}",
        ),
        _tile("Without a route", "warn", "/documents?state=unrouted", now, judged.get("unrouted")),
        Tile(
            queues.open_work_items,
            "Open work items",
            "for a person",
            _tone(queues.open_work_items, "warn"),
            "/work-items",
        ),
        _tile(
            "Waiting to be read",
            "wait",
            "/transmissions?state=received",
            now,
            came.get("received"),
            came.get("processing"),
        ),
        _tile("Waiting to be sent", "wait", "/transmissions?state=due", now, sent.get("pending"), sent.get("composed")),
        *_relay(seen, now),
    ]


def _relay(seen: Seen, now: datetime) -> list[Tile]:
    """Of a relay that is behind."""
    behind = seen.situation.waiting["relay"]
    return [_tile("Waiting to be relayed", "wait", "/work-items", now, behind)] if behind is not None else []


def _tile(label: str, tone: str, link: str, now: datetime, *queues: Queue | None) -> Tile:
    queue = tallies.joined(*queues)
    if queue is None:
        return Tile(0, label, "none", "quiet", link)
    picture = age_bar((now - queue.oldest).total_seconds(), tone)
    return Tile(queue.count, label, f"oldest {ago(queue.oldest, now)}", tone, link, picture)


def _tone(count: int, tone: str) -> str:
    """A tile shouts only when there is something to see."""
    return tone if count else "quiet"


def _states(counts: Sequence[Volume]) -> list[Share]:
    by_state: Counter[str] = Counter()
    for row in counts:
        by_state[row.status] += row.count
    shares = [
        Share(value, word("document", value).label, word("document", value).tone, n) for value, n in by_state.items()
    ]
    return sorted(shares, key=lambda share: -share.count)


def _sums(counts: Sequence[Volume], periods: Sequence[datetime]) -> list[tuple[datetime, int]]:
    by_period: Counter[datetime] = Counter()
    for row in counts:
        by_period[row.since] += row.count
    return [(period, by_period[period]) for period in periods]


def _partners(seen: Seen, now: datetime) -> list[PartnerRow]:
    """Every partner that ever sent something or was sent something lately; the late ones first, then the busiest."""
    habits = {habit.partner: habit for habit in seen.situation.partners if habit.last is not None}
    volume: dict[str, Counter[datetime]] = {arrival.partner: Counter() for arrival in seen.last}
    volume |= {partner: Counter() for partner in habits if partner not in volume}
    for row in seen.daily:
        volume.setdefault(row.partner, Counter())[row.since] += row.count
    newest: dict[str, list[LastArrival]] = {}
    for arrival in sorted(seen.last, key=lambda arrival: arrival.at, reverse=True):
        newest.setdefault(arrival.partner, []).append(arrival)
    rows = []
    for partner, days in volume.items():
        habit = habits.get(partner)
        late, silence = (habit.late(now), silence_picture(habit, now)) if habit else (False, None)
        picture = spark([days[day] for day in seen.days])
        rows.append(PartnerRow(partner, picture, newest.get(partner, []), late, silence))
    return sorted(rows, key=lambda row: (not row.late, -volume[row.partner].total(), row.partner))
