"""compose: deliveries whose turn it is → bytes in their target's form, frozen before the first attempt.

Crosswalks are reversed, the partner's guide and our own judge applied, control numbers drawn, all in the transaction
that freezes the bytes: what does not fit the form uses no number, and a number that was used has its bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from canonical.base import SCHEMA_VERSION
from canonical.document import Document, parse_document
from canonical.finding import Finding
from channels.channel import ChannelSettings, Codec
from channels.errors import PayloadError
from channels.file_names import FileNaming
from hub.catalog import CHANNEL_PREFIX, Catalog, Entries, channel_id
from hub.pipeline.forms.outbound import Outbound
from hub.pipeline.forms.writing import WRITERS
from hub.pipeline.piece import CROSSWALK_REVISION
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store.configuration.control_numbers import Drawing
from hub.store.errors import DatabaseFailure
from hub.store.ids import new_id, trace_parent
from hub.store.schema.records import SentSet, StoredDelivery, StoredDocument, StoredEvent, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, order, transmissions
from hub.store.trail import events, work_items
from partners.pinned import Pinned

BATCH = 20
"""Deliveries composed in one transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery to a partner, in the partner's own terms. ``changes`` are what the crosswalk exchanged."""

    delivery: StoredDelivery
    stored: StoredDocument
    pinned: Pinned
    channel: ChannelSettings
    document: Document
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Carried:
    """A delivery inside a departure, and what is to be remembered of it. ``sent`` are its control numbers."""

    delivery: StoredDelivery
    stored: StoredDocument
    changes: list[dict[str, Any]] = field(default_factory=list)
    sent: dict[str, str] | None = None
    acknowledgment_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes of one departure and the deliveries that they carry."""

    id: str
    body: bytes
    content_type: str
    file_name: str
    carried: list[Carried]


class Composition:
    """Composes deliveries in one transaction. What they share is asked for once: documents that were looked up, and
    each partner's crosswalk."""

    def __init__(self, tx: Tx, catalog: Catalog, numbers: Drawing, now: datetime) -> None:
        self.tx = tx
        self.catalog = catalog
        self.now = now
        self._numbers = numbers
        self._looked_up: dict[str, StoredDocument] = {}
        self._entries: dict[str, Entries] = {}

    def look_up(self, due: Sequence[StoredDelivery]) -> None:
        """Reads the documents of deliveries that are about to be composed, at once."""
        self._looked_up = documents.of_ids(self.tx, {delivery.document_id for delivery in due})

    @contextmanager
    def burying(self, lost: Sequence[StoredDelivery]) -> Iterator[None]:
        """What cannot be composed inside gives back the numbers it drew, and its deliveries are dead letters. What is
        inside writes nothing else."""
        try:
            with self._numbers.attempt():
                yield
        except PayloadError as error:
            reason = f"The document does not fit the target's form: {error.detail}"
        except DatabaseFailure:
            raise
        except Exception as error:
            log.exception("a delivery could not be composed")
            reason = f"The hub could not compose it ({type(error).__name__}: {error})."
        else:
            return
        for delivery in lost:
            _bury(self.tx, delivery, reason, self.now)

    def parcel_of(self, delivery: StoredDelivery) -> Parcel:
        """A delivery in the form of its target, on its own. Raises PayloadError for what does not fit."""
        if not delivery.target.startswith(CHANNEL_PREFIX):
            return _for_system(delivery, self._stored(delivery))
        prepared = self.prepare(delivery)
        outbound = self.begin(prepared)
        changes = outbound.add(delivery.id, prepared.stored, prepared.document)
        return written(outbound, [(prepared, changes)], self.now)

    def prepare(self, delivery: StoredDelivery) -> Prepared:
        """A delivery to a partner, with the crosswalks turned round. Raises PayloadError when the profile no longer
        takes it or an entry is missing."""
        stored = self._stored(delivery)
        pinned = self.catalog.profiles.get(delivery.partner)
        if pinned is None:
            raise PayloadError(f"partner {delivery.partner} has no profile any more")
        name = delivery.target.removeprefix(CHANNEL_PREFIX)
        channel = next((c for c in pinned.partner.channels if channel_id(pinned.partner, c) == name), None)
        if channel is None:
            raise PayloadError(f"channel {name} is not in the partner's profile any more")
        assert stored.canonical is not None
        crosswalk = self._entries_of(pinned.key).crosswalk(pinned)
        translated = crosswalk.to_partner(parse_document(stored.canonical))
        if missing := [entry.finding.message for entry in translated.missing if entry.required]:
            raise PayloadError(f"crosswalk entries are missing: {'; '.join(missing)}")
        changes = [change.as_row() for change in translated.changes]
        return Prepared(delivery, stored, pinned, channel, translated.document, changes)

    def begin(self, prepared: Prepared) -> Outbound:
        """A departure in the form of the delivery's channel, with nothing in it yet."""
        writer = WRITERS[prepared.channel.codec]
        return writer(self._numbers, self.catalog, prepared.pinned, prepared.stored.usage_indicator, self.now)

    def _entries_of(self, partner: str) -> Entries:
        if partner not in self._entries:
            self._entries[partner] = self.catalog.entries(self.tx, partner)
        return self._entries[partner]

    def _stored(self, delivery: StoredDelivery) -> StoredDocument:
        """The document, as it was when it was hashed. Raises PayloadError when it was changed since."""
        id = delivery.document_id
        document = self._looked_up.get(id) or documents.get(self.tx, id)
        assert document is not None
        assert document.canonical is not None
        if sha256(document.canonical.encode()).hexdigest() != document.canonical_hash:
            raise PayloadError("the stored document has been damaged: replay it from its bytes")
        return document


