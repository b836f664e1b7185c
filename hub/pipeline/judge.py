"""judge: one transaction set → findings and verdict, under its partner's guide and policy."""

from __future__ import annotations

from mmap import mmap

from canonical.finding import Severity, Verdict
from channels.x12.received import judge_span
from hub.pipeline.piece import Piece


def judge(piece: Piece, body: bytes | mmap) -> None:
    """Fills verdict, faults and findings. Bad data never raises."""
    assert piece.x12 is not None
    interchange, group, span = piece.x12.interchange, piece.x12.group, piece.x12.span
    guide = piece.agreement.guide if piece.agreement else None
    judgement, piece.grammar = judge_span(body, interchange, group, span, piece.pinned.policy, guide)
    piece.judgement, piece.verdict = judgement, judgement.verdict
    piece.faults = judgement.faults
    piece.segment_count = judgement.segment_count or span.segment_count
    piece.findings.extend(judgement.findings)
    if judgement.verdict is Verdict.REJECTED:
        first = next((f.message for f in judgement.findings if f.severity is Severity.ERROR), "see the findings")
        piece.refuse(f"The sender's file does not follow the standard: {first}")
    elif group.errors and not piece.pinned.lenient:
        piece.verdict = Verdict.REJECTED  # a strict partner's group stands or falls as a whole
        piece.refuse(f"The functional group's envelope is wrong (AK905 {', '.join(group.errors)}).")
