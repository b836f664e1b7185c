"""How far the relay to NATS is behind the feed."""

from __future__ import annotations

from hub.store.coordination import timers
from hub.store.store import Tx
from hub.store.traffic.tallies import Queue
from hub.store.trail import events
from hub.timers import RELAY


def waiting(tx: Tx) -> Queue | None:
    """Sealed events that were not relayed; None when there are none, or no relay."""
    timer = timers.get(tx, RELAY, "")
    if timer is None:
        return None
    after = int((timer.payload or {}).get("after", 0))
    first = events.feed(tx, after, 1)
    return Queue(events.newest(tx) - after, first[0].at) if first else None
