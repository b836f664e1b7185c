"""Everything that happens by the clock is a row of ``timers``, claimed like any other work, once across nodes.

APScheduler's triggers say when a schedule is next due (cron, zones, daylight saving); the waiting loop is ours, on
monotonic time, since a clock that jumps stops APScheduler's own (reliability M17).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from channels.jetstream.settings import NatsSettings
from channels.polled import Polled
from channels.sending import Window
from hub.catalog import Catalog, channel_id
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.schema.records import Timer
from hub.store.traffic import deliveries
from hub.store.trail import work_items

POLL = "poll"
"""Look into a polled channel; the key is the channel's id."""

OVERDUE = "overdue-acknowledgments"
"""Ask whether an agreed acknowledgment is overdue."""

OVERDUE_SECONDS = 30

UNFETCHED = "unfetched"
"""Ask whether something has lain in an outbox for too long."""

SEAL = "seal"
"""Seal the events that have happened since: what is sealed can be read by position, and no longer be changed unseen."""

SEAL_SECONDS = 5

NOTIFY = "notify"
"""Notify webhooks of the events that were sealed since."""

NOTIFY_SECONDS = 2

RELAY = "relay"
"""Relay the events that were sealed since to NATS; it knows how far."""

CONSUME = "consume"
"""Take documents from a stream of NATS; the key is the consumer's name."""

STREAM_SECONDS = 1

WINDOWS_ON_END = 14
"""Windows of maintenance that are followed from one into the next."""

RETENTION = "retention"
"""Remove what is older than profiles and hub.yaml keep it."""

RETENTION_SECONDS = 3600

SWEEP = "sweep"
"""Remove what killed processes left behind."""

SWEEP_SECONDS = 3600

EXPIRY = "expiry"
"""Tell of what ends soon."""

EXPIRY_SECONDS = 3600

FAILED_SECONDS = 5
"""The least pause after a poll that failed."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One recurring timer."""

    kind: str
    key: str
    seconds: int

    def next_due(self, now: datetime, *, failed: bool = False) -> datetime:
        """The next instant after ``now``; a missed one is made up for once, not as often as it was missed."""
        trigger = IntervalTrigger(
            seconds=max(self.seconds, FAILED_SECONDS) if failed else self.seconds, start_date=now, timezone="UTC"
        )
        due: datetime | None = trigger.get_next_fire_time(now, now + timedelta(microseconds=1))
        assert due is not None, "an interval has no end"
        return due


ALWAYS = (
    Schedule(OVERDUE, "", OVERDUE_SECONDS),
    Schedule(UNFETCHED, "", OVERDUE_SECONDS),
    Schedule(SEAL, "", SEAL_SECONDS),
    Schedule(RETENTION, "", RETENTION_SECONDS),
    Schedule(SWEEP, "", SWEEP_SECONDS),
    Schedule(EXPIRY, "", EXPIRY_SECONDS),
)
"""Recurring timers of every hub."""


def schedules(catalog: Catalog) -> list[Schedule]:
    """Every recurring timer that the configuration asks for."""
    found = {POLL + id: Schedule(POLL, id, seconds) for id, seconds in _polls(catalog)}
    notifying = [Schedule(NOTIFY, "", NOTIFY_SECONDS)] if catalog.endpoints else []
    return [*found.values(), *notifying, *_streams(catalog.settings.nats), *ALWAYS]


def _streams(nats: NatsSettings | None) -> Iterable[Schedule]:
    if nats is not None and nats.relay is not None:
        yield Schedule(RELAY, "", STREAM_SECONDS)
    for consumer in nats.consumers if nats is not None else ():
        yield Schedule(CONSUME, consumer.name, STREAM_SECONDS)


def _polls(catalog: Catalog) -> Iterable[tuple[str, int]]:
    for pinned, channel in catalog.channels():
        if isinstance(channel, Polled) and channel.polls:
            yield channel_id(pinned.partner, channel), channel.poll_seconds


def closed_until(windows: Iterable[Window], now: datetime) -> datetime | None:
    """The end of the maintenance that ``now`` lies in, also over windows that follow each other without a gap; None
    outside of any."""
    pairs = [
        (_daily(window.days, window.start, window.zone), _daily(window.end_days, window.end, window.zone))
        for window in windows
    ]
    ends: datetime | None = None
    for _ in range(WINDOWS_ON_END):
        instant = ends or now
        later = [end for starts, ends_at in pairs if (end := _end_within(starts, ends_at, instant)) is not None]
        if not later:
            return ends
        ends = max(later)
    return ends


def _daily(days: Iterable[str], time: str, zone: str) -> CronTrigger:
    hour, minute = time.split(":")
    return CronTrigger(day_of_week=",".join(days), hour=int(hour), minute=int(minute), timezone=zone)


def _end_within(starts: CronTrigger, ends: CronTrigger, instant: datetime) -> datetime | None:
    """Inside, a window ends before it starts the next time; its first instant belongs to it, its last does not."""
    after = instant + timedelta(microseconds=1)
    end: datetime | None = ends.get_next_fire_time(None, after)
    start: datetime | None = starts.get_next_fire_time(None, after)
    return end.astimezone(UTC) if end is not None and start is not None and end <= start else None


def arm(services: HubServices, wanted: Iterable[Schedule]) -> None:
    """Makes the rows of new schedules, due at once. Those that are there keep their instant, unless it lies further off
    than their interval says now."""
    now = services.clock()
    with services.store.begin() as tx:
        for schedule in sorted(wanted, key=lambda one: (one.kind, one.key)):  # as timers.renew
            known = timers.get(tx, schedule.kind, schedule.key)
            timers.arm(tx, schedule.kind, schedule.key, schedule.next_due(now, failed=True) if known else now)


def raise_overdue(services: HubServices, timer: Timer) -> None:
    """A work item for every delivery whose agreed acknowledgment has not come in time. Raises StaleLease."""
    now = services.clock()
    with services.store.begin() as tx:
        timers.hold(tx, timer)
        for delivery in deliveries.overdue(tx, now):
            assert delivery.acknowledgment_due is not None
            due = f"{delivery.acknowledgment_due:%Y-%m-%d %H:%M} UTC"
            summary = f"{delivery.partner} has not acknowledged what it should have by {due}."
            subjects = [delivery.document_id, delivery.id]
            work_items.raise_item(tx, "overdue", f"overdue:{delivery.id}", delivery.partner, summary, subjects, now)
