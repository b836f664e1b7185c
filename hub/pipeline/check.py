"""check: the business rules → accept, warn, hold or reject."""

from __future__ import annotations

from canonical.finding import Finding
from hub.pipeline.piece import Piece
from hub.rules import Action, CheckContext, evaluate
from partners.agreement import Direction


def check(piece: Piece) -> None:
    """Runs the rules over the document as the partner's profile grades them. What a person has
    released passes; a hold that person did not see still holds."""
    if piece.document is None or piece.answers_us or not piece.goes_on:
        return
    results = evaluate(piece.document, CheckContext(piece.pinned.partner, piece.agreement, Direction(piece.direction)))
    piece.findings.extend(result.finding for result in results)
    rejects = [r.finding for r in results if r.action is Action.REJECT]
    holds = [r.finding for r in results if r.action is Action.HOLD and key_of(r.finding) not in piece.released]
    if rejects:
        piece.refuse(rejects[0].message)
    elif holds:
        piece.hold(holds[0].message)


def key_of(finding: Finding) -> tuple[str, str]:
    """What tells one finding of a document from another."""
    return finding.code, finding.locator
