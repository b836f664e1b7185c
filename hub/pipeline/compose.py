"""compose: deliveries whose turn it is → bytes in their target's form, frozen before the first attempt.

Crosswalks are reversed, the partner's guide and our own judge applied, control numbers drawn, all in the transaction
that freezes the bytes: what does not fit the form uses no number, and a number that was used has its bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from canonical.base import SCHEMA_VERSION
from canonical.document import parse_document, to_json
from channels.channel import ChannelSettings, Codec
from channels.errors import PayloadError
from channels.folder.settings import FolderSettings
from hub.catalog import Catalog, channel_id
from hub.pipeline.interchange import OutboundInterchange
from hub.pipeline.piece import CROSSWALK_REVISION
from hub.routing import CHANNEL_PREFIX
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store import crosswalks, deliveries, documents, events, transmissions, work_items
from hub.store.errors import DatabaseFailure
from hub.store.ids import new_id
from hub.store.records import SentSet, StoredDelivery, StoredDocument
from hub.store.store import Tx
from partners.crosswalk import Crosswalk

BATCH = 20
"""Deliveries composed in one transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Composed:
    """Frozen bytes and what is to be remembered of them."""

    body: bytes
    content_type: str
    file_name: str
    sent_set: dict[str, str] | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    acknowledgment_due: datetime | None = None


def compose_due(services: HubServices, skip_targets: Collection[str] = ()) -> int:
    """Composes what is due, at most BATCH; returns how many deliveries were taken, 0 when there is nothing to do."""
    catalog, now = services.catalog(), services.clock()
    with services.store.begin() as tx:
        due = deliveries.next_composable(tx, now, skip_targets, BATCH)
        for delivery in due:
            _compose(tx, services, catalog, delivery, now)
    return len(due)


def _compose(tx: Tx, services: HubServices, catalog: Catalog, delivery: StoredDelivery, now: datetime) -> None:
    document = documents.get(tx, delivery.document_id)
    assert document is not None
    departure = new_id("tr")
    try:
        if delivery.target.startswith(CHANNEL_PREFIX):
            with tx.begin_nested():  # what does not fit gives the numbers it has drawn back
                composed = _for_partner(tx, catalog, delivery, document, departure, now)
        else:
            composed = _for_system(document)
    except PayloadError as error:
        _bury(tx, delivery, document, f"The document does not fit the target's form: {error.detail}", now)
        return
    except DatabaseFailure:
        raise
    except Exception as error:
        log.exception("a delivery could not be composed")
        _bury(tx, delivery, document, f"The hub could not compose it ({type(error).__name__}: {error}).", now)
        return
    frozen = transmissions.record(
        tx,
        id=departure,
        direction="out",
        channel=delivery.target.removeprefix(CHANNEL_PREFIX),
        partner=delivery.partner,
        order_scope=f"out:{delivery.target}",
        kept=services.store.keep(composed.body),
        content_type=composed.content_type,
        file_name=composed.file_name,
        status=DepartureStatus.DUE,
        target=delivery.target,
        idempotency_key=delivery.idempotency_key,
        due_at=now,
        now=now,
    )
    deliveries.set_status(
        tx,
        delivery,
        DeliveryStatus.COMPOSED,
        now=now,
        departure_id=frozen.id,
        changes=composed.changes or None,
        acknowledgment_due=composed.acknowledgment_due,
    )
    if composed.sent_set is not None:
        sent = SentSet(delivery_id=delivery.id, departure_id=frozen.id, partner=delivery.partner, **composed.sent_set)
        deliveries.record_sent_set(tx, sent)
    events.record(
        tx,
        "delivery.composed",
        delivery.id,
        transmission_id=document.transmission_id,
        partner=delivery.partner,
        data={"departure": frozen.id, "target": delivery.target, "bytes": frozen.size},
        now=now,
    )


def _bury(tx: Tx, delivery: StoredDelivery, document: StoredDocument, reason: str, now: datetime) -> None:
    """A dead letter that was never frozen: mend the cause and replay its document."""
    deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=now, reason=reason)
    key = f"unfit:{delivery.id}"
    work_items.raise_item(tx, "unfit", key, delivery.partner, reason, [delivery.document_id, delivery.id], now)
    events.record(
        tx,
        "delivery.dead",
        delivery.id,
        transmission_id=document.transmission_id,
        partner=delivery.partner,
        data={"reason": reason},
        now=now,
    )


# ---- for ERP and WMS


def _for_system(document: StoredDocument) -> Composed:
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
    return Composed(body, Codec.JSON.content_type, f"{document.type}_{document.origin_id}_{document.revision}.json")


# ---- for a partner


def _for_partner(
    tx: Tx, catalog: Catalog, delivery: StoredDelivery, stored: StoredDocument, departure: str, now: datetime
) -> Composed:
    pinned = catalog.profiles.get(delivery.partner)
    if pinned is None:
        raise PayloadError(f"partner {delivery.partner} has no profile any more")
    name = delivery.target.removeprefix(CHANNEL_PREFIX)
    channel = next((c for c in pinned.partner.channels if channel_id(pinned.partner, c) == name), None)
    if channel is None:
        raise PayloadError(f"channel {name} is not in the partner's profile any more")
    assert stored.canonical is not None
    crosswalk = Crosswalk(crosswalks.rows(tx, pinned.key), pinned.partner)
    translated = crosswalk.to_partner(parse_document(stored.canonical))
    changes = [change.as_row() for change in translated.changes]
    if missing := [entry.finding.message for entry in translated.missing if entry.required]:
        raise PayloadError(f"crosswalk entries are missing: {'; '.join(missing)}")
    if channel.codec is Codec.JSON:
        body = to_json(translated.document).encode()
        return Composed(
            body, Codec.JSON.content_type, _file_name(channel, stored, departure, "", now, "json"), None, changes
        )
    interchange = OutboundInterchange(tx, catalog, pinned, stored, translated.document, now)
    body, sent = interchange.write()
    number = str(sent["interchange_control_number"])
    file_name = _file_name(channel, stored, departure, number, now, "edi")
    changes += [{"pointer": f.locator, "rule": f.code, "from": f.value, "to": f.expected} for f in interchange.findings]
    minutes = interchange.agreement.acknowledgment_due_minutes if interchange.agreement else None
    due = now + timedelta(minutes=minutes) if minutes else None
    return Composed(body, Codec.X12.content_type, file_name, sent, changes, due)


def _file_name(
    channel: ChannelSettings, stored: StoredDocument, departure: str, number: str, now: datetime, extension: str
) -> str:
    fields = {
        "partner": stored.partner,
        "channel": channel.name,
        "type": stored.type,
        "id": departure,
        "control_number": number or departure,
        "date": f"{now:%Y%m%d}",
        "time": f"{now:%H%M%S}",
        "extension": extension,
    }
    if isinstance(channel, FolderSettings):
        return channel.outbound_name(fields)
    return f"{stored.partner}_{stored.type}_{departure}.{extension}"
