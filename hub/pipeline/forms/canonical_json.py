"""Canonical JSON: a document as it is, or a list of them."""

from __future__ import annotations

from mmap import mmap

from canonical.finding import Verdict
from hub.pipeline.forms.scanned import Documents
from hub.pipeline.piece import FilePlace, Piece
from hub.submission.refusal import Refused
from hub.submission.spans import document_spans, is_object
from hub.submission.submission import parse_submission


def scan(body: bytes | mmap) -> Documents:
    spans, findings = document_spans(body)
    return Documents(tuple(FilePlace(offset, length) for offset, length in spans), tuple(findings))


def alone(start: bytes) -> bool:
    """What is posted is, and its door has looked at it."""
    return is_object(start)


def read(piece: Piece, body: bytes | mmap) -> None:
    """A posted document was validated at its door; one that came as a file is validated here."""
    assert isinstance(piece.place, FilePlace)
    own = body[piece.place.offset : piece.place.offset + piece.place.length]
    try:
        piece.document = parse_submission(own, names_partner=piece.names_partner).document
    except Refused as refusal:
        piece.verdict = Verdict.REJECTED
        piece.findings.extend(refusal.findings)
        piece.refuse(str(refusal))
