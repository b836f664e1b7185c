"""Canonical JSON: a document as it is, or a list of them, which is what documents that gather leave as."""

from __future__ import annotations

from dataclasses import dataclass, field
from mmap import mmap
from typing import TYPE_CHECKING

from canonical.document import Document, to_json
from canonical.finding import Finding, Verdict
from channels.channel import Codec
from channels.files.records import FileSpan, Run
from hub.pipeline.forms.outbound import Written
from hub.pipeline.forms.scanned import Documents, Sought
from hub.pipeline.piece import FilePlace, Piece
from hub.submission.refusal import Refused
from hub.submission.spans import document_spans, is_object
from hub.submission.submission import parse_submission

if TYPE_CHECKING:
    from hub.store.schema.records import StoredDocument
    from partners.pinned import Pinned


def scan(body: bytes | mmap, sought: Sought) -> Documents:
    spans, findings = document_spans(body)
    return Documents(tuple(place(index, *span) for index, span in enumerate(spans)), tuple(findings))


def place(index: int, offset: int, length: int) -> FilePlace:
    return FilePlace(FileSpan(index, "", (Run(index + 1, index + 1, offset, length),)), length)


def alone(start: bytes) -> bool:
    """What is posted is, and its door has looked at it."""
    return is_object(start)


def read(piece: Piece, body: bytes | mmap) -> None:
    """A posted document was validated at its door; one that came as a file is validated here."""
    assert isinstance(piece.place, FilePlace)
    (run,) = piece.place.span.runs
    assert run.offset is not None
    own = body[run.offset : run.offset + piece.place.size]
    try:
        piece.document = parse_submission(own, names_partner=piece.names_partner).document
    except Refused as refusal:
        piece.verdict = Verdict.REJECTED
        piece.findings.extend(refusal.findings)
        piece.refuse(str(refusal))


@dataclass(slots=True)
class OutboundJson:
    """Documents of one type on their way to a partner."""

    pinned: Pinned
    _texts: list[str] = field(default_factory=list)
    _listed: bool = False

    def place(self, document: Document) -> int:
        return 0

    def add(self, id: str, stored: StoredDocument, document: Document) -> tuple[Finding, ...]:
        self._listed = self.pinned.batch(self.pinned.sending(document)) is not None
        self._texts.append(to_json(document))
        return ()

    def write(self) -> Written:
        text = f"[{','.join(self._texts)}]" if self._listed else self._texts[0]
        return Written(text.encode(), Codec.JSON.content_type, "json")
