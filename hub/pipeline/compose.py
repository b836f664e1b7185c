"""compose: deliveries whose turn it is → bytes in their target's form, frozen before the first attempt.

Crosswalks are reversed, the partner's guide and our own judge applied, control numbers drawn, all in the transaction
that freezes the bytes: what does not fit the form uses no number, and a number that was used has its bytes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from canonical.base import SCHEMA_VERSION
from canonical.document import Document, DocumentType, parse_document
from canonical.finding import Severity, Verdict
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.channel import ChannelSettings, Codec
from channels.errors import PayloadError
from channels.folder.settings import FolderSettings
from channels.x12.acknowledgment import ta1_segment
from channels.x12.envelope import PartyId, Separators
from channels.x12.grammar import grammar
from channels.x12.judge import judge
from channels.x12.sets import SET_OF, encode
from channels.x12.tables import functional_identifiers
from channels.x12.writer import GroupHeader, InterchangeHeader, TransactionSet, interchange_version, write, write_ta1
from hub.catalog import Catalog, channel_id
from hub.routing import CHANNEL_PREFIX
from hub.services import HubServices
from hub.states import DeliveryStatus, DepartureStatus
from hub.store import control_numbers, crosswalks, deliveries, documents, events, transmissions, work_items
from hub.store.ids import new_id
from hub.store.records import SentSet, StoredDelivery, StoredDocument
from hub.store.store import Tx
from partners.agreement import Direction, DocumentAgreement
from partners.crosswalk import Crosswalk
from partners.pinned import Pinned

BATCH = 20
"""Deliveries composed in one transaction."""

X12_CONTENT_TYPE = "application/edi-x12"
JSON_CONTENT_TYPE = "application/json"


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
            composed = _for_partner(tx, catalog, delivery, document, departure, now)
        else:
            composed = _for_system(catalog, delivery, document)
    except PayloadError as error:
        _does_not_fit(tx, delivery, document, error.detail, now)
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


def _does_not_fit(tx: Tx, delivery: StoredDelivery, document: StoredDocument, detail: str, now: datetime) -> None:
    reason = f"The document does not fit the target's form: {detail}"
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


def _for_system(catalog: Catalog, delivery: StoredDelivery, document: StoredDocument) -> Composed:
    """Canonical JSON with its envelope beside it; the same document always makes the same bytes."""
    assert document.canonical is not None
    pinned = catalog.profiles.get(document.partner)
    payload = {
        "schema": f"urn:supplier-hub:canonical:{document.type}:{SCHEMA_VERSION}",
        "document_id": document.origin_id,
        "revision": document.revision,
        "partner": {"key": document.partner, "name": pinned.partner.name if pinned else document.partner},
        "transmission_id": document.transmission_id,
        "envelope": document.envelope,
        "document": json.loads(document.canonical),
    }
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Composed(body, JSON_CONTENT_TYPE, f"{document.type}_{document.origin_id}_{document.revision}.json")


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
        body = stored.canonical.encode()
        return Composed(body, JSON_CONTENT_TYPE, _file_name(channel, stored, departure, "", now, "json"), None, changes)
    letter = _Letter(tx, catalog, pinned, stored, translated.document, now)
    body, sent = letter.write()
    number = str(sent["interchange_control_number"])
    file_name = _file_name(channel, stored, departure, number, now, "edi")
    is_answer = isinstance(letter.document, FunctionalAcknowledgment)
    minutes = letter.agreement.acknowledgment_due_minutes if letter.agreement else None
    due = now + timedelta(minutes=minutes) if minutes else None
    return Composed(body, X12_CONTENT_TYPE, file_name, None if is_answer else sent, changes, due)


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


@dataclass(slots=True)
class _Letter:
    """One X12 interchange for one document."""

    tx: Tx
    catalog: Catalog
    pinned: Pinned
    stored: StoredDocument
    document: Document
    now: datetime

    def write(self) -> tuple[bytes, dict[str, str]]:
        """The bytes and the control numbers they carry. Raises PayloadError before any number is drawn."""
        answer = self.document if isinstance(self.document, FunctionalAcknowledgment) else None
        if answer is not None and answer.interchange is not None:
            header = self._header(self._draw("interchange"))
            body = write_ta1(header, [ta1_segment(answer)])
            return body, {"interchange_control_number": _nine(header.control_number)}
        set_type = SET_OF[DocumentType(self.document.type)]
        segments = encode(self.document, self.release, self.separators)
        self._judged(set_type, segments)
        header = self._header(self._draw("interchange"))
        group = self._group(set_type, self._draw("group"))
        body = write(header, [(group, [TransactionSet(set_type, 1, segments)])])
        return body, {
            "interchange_control_number": _nine(header.control_number),
            "functional_identifier": group.functional_identifier,
            "group_control_number": _nine(group.control_number),
            "set_type": set_type,
            "set_control_number": "0001",
        }

    @property
    def release(self) -> str:
        """An acknowledgment speaks the release of what it acknowledges; everything else the agreed one."""
        if isinstance(self.document, FunctionalAcknowledgment) and self.document.group and self.document.group.release:
            return self.document.group.release
        return (self.agreement.release if self.agreement else None) or self.pinned.partner.x12.release

    @property
    def agreement(self) -> DocumentAgreement | None:
        return self.pinned.partner.agreement(DocumentType(self.document.type), Direction.OUTBOUND)

    @property
    def separators(self) -> Separators:
        chosen = self.pinned.partner.x12.separators
        return Separators(chosen.element, chosen.component, chosen.segment, chosen.repetition)

    def _judged(self, set_type: str, segments: list[list[str]]) -> None:
        """What we send passes our own judge under the partner's guide, or it is not sent (promise 9)."""
        compiled = grammar(self.release, set_type, self.agreement.guide if self.agreement else None)
        whole = [["ST", set_type, "0001"], *segments, ["SE", str(len(segments) + 2), "0001"]]
        judgement = judge(whole, compiled, self.pinned.policy, self.separators)
        if judgement.verdict is Verdict.REJECTED:
            errors = [f"{f.locator}: {f.message}" for f in judgement.findings if f.severity is Severity.ERROR]
            raise PayloadError("; ".join(errors[:5]))

    def _draw(self, kind: str) -> int:
        numbers = self.pinned.partner.x12.control_numbers
        span = numbers.interchange if kind == "interchange" else numbers.group
        identity = self.catalog.our_identity(self.pinned.partner)
        return control_numbers.draw(self.tx, self.pinned.key, identity.key, kind, span.first, span.last)

    def _header(self, control_number: int) -> InterchangeHeader:
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        return InterchangeHeader(
            sender=PartyId(ours.qualifier, ours.id),
            receiver=PartyId(theirs.qualifier, theirs.id),
            control_number=control_number,
            created=self._local_now(),
            version=interchange_version(self.release),
            usage_indicator=self.stored.usage_indicator,
            separators=self.separators,
            line_wrap=self.pinned.partner.x12.line_wrap,
        )

    def _group(self, set_type: str, control_number: int) -> GroupHeader:
        ours, theirs = self.catalog.our_identity(self.pinned.partner), self.pinned.partner.identifiers[0]
        return GroupHeader(
            functional_identifier=functional_identifiers()[set_type],
            sender=ours.application_code,
            receiver=theirs.application_code,
            control_number=control_number,
            created=self._local_now(),
            release=self.release,
        )

    def _local_now(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.pinned.partner.time_zone))


def _nine(number: int) -> str:
    return f"{number:09}"
