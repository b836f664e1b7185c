"""What partners sent and were sent, as lists to be looked through: each arrival or departure with its documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hub.catalog import SYSTEM_DOOR
from hub.channel_names import WEBHOOKS
from hub.services import HubServices
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter, TransmissionFilter
from hub.store.schema.records import StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries as delivery_rows
from hub.store.traffic import documents as document_rows
from hub.store.traffic import transmissions

SHOWN = 6
"""Documents of one transmission that a list has."""

FOUND = 200
"""Documents that are looked at when a number is searched for."""

NOT_THEIRS = (WEBHOOKS, f"{SYSTEM_DOOR}/")
"""Doors by which a partner sends and gets nothing itself: notifications, and what our own systems post for it."""

Direction = Literal["in", "out"]


def is_ours(transmission: Transmission) -> bool:
    """Whether it came through a door of our own systems, or was a notification."""
    return transmission.channel == WEBHOOKS or transmission.channel.startswith(f"{SYSTEM_DOOR}/")


@dataclass(frozen=True, slots=True)
class Listed:
    """``documents`` are the first few; ours that answer an arrival are not among them."""

    transmission: Transmission
    documents: list[StoredDocument]


@dataclass(frozen=True, slots=True)
class TransmissionPage:
    """``next_cursor`` is the number behind which older ones lie, None behind the last."""

    rows: list[Listed]
    next_cursor: int | None


class OwnTransmissions:
    """Of some partners, and of nobody else."""

    def __init__(self, services: HubServices, partners: frozenset[str]) -> None:
        self._services = services
        self._partners = partners

    def page(self, direction: Direction, text: str, before: int | None, limit: int) -> TransmissionPage:
        """Newest first. ``text`` is a number of a document, a file's name or an id, whole; empty finds all."""
        with self._services.store.read() as tx:
            found = sorted(self._found(tx, direction, text, before, limit + 1), key=lambda one: -one.seq)
            rows = [Listed(one, _documents(tx, one)[:SHOWN]) for one in found[:limit]]
        return TransmissionPage(rows, found[limit - 1].seq if len(found) > limit else None)

    def _found(self, tx: Tx, direction: Direction, text: str, before: int | None, limit: int) -> list[Transmission]:
        named = [
            one
            for partner in sorted(self._partners)
            for one in search.transmissions(
                tx,
                TransmissionFilter(text, partner, direction, except_doors=NOT_THEIRS, before_seq=before, limit=limit),
            )
        ]
        if text:
            known = {one.id for one in named}
            wanted = self._carrying(tx, direction, text) - known
            more = (transmissions.get(tx, id) for id in sorted(wanted))
            named += [one for one in more if one is not None and self._fits(one, direction, before)]
        return named

    def _carrying(self, tx: Tx, direction: Direction, text: str) -> set[str]:
        """The transmissions whose documents have the number."""
        seen_from_us = "inbound" if direction == "in" else "outbound"
        wanted = DocumentFilter(text=text, partners=tuple(sorted(self._partners)), direction=seen_from_us, limit=FOUND)
        documents = search.documents(tx, wanted)
        if direction == "in":
            return {document.transmission_id for document in documents}
        carried = (one for document in documents for one in delivery_rows.of_document(tx, document.id))
        return {delivery.departure_id for delivery in carried if delivery.departure_id is not None}

    def _fits(self, one: Transmission, direction: Direction, before: int | None) -> bool:
        own = one.direction == direction and one.partner in self._partners and not is_ours(one)
        return own and (before is None or one.seq < before)


def _documents(tx: Tx, transmission: Transmission) -> list[StoredDocument]:
    read: Callable[[Tx, str], list[StoredDocument]] = _arrived if transmission.direction == "in" else _departed
    return read(tx, transmission.id)


def _arrived(tx: Tx, id: str) -> list[StoredDocument]:
    found = search.documents(tx, DocumentFilter(text=id, direction="inbound", limit=SHOWN))
    return [document for document in reversed(found) if document.transmission_id == id]


def _departed(tx: Tx, id: str) -> list[StoredDocument]:
    carried = delivery_rows.of_departure(tx, id)[:SHOWN]
    found = (document_rows.get(tx, delivery.document_id) for delivery in carried)
    return [document for document in found if document is not None]
