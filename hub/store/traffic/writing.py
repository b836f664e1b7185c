"""Writing: the rows of one transaction, collected, and written in few statements.

A chunk makes thousands of rows of few kinds; sent one at a time, the way to the database costs more than the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from hub.states import DocumentStatus
from hub.store.schema.records import (
    SetOutcomeRow,
    StoredAcknowledgment,
    StoredDelivery,
    StoredDocument,
    StoredEvent,
    StoredGroup,
    StoredInterchange,
)
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, deliveries, documents, interchanges
from hub.store.traffic.documents import Keys
from hub.store.trail import events


class Writing:
    """Use it as ``with Writing(tx) as writing``: what is left is written at the end of the block.

    ``tx`` is the transaction with everything collected so far in it, for whoever reads or changes such rows; ``aside``
    is the same for statements that touch none of them, and spares the collecting.
    """

    def __init__(self, tx: Tx) -> None:
        self.aside = tx
        self._interchanges: list[StoredInterchange] = []
        self._groups: list[StoredGroup] = []
        self._documents: list[tuple[StoredDocument, Keys]] = []
        self._deliveries: list[tuple[StoredDelivery, Iterable[str]]] = []
        self._acknowledgments: list[StoredAcknowledgment] = []
        self._events: list[StoredEvent] = []
        self._new: set[str] = set()
        self._answered: set[str] = set()
        self._sets: dict[str, list[SetOutcomeRow]] = {}
        self._taken: dict[str, StoredDocument] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()

    @property
    def tx(self) -> Tx:
        self._flush()
        return self.aside

    def interchange(self, row: StoredInterchange) -> None:
        self._interchanges.append(row)
        self._new.add(f"interchange:{row.id}")

    def group(self, row: StoredGroup) -> None:
        self._groups.append(row)
        self._new.add(f"group:{row.id}")

    def document(self, row: StoredDocument, keys: Keys = ()) -> None:
        self._documents.append((row, keys))
        if row.group_id is not None:
            self._sets.setdefault(row.group_id, []).append(documents.set_outcome(row))
        if row.identity_key is not None and row.status in documents.TAKEN:
            self._taken.setdefault(row.identity_key, row)

    def delivery(self, row: StoredDelivery, order_keys: Iterable[str]) -> None:
        self._deliveries.append((row, order_keys))

    def acknowledgment(self, row: StoredAcknowledgment) -> None:
        self._acknowledgments.append(row)
        self._answered.add(row.scope)

    def event(
        self,
        kind: str,
        subject_id: str,
        *,
        now: datetime,
        transmission_id: str | None = None,
        partner: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """As ``events.record``."""
        self._events.append(
            events.event(kind, subject_id, now=now, transmission_id=transmission_id, partner=partner, data=data)
        )

    def is_answered(self, scope: str) -> bool:
        """Whether an acknowledgment has this scope, in the store or collected."""
        if scope in self._answered:
            return True
        return scope not in self._new and acknowledgments.of_scope(self.aside, scope) is not None

    def sets_of(self, group_id: str, count: int) -> list[SetOutcomeRow]:
        """The sets of a group that has ``count`` of them; see ``documents.of_group``."""
        own = self._sets.get(group_id, ())
        if len(own) == count and f"group:{group_id}" in self._new:
            return [row for row in own if row.status != DocumentStatus.REPLACED]
        return documents.of_group(self.tx, group_id)

    def taken(self, identity_key: str) -> StoredDocument | None:
        """The first document that was collected here with this identity, and taken."""
        return self._taken.get(identity_key)

    def _flush(self) -> None:
        tx = self.aside
        interchanges.record_many(tx, self._interchanges, self._groups)
        documents.record_many(tx, self._documents)
        deliveries.record_many(tx, self._deliveries)
        acknowledgments.record_many(tx, self._acknowledgments)
        events.record_many(tx, self._events)
        for collected in (
            self._interchanges,
            self._groups,
            self._documents,
            self._deliveries,
            self._acknowledgments,
            self._events,
        ):
            collected.clear()
