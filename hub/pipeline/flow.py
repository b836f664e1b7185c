"""The way of an arrival, in order, on one screen. Each step has a file of its own in this folder, but for
receive (``hub.entry.intake``), which has committed when ``process`` begins.

    receive ─ unpack ─ judge ─ acknowledge
                         └─ translate ─ check ─ route ─ compose ─ deliver
                                          └─ advise, where the checks reject
    an inbound acknowledgment ─ reconcile ─ closes the delivery it answers

The sets are worked in chunks: a chunk is computed without a transaction and committed whole with the number of the next
set, the first together with what unpack found, so that a restart goes on where the last commit ended. Compose and
deliver are claimed on their own (``hub.node``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from hub.pipeline.ahead import Ahead
from hub.pipeline.chunks import chunks, computation, parts
from hub.pipeline.record import Part, commit
from hub.pipeline.scan import Reading
from hub.pipeline.unpack import unpack_together
from hub.pipeline.work import step
from hub.services import HubServices
from hub.store.schema.records import Transmission


def process(services: HubServices, claimed: Sequence[Transmission]) -> Iterator[None]:
    """Works claimed arrivals: a large one alone, a chunk at each step, or many small ones together, which then share
    their chunks. Raises StaleLease when another node has taken one over meanwhile; nothing of that chunk is written."""
    if len(claimed) == 1:
        yield from _alone(services, claimed[0])
    else:
        _together(services, claimed)
        yield


def _alone(services: HubServices, transmission: Transmission) -> Iterator[None]:
    """Between its chunks an arrival holds no child: others have their turn."""
    with closing(Reading(services, [transmission], {})) as reading:
        reading.begin()
        works = reading.works()
    unpack_together(services, works)
    for chunk in chunks(works) if works else ():
        with step(services, "compute", works), computation(services, chunk) as computed:
            worked = parts(chunk, computed)
        _commit(services, worked)
        yield


def _together(services: HubServices, claimed: Sequence[Transmission]) -> None:
    with closing(Ahead(services, claimed)) as ahead:
        for worked in ahead:
            _commit(services, worked)


def _commit(services: HubServices, worked: Sequence[Part]) -> None:
    with step(services, "commit", (part.work for part in worked)):
        commit(services, worked)
