"""Documents in chunks: what is computed together and committed in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.pipeline.piece import Piece
from hub.pipeline.poison import Computation
from hub.pipeline.record import Part
from hub.pipeline.work import Work
from hub.services import HubServices

CHUNK_SETS = 100
CHUNK_BYTES = 1_000_000
"""A chunk ends at whichever comes first: what one transaction holds and what memory it takes stay bounded."""


@dataclass(slots=True)
class Share:
    """What of one arrival is worked in one chunk."""

    work: Work
    pieces: list[Piece] = field(default_factory=list)
    last: bool = False


Chunk: TypeAlias = Sequence[Share]


def chunks(works: Iterable[Work]) -> Iterator[Chunk]:
    """The documents that are still to be worked, in chunks. Each arrival has a last share, empty when there is nothing
    to do."""
    chunk: list[Share] = []
    sets = size = 0
    for work in works:
        share = Share(work)
        for piece in work.pieces():
            if piece.ordinal < work.transmission.next_chunk:
                continue
            if sets >= CHUNK_SETS or size >= CHUNK_BYTES:
                yield [*chunk, share] if share.pieces else chunk
                chunk, share, sets, size = [], Share(work), 0, 0
            share.pieces.append(piece)
            sets, size = sets + 1, size + piece.size
        share.last = True
        chunk.append(share)
    yield chunk


def computation(services: HubServices, chunk: Chunk, *, shared: bool = True) -> Computation:
    """What computes the documents of a chunk, not begun."""
    return Computation(services, [(share.work, piece) for share in chunk for piece in share.pieces], shared=shared)


def parts(chunk: Chunk, computed: Computation) -> list[Part]:
    """A chunk with what its documents come to, when all of them are done."""
    results = iter(computed.outcomes())
    return [Part(share.work, [(piece, next(results)) for piece in share.pieces], share.last) for share in chunk]
