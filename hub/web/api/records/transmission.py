"""What came in or went out, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from canonical.finding import Finding
from hub.states import ArrivalStatus, DepartureStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredInterchange, Transmission
from hub.web.api.records.acknowledgment import AcknowledgmentRecord
from hub.web.api.records.document import DocumentSummary, PartyId
from hub.web.api.records.record import Record


class AcceptedRecord(Record):
    """The bytes are on disk. ``status_url`` tells what becomes of them."""

    id: str
    status_url: str
    received_at: datetime
    bytes: int
    sha256: str

    @classmethod
    def of(cls, told: Transmission) -> AcceptedRecord:
        return cls(
            id=told.id,
            status_url=f"/v1/transmissions/{told.id}",
            received_at=told.received_at,
            bytes=told.size,
            sha256=told.sha256,
        )


class InterchangeRecord(Record):
    """One ISA to IEA."""

    sender: PartyId
    receiver: PartyId
    control_number: str
    usage_indicator: str
    verdict: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, interchange: StoredInterchange) -> InterchangeRecord:
        return cls(
            sender=PartyId(qualifier=interchange.sender_qualifier, id=interchange.sender_id),
            receiver=PartyId(qualifier=interchange.receiver_qualifier, id=interchange.receiver_id),
            control_number=interchange.control_number,
            usage_indicator=interchange.usage_indicator,
            verdict=interchange.verdict,
            findings=tuple(Finding.model_validate(row) for row in interchange.findings),
        )


class TransmissionRecord(Record):
    """``direction`` is seen from the hub. ``documents`` are the first hundred."""

    id: str
    status: ArrivalStatus | DepartureStatus
    reason: str | None = None
    direction: Literal["in", "out"]
    partner: str | None = None
    received_at: datetime
    finished_at: datetime | None = None
    content_type: str
    size: int
    sha256: str
    duplicate_of: str | None = None
    replay_of: str | None = None
    findings: tuple[Finding, ...]
    interchanges: tuple[InterchangeRecord, ...]
    acknowledgments: tuple[AcknowledgmentRecord, ...]
    documents: tuple[DocumentSummary, ...]

    @classmethod
    def of(cls, trace: Trace) -> TransmissionRecord:
        told = trace.transmission
        states = ArrivalStatus if told.direction == "in" else DepartureStatus
        return cls(
            id=told.id,
            status=states(told.status),
            reason=told.reason,
            direction=told.direction,
            partner=told.partner,
            received_at=told.received_at,
            finished_at=told.finished_at,
            content_type=told.content_type,
            size=told.size,
            sha256=told.sha256,
            duplicate_of=told.duplicate_of,
            replay_of=told.replay_of,
            findings=tuple(Finding.model_validate(row) for row in told.findings or []),
            interchanges=tuple(InterchangeRecord.of(one) for one in trace.interchanges),
            acknowledgments=tuple(AcknowledgmentRecord.of(one) for one in trace.acknowledgments),
            documents=tuple(DocumentSummary.of(one) for one in trace.documents),
        )
