"""What events have to stay in order for: the purchase order that a document or delivery belongs to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, func, select

from hub.store.engine import dialects
from hub.store.schema.tables import deliveries, document_keys, documents
from hub.store.store import Tx

LONGEST = 200

_ORDER = and_(document_keys.c.document_seq == documents.c.seq, document_keys.c.kind == "purchase_order")
_OF_DOCUMENTS = (
    select(documents.c.id, documents.c.partner, documents.c.number, func.min(document_keys.c.value))
    .select_from(documents.outerjoin(document_keys, _ORDER))
    .where(dialects.among(documents.c.id, "ids"))
    .group_by(documents.c.id, documents.c.partner, documents.c.number)
)
_OF_DELIVERIES = select(deliveries.c.id, deliveries.c.document_id, deliveries.c.target).where(
    dialects.among(deliveries.c.id, "ids")
)


class Carried(NamedTuple):
    """What a delivery takes where."""

    document_id: str
    target: str


def of_documents(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """By id: partner and purchase order, of several the first by its text, of none the document's own number."""
    rows = tx.execute(_OF_DOCUMENTS, {"ids": sorted(ids)}) if ids else ()
    return {id: f"{partner}/{order or number}"[:LONGEST] for id, partner, number, order in rows}


def carried(tx: Tx, ids: Collection[str]) -> dict[str, Carried]:
    """Of deliveries, by id."""
    rows = tx.execute(_OF_DELIVERIES, {"ids": sorted(ids)}) if ids else ()
    return {id: Carried(document, target) for id, document, target in rows}