def compose_due(services: HubServices, skip_targets: Collection[str] = ()) -> int:
    """Composes what is due on its own, at most BATCH; returns how many deliveries were taken, 0 when there is nothing
    to do. Deliveries that gather are composed by ``batch``."""
    catalog, now = services.catalog(), services.clock()
    with services.store.begin() as tx, Drawing(tx) as numbers:
        composition = Composition(tx, catalog, numbers, now)
        # Partner by partner, whichever node composes: who draws numbers of the same ones waits, and not in a circle.
        due = sorted(order.next_composable(tx, now, skip_targets, BATCH), key=lambda delivery: delivery.partner)
        composition.look_up(due)
        parcels = []
        for delivery in due:
            with services.metrics.step("compose"), composition.burying([delivery]):
                parcels.append(composition.parcel_of(delivery))
        freeze(tx, services, parcels, now)
    return len(due)


def freeze(tx: Tx, services: HubServices, parcels: Sequence[Parcel], now: datetime) -> None:
    """Writes departures, due at once, and moves the deliveries they carry on."""
    frozen = [_departure(services, parcel, now) for parcel in parcels]
    inside = [(carried, one) for parcel, one in zip(parcels, frozen, strict=True) for carried in parcel.carried]
    transmissions.record_many(tx, frozen)
    deliveries.compose_many(tx, [(c.delivery, one.id, c.changes or None, c.acknowledgment_due) for c, one in inside])
    deliveries.record_sent_sets(tx, [_sent_set(c, c.sent, one) for c, one in inside if c.sent is not None])
    events.record_many(tx, [_composed(carried, one, now) for carried, one in inside])


def _departure(services: HubServices, parcel: Parcel, now: datetime) -> Transmission:
    first = parcel.carried[0].delivery
    return transmissions.new(
        id=parcel.id,
        direction="out",
        channel=first.target.removeprefix(CHANNEL_PREFIX),
        partner=first.partner,
        order_scope=f"out:{first.target}",
        kept=services.store.keep(parcel.body),
        content_type=parcel.content_type,
        file_name=parcel.file_name,
        status=DepartureStatus.DUE,
        target=first.target,
        idempotency_key=first.idempotency_key if len(parcel.carried) == 1 else parcel.id,
        headers=_correlation(parcel),
        due_at=now,
        now=now,
    )


