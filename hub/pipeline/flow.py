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

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.pipeline.partner_rules import Rules
from hub.pipeline.piece import Piece
from hub.pipeline.poison import Computation, Fault, scans
from hub.pipeline.record import Part, commit
from hub.pipeline.unpack import unpack
from hub.pipeline.work import Work, before
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.inbound import tries
from hub.store.schema.records import Transmission
from hub.store.traffic import transmissions
from hub.store.trail import events, work_items

CHUNK_SETS = 50
CHUNK_BYTES = 1_000_000
"""A chunk ends at whichever comes first: what one transaction holds and what memory it takes stay bounded."""


def process(services: HubServices, claimed: Sequence[Transmission]) -> Iterator[None]:
    """Works claimed arrivals, a chunk at each step: a large one alone, or many small ones together, which then share
    their chunks. Raises StaleLease when another node has taken one over meanwhile; nothing of that chunk is written."""
    rules = dict[str, Rules]()
    with _step(services, "unpack", (one.id for one in claimed)):
        works = [_opened(services, transmission, rules) for transmission in claimed]
        read = _read(services, works)
    for together in _apart(read):
        with _step(services, "unpack", _ids(together)), services.store.read() as tx:
            known = before(tx, together)
            for work in together:
                unpack(work, known)
        todo = chunks(together)
        yield from _one_by_one(services, todo) if len(claimed) == 1 else _overlapping(services, todo)


def _one_by_one(services: HubServices, todo: Iterable[list[Share]]) -> Iterator[None]:
    """Between its chunks a large arrival holds no child: others have their turn."""
    for chunk in todo:
        works = [share.work for share in chunk]
        with _step(services, "compute", _ids(works)), Computation(services, _pieces(chunk)) as computation:
            parts = _parts(chunk, computation)
        with _step(services, "commit", _ids(works)):
            commit(services, parts)
        yield


def _overlapping(services: HubServices, todo: Iterable[list[Share]]) -> Iterator[None]:
    """While one chunk is committed the children compute those that follow it."""
    with closing(_computed(services, list(todo))) as computed:
        for parts in computed:
            with _step(services, "commit", _ids(part.work for part in parts)):
                commit(services, parts)
    yield


_Coming: TypeAlias = "deque[tuple[list[Share], Computation]]"


def _computed(services: HubServices, todo: Sequence[list[Share]]) -> Generator[list[Part], None, None]:
    """Each chunk when it is computed. By then as many of its followers are under way as there are children free: one
    chunk is as much as a child is given, unless it is the only one."""
    shared = len(todo) == 1
    waiting: _Coming = deque((chunk, Computation(services, _pieces(chunk), shared=shared)) for chunk in todo)
    begun: _Coming = deque()
    try:
        while waiting or begun:
            _begin(waiting, begun)
            chunk, computation = begun[0]
            with _step(services, "compute", _ids(share.work for share in chunk)):
                parts = _parts(chunk, computation)
            begun.popleft()
            _begin(waiting, begun)
            yield parts
    finally:
        for _, computation in begun:
            computation.close()


def _begin(waiting: _Coming, begun: _Coming) -> None:
    """Begins what there is a child for. Only who holds none waits for one."""
    while waiting and waiting[0][1].begin(patient=not begun):
        begun.append(waiting.popleft())


@contextmanager
def _step(services: HubServices, name: str, arrivals: Iterable[str]) -> Iterator[None]:
    """A step at which these arrivals are worked together, timed."""
    with services.metrics.step(name), services.traces.step(name, arrivals):
        yield


def _ids(works: Iterable[Work]) -> Iterator[str]:
    return (work.transmission.id for work in works)


def _opened(services: HubServices, transmission: Transmission, rules: dict[str, Rules]) -> Work:
    body = transmissions.located(services.store, transmission)
    begun = transmission.status == ArrivalStatus.PROCESSING
    version = transmission.profile_version if begun else None
    return Work(services, transmission, services.catalog(), body, known_rules=rules, version=version)


def _read(services: HubServices, works: Sequence[Work]) -> list[Work]:
    """Those that were scanned. What cannot be read, for a fault of ours, is put aside."""
    wanted = [work for work in works if not work.stands_alone()]
    for work, scanned in zip(wanted, scans(services, wanted), strict=True):
        if isinstance(scanned, Fault):
            quarantine(services, work.transmission, scanned.reason)
        else:
            work.scanned = scanned
    return [work for work in works if work.scanned is not None]


def _apart(read: Sequence[Work]) -> Iterator[list[Work]]:
    """Arrivals that may be unpacked before any of them is committed: none repeats another's bytes or numbers."""
    together: list[Work] = []
    taken: set[tuple[str, ...]] = set()
    for work in read:
        own = {(work.transmission.partner or "", work.transmission.sha256), *_numbers(work)}
        if not taken.isdisjoint(own):
            yield together
            together, taken = [], set()
        together.append(work)
        taken |= own
    if together:
        yield together


def _numbers(work: Work) -> Iterator[tuple[str, ...]]:
    """What control numbers are known by: the sender's interchanges, and its groups of one kind."""
    for interchange in work.interchanges:
        yield interchange.sender.id, interchange.control_number
        for group in interchange.groups:
            yield interchange.sender.id, group.functional_identifier, group.control_number


@dataclass(slots=True)
class Share:
    """What of one arrival is worked in one chunk."""

    work: Work
    pieces: list[Piece] = field(default_factory=list)
    last: bool = False


def chunks(works: Iterable[Work]) -> Iterator[list[Share]]:
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


def _pieces(chunk: Sequence[Share]) -> list[tuple[Work, Piece]]:
    return [(share.work, piece) for share in chunk for piece in share.pieces]


def _parts(chunk: Sequence[Share], computation: Computation) -> list[Part]:
    """The chunk with what its documents come to."""
    results = iter(computation.outcomes())
    return [Part(share.work, [(piece, next(results)) for piece in share.pieces], share.last) for share in chunk]


def quarantine(services: HubServices, transmission: Transmission, reason: str) -> None:
    """Puts an arrival aside that could not be worked at all, for a fault of ours or of the disk: its neighbours go
    on."""
    now = services.clock()
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
