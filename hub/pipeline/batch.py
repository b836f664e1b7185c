"""batch: deliveries that gather → one interchange, or one file, that carries them all.

Who gathers is decided when the delivery is recorded, by the partner's profile. The batch's timer is due when the first
of it has waited long enough, or at once when it is full; whoever claims the timer composes the batch. One document that
does not fit is its own dead letter and holds none of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from canonical.document import DocumentType
from canonical.finding import Finding
from hub.catalog import CHANNEL_PREFIX, channel_id
from hub.pipeline.compose import Composition, Prepared, freeze, written
from hub.pipeline.forms.outbound import Outbound
from hub.services import HubServices
from hub.store.configuration.control_numbers import Drawing
from hub.store.coordination import timers
from hub.store.schema.records import StoredDelivery, Timer
from hub.store.store import Tx
from hub.store.traffic import order
from partners.agreement import Direction
from partners.pinned import Pinned
from partners.x12_settings import BATCH_LIMIT, BatchSettings

TIMER = "batch"
"""Timers of this kind compose a batch; their key is the batch's name."""

PAGE = 200

RECHECK = timedelta(minutes=1)
"""How soon a batch of which nothing could leave is looked at again."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """The batch that a delivery joins: ``name`` is the same for all that may leave together."""

    name: str
    settings: BatchSettings

    def explanation(self, now: datetime) -> str:
        """What a delivery that joins now waits for."""
        due = now + timedelta(seconds=self.settings.wait_seconds)
        full = self.settings.max_documents
        return f"It gathers with others, {full} at most, into one departure, which leaves by {due:%Y-%m-%d %H:%M} UTC."


def gathering(pinned: Pinned, type: DocumentType, target: str, usage_indicator: str) -> Gathering | None:
    """The batch of a document on its way to a target; None when it leaves on its own. Acknowledgments never wait."""
    agreement = pinned.partner.agreement(type, Direction.OUTBOUND)
    channel = pinned.partner.channel(agreement.channel) if agreement else None
    settings = pinned.batch(agreement)
    if channel is None or settings is None or type is DocumentType.FUNCTIONAL_ACKNOWLEDGMENT:
        return None
    if target != CHANNEL_PREFIX + channel_id(pinned.partner, channel):
        return None
    together = "" if settings.mixed else type.value
    name = sha256("\n".join((pinned.key, target, usage_indicator, together)).encode()).hexdigest()
    return Gathering(f"bt_{name[:32]}", settings)


def join(tx: Tx, batch: Gathering, now: datetime) -> None:
    """After a delivery of the batch was recorded: sees to it that the batch leaves in time, or now when it is full."""
    timers.arm(tx, TIMER, batch.name, now + timedelta(seconds=batch.settings.wait_seconds))
    if order.waiting_in(tx, batch.name) >= batch.settings.max_documents:
        timers.arm(tx, TIMER, batch.name, now)


def compose_batch(services: HubServices, timer: Timer) -> None:
    """Composes what may leave of a batch whose timer is claimed, and settles the timer, in one transaction. Raises
    StaleLease, and nothing is written, when the claim was lost."""
    catalog, now = services.catalog(), services.clock()
    with services.store.begin() as tx, Drawing(tx) as numbers:
        timers.hold(tx, timer)
        due = _Departing(services, Composition(tx, catalog, numbers, now)).leave(timer.key)
        timers.settle(tx, timer, due)
    services.wake()


@dataclass(slots=True)
class _Departing:
    """One departure filled from a batch, in order. ``behind`` are the order keys of deliveries that stay: whatever
    shares one stays too. ``place`` is the group that a key was last put in: later ones stand in no earlier group."""

    services: HubServices
    composition: Composition
    outbound: Outbound | None = None
    inside: list[tuple[Prepared, tuple[Finding, ...]]] = field(default_factory=list)
    behind: set[str] = field(default_factory=set)
    place: dict[str, int] = field(default_factory=dict)
    limit: int = BATCH_LIMIT
    wait: timedelta = RECHECK
    full: bool = False
    postponed: bool = False

    def leave(self, batch: str) -> datetime | None:
        """Composes the batch as far as it may leave; returns when it is due again, None when nothing waits any more."""
        last = None
        while not self.full and (page := order.of_batch(self.composition.tx, batch, last, PAGE)):
            last = page[-1]
            self._take(batch, page)
        if self.outbound is not None:
            self._depart(self.outbound)
        if not order.waiting_in(self.composition.tx, batch):
            return None
        now = self.composition.now
        return now if self.full or self.postponed else now + self.wait

    def _depart(self, outbound: Outbound) -> None:
        parcel, now = None, self.composition.now
        with self.composition.burying([prepared.delivery for prepared, _ in self.inside]):
            parcel = written(outbound, self.inside, now)
        if parcel is not None:
            freeze(self.composition.tx, self.services, [parcel], now)

    def _take(self, batch: str, page: list[StoredDelivery]) -> None:
        seqs = [delivery.seq for delivery in page]
        keys, held = order.keys_of(self.composition.tx, seqs), order.held_from_outside(self.composition.tx, batch, seqs)
        for delivery in page:
            own = keys.get(delivery.seq, frozenset())
            if delivery.seq in held or not self.behind.isdisjoint(own):
                self.behind |= own
            elif len(self.inside) >= self.limit:
                self.full = True
                return
            elif not self._add(delivery, own):
                self.behind |= own

    def _add(self, delivery: StoredDelivery, keys: frozenset[str]) -> bool:
        """Whether the delivery is inside now. One that does not fit has become a dead letter."""
        added = False
        with self.composition.burying([delivery]):
            added = self._put(self.composition.prepare(delivery), keys)
        return added  # noqa: RET504

    def _put(self, prepared: Prepared, keys: frozenset[str]) -> bool:
        outbound = self.outbound or self.composition.begin(prepared)
        place = outbound.place(prepared.document)
        if place is None or any(self.place.get(key, 0) > place for key in keys):
            self.postponed = True
            return False
        changes = outbound.add(prepared.delivery.id, prepared.stored, prepared.document)
        if self.outbound is None:
            self._follow(prepared.pinned.batch(prepared.pinned.sending(prepared.document)))
        self.outbound = outbound
        self.inside.append((prepared, changes))
        self.place |= dict.fromkeys(keys, place)
        return True

    def _follow(self, settings: BatchSettings | None) -> None:
        """What the profile says now; what gathered under an earlier one that had no batches leaves all the same."""
        if settings is not None:
            self.limit, self.wait = settings.max_documents, timedelta(seconds=settings.wait_seconds)
