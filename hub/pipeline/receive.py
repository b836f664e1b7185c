"""receive: bytes and their row are on disk before the sender is told (promise 1)."""

from __future__ import annotations

from datetime import datetime

from channels.ports import Arrival
from hub.store.coordination import timers
from hub.store.inbound import arrivals
from hub.store.inbound.arrivals import Arriving, Taken
from hub.store.schema.records import Timer, Transmission
from hub.store.store import Store
from hub.store.trail import refusals, work_items


def receive(store: Store, arrival: Arrival, *, partner: str | None, actor: str, now: datetime) -> Transmission:
    """Stores one arrival whose bytes are in memory, and commits. ``partner`` comes from the credential or the channel;
    None for a shared channel, whose partner the envelope names. Doors take in by ``hub.entry.intake``, where many
    share one commit.

    Raises whatever the store raises when it cannot keep the bytes: the sender keeps them and tries again.
    """
    kept = store.keep(arrival.body)
    arriving = Arriving(
        arrival.channel, partner, arrival.content_type, arrival.transport_id, kept, actor=actor, now=now
    )
    with store.begin() as tx:
        (taken,) = arrivals.write(tx, [arriving])
    assert isinstance(taken, Taken)  # without a key it is always new
    return taken.transmission


def refuse(
    store: Store,
    channel: str,
    name: str,
    reason: str,
    *,
    partner: str | None,
    now: datetime,
    held: Timer | None = None,
) -> None:
    """A file that is not even read, such as one above the size limit: one row and a work item are kept, no bytes.
    ``held`` as in Arriving."""
    subject = f"channel:{channel}"
    with store.begin() as tx:
        if held is not None:
            timers.hold(tx, held)
        refusals.record(tx, subject=subject, sha256="", size=0, reason=f"{name}: {reason}", now=now)
        summary = f"The file {name} of {subject} was refused unread: {reason}"
        work_items.raise_item(tx, "refused-file", f"refused-file:{subject}:{name}"[:300], partner, summary, [], now)
