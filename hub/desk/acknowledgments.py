"""Acknowledgments (997, 999, TA1, 824) of one principal: ours of what it sent, and its own, or its partners', of what
was sent from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from canonical.document import DocumentType
from hub.desk.ownership import Ownership
from hub.services import HubServices
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter, Trace
from hub.store.schema.records import StoredAcknowledgment, StoredDelivery, StoredDocument
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, deliveries, documents

TYPES = (DocumentType.FUNCTIONAL_ACKNOWLEDGMENT.value, DocumentType.APPLICATION_ADVICE.value)


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """``document`` is the acknowledgment itself. ``answer`` says what it answers, of one of ours; ``closed`` what it
    has closed of the principal's own, of a partner's."""

    document: StoredDocument
    answer: StoredAcknowledgment | None
    closed: tuple[StoredDelivery, ...] = ()


@dataclass(frozen=True, slots=True)
class AcknowledgmentPage:
    acknowledgments: list[Acknowledgment]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """One acknowledgment with the documents that it is about, at most ``search.TRACE_LIMIT`` of them, and its trace."""

    acknowledgment: Acknowledgment
    about: tuple[StoredDocument, ...]
    trace: Trace


class OwnAcknowledgments:
    """Bound to one principal. A system, to which nobody sends acknowledgments, has those that partners sent of what it
    had the hub send."""

    def __init__(self, services: HubServices, own: Ownership) -> None:
        self._services = services
        self._own = own

    def page(self, wanted: DocumentFilter) -> AcknowledgmentPage:
        """Newest first. A page may be short: a next cursor says that older rows have not been looked at."""
        partners = None if self._own.principal.kind == "system" else tuple(sorted(self._own.partners))
        wanted = replace(wanted, types=TYPES, partners=partners)
        with self._services.store.read() as tx:
            rows = search.documents(tx, wanted)
            return AcknowledgmentPage(self._read(tx, rows), rows[-1].seq if len(rows) == wanted.limit else None)

    def of_document(self, document_id: str) -> list[Acknowledgment]:
        """Those of one document of this principal; none for another's, as for one that is not there."""
        with self._services.store.read() as tx:
            document = documents.get(tx, document_id)
            if document is None or not self._own.has_document(tx, document):
                return []
            made = acknowledgments.of_transmission(tx, document.transmission_id)
            closed = [one.acknowledged_by for one in deliveries.of_document(tx, document.id)]
            ids = dict.fromkeys([*(one.document_id for one in made if one.concerns(document)), *filter(None, closed)])
            return self._read(tx, [one for id in ids if (one := documents.get(tx, id)) is not None])

    def get(self, id: str) -> Told | None:
        """None for another's, and for a document that is no acknowledgment."""
        with self._services.store.read() as tx:
            document = documents.get(tx, id)
            if document is None or document.type not in TYPES:
                return None
            found = self._read(tx, [document])
            trace = search.trace(tx, id)
            if not found or trace is None:
                return None
            return Told(found[0], self._about(tx, found[0]), trace)

    def _read(self, tx: Tx, rows: Iterable[StoredDocument]) -> list[Acknowledgment]:
        """Those that are this principal's own, each with what it answers."""
        made: dict[str, dict[str, StoredAcknowledgment]] = {}
        found = []
        for row in rows:
            if row.direction == "outbound":
                if row.transmission_id not in made:
                    answers = acknowledgments.of_transmission(tx, row.transmission_id)
                    made[row.transmission_id] = {one.document_id: one for one in answers}
                one = Acknowledgment(row, made[row.transmission_id].get(row.id))
            else:
                one = Acknowledgment(row, None, tuple(self._closed(tx, row)))
            if one.closed or self._own.has_document(tx, row):
                found.append(one)
        return found

    def _closed(self, tx: Tx, row: StoredDocument) -> Iterable[StoredDelivery]:
        for delivery in deliveries.acknowledged_by(tx, row.id):
            document = documents.get(tx, delivery.document_id)
            if document is not None and self._own.has_document(tx, document):
                yield delivery

    def _about(self, tx: Tx, one: Acknowledgment) -> tuple[StoredDocument, ...]:
        if one.answer is not None:
            trace = search.trace(tx, one.document.transmission_id)
            answered = [d for d in trace.documents if d.direction == "inbound"] if trace else []
            return tuple(d for d in answered if one.answer.concerns(d) and self._own.has_document(tx, d))
        ids = [delivery.document_id for delivery in one.closed[: search.TRACE_LIMIT]]
        return tuple(document for id in ids if (document := documents.get(tx, id)) is not None)
