"""The feed: sealed events in the order of their positions, each reader's own as CloudEvents."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from hub.channel_names import CHANNEL_PREFIX
from hub.events.catalogue import TYPES, Audience, kinds_for
from hub.events.cloud import cloud_event, source_of
from hub.store.questions import order_keys
from hub.store.questions.order_keys import Carried
from hub.store.schema.records import StoredEvent
from hub.store.store import Tx
from hub.store.trail import events


@dataclass(frozen=True, slots=True)
class View:
    """What a reader is told of; ``partners`` is None for whoever is told also of what is no partner's."""

    audience: Audience
    partners: frozenset[str] | None
    kinds: frozenset[str]

    def narrowed(self, wanted: str | None) -> View:
        """To one type or kind, or with ``.*`` at its end to all of a noun; nothing fits what nobody knows."""
        if wanted is None:
            return self
        return View(self.audience, self.partners, frozenset(kind for kind in self.kinds if _fits(kind, wanted)))


STREAM = View(Audience.SYSTEMS, None, frozenset(kinds_for(Audience.SYSTEMS)))
"""What leaves for NATS."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its position and what it has to stay in order for."""

    position: int
    key: str
    event: StoredEvent
    cloud: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """``reached``: nothing of the reader's up to there is missing; ``newest``: where the feed ends."""

    told: list[Told]
    reached: int
    newest: int

    @property
    def more(self) -> bool:
        return self.reached < self.newest


def page(tx: Tx, view: View, after: int, limit: int, public_url: object) -> Page:
    """What is behind a position, at most ``limit``; it may be less although more follows."""
    found, reached = events.chosen(tx, after, limit, view.kinds, view.partners)
    return Page(_told(tx, view, found, source_of(public_url)), reached, events.newest(tx))


def _told(tx: Tx, view: View, found: list[StoredEvent], source: str) -> list[Told]:
    deliveries = order_keys.carried(tx, _subjects(found, ("delivery",)))
    ids = {one.document_id for one in deliveries.values()} | _subjects(found, ("document", "acknowledgment"))
    keys, told = order_keys.of_documents(tx, ids), []
    for event in found:
        carried = deliveries.get(event.subject_id)
        if event.position is None or not _is_for(view, event, carried):
            continue
        document = carried.document_id if carried else event.subject_id
        key = keys.get(document) or event.partner or event.subject_id
        told.append(Told(event.position, key, event, cloud_event(event, key, source, view.audience)))
    return told


def _subjects(found: Iterable[StoredEvent], nouns: Collection[str]) -> set[str]:
    return {event.subject_id for event in found if event.kind.partition(".")[0] in nouns}


def _is_for(view: View, event: StoredEvent, carried: Carried | None) -> bool:
    """What becomes of a document inside of our house is not a partner's to know."""
    if view.audience is not Audience.PARTNERS or event.kind.partition(".")[0] != "delivery":
        return True
    return carried is not None and carried.target.startswith(CHANNEL_PREFIX)


def _fits(kind: str, wanted: str) -> bool:
    return kind in (wanted, TYPES.get(wanted)) or wanted == f"{kind.partition('.')[0]}.*"
