"""Answers of ours: 997, 999, TA1 and 824."""

from __future__ import annotations

from datetime import datetime

from hub.store.records import StoredAcknowledgment
from hub.web.api.records.record import Record


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
