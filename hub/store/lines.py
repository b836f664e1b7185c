"""Lines: a document, all that replays made of it, and the deliveries of them all."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BindParameter, bindparam, select

from hub.states import DeliveryStatus
from hub.store.deliveries import ROWS, SENT_SETS
from hub.store.records import SentSet, StoredDelivery
from hub.store.store import Tx
from hub.store.tables import deliveries as table
from hub.store.tables import delivery_keys, documents, sent_sets

_mine, _earlier = delivery_keys.alias("mine"), delivery_keys.alias("earlier")
_seqs: BindParameter[list[int]] = bindparam("seqs", expanding=True)

_OF_LINE = (
    ROWS.select.join(documents, documents.c.id == table.c.document_id)
    .where(documents.c.origin_id == bindparam("origin"))
    .order_by(table.c.seq)
)
_OF_SEQS = ROWS.select.where(table.c.seq.in_(_seqs)).order_by(table.c.seq)
_BEHIND = (
    select(_mine.c.delivery_seq)
    .distinct()
    .join(
        _earlier,
        (_earlier.c.target == _mine.c.target)
        & (_earlier.c.order_key == _mine.c.order_key)
        & (_earlier.c.delivery_seq < _mine.c.delivery_seq)
        & _earlier.c.open,
    )
    .join(table, table.c.seq == _mine.c.delivery_seq)
    .where(table.c.status == DeliveryStatus.PENDING.value)
)
_BEHIND_THESE = _BEHIND.where(_earlier.c.delivery_seq.in_(_seqs))
_HELD_BACK = _BEHIND.where(_mine.c.delivery_seq.in_(_seqs))
_SENT_SET = SENT_SETS.select.where(sent_sets.c.delivery_id == bindparam("id"))


def of_line(tx: Tx, origin_id: str) -> list[StoredDelivery]:
    """Of a document and of all that replays made of it, oldest first."""
    return ROWS.all(tx, _OF_LINE, {"origin": origin_id})


def of_seqs(tx: Tx, seqs: Collection[int]) -> list[StoredDelivery]:
    return ROWS.all(tx, _OF_SEQS, {"seqs": sorted(seqs)})


def waiting_behind(tx: Tx, seqs: Collection[int]) -> frozenset[int]:
    """The pending deliveries that one of these, while it is open, holds back."""
    return frozenset(tx.execute(_BEHIND_THESE, {"seqs": list(seqs)}).scalars())


def held_back(tx: Tx, seqs: Collection[int]) -> frozenset[int]:
    """Those that wait for any earlier open one."""
    return frozenset(tx.execute(_HELD_BACK, {"seqs": list(seqs)}).scalars())


def sent_set_of(tx: Tx, delivery_id: str) -> SentSet | None:
    """The control numbers that a delivery left under."""
    return SENT_SETS.first(tx, _SENT_SET, {"id": delivery_id})
