"""Answers of ours: each interchange, each group and each rejected document is answered once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, literal

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import StoredAcknowledgment
from hub.store.schema.tables import acknowledgments as table
from hub.store.schema.tables import documents, interchanges
from hub.store.store import Tx

ROWS = Rows(table, StoredAcknowledgment)

_BY_SCOPE = ROWS.select.where(table.c.scope == bindparam("scope"))
_OF_INTERCHANGE = ROWS.select.where(table.c.interchange_id == bindparam("id")).order_by(table.c.seq)
_OF_TRANSMISSION = (
    ROWS.select.join(interchanges, interchanges.c.id == table.c.interchange_id)
    .where(interchanges.c.transmission_id == bindparam("id"))
    .order_by(table.c.seq)
)
_OF_DOCUMENTS = (
    ROWS.select.join(documents, table.c.scope == literal("document:") + documents.c.id)
    .where(documents.c.transmission_id == bindparam("id"), documents.c.interchange_id.is_(None))
    .order_by(table.c.seq)
)
"""Of forms without interchanges: only documents are answered there, the first of each line of replays."""


def record(
    tx: Tx,
    scope: str,
    *,
    document_id: str,
    interchange_id: str,
    kind: str,
    verdict: str,
    now: datetime,
    group_id: str | None = None,
) -> bool:
    """Writes that ``scope`` (``group:<id>``, ``interchange:<id>``, ``document:<id>``) is answered; False when it
    already was."""
    answer = StoredAcknowledgment(scope, document_id, interchange_id, group_id, kind, verdict, now)
    statement = dialects.upsert(tx, table).on_conflict_do_nothing(index_elements=["scope"]).returning(table.c.scope)
    return tx.execute(statement, ROWS.values(answer)).first() is not None


def record_many(tx: Tx, answers: Sequence[StoredAcknowledgment]) -> None:
    """Writes answers to scopes that have none yet."""
    ROWS.insert_many(tx, answers)


def of_scope(tx: Tx, scope: str) -> StoredAcknowledgment | None:
    return ROWS.first(tx, _BY_SCOPE, {"scope": scope})


def of_interchange(tx: Tx, interchange_id: str) -> list[StoredAcknowledgment]:
    return ROWS.all(tx, _OF_INTERCHANGE, {"id": interchange_id})


def of_transmission(tx: Tx, transmission_id: str) -> list[StoredAcknowledgment]:
    """All that answer something in an arrival."""
    return ROWS.all(tx, _OF_TRANSMISSION, {"id": transmission_id}) or ROWS.all(
        tx, _OF_DOCUMENTS, {"id": transmission_id}
    )
