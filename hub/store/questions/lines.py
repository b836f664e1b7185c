"""Lines: a document, all that replays made of it, and the deliveries of them all."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BindParameter, bindparam

from hub.store.schema.records import SentSet, StoredDelivery
from hub.store.schema.tables import deliveries as table
from hub.store.schema.tables import documents, sent_sets
from hub.store.store import Tx
from hub.store.traffic.deliveries import ROWS, SENT_SETS
from hub.store.traffic.documents import of_origin

_seqs: BindParameter[list[int]] = bindparam("seqs", expanding=True)

_OF_LINE = (
    ROWS.select.join(documents, documents.c.id == table.c.document_id)
    .where(of_origin(bindparam("origin")))
    .order_by(table.c.seq)
)
_OF_SEQS = ROWS.select.where(table.c.seq.in_(_seqs)).order_by(table.c.seq)
_SENT_SET = SENT_SETS.select.where(sent_sets.c.delivery_id == bindparam("id"))


def of_line(tx: Tx, origin_id: str) -> list[StoredDelivery]:
    """Of a document and of all that replays made of it, oldest first."""
    return ROWS.all(tx, _OF_LINE, {"origin": origin_id})


def of_seqs(tx: Tx, seqs: Collection[int]) -> list[StoredDelivery]:
    return ROWS.all(tx, _OF_SEQS, {"seqs": sorted(seqs)})


def sent_set_of(tx: Tx, delivery_id: str) -> SentSet | None:
    """The control numbers that a delivery left under."""
    return SENT_SETS.first(tx, _SENT_SET, {"id": delivery_id})
