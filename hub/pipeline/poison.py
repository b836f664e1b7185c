"""Poison: bytes over which a child process dies, or runs out of time or memory, and what becomes of them.

A death is counted only while the node lives to see it, in the store, so that neither a node killed at any moment nor a
restart makes poison of what is good. After the first, the set that was being worked is worked alone: what its
neighbours left behind must not be blamed on it. After TRIES it is quarantined, and its neighbours go on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hub.compute.port import ChildDied, TaskFailed
from hub.pipeline.computing import Scanned, scan_bodies, work_pieces
from hub.pipeline.outcome import Outcome, quarantined
from hub.pipeline.piece import Piece
from hub.pipeline.unpack import Work
from hub.store import tries

TRIES = 3

log = logging.getLogger(__name__)


class Poisoned(Exception):
    """Child processes died over the scan of a transmission. The message says how the last one did."""


def scanned(work: Work) -> Scanned:
    """The scan of an arrival. Raises Poisoned."""
    while True:
        try:
            bodies = [(work.body, work.transmission.size)]
            [found] = scan_bodies(work.services.computing, bodies, work.keep_claim)
            return found
        except ChildDied as death:
            if count(work, tries.WHOLE, death) >= TRIES:
                raise Poisoned(_in_words("reading this transmission", death)) from death


def outcomes(work: Work, pieces: Sequence[Piece]) -> list[Outcome]:
    """What each piece comes to, in their order; those that are poison are quarantined."""
    done: list[Outcome] = []
    alone = False
    while len(done) < len(pieces):
        rest = pieces[len(done) : len(done) + 1] if alone else pieces[len(done) :]
        asked = [(piece, work.body, work.rules(piece.pinned)) for piece in rest]
        alone = False
        try:
            for outcome in work_pieces(work.services.computing, asked, work.keep_claim):
                done.append(outcome)
        except TaskFailed as fault:
            done.append(quarantined(pieces[len(done)], f"The hub could not process this document ({fault})."))
        except ChildDied as death:
            piece = pieces[len(done)]
            if count(work, piece.ordinal, death) < TRIES:
                alone = True
            else:
                done.append(quarantined(piece, _in_words("working this document", death)))
    return done


def count(work: Work, set_ordinal: int, death: ChildDied) -> int:
    """Writes a death down, and returns how many there were. Raises StaleLease when the claim was lost."""
    work.tried = True
    with work.services.store.begin() as tx:
        work.hold(tx)
        number = tries.count(tx, work.transmission.id, set_ordinal, str(death))
    log.warning("%s, set %d: %s (try %d of %d)", work.transmission.id, set_ordinal, death, number, TRIES)
    return number


def _in_words(what: str, death: ChildDied) -> str:
    return f"A process of the hub failed {TRIES} times at {what}: {death}. Its bytes are kept."
