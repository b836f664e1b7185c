"""Stored documents as people read them, from the bytes that are kept."""

from __future__ import annotations

from canonical.finding import Finding
from channels.x12.envelope import Separators, SetSpan
from channels.x12.envelope.isa import header_before
from channels.x12.explain import SetTree, explain_bytes
from channels.x12.judging.faults import Fault
from channels.x12.sets.provenance import spread
from hub.store.schema.records import StoredDocument, Transmission
from hub.store.store import Store
from hub.store.traffic import transmissions

SHOWN_BYTES = 2_000_000
"""A stored set that is larger is a download, no tree."""


def stored_tree(store: Store, transmission: Transmission, document: StoredDocument) -> SetTree | None:
    """The tree of a document that came as X12, read again from the bytes that are kept; None of any other, and of one
    beyond SHOWN_BYTES."""
    offset, length = document.byte_offset, document.byte_length
    if offset is None or not length or length > SHOWN_BYTES or not document.set_type:
        return None
    with transmissions.opened(store, transmission) as body:
        header = header_before(body, offset)
        if header is None:
            return None
        separators = Separators(header.element, header.component, header.segment, header.repetition)
        number, count = document.set_control_number or "", document.segment_count or 0
        return explain_bytes(
            body,
            SetSpan(document.set_type, number, "", offset, length, count),
            document.release or "",
            separators,
            [Finding.model_validate(row) for row in document.findings],
            [Fault(*fault) for fault in document.faults],
            spread(document.provenance),
        )
