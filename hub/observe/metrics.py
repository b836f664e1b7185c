"""What is counted and timed while the hub works, in a registry of its own. docs/operations.md says what each means.

Labels are bounded by the configuration: partners, targets and channels that are in it, documents that the standard
knows; all others share one value. So nobody outside can make the registry grow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a series began is of no use to any rule

OTHER = "other"
"""The label of whatever is not configured: unknown senders, targets that are gone."""

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Of ``Metrics.exposition()``."""

_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_STEPS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 86_400)


class Metrics:
    """The instruments of one node."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.known: Callable[[], Collection[str]] = frozenset
        """The partners, targets and channels of the configuration in force."""
        self._intake = Counter("hub_intake", "Answers of doors.", ["channel", "outcome"], registry=registry)
        self._arrivals = Counter(
            "hub_arrivals", "Arrivals worked to an end.", ["channel", "outcome"], registry=registry
        )
        self._documents = Counter(
            "hub_documents", "Documents that got an outcome.", ["type", "partner", "outcome"], registry=registry
        )
        self._deliveries = Counter("hub_deliveries", "Deliveries by state.", ["target", "outcome"], registry=registry)
        self._attempts = Counter("hub_attempts", "Attempts ended.", ["target", "outcome"], registry=registry)
        self._attempt_seconds = Histogram(
            "hub_attempt_seconds", "One attempt.", ["target"], buckets=_STEPS, registry=registry
        )
        self._way_seconds = Histogram(
            "hub_way_seconds", "From the first byte to delivered.", ["target"], buckets=_LONG, registry=registry
        )
        self._steps = Histogram("hub_step_seconds", "One step.", ["step"], buckets=_STEPS, registry=registry)
        self._commits = Histogram("hub_store_commit_seconds", "One commit.", buckets=_QUICK, registry=registry)
        self._sftp = Counter("hub_sftp", "What happened at our SFTP server.", ["outcome"], registry=registry)
        self._newcomers = Gauge(
            "hub_http_newcomers", "HTTP connections on which nobody has signed in.", registry=registry
        )
        self._turned_away = Counter("hub_http_turned_away", "HTTP connections too many.", ["by"], registry=registry)
        self._deaths = Counter("hub_child_deaths", "Child processes that died over a document.", registry=registry)
        self._relayed = Counter("hub_relayed", "Events that NATS has stored.", registry=registry)
        self._failures = Counter("hub_store_failures", "Store not available.", registry=registry)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step, also when it fails."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._steps.labels(name).observe(time.perf_counter() - begun)

    def commit(self, seconds: float) -> None:
        self._commits.observe(seconds)

    def store_failed(self) -> None:
        self._failures.inc()

    def relayed(self) -> None:
        self._relayed.inc()

    def child_died(self) -> None:
        self._deaths.inc()

    def intake(self, channel: str, outcome: str) -> None:
        """A door answered: received, refused, or unavailable."""
        self._intake.labels(self._one_of(channel), outcome).inc()

    def sftp(self, outcome: str) -> None:
        """Of our SFTP server: signed_in, turned_away, or refused (what a mailbox is not for)."""
        self._sftp.labels(outcome).inc()

    def newcomers(self, count: int) -> None:
        """HTTP connections on which nobody has signed in, at this moment."""
        self._newcomers.set(count)

    def turned_away(self, by: str) -> None:
        """An HTTP connection was one too many of its address, or in total."""
        self._turned_away.labels(by).inc()

    def arrival(self, channel: str, outcome: str) -> None:
        self._arrivals.labels(self._one_of(channel), outcome).inc()

    def document(self, type: str, partner: str | None, outcome: str) -> None:
        self._documents.labels(type, self._one_of(partner), outcome).inc()

    def delivery(self, target: str, outcome: str, way_seconds: float | None = None) -> None:
        self._deliveries.labels(self._one_of(target), outcome).inc()
        if way_seconds is not None:
            self._way_seconds.labels(self._one_of(target)).observe(way_seconds)

    def attempt(self, target: str, outcome: str, seconds: float) -> None:
        self._attempts.labels(self._one_of(target), outcome).inc()
        self._attempt_seconds.labels(self._one_of(target)).observe(seconds)

    def exposition(self) -> bytes:
        """The registry in Prometheus' text form."""
        return generate_latest(self.registry)

    def _one_of(self, name: str | None) -> str:
        return name if name and name in self.known() else OTHER
