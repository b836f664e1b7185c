"""Effect: all that one replay changes, seen in the transaction that makes the change, whether it is kept or taken back.

A preview is a replay that is taken back: what it shows was computed and written by the same steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from hub.catalog import Catalog
from hub.pipeline.payload import Payload, got, would_get
from hub.states import OPEN_DELIVERIES, DeliveryStatus
from hub.store.questions import lines
from hub.store.schema.records import StoredAcknowledgment, StoredDelivery, StoredDocument
from hub.store.store import Store, Tx
from hub.store.traffic import acknowledgments, deliveries, order


class Act(StrEnum):
    """What becomes of the delivery to one target."""

    MADE = "made"  # the target got nothing of this document before
    REPLACED = "replaced"  # a delivery that names an earlier one to the same target
    KEPT = "kept"  # the payload is unchanged: the delivery and its key stay, nothing is sent
    ENDED = "ended"  # it has not left and is not routed any more
    LEFT = "left"  # it had left; the target is not told that it is not routed any more


@dataclass(frozen=True, slots=True)
class DeliveryEffect:
    """``key`` is the idempotency key that holds from now on; ``replaces`` the delivery that came before, with what its
    target ``got``. ``gets`` is what it would get now, None where nothing is sent."""

    act: Act
    target: str
    key: str
    replaces: StoredDelivery | None = None
    got: Payload | None = None
    gets: Payload | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One document replayed. ``lifted`` are the deliveries of other documents that go on because what they waited for
    makes way; ``waiting`` is how many go on waiting, behind what takes its place; ``answers`` are the acknowledgments
    of ours that it sets off."""

    old: StoredDocument
    new: StoredDocument
    profile_version: int
    crosswalk_revision: int
    deliveries: tuple[DeliveryEffect, ...]
    lifted: tuple[StoredDelivery, ...] = ()
    waiting: int = 0
    answers: tuple[StoredAcknowledgment, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same change of the same document. What other documents gain by it is no part of it: they go
        their own way meanwhile."""
        told: list[Any] = [
            [self.old.id, self.old.status, self.old.canonical_hash],
            [self.new.status, self.new.reason, self.new.verdict, self.new.canonical_hash, self.new.revision],
            sorted([f["code"], f.get("locator", ""), f["message"]] for f in self.new.findings),
            [[one.act, one.target, one.key, one.gets.digest if one.gets else None] for one in self.deliveries],
        ]
        return sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Before:
    """What there was of a document's line before the replay."""

    deliveries: list[StoredDelivery]
    behind: frozenset[int]
    answers: frozenset[str]


def before(tx: Tx, old: StoredDocument) -> Before:
    line = lines.of_line(tx, old.origin_id)
    blocking = [one.seq for one in line if one.document_id == old.id and one.status in OPEN_DELIVERIES]
    behind = order.waiting_behind(tx, blocking) if blocking else frozenset()
    held = behind & order.held_back(tx, behind)  # what a dead letter lets pass waits for nothing
    answers = acknowledgments.of_transmission(tx, old.transmission_id)
    return Before(line, held, frozenset(answer.scope for answer in answers))


def deliveries_after(
    tx: Tx, store: Store, catalog: Catalog, was: Before, old: StoredDocument, new: StoredDocument, now: datetime
) -> Iterator[DeliveryEffect]:
    """What became of each delivery, target by target."""
    known = {one.id for one in was.deliveries}
    earlier = {one.target: one for one in was.deliveries}  # the newest to each target
    for one in deliveries.of_document(tx, new.id):
        replaces = earlier.pop(one.target, None)
        before = got(tx, store, replaces) if replaces else None
        if one.id in known:
            yield DeliveryEffect(Act.KEPT, one.target, one.idempotency_key, replaces, before)
        else:
            gets = would_get(tx, catalog, one, now)
            act = Act.REPLACED if replaces else Act.MADE
            yield DeliveryEffect(act, one.target, one.idempotency_key, replaces, before, gets)
    for one in earlier.values():
        if one.document_id != old.id:
            continue
        open_still = one.status in (DeliveryStatus.PENDING, DeliveryStatus.DEAD)
        act = Act.ENDED if open_still else Act.LEFT
        if one.status != DeliveryStatus.GIVEN_UP:
            yield DeliveryEffect(act, one.target, one.idempotency_key, one, got(tx, store, one))


def lifted(tx: Tx, was: Before) -> tuple[tuple[StoredDelivery, ...], int]:
    """What waited for the old document's deliveries and waits for nothing any more, and how many still wait."""
    if not was.behind:
        return (), 0
    still = order.held_back(tx, was.behind)
    return tuple(lines.of_seqs(tx, was.behind - still)), len(still)


def new_answers(tx: Tx, was: Before, old: StoredDocument) -> tuple[StoredAcknowledgment, ...]:
    found = acknowledgments.of_transmission(tx, old.transmission_id)
    return tuple(answer for answer in found if answer.scope not in was.answers)
