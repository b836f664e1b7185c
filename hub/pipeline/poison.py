"""Poison: bytes over which a child process dies, or runs out of time or memory, and what becomes of them.

A death is counted only while the node lives to see it, in the store, so that neither a node killed at any moment nor a
restart makes poison of what is good. After the first, what was being worked is worked alone: what its neighbours left
behind must not be blamed on it. After TRIES it is given up, and its neighbours go on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

from hub.compute.port import Asking, ChildDied, TaskFailed
from hub.pipeline.computing import Job, PieceJob, answer_of, ask
from hub.pipeline.forms.scanned import Scanned
from hub.pipeline.outcome import Outcome, quarantined
from hub.pipeline.piece import Piece
from hub.pipeline.work import Work, keep_claims, renew_claims
from hub.services import HubServices
from hub.store.inbound import tries

TRIES = 3

SLICE = 8
"""Jobs that are worth a child of their own."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """In place of a result: why there is none, in plain words."""

    reason: str


class Computation:
    """Documents that are computed once it has begun, while the caller goes on; to be closed, as a context manager or by
    ``close``. ``shared`` among the children that are free, or the work of one of them."""

    def __init__(self, services: HubServices, pieces: Sequence[tuple[Work, Piece]], *, shared: bool = True) -> None:
        self._pieces = [piece for _, piece in pieces]
        self._run = _Run(services, [(work, work.job(piece)) for work, piece in pieces], shared=shared)

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, *, patient: bool = True) -> bool:
        """Whether it has begun. Who holds other computations is not ``patient``, and does not wait for a child."""
        return self._run.begin(patient=patient)

    def close(self) -> None:
        self._run.close()

    def outcomes(self) -> list[Outcome]:
        """What each piece comes to, in their order, when all are done; those that are poison are quarantined."""
        results = cast("list[Outcome | Fault]", self._run.results())
        return [
            quarantined(piece, result.reason) if isinstance(result, Fault) else result
            for piece, result in zip(self._pieces, results, strict=True)
        ]


class Scanning:
    """Arrivals that one child scans once it has begun, while the caller goes on; to be closed."""

    def __init__(self, services: HubServices, works: Sequence[Work]) -> None:
        self._run = _Run(services, [(work, work.scan_job()) for work in works], shared=False)

    def begin(self, *, patient: bool = True) -> bool:
        """As of a computation."""
        return self._run.begin(patient=patient)

    def close(self) -> None:
        self._run.close()

    def results(self) -> list[Scanned | Fault]:
        """The scan of each arrival, in their order, when all are done."""
        return cast("list[Scanned | Fault]", self._run.results())


Result = Scanned | Outcome | Fault


class _Run:
    """Jobs of one kind on their way through the children that are free."""

    def __init__(self, services: HubServices, jobs: Sequence[tuple[Work, Job]], *, shared: bool = True) -> None:
        self._services = services
        self._works = list({id(work): work for work, _ in jobs}.values())
        children = services.computing.width if services.computing and shared else 1
        width = max(1, min(children, len(jobs) // SLICE))
        size = max(1, -(-len(jobs) // width))
        self._slices = [jobs[start : start + size] for start in range(0, len(jobs), size)]
        self._asked: list[Asking | None] = []

    def begin(self, *, patient: bool = True) -> bool:
        """Whether there was a child for it, or there is nothing to do."""
        try:
            for jobs in self._slices:
                asking = self._ask(jobs, patient=patient and not self._asked)
                if asking is None and not self._asked:
                    return False
                self._asked.append(asking)
        except BaseException:
            self.close()
            raise
        return True

    def close(self) -> None:
        for asking in self._asked:
            if asking is not None:
                asking.close()

    def results(self) -> list[Result]:
        asked = zip(self._slices, self._asked, strict=True)
        return [result for jobs, asking in asked for result in self._settled(jobs, asking)]

    def _ask(self, jobs: Sequence[tuple[Work, Job]], *, patient: bool) -> Asking | None:
        return ask(self._services.computing, [job for _, job in jobs], self._alive, patient=patient)

    def _alive(self) -> None:
        keep_claims(self._services, self._works)

    def _settled(self, jobs: Sequence[tuple[Work, Job]], asking: Asking | None) -> list[Result]:
        """All results of a slice. Over what a child has died is worked alone, then its followers together again."""
        done: list[Result] = []
        alone = False
        while len(done) < len(jobs):
            asking = asking or self._ask(jobs[len(done) :][: 1 if alone else None], patient=True)
            assert asking is not None
            alone = False
            try:
                for answer in asking:
                    done.append(answer_of(jobs[len(done)][1], answer))
            except TaskFailed as fault:
                done.append(Fault(f"The hub could not {_doing(jobs[len(done)][1])} ({fault}). Its bytes are kept."))
            except ChildDied as death:
                number, doing = self._count(*jobs[len(done)], death), _doing(jobs[len(done)][1])
                alone = number < TRIES
                if not alone:
                    reason = f"A process of the hub failed {TRIES} times to {doing}: {death}. Its bytes are kept."
                    done.append(Fault(reason))
            asking.close()
            asking = None
        return done

    def _count(self, work: Work, job: Job, death: ChildDied) -> int:
        """Writes a death down, and returns how many there were. Raises StaleLease when a claim was lost."""
        set_ordinal = job.piece.ordinal if isinstance(job, PieceJob) else tries.WHOLE
        work.tried = True
        with self._services.store.begin() as tx:
            renew_claims(tx, self._services, self._works)
            number = tries.count(tx, work.transmission.id, set_ordinal, str(death))
        log.warning("a child process died: %s", death, extra={"set": set_ordinal, "transmission": work.transmission.id})
        return number


def _doing(job: Job) -> str:
    return "process this document" if isinstance(job, PieceJob) else "read this transmission"