def _correlation(parcel: Parcel) -> dict[str, str] | None:
    """Tells the target which arrival this goes back to; None for what gathered from several."""
    arrivals = {carried.stored.transmission_id for carried in parcel.carried}
    if len(arrivals) > 1:
        return None
    arrival = arrivals.pop()
    return {deliveries.CORRELATION: arrival, "traceparent": trace_parent(arrival, parcel.id)}


def _sent_set(carried: Carried, numbers: dict[str, str], frozen: Transmission) -> tuple[SentSet, int]:
    delivery = carried.delivery
    sent = SentSet(delivery_id=delivery.id, departure_id=frozen.id, partner=delivery.partner, **numbers)
    return sent, carried.stored.seq


def _composed(carried: Carried, frozen: Transmission, now: datetime) -> StoredEvent:
    return events.event(
        "delivery.composed",
        carried.delivery.id,
        transmission_id=carried.stored.transmission_id,
        partner=carried.delivery.partner,
        data={"departure": frozen.id, "target": carried.delivery.target, "bytes": frozen.size},
        now=now,
    )


def _bury(tx: Tx, delivery: StoredDelivery, reason: str, now: datetime) -> None:
    """A dead letter that was never frozen: mend the cause and replay its document."""
    deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=now, reason=reason)
    key = f"unfit:{delivery.id}"
    work_items.raise_item(tx, "unfit", key, delivery.partner, reason, [delivery.document_id, delivery.id], now)
    events.record(
        tx,
        "delivery.dead",
        delivery.id,
        transmission_id=deliveries.origins_of(tx, [delivery.id])[delivery.id].arrival,
        partner=delivery.partner,
        data={"reason": reason},
        now=now,
    )


# ---- for ERP and WMS


def _for_system(delivery: StoredDelivery, document: StoredDocument) -> Parcel:
    """Canonical JSON with its envelope beside it. The same revision of a document makes the same bytes, whatever was
    applied meanwhile: a receiver may compare them under one idempotency key."""
    assert document.canonical is not None
    payload = {
        "schema": f"urn:supplier-hub:canonical:{document.type}:{SCHEMA_VERSION}",
        "document_id": document.origin_id,
        "revision": document.revision,
        "partner": {"key": document.partner},
        "transmission_id": document.transmission_id,
        "envelope": {name: value for name, value in document.envelope.items() if name != CROSSWALK_REVISION},
        "document": json.loads(document.canonical),
    }
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    name = f"{document.type}_{document.origin_id}_{document.revision}.json"
    return Parcel(new_id("tr"), body, Codec.JSON.content_type, name, [Carried(delivery, document)])


# ---- for a partner


def written(outbound: Outbound, inside: Sequence[tuple[Prepared, Sequence[Finding]]], now: datetime) -> Parcel:
    """The departure written, with what is remembered of each delivery inside."""
    id, done = new_id("tr"), outbound.write()
    carried = []
    for prepared, findings in inside:
        changes = [{"pointer": f.locator, "rule": f.code, "from": f.value, "to": f.expected} for f in findings]
        agreement, sent = prepared.pinned.sending(prepared.document), done.numbers.get(prepared.delivery.id)
        minutes = agreement.acknowledgment_due_minutes if agreement and sent else None
        due = now + timedelta(minutes=minutes) if minutes else None
        carried.append(Carried(prepared.delivery, prepared.stored, [*prepared.changes, *changes], sent, due))
    first, types = inside[0][0], {prepared.stored.type for prepared, _ in inside}
    number = (carried[0].sent or {}).get("interchange_control_number", "")
    name = _file_name(first, types.pop() if len(types) == 1 else "documents", id, number, now, done.extension)
    return Parcel(id, done.body, done.content_type, name, carried)


def _file_name(prepared: Prepared, type: str, departure: str, number: str, now: datetime, extension: str) -> str:
    fields = {
        "partner": prepared.stored.partner,
        "channel": prepared.channel.name,
        "type": type,
        "id": departure,
        "control_number": number or departure,
        "date": f"{now:%Y%m%d}",
        "time": f"{now:%H%M%S}",
        "extension": extension,
    }
    if isinstance(prepared.channel, FileNaming):
        return prepared.channel.outbound_name(fields)
    return f"{prepared.stored.partner}_{type}_{departure}.{extension}"
