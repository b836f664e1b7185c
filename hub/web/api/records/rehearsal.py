"""What a dry run answers: the records as they would be, marked as nothing that is."""

from __future__ import annotations

from typing import Literal

from hub.pipeline.rehearse import Rehearsal
from hub.web.api.records.acknowledgment import AcknowledgmentRecord
from hub.web.api.records.document import DocumentRecord
from hub.web.api.records.transmission import TransmissionRecord


class RehearsedAcknowledgment(AcknowledgmentRecord):
    """``segments`` are what the sender would get, without envelope: no control number was drawn."""

    segments: tuple[str, ...] | None = None


class RehearsedTransmission(TransmissionRecord):
    """A transmission as it would be, with its documents complete. Nothing of it is stored; its ids name nothing."""

    dry_run: Literal[True] = True
    documents: tuple[DocumentRecord, ...]  # more is told of each
    acknowledgments: tuple[RehearsedAcknowledgment, ...]

    @classmethod
    def of_rehearsal(cls, rehearsal: Rehearsal, *, insider: bool) -> RehearsedTransmission:
        """``insider``: a system of ours asks."""
        trace, answers = rehearsal.trace, rehearsal.answers
        told = TransmissionRecord.of(trace).model_dump(exclude={"documents", "acknowledgments"}, by_alias=True)
        return cls(
            **told,
            documents=tuple(DocumentRecord.of_trace(trace, one, insider=insider) for one in trace.documents),
            acknowledgments=tuple(
                RehearsedAcknowledgment(
                    **AcknowledgmentRecord.of(one).model_dump(),
                    segments=answers[one.document_id].lines if one.document_id in answers else None,
                )
                for one in trace.acknowledgments
            ),
        )
