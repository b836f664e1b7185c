"""What an id stands for, in words: people choose among names, not among ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.channel_names import WEBHOOKS
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import work_items
from hub.web.pages.notifications import kind_of
from hub.web.templating import target_name
from hub.web.words import document_type


@dataclass(frozen=True, slots=True)
class Subject:
    """``label`` is the id itself when nothing is stored under it: the name of a target."""

    id: str
    label: str

    @property
    def path(self) -> str:
        """The page that shows it."""
        return "/targets" if self.label == target_name(self.id) else f"/find/{self.id}"


def subjects(tx: Tx, ids: Iterable[str]) -> list[Subject]:
    return [Subject(one, _label(tx, one)) for one in ids]


def _label(tx: Tx, one: str) -> str:
    delivery = deliveries.get(tx, one)
    document = documents.get(tx, delivery.document_id if delivery else one)
    if document is not None:
        name = f"{document_type(document.type)} {document.number}".strip()
        return f"{name} of {document.partner}" + (f" to {target_name(delivery.target)}" if delivery else "")
    transmission = transmissions.get(tx, one)
    if transmission is None:
        item = work_items.get(tx, one)
        return item.summary if item else target_name(one)
    name = transmission.file_name or transmission.transport_id or "Transmission"
    if transmission.channel == WEBHOOKS:
        name = f"Notification of {kind_of(transmission) or 'an event'}"
    if transmission.direction == "out":
        return f"{name} to {target_name(transmission.target or transmission.channel)}"
    return f"{name} from {transmission.channel}"
