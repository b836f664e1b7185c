"""What a scrape reads from the store and the machine: queues and their ages, partners, targets, disk, clock, loops."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.health import relay, rhythm
from hub.health.readiness import Prober, disk_floor, disk_free
from hub.health.rhythm import Rhythm
from hub.observe.metrics import OTHER
from hub.services import HubServices
from hub.store.errors import StoreError
from hub.store.questions import backlog
from hub.store.store import Tx
from hub.store.traffic import tallies
from hub.store.traffic.tallies import Queue
from hub.targets import standing
from hub.targets.standing import Gate
from partners.problem import ConfigurationError

RHYTHM_SECONDS = 60.0
"""How long a partner's habit is good for."""

HOLDING = (Gate.PAUSED, Gate.MAINTENANCE, Gate.BREAKER, Gate.HELD)
"""What holds a target's departures back; a rate only spreads them."""

_TASKS = Path("/proc/self/task")


class Gauges(Collector):
    """Reads afresh at every scrape; what cannot be read while the store is not there is absent, and ``hub_ready_check``
    says why."""

    def __init__(self, services: HubServices, prober: Prober) -> None:
        self._services = services
        self._prober = prober
        self._rhythms: tuple[float, list[Rhythm]] = (float("-inf"), [])
        self._clock_start = services.clock().timestamp() - time.monotonic()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._process()
        try:
            now = self._services.clock()
            with self._services.store.read() as tx:
                read = [*self._queues(tx, now), *self._partners(tx, now), *self._targets(tx, now)]
        except (StoreError, ConfigurationError):
            return
        yield from read

    def _process(self) -> Iterator[GaugeMetricFamily]:
        services = self._services
        readiness = self._prober.readiness()
        yield _one("hub_ready", "1 when new documents can be taken in.", readiness.ready)
        checks = _family("hub_ready_check", "1 when this part of readiness is given.", "check")
        for check in readiness.checks:
            checks.add_metric([check.name], check.ok)
        yield checks
        silent = _family("hub_loop_silent_seconds", "Since the loop's last sign of life.", "loop")
        for name, seconds in services.watch.silent().items():
            silent.add_metric([name], seconds)
        yield silent
        yield _one("hub_disk_free_bytes", "Left where the data directory is.", disk_free(services))
        yield _one("hub_disk_floor_bytes", "Below it nothing is taken in.", disk_floor(services))
        drift = services.clock().timestamp() - time.monotonic() - self._clock_start
        yield _one("hub_clock_drift_seconds", "How far the clock has moved against monotonic time.", drift)
        yield _one("hub_child_processes", "Child processes of the node.", _children())
        build = _family("hub_build_info", "Always 1.", "version")
        build.add_metric([version("supplier-hub")], 1)
        yield build

    def _queues(self, tx: Tx, now: datetime) -> Iterator[GaugeMetricFamily]:
        queues, due = tallies.queues(tx), backlog.timers_due(tx, now)
        came = queues.transmissions
        rows = {
            "arrivals": tallies.joined(came.get("received"), came.get("processing")),
            "quarantined": came.get("quarantined"),
            "timers": due,
            "relay": relay.waiting(tx),
            **{f"documents_{status}": queues.documents.get(status) for status in tallies.PARKED},
        }
        yield from _depths("hub_queue", "queue", rows, now)
        kinds: dict[str, Queue | None] = dict(backlog.work_items_by_kind(tx))
        yield from _depths("hub_work_items", "kind", kinds, now)

    def _targets(self, tx: Tx, now: datetime) -> Iterator[GaugeMetricFamily]:
        waiting, dead, handed = dict[str, Queue | None](), dict[str, Queue | None](), dict[str, Queue | None]()
        lying: dict[str, Queue | None] = dict.fromkeys(self._services.catalog().offered)
        held = GaugeMetricFamily("hub_target_held_back", "1 while nothing leaves for it.", labels=["target", "by"])
        for report in standing.report(tx, self._services.catalog(), now):
            target, queues = report.target if report.configured else OTHER, report.queues
            waiting[target] = tallies.joined(waiting.get(target), queues.get("pending"), queues.get("composed"))
            handed[target] = tallies.joined(handed.get(target), queues.get("awaiting"))
            if report.lying is not None:
                lying[target] = tallies.joined(lying.get(target), report.lying)
            dead[target] = tallies.joined(dead.get(target), queues.get("dead"))
            for gate in HOLDING if report.configured else ():
                held.add_metric([target, gate.value], report.standing.gate is gate)
        yield from _depths("hub_departures", "target", waiting, now)
        yield from _depths("hub_confirmations", "target", handed, now)
        yield from _depths("hub_outbox", "target", lying, now)
        yield self._patience()
        yield from _depths("hub_dead_letters", "target", dead, now)
        yield held

    def _patience(self) -> GaugeMetricFamily:
        family = _family("hub_outbox_tolerated_seconds", "How long something may lie there.", "target")
        for target, settings in self._services.catalog().offered.items():
            if settings.overdue_after_hours is not None:
                family.add_metric([target], settings.overdue_after_hours * 3600)
        return family

    def _partners(self, tx: Tx, now: datetime) -> Iterator[GaugeMetricFamily]:
        profiles = self._services.catalog().profiles
        overdue = backlog.overdue_by_partner(tx, now)
        family = _family("hub_acknowledgments_overdue", "Agreed acknowledgments that have not come.", "partner")
        for partner in profiles:
            family.add_metric([partner], overdue[partner].count if partner in overdue else 0)
        yield family
        if time.monotonic() - self._rhythms[0] >= RHYTHM_SECONDS:
            self._rhythms = (time.monotonic(), [rhythm.read(tx, partner, now) for partner in sorted(profiles)])
        last = _family("hub_partner_last_arrival_timestamp_seconds", "When it last sent something.", "partner")
        usual = _family("hub_partner_tolerated_silence_seconds", "After it the partner is late.", "partner")
        for habit in self._rhythms[1]:
            (arrived,) = backlog.last_arrivals(tx, habit.partner, [now])
            if arrived is not None:
                last.add_metric([habit.partner], arrived.timestamp())
            if habit.tolerated is not None:
                usual.add_metric([habit.partner], habit.tolerated.total_seconds())
        yield from (last, usual)


def _depths(name: str, label: str, rows: dict[str, Queue | None], now: datetime) -> Iterator[GaugeMetricFamily]:
    depth = _family(f"{name}_waiting", "How many wait.", label)
    oldest = _family(f"{name}_oldest_seconds", "How long the oldest has waited.", label)
    for row, queue in rows.items():
        depth.add_metric([row], queue.count if queue else 0)
        oldest.add_metric([row], max(0.0, (now - queue.oldest).total_seconds()) if queue else 0.0)
    yield from (depth, oldest)


def _family(name: str, meaning: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=[label])


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _children() -> int:
    """As the kernel counts them."""
    try:
        return sum(len((task / "children").read_text().split()) for task in _TASKS.iterdir())
    except OSError:
        return 0
