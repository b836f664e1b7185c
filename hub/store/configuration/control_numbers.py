"""Control numbers: those of what we send, drawn one after the other per partner, identity of ours and kind, and those
of what a partner sent.

A number is drawn in the transaction that freezes the bytes it stands in: a kill leaves both or neither, and a node that
draws at the same time waits for the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Self

from sqlalchemy import Executable, bindparam, func, select, union_all, update

from hub.store.engine import dialects
from hub.store.engine.rows import Rows
from hub.store.schema.tables import control_numbers as table
from hub.store.schema.tables import deliveries, interchanges, sent_sets, transmissions
from hub.store.store import Tx
from hub.store.traffic.transmissions import DUE, ENDED_OTHERWISE

INTERCHANGE, GROUP = "interchange", "group"
KINDS = (INTERCHANGE, GROUP)
"""ISA13 and GS06."""


@dataclass(frozen=True, slots=True)
class Counter:
    """``next`` is drawn next, unless the profile's range no longer holds it: then the range's first is."""

    partner: str
    identity: str
    kind: str
    next: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """Control numbers that were drawn for a departure which has not left. ``status`` is the departure's."""

    partner: str
    interchange_control_number: str
    group_control_number: str
    set_type: str
    departure_id: str
    document_id: str
    status: str
    reason: str | None
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class ReceivedNumber:
    """ISA13 of one interchange that a partner sent, whatever became of it."""

    partner: str
    sender_id: str
    receiver_id: str
    control_number: str


COUNTERS = Rows(table, Counter)
_COUNTERS = COUNTERS.select.order_by(table.c.partner, table.c.identity, table.c.kind)
_FOLLOWING = update(table).where(
    table.c.partner == bindparam("held_partner"),
    table.c.identity == bindparam("held_identity"),
    table.c.kind == bindparam("held_kind"),
)
_NEXT = select(table.c.next).where(
    table.c.partner == bindparam("partner"),
    table.c.identity == bindparam("identity"),
    table.c.kind == bindparam("kind"),
)


class Drawing:
    """Draws numbers in one transaction; use it as ``with Drawing(tx) as numbers``: at the end of the block the store is
    told how far it came. They are used once the transaction commits; another that draws of the same row waits for it.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._next: dict[tuple[str, str, str], int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is None and self._next:
            rows = [
                {"held_partner": partner, "held_identity": identity, "held_kind": kind, "next": following}
                for (partner, identity, kind), following in self._next.items()
            ]
            self._tx.execute(_FOLLOWING, rows)

    def draw(self, partner: str, identity: str, kind: str, first: int, last: int) -> int:
        """A number between ``first`` and ``last`` that nobody else is given; after ``last`` comes ``first`` again.
        ``kind`` is interchange or group."""
        row = partner, identity, kind
        if (following := self._next.get(row)) is None:
            values = {"partner": partner, "identity": identity, "kind": kind, "next": first}
            following = int(self._tx.execute(_held(self._tx.dialect.name), values).scalar_one())
        number = following if first <= following <= last else first
        self._next[row] = number + 1
        return number

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What was drawn inside is given back when the block raises: no number is used by what was not written."""
        before = dict(self._next)
        try:
            yield
        except BaseException:
            self._next = before
            raise


@cache
def _held(dialect: str) -> Executable:
    """What is drawn next, of a row that is this transaction's until it ends."""
    statement = dialects.upsert_of(dialect, table).on_conflict_do_update(
        index_elements=["partner", "identity", "kind"], set_={"next": table.c.next}
    )
    values: dict[str, Any] = {name: bindparam(name) for name in ("partner", "identity", "kind", "next")}
    return statement.values(values).returning(table.c.next)


def peek(tx: Tx, partner: str, identity: str, kind: str, first: int, last: int) -> int:
    """The number that would be drawn now; it may be gone a moment later."""
    number = tx.execute(_NEXT, {"partner": partner, "identity": identity, "kind": kind}).scalar()
    return int(number) if number is not None and first <= number <= last else first


def reset(tx: Tx, partner: str, identity: str, kind: str, next_number: int) -> None:
    """Makes ``next_number`` the next to be drawn."""
    insert = dialects.upsert(tx, table).values(partner=partner, identity=identity, kind=kind, next=next_number)
    changed = {"next": insert.excluded.next}
    tx.execute(insert.on_conflict_do_update(index_elements=["partner", "identity", "kind"], set_=changed))


def counters(tx: Tx) -> list[Counter]:
    """Every counter that was ever drawn from or set."""
    return COUNTERS.all(tx, _COUNTERS)


