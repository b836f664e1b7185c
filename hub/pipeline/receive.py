"""receive: bytes and their row are on disk before the sender is told (promise 1)."""

from __future__ import annotations

from datetime import datetime

from channels.ports import Arrival
from hub.states import ArrivalStatus
from hub.store import events, refusals, transmissions, work_items
from hub.store.records import Transmission
from hub.store.store import Store


def receive(store: Store, arrival: Arrival, *, partner: str | None, actor: str, now: datetime) -> Transmission:
    """Stores one arrival and commits. ``partner`` comes from the credential or the channel; None for a shared channel,
    whose partner the envelope names.

    Raises whatever the store raises when it cannot keep the bytes: the sender keeps them and tries again.
    """
    kept = store.keep(arrival.body)
    with store.begin() as tx:
        transmission = transmissions.record(
            tx,
            kept=kept,
            direction="in",
            channel=arrival.channel,
            partner=partner,
            order_scope=partner or f"channel:{arrival.channel}",
            content_type=arrival.content_type,
            transport_id=arrival.transport_id,
            status=ArrivalStatus.RECEIVED,
            now=now,
        )
        events.record(
            tx,
            "transmission.received",
            transmission.id,
            transmission_id=transmission.id,
            partner=partner,
            actor=actor,
            data={"channel": arrival.channel, "bytes": transmission.size, "sha256": transmission.sha256},
            now=now,
        )
    return transmission


def refuse(store: Store, arrival: Arrival, reason: str, *, partner: str | None, now: datetime) -> None:
    """A file that is not even read, such as one above the size limit: one row and a work item are kept, no bytes."""
    subject = f"channel:{arrival.channel}"
    name = arrival.transport_id
    with store.begin() as tx:
        refusals.record(tx, subject=subject, sha256="", size=len(arrival.body), reason=f"{name}: {reason}", now=now)
        summary = f"The file {name} of {subject} was refused unread: {reason}"
        work_items.raise_item(tx, "refused-file", f"refused-file:{subject}:{name}"[:300], partner, summary, [], now)
