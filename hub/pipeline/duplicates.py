"""Duplicates: what becomes of content that came before, and which of two that come at once is the first (promise 4).

Five layers, from the outside in: the door's own name for it (``hub.store.inbound.arrivals``), its bytes, its control
numbers (``admission``), the document's identity, and its canonical content. What a duplicate comes to is the choice of
its partner's profile; that it is linked to its first is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from canonical.document import parse_document
from canonical.finding import Finding, Severity
from hub.pipeline import advise
from hub.pipeline.check import key_of
from hub.pipeline.outcome import Outcome
from hub.pipeline.piece import Piece
from hub.pipeline.work import Before, Work
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.engine import dialects
from hub.store.errors import Overtaken
from hub.store.inbound import same_bytes
from hub.store.schema.records import StoredDocument
from hub.store.store import Tx
from hub.store.traffic import interchanges
from partners.duplicates import OnDuplicate

DUPLICATE_DOCUMENT = "DUPLICATE-DOCUMENT"

_STATUS = {
    OnDuplicate.ACCEPT_AND_ANSWER_AGAIN: DocumentStatus.DUPLICATE,
    OnDuplicate.HOLD: DocumentStatus.HELD,
    OnDuplicate.REJECT: DocumentStatus.REJECTED,
}


def take_turns(tx: Tx, works: Iterable[Work]) -> None:
    """Before a chunk is written: whoever brings the same content by another door, or on another node, waits until this
    transaction ends, or was quicker, and then this arrival is worked again. Raises Overtaken."""
    works = list(works)
    for partner in sorted({partner for work in works for partner in _partners(work)}):
        dialects.lock(tx, f"partner:{partner}")
    fresh = [work for work in works if not work.committed and work.transmission.replay_of is None]
    known = Before(tx, fresh)
    for work in fresh:
        if _came_meanwhile(known, work):
            raise Overtaken(f"what {work.transmission.id} brings came by another door at the same moment")


def _partners(work: Work) -> set[str]:
    named = {pinned.key for pinned in work.profiles()}
    return named | ({work.transmission.partner} if work.transmission.partner else set())


def _came_meanwhile(known: Before, work: Work) -> bool:
    """Whether something was taken, since this arrival was unpacked, of which it is a duplicate."""
    tx, transmission = known.tx, work.transmission
    partner = work.partner if work.outcome is ArrivalStatus.PROCESSED and not work.repeats else None
    if partner and known.has_bytes(transmission):
        first = same_bytes.find_same_bytes(tx, partner, transmission.sha256, transmission.seq)
    else:
        first = None
    return first is not None or any(
        interchanges.find_control_number(tx, one.pinned.key, one.interchange.sender.id, one.interchange.control_number)
        for one in work.admissions
        if one.processed and one.pinned is not None and known.has_number(one.interchange.control_number)
    )


def recognised(piece: Piece, outcome: Outcome, first: StoredDocument) -> Outcome:
    """What a document comes to that has the identity of ``first``, which was taken before."""
    settings = piece.pinned.partner.duplicates
    if first.canonical_hash == outcome.canonical_hash:
        policy, fix = settings.document, None
        message = f"The same document was already received as {first.id}; it is not delivered again."
    else:
        policy, fix = OnDuplicate(settings.identity), "Compare both, then replay or leave it."
        message = f"Document number and purpose were used before, by {first.id}, for other content."
    status = _STATUS[policy]
    severity = Severity.INFO if status is DocumentStatus.DUPLICATE else Severity.ERROR
    note = Finding(code=DUPLICATE_DOCUMENT, severity=severity, message=message, value=first.id, fix=fix)
    noted = outcome._replace(findings=(*outcome.findings, note))
    if status is DocumentStatus.HELD and key_of(note) in piece.released:
        return noted
    if status is not DocumentStatus.REJECTED or outcome.canonical is None:
        return noted._replace(status=status, reason=message)
    told = advise.of_duplicate(piece, parse_document(outcome.canonical), note)
    return noted._replace(status=status, reason=message, advised=told)
