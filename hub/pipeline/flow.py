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

from collections.abc import Iterable, Iterator

from hub.compute.port import TaskFailed
from hub.pipeline.piece import Piece
from hub.pipeline.poison import Poisoned, outcomes, scanned
from hub.pipeline.record import commit
from hub.pipeline.unpack import Work, is_x12, unpack
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store import events, transmissions, tries, work_items
from hub.store.errors import NoBytes
from hub.store.records import Transmission

CHUNK_SETS = 100
CHUNK_BYTES = 1_000_000
"""A chunk ends at whichever comes first: what one transaction holds and what memory it takes stay bounded."""


def process(services: HubServices, transmission: Transmission) -> Iterator[None]:
    """Works one claimed arrival, a chunk at each step. Raises StaleLease when another node has taken it over meanwhile,
    Poisoned when it cannot be read at all."""
    step = services.metrics.step
    with step("unpack"):
        work = Work(services, transmission, services.catalog(), transmissions.located(services.store, transmission))
        unpack(work, scanned(work) if is_x12(transmission) else None)
    for pieces, last in chunks(work.pieces(), transmission.next_chunk):
        with step("compute"):
            worked = list(zip(pieces, outcomes(work, pieces), strict=True))
        with step("commit"):
            commit(services, work, worked, last=last)
        yield


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
    fault = str(error) if isinstance(error, TaskFailed) else type(error).__name__
    if isinstance(error, NoBytes):
        reason = f"Nothing of this transmission was worked: {error}. Have it sent again, or restore a backup."
    elif isinstance(error, Poisoned):
        reason = str(error)
    else:
        reason = f"The hub could not read this transmission ({fault}). Its bytes are kept."
    with services.store.begin() as tx:
        current = transmissions.get(tx, transmission.id)
        if current is None or current.fence != transmission.fence:
            return
        transmissions.fenced_update(tx, current, status=ArrivalStatus.QUARANTINED, reason=reason, finished_at=now)
        tries.forget(tx, transmission.id)
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
