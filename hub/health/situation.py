"""All that a person wants to know first: what is wrong and whose fault it is, what waits where, who is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.catalog import Catalog
from hub.health import faults, living, relay, rhythm
from hub.health.faults import Fault
from hub.health.living import NodeSeen
from hub.health.rhythm import Rhythm
from hub.store.questions import backlog
from hub.store.store import Tx
from hub.store.traffic import tallies
from hub.store.traffic.tallies import Queue, Queues
from hub.targets import standing
from hub.targets.standing import TargetReport


@dataclass(frozen=True, slots=True)
class Situation:
    """``waiting``: queue → what waits in it now, in the order of a document's way; None for nothing. ``nodes`` gave
    signs of life within the last day."""

    faults: Sequence[Fault]
    waiting: dict[str, Queue | None]
    queues: Queues
    targets: list[TargetReport]
    partners: list[Rhythm]
    nodes: list[NodeSeen]


def situation(tx: Tx, catalog: Catalog, now: datetime) -> Situation:
    """Read in one snapshot; nothing in it grows with what is finished."""
    queues, timers = tallies.queues(tx), backlog.timers_due(tx, now)
    came, sent, judged = queues.transmissions, queues.deliveries, queues.documents
    arrivals = tallies.joined(came.get("received"), came.get("processing"))
    targets = standing.report(tx, catalog, now)
    partners = [rhythm.read(tx, partner, now) for partner in sorted(catalog.profiles)]
    nodes = living.seen(tx, catalog.lease, now)
    found = [
        *living.of_nodes(nodes),
        *faults.of_queues(arrivals, timers, now),
        *faults.of_matters(backlog.matters(tx)),
        *faults.of_targets(targets, backlog.dead_departures(tx), backlog.last_failures(tx), now),
        *faults.of_partners(partners, now),
    ]
    waiting = {
        "arrivals": arrivals,
        "timers": timers,
        "deliveries": tallies.joined(sent.get("pending"), sent.get("composed")),
        "confirmations": sent.get("awaiting"),
        "relay": relay.waiting(tx),
        "quarantined": came.get("quarantined"),
        "parked": tallies.joined(*judged.values()),
        "dead letters": sent.get("dead"),
        "work items": tallies.joined(*backlog.work_items_by_kind(tx).values()),
    }
    return Situation(faults.worst_first(found), waiting, queues, targets, partners, nodes)
