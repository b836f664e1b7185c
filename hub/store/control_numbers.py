"""Control numbers of what we send: drawn one after the other per partner, identity of ours and kind."""

from __future__ import annotations

from sqlalchemy import bindparam, case, select

from hub.store import dialects
from hub.store.store import Tx
from hub.store.tables import control_numbers as table

_PEEK = select(table.c.next).where(
    table.c.partner == bindparam("partner"),
    table.c.identity == bindparam("identity"),
    table.c.kind == bindparam("kind"),
)


def draw(tx: Tx, partner: str, identity: str, kind: str, first: int, last: int, count: int = 1) -> int:
    """The first of ``count`` consecutive numbers between ``first`` and ``last``, which nobody else is given.

    After ``last`` comes ``first`` again; a block that would not fit before ``last`` starts at ``first``. ``kind`` is
    interchange or group. The number is used once the transaction commits; another that draws of the same row waits for
    it. Raises ValueError when the range holds fewer than ``count`` numbers.
    """
    if not 0 < count <= last - first + 1:
        raise ValueError(f"{count} numbers do not fit between {first} and {last}")
    insert = dialects.upsert(tx, table)
    fits = table.c.next.between(first, last - count + 1)
    statement = insert.values(partner=partner, identity=identity, kind=kind, next=first + count).on_conflict_do_update(
        index_elements=["partner", "identity", "kind"], set_={"next": case((fits, table.c.next), else_=first) + count}
    )
    return int(tx.execute(statement.returning(table.c.next)).scalar_one()) - count


def peek(tx: Tx, partner: str, identity: str, kind: str, first: int, last: int) -> int:
    """The number that ``draw`` would give now; it may be gone a moment later."""
    number = tx.execute(_PEEK, {"partner": partner, "identity": identity, "kind": kind}).scalar()
    return int(number) if number is not None and first <= number <= last else first


def reset(tx: Tx, partner: str, identity: str, kind: str, next_number: int) -> None:
    """Makes ``next_number`` the next to be drawn."""
    insert = dialects.upsert(tx, table).values(partner=partner, identity=identity, kind=kind, next=next_number)
    changed = {"next": insert.excluded.next}
    tx.execute(insert.on_conflict_do_update(index_elements=["partner", "identity", "kind"], set_=changed))