_NOT_LEFT = union_all(
    select(transmissions.c.id).where(DUE),
    select(transmissions.c.id).where(ENDED_OTHERWISE, transmissions.c.direction == "out"),
)
"""Each from the index of its own."""
_UNSENT = (
    select(
        sent_sets.c.partner,
        sent_sets.c.interchange_control_number,
        sent_sets.c.group_control_number,
        sent_sets.c.set_type,
        sent_sets.c.departure_id,
        deliveries.c.document_id,
        transmissions.c.status,
        transmissions.c.reason,
        transmissions.c.received_at,
    )
    .join(deliveries, deliveries.c.departure_id == transmissions.c.id)
    .join(sent_sets, sent_sets.c.delivery_id == deliveries.c.id)
    .where(transmissions.c.id.in_(_NOT_LEFT))
    .order_by(sent_sets.c.partner, transmissions.c.seq)
)


def unsent(tx: Tx, partner: str | None = None) -> list[Unsent]:
    """Numbers of ours that no partner has seen: their departure is still due, dead, or was given up."""
    wanted = _UNSENT if partner is None else _UNSENT.where(sent_sets.c.partner == partner)
    return [Unsent(*row) for row in tx.execute(wanted)]


_DRAWN = (
    select(
        sent_sets.c.partner,
        sent_sets.c.identity,
        transmissions.c.seq,
        sent_sets.c.interchange_control_number,
        sent_sets.c.group_control_number,
    )
    .distinct()
    .join(transmissions, transmissions.c.id == sent_sets.c.departure_id)
    .order_by(sent_sets.c.partner, transmissions.c.seq, sent_sets.c.group_control_number)
)


def drawn(tx: Tx) -> dict[tuple[str, str, str], list[int]]:
    """By partner, identity of ours and kind, every number that stands in a departure, in the order in which they were
    drawn. The identity is empty where it was not noted."""
    found: dict[tuple[str, str, str], list[int]] = {}
    last: tuple[str, int] | None = None
    for partner, identity, seq, interchange, group in tx.execute(_DRAWN):
        if last != (partner, seq):  # all groups of one departure stand in one interchange
            found.setdefault((partner, identity, INTERCHANGE), []).append(int(interchange))
        if group:
            found.setdefault((partner, identity, GROUP), []).append(int(group))
        last = partner, seq
    return found


_DRAWN_PER_DAY = (
    select(
        sent_sets.c.partner,
        func.substr(dialects.as_text(transmissions.c.received_at), 1, 10).label("day"),
        func.count(),
    )
    .join(transmissions, transmissions.c.id == sent_sets.c.departure_id)
    .group_by(sent_sets.c.partner, "day")
)


def drawn_per_day(tx: Tx) -> list[tuple[str, int]]:
    """Of each partner and day, how many documents left under numbers of ours."""
    return [(partner, count) for partner, _, count in tx.execute(_DRAWN_PER_DAY)]


_TAKEN_TWICE = (
    select(interchanges.c.partner, interchanges.c.sender_id, interchanges.c.control_number, func.count())
    .join(transmissions, transmissions.c.id == interchanges.c.transmission_id)
    .where(
        interchanges.c.verdict.in_(["accepted", "accepted_with_errors"]),
        interchanges.c.duplicate_of.is_(None),
        transmissions.c.replay_of.is_(None),
    )
    .group_by(interchanges.c.partner, interchanges.c.sender_id, interchanges.c.control_number)
    .having(func.count() > 1)
    .order_by(interchanges.c.partner, interchanges.c.sender_id, interchanges.c.control_number)
)


def taken_twice(tx: Tx) -> list[tuple[str, str, str, int]]:
    """Partner, sender, ISA13 and how often, of numbers under which more than one interchange was worked."""
    return [(partner, sender, number, count) for partner, sender, number, count in tx.execute(_TAKEN_TWICE)]


_RECEIVED = (
    select(
        interchanges.c.partner,
        interchanges.c.sender_id,
        interchanges.c.receiver_id,
        interchanges.c.control_number,
    )
    .where(interchanges.c.partner.is_not(None))
    .order_by(interchanges.c.partner, interchanges.c.sender_id, interchanges.c.receiver_id, interchanges.c.seq)
)
_ARRIVED_SINCE = select(transmissions.c.id).where(
    transmissions.c.direction == dialects.inline("in"), transmissions.c.received_at >= bindparam("since")
)


def received(tx: Tx, partner: str | None = None, since: datetime | None = None) -> Iterator[ReceivedNumber]:
    """The interchanges of known partners, each sender's and receiver's together and in the order they came."""
    wanted = _RECEIVED if partner is None else _RECEIVED.where(interchanges.c.partner == partner)
    if since is not None:
        wanted = wanted.where(interchanges.c.transmission_id.in_(_ARRIVED_SINCE))
    for row in tx.execute(wanted, {"since": since} if since is not None else {}):
        yield ReceivedNumber(*row)
