"""Notifications of webhooks: departures that carry no delivery. Those of one subject leave one after the other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from hub.channel_names import WEBHOOKS
from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.records import Transmission
from hub.store.schema.tables import transmissions as table
from hub.store.store import Tx
from hub.store.traffic.transmissions import DUE

ROWS = Rows(table, Transmission)

_OPEN = (DUE, table.c.target == bindparam("held_target"), table.c.order_scope == bindparam("held_subject"))
_FIRST_OPEN = select(table.c.seq).where(*_OPEN).limit(1)
_NEXT = select(table.c.seq).where(*_OPEN, table.c.due_at.is_(None)).order_by(table.c.seq).limit(1)
_LET_GO = update(table).where(table.c.seq == bindparam("held_seq"))
_RECENT = (
    ROWS.select.where(
        table.c.channel == dialects.inline(WEBHOOKS),
        table.c.target.in_(bindparam("targets", expanding=True)),
        table.c.seq < bindparam("before"),
    )
    .order_by(table.c.seq.desc())
    .limit(bindparam("count"))
)


def is_open(tx: Tx, target: str, subject: str) -> bool:
    """Whether an earlier notification of the subject has yet to leave. Until this transaction ends none does."""
    dialects.lock(tx, f"notifications:{target}")
    return tx.execute(_FIRST_OPEN, {"held_target": target, "held_subject": subject}).first() is not None


def let_next(tx: Tx, notification: Transmission, now: datetime) -> None:
    """After one has been taken, or is a dead letter: the one behind it is due."""
    assert notification.target is not None
    dialects.lock(tx, f"notifications:{notification.target}")
    held = {"held_target": notification.target, "held_subject": notification.order_scope}
    following = tx.execute(_NEXT, held).scalar()
    if following is not None:
        tx.execute(_LET_GO, {"held_seq": following, "due_at": now, "since": now})


def recent(tx: Tx, targets: list[str], before: int, limit: int) -> list[Transmission]:
    """What webhooks were notified of, newest first, from before a number on."""
    return ROWS.all(tx, _RECENT, {"targets": targets, "before": before, "count": limit})
