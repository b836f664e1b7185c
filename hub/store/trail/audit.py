"""The audit chain: events are sealed in batches, each with a hash over its events and over the seal before it.

Sealing gives the events their positions in the feed, without a gap and in the order of sealing: an event whose
transaction commits late is sealed late, so that a reader who asks for what follows a position misses nothing. Whoever
changes, removes, adds or moves a sealed event breaks the chain from there on; a chain that was cut at its end is told
by a head that was noted elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from heapq import merge
from typing import Any

from sqlalchemy import bindparam, func, select, update

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import Seal, StoredEvent
from hub.store.schema.tables import events, pruned_events
from hub.store.schema.tables import seals as table
from hub.store.store import Tx
from hub.store.trail.events import ROWS as EVENTS
from hub.store.trail.events import feed

BATCH = 500
"""Events of one seal, at most: what one transaction of the sealer holds."""

GENESIS = "0" * 64
"""What the first seal has in place of the hash of one before."""

ROWS = Rows(table, Seal)

_PAGE = 1000
_UNSEALED = EVENTS.select.where(events.c.position.is_(None)).order_by(events.c.seq).limit(bindparam("count"))
_PLACE = update(events).where(events.c.seq == bindparam("held_seq"))
_HEAD = ROWS.select.order_by(table.c.number.desc()).limit(1)
_AFTER = ROWS.select.where(table.c.number > bindparam("after")).order_by(table.c.number).limit(_PAGE)
_PRUNED = (
    select(pruned_events.c.position, pruned_events.c.digest)
    .where(pruned_events.c.position > bindparam("after"))
    .order_by(pruned_events.c.position)
    .limit(_PAGE)
)


def digest_of(event: StoredEvent) -> str:
    """SHA-256 of every column of a sealed event, as canonical JSON."""
    return _hash(event._asdict() | {"at": _text(event.at)})


def digest_of_batch(digests: Iterable[str]) -> str:
    """What a seal keeps of its events, from their digests in the order of their positions."""
    return _hash(list(digests))


def hash_of(seal: Seal) -> str:
    """What ``seal.hash`` must be."""
    return _hash([seal.previous, seal.number, seal.first, seal.last, seal.digest, _text(seal.sealed_at)])


def _hash(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def seal_next(tx: Tx, now: datetime, limit: int = BATCH) -> Seal | None:
    """Seals the oldest events that are not sealed yet, at most ``limit``, behind the chain's head; None when there are
    none. Two sealers take turns."""
    dialects.lock(tx, "audit chain")
    unsealed = EVENTS.all(tx, _UNSEALED, {"count": limit})
    if not unsealed:
        return None
    before = head(tx)
    first = before.last + 1 if before else 1
    placed = [event._replace(position=position) for position, event in enumerate(unsealed, first)]
    tx.execute(_PLACE, [{"held_seq": event.seq, "position": event.position} for event in placed])
    seal = Seal(
        number=before.number + 1 if before else 1,
        first=first,
        last=first + len(placed) - 1,
        digest=digest_of_batch(map(digest_of, placed)),
        previous=before.hash if before else GENESIS,
        sealed_at=now,
        hash="",
    )
    seal = replace(seal, hash=hash_of(seal))
    ROWS.insert(tx, seal)
    return seal


def head(tx: Tx) -> Seal | None:
    """The newest seal."""
    return ROWS.first(tx, _HEAD)


def seals(tx: Tx) -> Iterator[Seal]:
    """The whole chain, from the first seal on."""
    after = -1
    while page := ROWS.all(tx, _AFTER, {"after": after}):
        yield from page
        after = page[-1].number


def tombstones(tx: Tx) -> int:
    """How many events retention removed."""
    return int(tx.execute(select(func.count()).select_from(pruned_events)).scalar_one())


def links(tx: Tx) -> Iterator[tuple[int, str]]:
    """Position and digest of everything that was ever sealed, in order; of what retention removed the kept digest."""
    return merge(_of_events(tx), _of_pruned(tx))


def _of_events(tx: Tx) -> Iterator[tuple[int, str]]:
    after = -(1 << 62)
    while page := feed(tx, after, _PAGE):
        for event in page:
            assert event.position is not None
            after = event.position
            yield after, digest_of(event)


def _of_pruned(tx: Tx) -> Iterator[tuple[int, str]]:
    after = -(1 << 62)
    while page := tx.execute(_PRUNED, {"after": after}).all():
        yield from ((row.position, row.digest) for row in page)
        after = page[-1].position
