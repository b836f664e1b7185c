"""The same bytes again: arrivals of one partner that have one content."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import and_, bindparam, func, select

from hub.states import ArrivalStatus
from hub.store.engine import dialects
from hub.store.schema.records import Transmission
from hub.store.schema.tables import transmissions as table
from hub.store.store import Tx
from hub.store.traffic.transmissions import ROWS

_NOT_TAKEN = (ArrivalStatus.REJECTED, ArrivalStatus.QUARANTINED)
_CAME = table.c.direction == dialects.inline("in")
"""Written as ix_transmissions_sha256 has it."""
_COUNTS = and_(_CAME, *(table.c.status != status for status in _NOT_TAKEN))
"""What later arrivals of the same bytes are told is the first: those of one refused may come as something new."""

_SAME_BYTES = (
    ROWS.select.where(
        table.c.partner == bindparam("partner"),
        table.c.sha256 == bindparam("sha256"),
        table.c.seq < bindparam("before_seq"),
        _COUNTS,
    )
    .order_by(table.c.seq)
    .limit(1)
)
_FIRSTS = (
    select(table.c.partner, table.c.sha256, func.min(table.c.seq))
    .where(dialects.among(table.c.sha256, "hashes"), _COUNTS)
    .group_by(table.c.partner, table.c.sha256)
)
_BY_SEQ = ROWS.select.where(dialects.among(table.c.seq, "seqs"))
_FIRST = (
    select(table.c.partner, table.c.sha256, func.min(table.c.seq).label("seq"))
    .where(
        dialects.among(table.c.partner, "partners"),
        dialects.among(table.c.sha256, "hashes"),
        _CAME,
    )
    .group_by(table.c.partner, table.c.sha256)
)


def find_same_bytes(tx: Tx, partner: str, sha256: str, before_seq: int) -> Transmission | None:
    """The first earlier arrival of this partner with the same bytes that was neither rejected nor quarantined."""
    return ROWS.first(tx, _SAME_BYTES, {"partner": partner, "sha256": sha256, "before_seq": before_seq})


def firsts(tx: Tx, contents: Collection[tuple[str, str]]) -> dict[tuple[str | None, str], Transmission]:
    """Of each content, a partner and a hash, its first arrival that was neither rejected nor quarantined, if any."""
    hashes = sorted({digest for _, digest in contents})
    found = tx.execute(_FIRSTS, {"hashes": hashes}) if hashes else ()
    seqs = [seq for partner, digest, seq in found if (partner, digest) in contents]
    return {(row.partner, row.sha256): row for row in ROWS.all(tx, _BY_SEQ, {"seqs": seqs})} if seqs else {}


def seen_hashes(tx: Tx, arrivals: Sequence[Transmission]) -> frozenset[str]:
    """The hashes among those of these arrivals that ``find_same_bytes`` may find: their partner has sent the same bytes
    before."""
    partners = sorted({arrival.partner for arrival in arrivals if arrival.partner is not None})
    hashes = sorted({arrival.sha256 for arrival in arrivals})
    first = {(row.partner, row.sha256): row.seq for row in tx.execute(_FIRST, {"partners": partners, "hashes": hashes})}
    return frozenset(a.sha256 for a in arrivals if first.get((a.partner, a.sha256), a.seq) < a.seq)
