"""The outbox of one principal: the port that a hosted door asks, over the rows and steps that keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from channels.ports import Confirmed, Lease, OfferedDocument, OutboxEntry, OutboxItem
from hub.errors import NotAllowed
from hub.pipeline import offer
from hub.pipeline.confirm import Contradiction, Word, say
from hub.pipeline.offer import Caller
from hub.pipeline.rehearse import note_dry_run
from hub.principal import Principal
from hub.services import HubServices
from hub.store.ids import new_id
from hub.store.outbound import outbox
from hub.store.outbound.outbox import Lying
from hub.store.schema.records import Transmission
from hub.store.store import Tx
from hub.store.traffic import transmissions

PAGE_LIMIT = 500
"""Entries of one answer."""

LEASE_SECONDS = 3600.0
"""The longest lease."""


class OwnOutbox:
    """What lies in the boxes of one principal; the word of a system of ours settles deliveries. Implements
    ``channels.ports.Outbox``. With ``dry_run`` it is told what would come of something, and an event is all that
    stays."""

    def __init__(
        self, services: HubServices, principal: Principal, boxes: frozenset[str], credential: str = ""
    ) -> None:
        self._services = services
        self._boxes = boxes
        self._by = Caller(str(principal), credential)
        self._speaks = principal.kind == "system"

    @property
    def boxes(self) -> frozenset[str]:
        """Whose bell rings when something is put in."""
        return self._boxes

    def page(self, *, after: int = 0, limit: int = 100, target: str | None = None) -> Sequence[OutboxEntry]:
        with self._services.store.read() as tx:
            found = outbox.page(tx, self._boxes, after, min(limit, PAGE_LIMIT), target)
        return [_entry(lying) for lying in found]

    def lease(self, limit: int, seconds: float, *, dry_run: bool = False) -> Lease:
        now = self._services.clock()
        name, until = new_id("ls"), now + timedelta(seconds=min(seconds, LEASE_SECONDS))
        with self._services.store.begin(keep=not dry_run) as tx:
            found = outbox.lease(tx, self._boxes, name, min(limit, PAGE_LIMIT), until, now)
        if dry_run:
            self._note_dry_run("lease", [lying.departure.id for lying in found])
        return Lease(name, until, tuple(_entry(lying) for lying in found))

    def release(self, lease: str, *, dry_run: bool = False) -> int:
        with self._services.store.begin(keep=not dry_run) as tx:
            released = outbox.release(tx, self._boxes, lease)
        if dry_run:
            self._note_dry_run("release", [lease] * released)
        return released

    def open(self, id: str) -> OutboxItem | None:
        with self._services.store.read() as tx:
            departure = self._own(tx, id)
        if departure is None:
            return None
        return OutboxItem(
            id=departure.id,
            body=transmissions.body(self._services.store, departure),
            content_type=departure.content_type,
            file_name=departure.file_name,
            sha256=departure.sha256,
            idempotency_key=departure.idempotency_key or departure.id,
            headers=(departure.headers or {}) if self._speaks else {},
        )

    def fetched(self, id: str) -> None:
        services = self._services
        with services.store.begin() as tx:
            outbox.hold(tx, self._boxes)
            if (departure := self._own(tx, id)) is not None:
                offer.fetched(tx, services.catalog(), departure, self._by, services.clock())

    def confirm(self, ids: Sequence[str], *, dry_run: bool = False) -> dict[str, Confirmed]:
        return self._said(ids, self._confirmed, dry_run=dry_run)

    def refuse(self, id: str, reason: str, *, dry_run: bool = False) -> Confirmed:
        if not self._speaks:
            raise NotAllowed("Only a system of hub.yaml refuses what it fetched; a partner answers with a document.")
        refused = self._said([id], lambda tx, it: self._say(tx, it, Word.REFUSED, reason), dry_run=dry_run)
        return refused[id]

    def _said(
        self, ids: Sequence[str], say_of: Callable[[Tx, Transmission], Confirmed], *, dry_run: bool
    ) -> dict[str, Confirmed]:
        found = dict.fromkeys(ids, Confirmed.UNKNOWN)
        with self._services.store.begin(keep=not dry_run) as tx:
            outbox.hold(tx, self._boxes)
            for id in sorted(found):
                if (departure := self._own(tx, id)) is not None:
                    found[id] = say_of(tx, departure)
        if dry_run:
            self._note_dry_run("confirm", sorted(id for id in found if found[id] is not Confirmed.UNKNOWN))
        elif self._speaks:
            self._services.wake()  # a later delivery may have waited for one of these
        return found

    def _note_dry_run(self, operation: str, ids: Sequence[str]) -> None:
        if ids:
            told = {"operation": operation, "entries": len(ids)}
            note_dry_run(self._services, self._by.actor, ids[0], None, told)

    def _confirmed(self, tx: Tx, departure: Transmission) -> Confirmed:
        if self._speaks:
            return self._say(tx, departure, Word.ACCEPTED, "")
        services = self._services
        lay = offer.confirmed_by_partner(tx, services.catalog(), departure, self._by, services.clock())
        return Confirmed.DONE if lay else Confirmed.UNKNOWN

    def _say(self, tx: Tx, departure: Transmission, word: Word, reason: str) -> Confirmed:
        try:
            say(tx, self._services, departure.id, word, reason, self._by)
        except Contradiction:
            return Confirmed.TOO_LATE
        return Confirmed.DONE

    def _own(self, tx: Tx, id: str) -> Transmission | None:
        departure = transmissions.get(tx, id)
        if departure is None or departure.direction != "out" or offer.box_of(departure) not in self._boxes:
            return None
        return departure


def _entry(lying: Lying) -> OutboxEntry:
    departure, offered = lying.departure, lying.offer
    return OutboxEntry(
        id=departure.id,
        position=offered.seq,
        target=offered.target,
        file_name=departure.file_name,
        content_type=departure.content_type,
        size=departure.size,
        sha256=departure.sha256,
        idempotency_key=departure.idempotency_key or departure.id,
        available_at=offered.available_at,
        fetched_at=offered.fetched_at,
        documents=tuple(OfferedDocument(one.document_id, one.type, one.number, one.partner) for one in lying.documents),
    )
