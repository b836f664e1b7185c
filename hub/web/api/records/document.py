"""A document: in a list, and with everything that belongs to it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from canonical.finding import Finding, Verdict
from channels.x12.sets.provenance import spread
from hub.states import DocumentStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredDocument
from hub.web.api.records.acknowledgment import AcknowledgmentRecord
from hub.web.api.records.delivery import DeliveryRecord
from hub.web.api.records.record import CanonicalJson, Record


class DocumentSummary(Record):
    """``type`` is a canonical type, or ``x12_830`` and the like for a set that no canonical document carries;
    ``number`` is what people call it; ``verdict`` is the judge's, ``status`` where it stands."""

    id: str
    url: str
    type: str
    number: str | None = None
    partner: str
    direction: Literal["inbound", "outbound"]
    status: DocumentStatus
    reason: str | None = None
    verdict: Verdict
    usage_indicator: str
    revision: int
    created_at: datetime
    transmission_id: str
    findings_count: int

    @classmethod
    def of(cls, document: StoredDocument) -> DocumentSummary:
        return cls(**_summary(document))


class DocumentList(Record):
    """Newest first. ``next`` is there as long as there may be more, also beside a short page."""

    documents: tuple[DocumentSummary, ...]
    next: str | None = None


class PartyId(Record):
    """Who sends or receives an interchange: ISA05 and ISA06, or ISA07 and ISA08."""

    qualifier: str
    id: str


class Envelope(Record):
    """What travels beside a document and is no part of it: who sent it to whom, under which numbers."""

    usage_indicator: str | None = None
    sender: PartyId | None = None
    receiver: PartyId | None = None
    interchange_control_number: str | None = None
    group_control_number: str | None = None
    transaction_set_control_number: str | None = None
    transaction_set: str | None = None
    release: str | None = None
    answers: str | None = Field(default=None, description="The document that this one, made by the hub, answers.")
    acknowledges: str | None = Field(default=None, description="Control number of the interchange it acknowledges.")
    crosswalk_revision: int | None = None


class Change(Record):
    """A value that a rule exchanged, and where."""

    pointer: str
    rule: str
    old: str | None = Field(default=None, alias="from")
    new: str | None = Field(default=None, alias="to")


class DocumentRecord(DocumentSummary):
    """``document`` is the canonical document; envelope, findings, changes, acknowledgments and deliveries lie beside
    it. ``provenance`` says of each JSON pointer where its value stood in the sender's bytes. ``tree`` is the set as it
    was read, of one that no canonical document carries."""

    document: CanonicalJson | None = None
    envelope: Envelope
    provenance: dict[str, str] | None = None
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    replay_of: str | None = None
    acknowledgments: tuple[AcknowledgmentRecord, ...]
    deliveries: tuple[DeliveryRecord, ...]
    tree: dict[str, Any] | None = None

    @classmethod
    def of_trace(
        cls, trace: Trace, document: StoredDocument, *, insider: bool, tree: dict[str, Any] | None = None
    ) -> DocumentRecord:
        """``insider``: a system of ours asks."""
        deliveries = [delivery for delivery in trace.deliveries if delivery.document_id == document.id]
        return cls(
            **_summary(document),
            document=json.loads(document.canonical) if document.canonical else None,
            envelope=Envelope(**document.envelope),
            provenance=spread(document.provenance) or None,
            findings=tuple(Finding.model_validate(row) for row in document.findings),
            changes=tuple(Change.model_validate(row) for row in document.changes),
            replay_of=document.replay_of,
            acknowledgments=tuple(AcknowledgmentRecord.of(a) for a in trace.acknowledgments if a.concerns(document)),
            deliveries=tuple(DeliveryRecord.of(one, trace, insider=insider) for one in deliveries),
            tree=tree,
        )


def _summary(document: StoredDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "url": f"/v1/documents/{document.id}",
        "type": document.type,
        "number": document.number or None,
        "partner": document.partner,
        "direction": document.direction,
        "status": document.status,
        "reason": document.reason,
        "verdict": document.verdict,
        "usage_indicator": document.usage_indicator,
        "revision": document.revision,
        "created_at": document.created_at,
        "transmission_id": document.transmission_id,
        "findings_count": len(document.findings),
    }
