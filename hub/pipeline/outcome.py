"""What computing a document comes to: the values that its transaction writes, complete without the bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

from canonical.application_advice import AdvisedDocument
from canonical.document import DocumentType, hash_of, identity_key, search_keys, to_json
from canonical.finding import Finding, Verdict
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.x12.judging.faults import Fault
from channels.x12.sets.provenance import stored_form
from hub.pipeline.piece import Piece
from hub.states import DocumentStatus


class Outcome(NamedTuple):
    """One document as the steps left it. ``canonical`` and ``provenance`` are JSON texts; ``keys`` are what it is
    searched by, and ``order_keys`` what its deliveries wait for each other by."""

    kind: str
    number: str
    verdict: Verdict
    status: DocumentStatus
    envelope: dict[str, Any]
    type: DocumentType | None = None
    reason: str | None = None
    segment_count: int | None = None
    faults: tuple[Fault, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    canonical: str | None = None
    canonical_hash: str | None = None
    provenance: str | None = None
    identity: str | None = None
    keys: tuple[tuple[str, str], ...] = ()
    order_keys: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    only_kept: bool = False
    answers_us: bool = False
    advised: AdvisedDocument | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the next step has something to do."""
        return self.status is DocumentStatus.ROUTED


def outcome_of(piece: Piece) -> Outcome:
    """The values of a worked piece."""
    document = piece.document
    text = to_json(document) if document else None
    return Outcome(
        kind=piece.kind,
        number=piece.number[:80],
        verdict=piece.verdict,
        status=piece.status,
        envelope=piece.envelope(),
        type=piece.document_type,
        reason=piece.reason,
        segment_count=piece.segment_count,
        faults=tuple(piece.faults),
        findings=tuple(piece.findings),
        changes=tuple(piece.changes),
        canonical=text,
        canonical_hash=hash_of(text) if text else None,
        provenance=stored_form(piece.provenance),
        identity=_identity(piece),
        keys=tuple(sorted(_keys(piece))),
        order_keys=tuple(document.order_keys()) if document else (),
        targets=piece.targets,
        missing=tuple(piece.missing),
        only_kept=piece.only_kept,
        answers_us=piece.answers_us,
        advised=piece.advised,
    )


def quarantined(piece: Piece, reason: str) -> Outcome:
    """Of a piece that could not be worked, for a fault of ours: what its envelope says, and nothing that was computed
    before the fault."""
    bare = Piece(piece.pinned, piece.direction, piece.usage_indicator, piece.ordinal, piece.place, piece.codec)
    bare.status, bare.reason = DocumentStatus.QUARANTINED, reason
    outcome = outcome_of(bare)
    return outcome._replace(kind=outcome.type or outcome.kind)


def _identity(piece: Piece) -> str | None:
    if piece.document is None or isinstance(piece.document, FunctionalAcknowledgment):
        return None
    return f"{piece.direction}:{identity_key(piece.pinned.key, piece.document)}"[:300]


def _keys(piece: Piece) -> set[tuple[str, str]]:
    keys = {(kind, value[:80]) for kind, value in search_keys(piece.document)} if piece.document else set()
    if piece.document is None and piece.number:
        keys.add(("number", piece.number[:80]))
    if piece.x12 is not None:
        for number in (piece.x12.interchange.control_number, piece.x12.group.control_number):
            keys |= {("control_number", form) for form in (number[:80], number.lstrip("0")[:80]) if form}
    return keys
