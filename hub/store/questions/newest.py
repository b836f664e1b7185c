"""The newest document of each type that came from a partner or went to it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, bindparam, func, select, union_all

from hub.states import DocumentStatus
from hub.store.deliveries import ROWS
from hub.store.documents import BRIEF
from hub.store.engine import dialects
from hub.store.records import StoredDelivery, StoredDocument
from hub.store.store import Tx
from hub.store.tables import deliveries
from hub.store.tables import documents as table

LOOKED_AT = 200
"""Of each state the newest of a type, among which both directions are looked for: an index has them in this order."""

_OF_SEQS = BRIEF.select.where(dialects.among(table.c.seq, "seqs"))
_DELIVERIES = ROWS.select.where(dialects.among(deliveries.c.document_id, "ids")).order_by(deliveries.c.seq)


@cache
def _newest() -> Select[tuple[int]]:
    counted = [status.value for status in DocumentStatus if status is not DocumentStatus.REPLACED]
    own = select(table.c.seq, table.c.direction).where(
        table.c.partner == bindparam("partner"), table.c.type == bindparam("type")
    )
    newest = [
        select(own.where(table.c.status == status).order_by(table.c.seq.desc()).limit(LOOKED_AT).subquery())
        for status in counted
    ]
    of_all = union_all(*newest).subquery()
    return select(func.max(of_all.c.seq)).group_by(of_all.c.direction)


def newest(tx: Tx, partner: str, kinds: Iterable[str]) -> dict[tuple[str, str], StoredDocument]:
    """By type and direction; what a replay replaced does not count, and a direction in which none of the newest went is
    left out. As few look-ups for a partner with a million documents as for one with ten."""
    seqs = [seq for kind in kinds for seq in tx.execute(_newest(), {"partner": partner, "type": kind}).scalars()]
    found = BRIEF.all(tx, _OF_SEQS, {"seqs": seqs}) if seqs else []
    return {(one.type, one.direction): one for one in found}


def deliveries_of(tx: Tx, documents: Iterable[StoredDocument]) -> dict[str, list[StoredDelivery]]:
    """By the document's id, each one's in the order in which they were made."""
    found: dict[str, list[StoredDelivery]] = {}
    if ids := [one.id for one in documents]:
        for delivery in ROWS.all(tx, _DELIVERIES, {"ids": ids}):
            found.setdefault(delivery.document_id, []).append(delivery)
    return found
