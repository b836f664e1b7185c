"""rehearse: what would become of an arrival, by the steps that would work it, in a transaction that is taken back.

What is written is read back before it is gone: documents, acknowledgments, deliveries, as they would be. Nothing of it
stays, nobody is told, and no control number is drawn. It takes what one chunk may hold; a preview for people takes more
bytes, which only the child process has to bear, and shows the first documents of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from channels.channel import Codec
from hub.catalog import Catalog
from hub.compute.port import ChildDied, TaskFailed
from hub.errors import OperationRefused
from hub.pipeline.chunks import CHUNK_BYTES, CHUNK_SETS
from hub.pipeline.computing import answer_of, ask, scanned_now
from hub.pipeline.outcome import Outcome, quarantined
from hub.pipeline.payload import Payload, would_get
from hub.pipeline.piece import Piece
from hub.pipeline.record import Part, write_chunk
from hub.pipeline.unpack import unpack
from hub.pipeline.work import Before, Work
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.inbound.arrivals import order_scope
from hub.store.kept.blobs import Kept
from hub.store.questions import search
from hub.store.questions.search import Trace
from hub.store.schema.records import Transmission
from hub.store.store import Tx
from hub.store.traffic import documents, transmissions
from hub.store.trail import events

DRY_RUN = "dry_run.made"
"""The event of every dry run: all that stays of it."""

LIMIT_BYTES, LIMIT_DOCUMENTS = CHUNK_BYTES, CHUNK_SETS

PREVIEW_BYTES, PREVIEW_DOCUMENTS = 10_000_000, 200
"""Of a preview: as many documents are written and taken back in some tenths of a second, while others wait."""

_NEWEST = 2**62
"""Stands for the number of the row before it has one: everything stored came earlier."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """``trace`` has every document complete. ``answers`` is what the sender would get for each acknowledgment, by the
    id of its document. ``left_out`` counts documents beyond those that were looked at."""

    trace: Trace
    answers: dict[str, Payload]
    left_out: int = 0


def note_dry_run(services: HubServices, actor: str, subject: str, partner: str | None, told: dict[str, Any]) -> None:
    """Tells what was looked at."""
    with services.store.begin() as tx:
        events.record(tx, DRY_RUN, subject, partner=partner, actor=actor, data=told, now=services.clock())


def rehearse(
    services: HubServices,
    channel: str,
    partner: str | None,
    codec: Codec,
    body: bytes,
    name: str = "",
    *,
    catalog: Catalog | None = None,
    preview: bool = False,
) -> Rehearsal:
    """What would become of these bytes if they came in by ``channel`` now, under this name, and ``catalog`` were in
    force; of a ``preview``, the first documents. Raises OperationRefused for more than one chunk of documents where it
    is none, and for bytes over which a child process fails, Overtaken when the same content came in at the same
    moment."""
    now = services.clock()
    arrival = _arrival(channel, partner, codec, Kept(sha256(body).hexdigest(), len(body), body), name, now)
    work = Work(services, arrival._replace(seq=_NEWEST), catalog or services.catalog(), body)
    _unpack(services, work)
    every = work.pieces()
    pieces = list(islice(every, PREVIEW_DOCUMENTS if preview else LIMIT_DOCUMENTS))
    left_out = sum(1 for _ in every)
    if left_out and not preview:
        raise OperationRefused(f"A dry run takes at most {LIMIT_DOCUMENTS} documents.")
    worked = list(zip(pieces, _worked(services, work, pieces), strict=True))
    with services.store.begin(keep=False) as tx:
        work.transmission = transmissions.ROWS.add(tx, arrival)
        write_chunk(tx, [Part(work, worked, last=True)], now)
        return replace(_seen(tx, work, now), left_out=left_out)


def _arrival(channel: str, partner: str | None, codec: Codec, kept: Kept, name: str, now: datetime) -> Transmission:
    return transmissions.new(
        direction="in",
        channel=channel,
        partner=partner,
        order_scope=order_scope(channel, partner),
        content_type=codec.content_type,
        kept=kept,
        transport_id=name,
        status=ArrivalStatus.RECEIVED,
        now=now,
    )


def _unpack(services: HubServices, work: Work) -> None:
    if not work.stands_alone():
        try:
            work.scanned = scanned_now(services.computing, work.scan_job())
        except (ChildDied, TaskFailed) as fault:
            raise OperationRefused(f"The hub failed at reading this: {fault}.") from fault
    with services.store.read() as tx:
        unpack(work, Before(tx, [work]))


def _worked(services: HubServices, work: Work, pieces: Sequence[Piece]) -> list[Outcome]:
    """What each comes to. What the hub itself fails at would be put aside; after a child has died over one, the rest is
    not tried."""
    jobs = [work.job(piece) for piece in pieces]
    done: list[Outcome] = []
    while len(done) < len(jobs):
        asking = ask(services.computing, jobs[len(done) :], lambda: None)
        assert asking is not None
        try:
            with closing(asking):
                for answer in asking:
                    read = answer_of(jobs[len(done)], answer)
                    assert isinstance(read, Outcome)
                    done.append(read)
        except TaskFailed as fault:
            done.append(quarantined(pieces[len(done)], _failed(fault)))
        except ChildDied as death:
            done += [quarantined(piece, _failed(death)) for piece in pieces[len(done) :]]
    return done


def _failed(fault: Exception) -> str:
    return f"The hub could not process this document ({fault})."


def _seen(tx: Tx, work: Work, now: datetime) -> Rehearsal:
    trace = search.trace(tx, work.transmission.id)
    assert trace is not None
    trace = replace(trace, documents=documents.of_transmission(tx, work.transmission.id))
    answers = {one.document_id: would_get(tx, work.catalog, one, now) for one in trace.acknowledgment_deliveries}
    return Rehearsal(trace, answers)
