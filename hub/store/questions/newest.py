"""The newest document of each type that came from a partner or went to it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from hub.states import DocumentStatus
from hub.store.engine import dialects
from hub.store.schema.records import StoredDocument
from hub.store.schema.tables import documents as table
from hub.store.store import Tx
from hub.store.traffic.documents import BRIEF

_OF_SEQS = BRIEF.select.where(dialects.among(table.c.seq, "seqs"))

_NEWEST = select(
    *(
        select(table.c.seq)
        .where(
            table.c.partner == bindparam("partner"),
            table.c.type == bindparam("type"),
            table.c.direction == direction,
            table.c.status != DocumentStatus.REPLACED.value,
        )
        .order_by(table.c.seq.desc())
        .limit(1)
        .scalar_subquery()
        for direction in ("inbound", "outbound")
    )
)


def newest(tx: Tx, partner: str, kinds: Iterable[str]) -> dict[tuple[str, str], StoredDocument]:
    """By type and direction; what a replay replaced does not count. As few look-ups for a partner with a million
    documents as for one with ten."""
    asked = (tx.execute(_NEWEST, {"partner": partner, "type": kind}).one() for kind in kinds)
    seqs = [seq for both in asked for seq in both if seq is not None]
    found = BRIEF.all(tx, _OF_SEQS, {"seqs": seqs}) if seqs else []
    return {(one.type, one.direction): one for one in found}
