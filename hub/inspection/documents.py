"""What the hub makes of a file that is not X12, without hub: by the same steps as ``file`` goes through."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from mmap import mmap

from canonical.finding import Finding, Severity, Verdict
from channels.channel import Codec
from channels.files.model.mapping import FileMapping
from channels.folder.settings import FolderSettings
from hub.inspection.file import HUB_FAULT, NEUTRAL, FileOpened, InspectedDocument
from hub.pipeline.check import check
from hub.pipeline.forms.reading import READERS
from hub.pipeline.forms.scanned import Documents, Sought
from hub.pipeline.piece import FilePlace, Piece
from partners.agreement import Direction, DocumentAgreement
from partners.mapping import PartnerMapping
from partners.pinned import Pinned

UNFIT = "FILE-NO-MAPPING"

log = logging.getLogger(__name__)


def inspect_documents(
    data: bytes | mmap, codec: Codec, *, name: str = "", profiles: Sequence[Pinned] = ()
) -> Iterator[FileOpened | InspectedDocument]:
    """The file, then each document. Never raises for what the bytes hold. ``profiles`` are those whose mappings may
    read it; of several the parties of the documents choose."""
    asked = tuple(profiles) or (NEUTRAL,)
    partners = tuple(pinned.partner for pinned in asked)
    scanned = READERS[codec].scan(data, Sought(name, None, partners, datetime.now(UTC)))  # as if it came now
    assert isinstance(scanned, Documents)
    unfit = (Finding(code=UNFIT, severity=Severity.ERROR, message=scanned.unfit),) if scanned.unfit else ()
    yield FileOpened(len(data), scanned.documents, (*scanned.findings, *unfit))
    owner = next((pinned for pinned in asked if scanned.partner in (None, pinned.key)), NEUTRAL)
    for ordinal, place in enumerate(scanned.places):
        yield _inspected(Piece(owner, "inbound", owner.usage_letter, ordinal, place, codec), place, data)


def with_mapping(pinned: Pinned, mapping: FileMapping) -> Pinned:
    """The profile as it would be if all its files were read by this mapping."""
    named = PartnerMapping.model_validate(mapping.model_dump())
    channel = FolderSettings(kind="folder", name="files", codec=Codec.FILES, inbound="in")
    agreed = DocumentAgreement(type=named.document, direction=Direction.INBOUND, channel="files", mapping=("mapping",))
    changed = {"mappings": {"mapping": named}, "channels": (channel,), "documents": (agreed,)}
    return Pinned(pinned.partner.model_copy(update=changed), pinned.version)


def _inspected(piece: Piece, place: FilePlace, data: bytes | mmap) -> InspectedDocument:
    try:
        READERS[piece.codec].read(piece, data)
        check(piece)
    except Exception:
        log.debug("a document could not be read", exc_info=True)  # its finding tells the user
        piece.verdict = Verdict.REJECTED
        piece.note(HUB_FAULT, Severity.ERROR, "The hub could not read this document: a fault of the hub.")
    return InspectedDocument(
        piece.kind,
        piece.number,
        place.span.first,
        place.span.last,
        piece.verdict,
        tuple(piece.findings),
        piece.document,
    )
