"""The audit chain: no sealed event was changed, removed, added or moved, and the end was not cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.store.schema.records import Seal
from hub.store.trail import audit
from hub.upkeep.audit import Head
from hub.upkeep.retention import pruned
from hub.verify.defect import Defect, Subject
from partners.retention import Stored

_FIX = "Somebody changed the audit trail, or the disk did: compare with a backup from before, and find out who could."


def audit_chain(subject: Subject) -> Iterator[Defect]:
    """Recomputes every hash from the events themselves, and looks for the noted heads."""
    with subject.read() as tx:
        chain = list(audit.seals(tx))
        yield from _chain(chain, _Links(audit.links(tx), subject))
        told = sum(count for (_, what), count in pruned(tx).items() if what == Stored.EVENTS)
        if (left := audit.tombstones(tx)) != told:
            yield Defect("AUDIT-TOMBSTONES", "pruned_events", f"{left} events removed", f"{told}, as was told", _FIX)
    yield from _heads(chain, subject.heads)


class _Links:
    """Positions and digests, taken in order."""

    def __init__(self, links: Iterable[tuple[int, str]], subject: Subject) -> None:
        self._links = iter(links)
        self._next = next(self._links, None)
        self._subject = subject

    def until(self, last: int | None) -> list[tuple[int, str]]:
        """All that is left up to a position, or to the end."""
        taken = []
        while self._next is not None and (last is None or self._next[0] <= last):
            taken.append(self._next)
            self._next = next(self._links, None)
        self._subject.progress(len(taken))
        return taken


def _chain(chain: list[Seal], links: _Links) -> Iterator[Defect]:
    number, first, previous = 1, 1, audit.GENESIS
    for seal in chain:
        place = f"seal {seal.number}"
        if seal.number != number:
            yield Defect("AUDIT-SEAL-MISSING", f"seal {number}", "no such seal", f"seals up to {seal.number}", _FIX)
        elif (seal.previous, seal.first) != (previous, first):
            got, expected = f"{seal.previous} at {seal.first}", f"{previous} at {first}"
            yield Defect("AUDIT-CHAIN-BROKEN", place, got, expected, _FIX)
        if audit.hash_of(seal) != seal.hash:
            yield Defect("AUDIT-SEAL-CHANGED", place, seal.hash, audit.hash_of(seal), _FIX)
        yield from _events(seal, links.until(seal.last))
        number, first, previous = seal.number + 1, seal.last + 1, seal.hash
    if left := links.until(None):
        place, got = f"events {left[0][0]} to {left[-1][0]}", "sealed events behind the last seal"
        yield Defect("AUDIT-SEAL-MISSING", place, got, f"a chain that ends with event {first - 1}", _FIX)


def _events(seal: Seal, found: list[tuple[int, str]]) -> Iterator[Defect]:
    place, count = f"events {seal.first} to {seal.last} (seal {seal.number})", seal.last - seal.first + 1
    stray = next((p for p, (position, _) in enumerate(found, seal.first) if position != p), None)
    if stray is not None or len(found) != count:
        gap = seal.first + len(found) if stray is None else stray
        got = f"{len(found)} events, from {gap} on others than there should be"
        yield Defect("AUDIT-EVENTS-DIFFER", place, got, f"{count} events, each position once", _FIX)
    elif audit.digest_of_batch(digest for _, digest in found) != seal.digest:
        yield Defect("AUDIT-EVENTS-DIFFER", place, "events of another content", f"digest {seal.digest}", _FIX)


def _heads(chain: list[Seal], heads: Iterable[Head]) -> Iterator[Defect]:
    known = {seal.number: seal.hash for seal in chain}
    for head in heads:
        if known.get(head.number) != head.hash:
            got = known.get(head.number, f"a chain that ends with seal {max(known, default=0)}")
            yield Defect("AUDIT-HEAD-DIFFERS", f"seal {head.number}, noted {head.at}", got, head.hash, _FIX)
