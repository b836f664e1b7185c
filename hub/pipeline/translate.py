"""translate: a judged set → canonical document, the partner's codes turned into ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from canonical.document import Document
from canonical.finding import Severity
from channels.x12.received import untold
from channels.x12.sets import decode
from hub.pipeline.piece import Piece

if TYPE_CHECKING:
    from partners.crosswalk import Crosswalk


def translate(piece: Piece) -> None:
    """Fills the canonical document and its provenance. A rejected set is translated too where it can be read, for
    people to look at; it goes nowhere."""
    place = piece.x12
    if place is None or piece.judgement is None or piece.grammar is None or piece.only_kept:
        return
    separators = place.interchange.separators
    decoded = decode(place.span.type, piece.grammar, piece.judgement, separators)
    if decoded.findings:
        piece.findings.extend(untold(piece.findings, decoded.findings, rejected=not piece.goes_on))
    piece.document = cast("Document | None", decoded.document)
    piece.provenance = decoded.provenance
    if not piece.goes_on or (decoded.document is not None and not decoded.findings):
        return
    errors = [f.message for f in decoded.findings if f.severity is Severity.ERROR]
    if decoded.document is None:
        piece.hold(f"The set follows the standard but makes no document: {errors[0] if errors else 'see the findings'}")
    elif errors:
        piece.hold(f"The set follows the standard, but part of it had to be guessed: {errors[0]}")


def apply_crosswalk(piece: Piece, crosswalk: Crosswalk) -> None:
    """Turns the partner's codes into ours, naming every change. A missing entry that the profile requires is a work
    item, and the document waits for it. Our own documents are turned into the partner's codes by compose."""
    if piece.document is None or piece.direction == "outbound":
        return
    translated = crosswalk.to_ours(piece.document)
    piece.document = translated.document
    piece.changes.extend(change.as_row() for change in translated.changes)
    piece.crosswalk_revision = crosswalk.revision
    piece.findings.extend(entry.finding for entry in translated.missing)
    required = [entry for entry in translated.missing if entry.required]
    if required and piece.goes_on:
        piece.missing = [(entry.key, entry.finding.message) for entry in required]
        piece.hold(f"{len(required)} crosswalk entries are missing, first: {required[0].finding.message}")
