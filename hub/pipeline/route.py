"""route: a checked document → the targets it goes to."""

from __future__ import annotations

from canonical.finding import Severity
from hub.document_kinds import in_words
from hub.pipeline.piece import Piece
from hub.routing import inbound_targets, outbound_target
from hub.settings import HubSettings
from hub.states import DocumentStatus


def route(piece: Piece, settings: HubSettings) -> None:
    """Inbound documents go where hub.yaml routes them, outbound ones to the partner's agreed channel. Test traffic
    reaches test targets only (promise 10). No route is a finding, never silence."""
    if piece.only_kept and piece.goes_on:
        _keep(piece)
        return
    if piece.document is None or piece.answers_us or not piece.goes_on:
        return
    if piece.direction == "outbound":
        found = outbound_target(piece.document, piece.pinned)
    else:
        found = inbound_targets(piece.document, piece.pinned.key, piece.usage_indicator, settings)
    piece.targets = found.targets
    if not piece.targets:
        piece.status, piece.reason = DocumentStatus.UNROUTED, f"No route: {found.explanation}."
        piece.note(
            "ROUTE-NONE",
            Severity.ERROR,
            f"No route: {found.explanation}.",
            fix="Add a route to hub.yaml or an agreement to the profile, apply it, then replay the document.",
        )


def _keep(piece: Piece) -> None:
    """A set that no canonical document carries is kept for people to read; it goes to no system."""
    piece.status = DocumentStatus.UNROUTED
    piece.reason = (
        f"{in_words(piece.kind)} documents are read, judged, acknowledged and kept, but go to no system yet: "
        "the hub has no canonical form for them."
    )
    piece.note("ROUTE-KEPT", Severity.INFO, piece.reason)
