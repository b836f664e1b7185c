"""One arrival taken in by itself, as the doors do for many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.store.inbound import arrivals
from hub.store.inbound.arrivals import Arriving, Taken
from hub.store.schema.records import Transmission
from hub.store.store import Store


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes that come through a channel's door, which calls them ``transport_id``."""

    channel: str
    body: bytes
    content_type: str
    transport_id: str = ""


def receive(store: Store, arrival: Arrival, *, partner: str | None, actor: str, now: datetime) -> Transmission:
    """Keeps it, and commits. Without a ``partner`` the envelope is to name one."""
    kept = store.keep(arrival.body)
    arriving = Arriving(
        arrival.channel, partner, arrival.content_type, arrival.transport_id, kept, actor=actor, now=now
    )
    with store.begin() as tx:
        (taken,) = arrivals.write(tx, [arriving])
    assert isinstance(taken, Taken)  # without a key it is always new
    return taken.transmission
