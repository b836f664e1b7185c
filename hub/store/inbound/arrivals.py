"""Arrivals as they are written at the door: row, event and first answer, many in few statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.states import ArrivalStatus
from hub.store.coordination import timers
from hub.store.engine import dialects
from hub.store.ids import new_id
from hub.store.inbound import idempotency, same_bytes
from hub.store.inbound.idempotency import Answer, Mismatch, RequestKey
from hub.store.kept.blobs import Kept
from hub.store.schema.records import Timer, Transmission
from hub.store.schema.tables import transmissions as table
from hub.store.store import Tx
from hub.store.traffic import transmissions
from hub.store.trail import events


@dataclass(frozen=True, slots=True)
class Taken:
    """A stored arrival. ``first`` is the earlier one with the same bytes from the same partner, when there is one."""

    transmission: Transmission
    first: Transmission | None = None


@dataclass(frozen=True, slots=True)
class Arriving:
    """Bytes that are safe, about to get their row. ``id`` is what tells, after a commit of unknown outcome, whether
    they have it. Under a ``key`` they are taken once, and ``answer`` makes what its every repetition is told."""

    channel: str
    partner: str | None
    content_type: str
    transport_id: str
    kept: Kept
    actor: str
    now: datetime
    key: RequestKey | None = None
    answer: Callable[[Taken], Answer] = lambda taken: Answer(0, taken.transmission.id)
    held: Timer | None = None
    """The claimed timer of the poll that found them: when it was lost, they are another's to store."""
    id: str = field(default_factory=lambda: new_id("tr"))

    @property
    def order_scope(self) -> str:
        return order_scope(self.channel, self.partner)


def order_scope(channel: str, partner: str | None) -> str:
    """What is worked one after another: a partner's arrivals, or those of a channel that several share."""
    return partner or f"channel:{channel}"


Outcome = Taken | Answer | Mismatch
"""What became of it: stored now, or told what the first was told, or its key belongs to another request."""

_ROWS = transmissions.ROWS
_BY_ID = _ROWS.select.where(dialects.among(table.c.id, "ids"))


class KeyTaken(Exception):
    """Another node has taken one of the keys at the same moment: written again, the arrival is told its answer."""


def write(tx: Tx, arriving: Sequence[Arriving], *, again: bool = False) -> list[Outcome]:
    """Stores what is new of them, in their order. ``again``: some may be stored already, and are then told the same.

    Ids and keys are unique, also against a transaction that has not ended yet. Raises KeyTaken, StaleLease.
    """
    for held in {(one.held.kind, one.held.key): one.held for one in arriving if one.held}.values():
        timers.hold(tx, held)
    known = idempotency.answered(tx, [one.key for one in arriving if one.key])
    # Asked second: a commit that ends between the two questions is then found as what it is, one's own.
    own = {row.id: row for row in _ROWS.all(tx, _BY_ID, {"ids": [one.id for one in arriving]})} if again else {}
    told: dict[str, Outcome] = {id: Taken(row, _first(tx, row)) for id, row in own.items()}
    told |= {one.id: known[one.key] for one in arriving if one.key in known and one.id not in told}
    fresh = [one for one in arriving if one.id not in told]
    leading: dict[tuple[str, str], Arriving] = {}
    for one in fresh:
        if one.key is not None:
            leading.setdefault((one.key.scope, one.key.key), one)
    written = [one for one in fresh if one.key is None or leading[one.key.scope, one.key.key] is one]
    taken = _with_firsts(tx, written)
    answers = {one.key: one.answer(taken[one.id]) for one in leading.values() if one.key}
    if idempotency.keep(tx, answers, arriving[0].now) != answers.keys():
        raise KeyTaken
    _insert(tx, [taken[one.id].transmission for one in written], written)
    told |= taken
    told |= {one.id: _repeated(one.key, answers) for one in fresh if one.key and one.id not in told}
    return [told[one.id] for one in arriving]


def _repeated(key: RequestKey, answers: Mapping[RequestKey, Answer]) -> Outcome:
    """What the second of two under one name is told."""
    return answers.get(key) or Mismatch("the key was used for another request")


def _new(one: Arriving, number: int) -> Transmission:
    return transmissions.new(
        seq=number,
        id=one.id,
        direction="in",
        channel=one.channel,
        partner=one.partner,
        order_scope=one.order_scope,
        content_type=one.content_type,
        transport_id=one.transport_id,
        kept=one.kept,
        status=ArrivalStatus.RECEIVED,
        now=one.now,
    )


def _with_firsts(tx: Tx, fresh: Sequence[Arriving]) -> dict[str, Taken]:
    """By id, each with the earlier arrival of the same bytes: one of the store, or one that stands before it here."""
    firsts = same_bytes.firsts(tx, {(one.partner, one.kept.sha256) for one in fresh if one.partner is not None})
    taken: dict[str, Taken] = {}
    for one, number in zip(fresh, _ROWS.draw(tx, len(fresh)), strict=True):
        stored, content = _new(one, number), (one.partner, one.kept.sha256)
        taken[one.id] = Taken(stored, firsts.get(content))
        if one.partner is not None:
            firsts.setdefault(content, stored)
    return taken


def _first(tx: Tx, stored: Transmission) -> Transmission | None:
    if stored.partner is None:
        return None
    return same_bytes.find_same_bytes(tx, stored.partner, stored.sha256, stored.seq)


def _insert(tx: Tx, stored: Sequence[Transmission], arriving: Sequence[Arriving]) -> None:
    _ROWS.write_numbered(tx, stored, [row.seq for row in stored])
    told = [
        events.event(
            "transmission.received",
            row.id,
            transmission_id=row.id,
            partner=row.partner,
            actor=one.actor,
            data={"channel": row.channel, "bytes": row.size, "sha256": row.sha256},
            now=one.now,
        )
        for row, one in zip(stored, arriving, strict=True)
    ]
    events.record_many(tx, told)
