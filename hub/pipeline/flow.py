"""The way of an arrival, in order, on one screen. Each step has a file of its own in this folder.

    receive ─ unpack ─ judge ─ acknowledge
                         └─ translate ─ check ─ route ─ compose ─ deliver
                                          └─ advise, where the checks reject
    an inbound acknowledgment ─ reconcile ─ closes the delivery it answers

Receive has committed when ``process`` begins. The sets are worked in chunks: a chunk is computed without a transaction
and committed whole with the number of the next set, the first together with what unpack found, so that a restart goes
on where the last commit ended. Compose and deliver are claimed on their own (``hub.node``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from mmap import mmap

from hub.pipeline.advise import advise
from hub.pipeline.check import check
from hub.pipeline.judge import judge
from hub.pipeline.piece import Piece
from hub.pipeline.record import commit
from hub.pipeline.route import route
from hub.pipeline.translate import apply_crosswalk, translate
from hub.pipeline.unpack import Work, unpack
from hub.services import HubServices
from hub.states import ArrivalStatus, DocumentStatus
from hub.store import events, transmissions, work_items
from hub.store.errors import NoBytes
from hub.store.records import Transmission

CHUNK_SETS = 100
CHUNK_BYTES = 1_000_000
"""A chunk ends at whichever comes first: what one transaction holds and what memory it takes stay bounded."""

log = logging.getLogger(__name__)


def process(services: HubServices, transmission: Transmission) -> None:
    """Works one claimed arrival to its end. Raises StaleLease when another node has taken it over meanwhile."""
    step = services.metrics.step
    with transmissions.opened(services.store, transmission) as body:
        with step("unpack"):
            work = unpack(services, transmission, body)
        for pieces, last in chunks(work.pieces(), transmission.next_chunk):
            with step("compute"):
                for piece in pieces:
                    advance(piece, body, work)
            with step("commit"):
                commit(services, work, pieces, last=last)
            services.watch.turn()


def advance(piece: Piece, body: bytes | mmap, work: Work) -> None:
    """One document through the computing steps. Bad data never raises; what does is our own fault, and quarantines this
    document alone."""
    try:
        judge(piece, body)
        translate(piece, body)
        apply_crosswalk(piece, work.crosswalk(piece.pinned))
        check(piece)
        route(piece, work.catalog)
        advise(piece)
    except Exception as error:
        log.exception("a document could not be processed", extra={"set": piece.ordinal})
        piece.status = DocumentStatus.QUARANTINED
        piece.reason = f"The hub could not process this document ({type(error).__name__}). Its bytes are kept."


def chunks(pieces: Iterable[Piece], first: int) -> Iterator[tuple[list[Piece], bool]]:
    """The pieces from set number ``first`` on, in chunks, each with whether it is the last. There is always a last one,
    empty when there is nothing to do."""
    chunk: list[Piece] = []
    size = 0
    for piece in pieces:
        if piece.ordinal < first:
            continue
        if len(chunk) >= CHUNK_SETS or size >= CHUNK_BYTES:
            yield chunk, False
            chunk, size = [], 0
        chunk.append(piece)
        size += piece.place.span.length if piece.place else 0
    yield chunk, True


def quarantine(services: HubServices, transmission: Transmission, error: Exception) -> None:
    """Puts an arrival aside that could not be worked at all, for a fault of ours or of the disk: its neighbours go
    on."""
    now = services.clock()
    if isinstance(error, NoBytes):
        reason = f"Nothing of this transmission was worked: {error}. Have it sent again, or restore a backup."
    else:
        reason = f"The hub could not read this transmission ({type(error).__name__}). Its bytes are kept."
    with services.store.begin() as tx:
        current = transmissions.get(tx, transmission.id)
        if current is None or current.fence != transmission.fence:
            return
        transmissions.fenced_update(tx, current, status=ArrivalStatus.QUARANTINED, reason=reason, finished_at=now)
        key = f"quarantine:{transmission.id}"
        work_items.raise_item(tx, "quarantine", key, transmission.partner, reason, [transmission.id], now)
        events.record(
            tx,
            "transmission.quarantined",
            transmission.id,
            transmission_id=transmission.id,
            partner=transmission.partner,
            data={"channel": transmission.channel, "reason": reason},
            now=now,
        )
