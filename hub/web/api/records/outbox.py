"""What lies in an outbox, and what was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from channels.ports import Confirmed, Lease, OutboxEntry
from hub.store.schema.records import StoredOffer
from hub.web.api.records.record import Record


class OfferedDocumentRecord(Record):
    """A document inside an entry."""

    id: str
    type: str
    number: str | None = None
    partner: str


class OutboxEntryRecord(Record):
    """Bytes that are fetched at ``content_url``. ``idempotency_key`` is the same however often they are offered: who
    takes each key once sees each effect once. ``target`` is the partner's channel, or the target of hub.yaml, that it
    is for. ``fetched_at`` is the first time."""

    id: str
    content_url: str
    position: int
    target: str
    file_name: str
    content_type: str
    size: int
    sha256: str
    idempotency_key: str
    available_at: datetime
    fetched_at: datetime | None = None
    documents: tuple[OfferedDocumentRecord, ...]

    @classmethod
    def of(cls, entry: OutboxEntry) -> OutboxEntryRecord:
        return cls(
            id=entry.id,
            content_url=f"/v1/outbox/{entry.id}/content",
            position=entry.position,
            target=entry.target,
            file_name=entry.file_name,
            content_type=entry.content_type,
            size=entry.size,
            sha256=entry.sha256,
            idempotency_key=entry.idempotency_key,
            available_at=entry.available_at,
            fetched_at=entry.fetched_at,
            documents=tuple(
                OfferedDocumentRecord(id=one.id, type=one.type, number=one.number or None, partner=one.partner)
                for one in entry.documents
            ),
        )


class OutboxPage(Record):
    """Oldest first. ``next`` goes on behind the last entry, also when there was none: whoever follows it misses
    nothing."""

    entries: tuple[OutboxEntryRecord, ...]
    next: str


class LeaseRecord(Record):
    """Entries that nobody else is given before ``until``. Without ``entries`` there was nothing to lease. With
    ``dry_run`` nothing is leased."""

    lease: str
    until: datetime
    entries: tuple[OutboxEntryRecord, ...]
    dry_run: Literal[True] | None = None

    @classmethod
    def of(cls, lease: Lease, *, dry_run: bool = False) -> LeaseRecord:
        entries = tuple(map(OutboxEntryRecord.of, lease.entries))
        return cls(lease=lease.name, until=lease.until, entries=entries, dry_run=True if dry_run else None)


class ReleaseRecord(Record):
    """How many entries are free again: none, when the lease had ended already."""

    lease: str
    released: int
    dry_run: Literal[True] | None = None


class ConfirmationResult(Record):
    """``done``: now or before. ``too_late``: the opposite was said before. ``unknown``: nothing of yours has the id."""

    id: str
    result: Confirmed


class ConfirmationResults(Record):
    """One for each that was said, in the same order."""

    results: tuple[ConfirmationResult, ...]
    dry_run: Literal[True] | None = None


class OfferRecord(Record):
    """That something lay in an outbox, and who fetched and confirmed it when."""

    available_at: datetime
    fetched_at: datetime | None = None
    fetched_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = Field(default=None, description="confirmed, refused, or withdrawn to be offered again")

    @classmethod
    def of(cls, offer: StoredOffer) -> OfferRecord:
        return cls(
            available_at=offer.available_at,
            fetched_at=offer.fetched_at,
            fetched_by=offer.fetched_by,
            closed_at=offer.closed_at,
            closed_by=offer.closed_by,
            outcome=offer.outcome,
        )


def offers_of(offers: Sequence[StoredOffer], departure_id: str | None) -> tuple[OfferRecord, ...] | None:
    """None where it was sent and never lay anywhere."""
    return tuple(OfferRecord.of(offer) for offer in offers if offer.departure_id == departure_id) or None
