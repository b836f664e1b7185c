"""What a commit tells, to the log and to the metrics: only what is true, as it is told after the commit."""

from __future__ import annotations

import logging
from typing import Any

from hub.observe.metrics import OTHER, Metrics
from hub.observe.traces import Traces
from hub.store.ids import made_at
from hub.store.inbound.tries import DIED
from hub.store.schema.records import StoredEvent
from hub.store.store import Listener
from hub.store.traffic.deliveries import ATTEMPT_ENDED
from hub.store.trail.refusals import REFUSED

log = logging.getLogger("hub.events")

_SUBJECTS = {"tr": "transmission", "doc": "document", "dl": "delivery", "wi": "work_item", "ak": "access_key"}
"""The prefix of an id → the field that it is logged as."""

LOGGED = frozenset({"as", "because", "bytes", "channel", "departure", "document", "duplicate_of", "kind", "number"})
LOGGED |= {"outcome", "revision", "seconds", "sha256", "status", "target", "type", "verdict", "version"}
"""Of an event's data what is logged: names and numbers of ours and of business documents, no free text."""


class Teller(Listener):
    """Listens to the store of a node."""

    def __init__(self, metrics: Metrics, traces: Traces) -> None:
        self._metrics = metrics
        self._traces = traces

    def committed(self, events: list[StoredEvent], seconds: float) -> None:
        self._metrics.commit(seconds)
        self._traces.told(events, seconds)
        for event in events:
            log.info(event.kind, extra=fields(event))
            _count(self._metrics, event)

    def failed(self) -> None:
        self._metrics.store_failed()


def fields(event: StoredEvent) -> dict[str, Any]:
    """What is told of an event outside of the store."""
    told = {name: value for name, value in event.data.items() if name in LOGGED and value is not None}
    if event.transmission_id is not None:
        told["transmission"] = event.transmission_id
    if event.partner is not None:
        told["partner"] = event.partner
    if event.actor != "hub":
        told["actor"] = event.actor
    subject = _SUBJECTS.get(event.subject_id.partition("_")[0], "subject")
    return told | {"departure" if event.kind == ATTEMPT_ENDED else subject: event.subject_id}


def _count(metrics: Metrics, event: StoredEvent) -> None:
    what, _, outcome = event.kind.partition(".")
    data = event.data
    if event.kind == "transmission.received":
        metrics.intake(data.get("channel", OTHER), outcome)
    elif event.kind == REFUSED:
        metrics.intake(event.subject_id.partition(":")[2], outcome)
    elif event.kind == DIED:
        metrics.child_died()
    elif event.kind == ATTEMPT_ENDED:
        metrics.attempt(data["target"], data["outcome"], data["seconds"])
    elif what == "transmission" and outcome != "replayed":
        metrics.arrival(data.get("channel", OTHER), outcome)
    elif what == "document" and outcome != "replayed":
        metrics.document(data.get("type", OTHER), event.partner, outcome)
    elif what == "delivery":
        way = None
        if outcome == "delivered" and event.transmission_id is not None and "again" not in data:
            way = max(0.0, (event.at - made_at(event.transmission_id)).total_seconds())
        metrics.delivery(data.get("target", OTHER), outcome, way)
