"""Acknowledgments: 997, 999, TA1 and 824, ours and partners'."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from canonical.finding import Finding
from hub.desk.acknowledgments import Acknowledgment, Told
from hub.states import DeliveryStatus, DocumentStatus
from hub.store.schema.records import StoredAcknowledgment, StoredDocument
from hub.web.api.records.delivery import DeliveryRecord
from hub.web.api.records.record import CanonicalJson, Record


class AcknowledgmentRecord(Record):
    """``kind`` is 997, 999, TA1 or 824; ``document_id`` the document that it is, which tells how it was delivered."""

    kind: str
    verdict: str
    document_id: str
    created_at: datetime

    @classmethod
    def of(cls, answer: StoredAcknowledgment) -> AcknowledgmentRecord:
        return cls(
            kind=answer.kind, verdict=answer.verdict, document_id=answer.document_id, created_at=answer.created_at
        )


Kind = Literal["997", "999", "TA1", "824"]


class AcknowledgmentSummary(Record):
    """``direction`` is outbound for an answer of the hub, inbound for one that a partner sent. ``verdict`` is what it
    says, of a partner's as far as it closed something; ``accepted`` and ``refused`` count what it closed.
    ``transmission_id`` is the arrival that it answers, or came in."""

    id: str
    url: str
    document_url: str
    kind: str
    direction: Literal["inbound", "outbound"]
    partner: str
    verdict: str | None = None
    number: str | None = Field(default=None, description="Control number of the group or interchange it acknowledges.")
    accepted: int | None = None
    refused: int | None = None
    status: DocumentStatus
    reason: str | None = None
    created_at: datetime
    transmission_id: str

    @classmethod
    def of(cls, one: Acknowledgment) -> AcknowledgmentSummary:
        return cls(**_summary(one))


class AcknowledgmentList(Record):
    """Newest first. ``next`` is there as long as there may be more, also beside a short page."""

    acknowledgments: tuple[AcknowledgmentSummary, ...]
    next: str | None = None


class AcknowledgedDocument(Record):
    """What it is about."""

    id: str
    url: str
    type: str
    number: str | None = None
    status: DocumentStatus

    @classmethod
    def of(cls, document: StoredDocument) -> AcknowledgedDocument:
        return cls(
            id=document.id,
            url=f"/v1/documents/{document.id}",
            type=document.type,
            number=document.number or None,
            status=DocumentStatus(document.status),
        )


class AcknowledgmentDetail(AcknowledgmentSummary):
    """``document`` is the acknowledgment in canonical form, ``about`` the caller's own documents that it is about,
    ``deliveries`` how one of the hub leaves."""

    document: CanonicalJson | None = None
    findings: tuple[Finding, ...]
    about: tuple[AcknowledgedDocument, ...]
    deliveries: tuple[DeliveryRecord, ...]

    @classmethod
    def of_told(cls, told: Told, *, insider: bool) -> AcknowledgmentDetail:
        """``insider``: a system of ours asks."""
        document, trace = told.acknowledgment.document, told.trace
        leaving = trace.deliveries if document.direction == "outbound" else []
        return cls(
            **_summary(told.acknowledgment),
            document=json.loads(document.canonical) if document.canonical else None,
            findings=tuple(Finding.model_validate(row) for row in document.findings),
            about=tuple(map(AcknowledgedDocument.of, told.about)),
            deliveries=tuple(DeliveryRecord.of(one, trace, insider=insider) for one in leaving),
        )


def _summary(one: Acknowledgment) -> dict[str, Any]:
    document, outcomes = one.document, Counter(delivery.status for delivery in one.closed)
    accepted, refused = outcomes[DeliveryStatus.ACKNOWLEDGED], outcomes[DeliveryStatus.REFUSED]
    told = one.answer.verdict if one.answer else None
    if accepted or refused:
        told = "partially_accepted" if accepted and refused else "accepted" if accepted else "rejected"
    return {
        "id": document.id,
        "url": f"/v1/acknowledgments/{document.id}",
        "document_url": f"/v1/documents/{document.id}",
        "kind": document.set_type or _OF_TYPE.get(document.type, ""),
        "direction": document.direction,
        "partner": document.partner,
        "verdict": told,
        "number": document.number or None,
        "accepted": accepted if one.closed else None,
        "refused": refused if one.closed else None,
        "status": document.status,
        "reason": document.reason,
        "created_at": document.created_at,
        "transmission_id": document.transmission_id,
    }


_OF_TYPE = {"functional_acknowledgment": "997", "application_advice": "824"}
"""Of one that came as JSON."""
