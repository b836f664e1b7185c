"""Interchanges and functional groups as the unpack scan found them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, bindparam, select, true, union_all

from hub.store.engine.rows import Rows
from hub.store.engine.tuples import bound, tuples_of
from hub.store.ids import new_id
from hub.store.schema.records import StoredGroup, StoredInterchange
from hub.store.schema.tables import groups
from hub.store.schema.tables import interchanges as table
from hub.store.store import Tx

ROWS = Rows(table, StoredInterchange)
GROUPS = Rows(groups, StoredGroup)

TAKEN = ("accepted", "accepted_with_errors")
"""Verdicts after which the same control number again is a duplicate."""

_GET = ROWS.select.where(table.c.id == bindparam("id"))
_OF_TRANSMISSION = ROWS.select.where(table.c.transmission_id == bindparam("id")).order_by(table.c.position)
_GROUPS_OF_INTERCHANGE = GROUPS.select.where(groups.c.interchange_id == bindparam("id")).order_by(groups.c.position)
_GROUPS_OF_TRANSMISSION = (
    GROUPS.select.join(table, table.c.id == groups.c.interchange_id)
    .where(table.c.transmission_id == bindparam("id"))
    .order_by(table.c.position, groups.c.position)
)
_BY_NUMBER = (
    ROWS.select.where(
        table.c.partner == bindparam("partner"),
        table.c.sender_id == bindparam("sender_id"),
        table.c.control_number == bindparam("control_number"),
        table.c.verdict.in_(TAKEN),
    )
    .order_by(table.c.seq)
    .limit(1)
)


@cache
def _by_group_number() -> Executable:
    """Told by the group itself, or by its interchange where a version of the hub wrote it that told no group."""
    numbered = (
        select(groups.c.seq, table.c.transmission_id)
        .join(groups, groups.c.interchange_id == table.c.id)
        .where(
            groups.c.control_number == bindparam("number"),
            groups.c.functional_identifier == bindparam("kind"),
            table.c.verdict.in_(TAKEN),
            table.c.duplicate_of.is_(None),
        )
    )
    told, untold = (
        numbered.where(of.c.partner == bindparam("partner"), of.c.sender_id == bindparam("sender_id"))
        for of in (groups, table)
    )
    found = union_all(told, untold.where(groups.c.partner.is_(None))).subquery()
    return select(found.c.transmission_id).order_by(found.c.seq).limit(1)


_NUMBER = ("partner", "sender_id", "control_number")
_GROUP_NUMBER = ("partner", "sender_id", "functional_identifier", "control_number")


@cache
def _seen(dialect: str) -> Executable:
    sought = tuples_of(dialect, *_NUMBER)
    same = and_(*(table.c[column.name] == column for column in sought.c))
    return select(table.c.control_number).select_from(sought.join(table, same)).where(table.c.verdict.in_(TAKEN))


@cache
def _seen_groups(dialect: str) -> Executable:
    """As ``_by_group_number``."""
    sought = tuples_of(dialect, *_GROUP_NUMBER)
    number = and_(*(groups.c[name] == sought.c[name] for name in ("control_number", "functional_identifier")))
    told, theirs = (
        and_(*(of.c[name] == sought.c[name] for name in ("partner", "sender_id"))) for of in (groups, table)
    )
    around = groups.c.interchange_id == table.c.id
    parts = (
        select(groups.c.control_number)
        .select_from(sought.join(groups, number & owner).join(table, around & whose))
        .where(table.c.verdict.in_(TAKEN))
        for owner, whose in ((told, true()), (groups.c.partner.is_(None), theirs))
    )
    return union_all(*parts)


def record_interchange(tx: Tx, **columns: Any) -> StoredInterchange:
    """Writes one interchange; columns as in StoredInterchange without ``id`` and ``seq``."""
    return ROWS.add(tx, StoredInterchange(**{"id": new_id("ic")} | columns))


def record_group(tx: Tx, **columns: Any) -> StoredGroup:
    """Writes one functional group; columns as in StoredGroup without ``id`` and ``seq``."""
    return GROUPS.add(tx, StoredGroup(**{"id": new_id("gr")} | columns))


def record_many(tx: Tx, interchanges: Sequence[StoredInterchange], groups: Sequence[StoredGroup]) -> None:
    """Writes many of both, in few statements and in their order."""
    ROWS.insert_many(tx, interchanges)
    GROUPS.insert_many(tx, groups)


def get(tx: Tx, interchange_id: str) -> StoredInterchange | None:
    return ROWS.first(tx, _GET, {"id": interchange_id})


def of_transmission(tx: Tx, transmission_id: str) -> list[StoredInterchange]:
    return ROWS.all(tx, _OF_TRANSMISSION, {"id": transmission_id})


def groups_of(tx: Tx, transmission_id: str) -> list[StoredGroup]:
    """All groups of a transmission, in the order of its bytes."""
    return GROUPS.all(tx, _GROUPS_OF_TRANSMISSION, {"id": transmission_id})


def groups_of_interchange(tx: Tx, interchange_id: str) -> list[StoredGroup]:
    return GROUPS.all(tx, _GROUPS_OF_INTERCHANGE, {"id": interchange_id})


def find_group(tx: Tx, partner: str, sender_id: str, functional_identifier: str, control_number: str) -> str | None:
    """The transmission with the first taken group of this sender, kind and number."""
    values = {"partner": partner, "sender_id": sender_id, "kind": functional_identifier, "number": control_number}
    return tx.execute(_by_group_number(), values).scalar()


def seen_numbers(tx: Tx, numbers: Collection[tuple[str, str, str]]) -> frozenset[str]:
    """The control numbers among these (partner, sender, control number) that ``find_control_number`` may find."""
    return _among(tx, _seen, _NUMBER, numbers)


def seen_groups(tx: Tx, numbers: Collection[tuple[str, str, str, str]]) -> frozenset[str]:
    """The group control numbers among these (partner, sender, functional identifier, number) that ``find_group`` may
    find."""
    return _among(tx, _seen_groups, _GROUP_NUMBER, numbers)


def _among(
    tx: Tx, statement: Callable[[str], Executable], columns: Collection[str], numbers: Collection[tuple[str, ...]]
) -> frozenset[str]:
    if not numbers:
        return frozenset()
    dialect = tx.dialect.name
    return frozenset(tx.execute(statement(dialect), bound(dialect, columns, numbers)).scalars())


def find_control_number(tx: Tx, partner: str, sender_id: str, control_number: str) -> StoredInterchange | None:
    """The first interchange of this sender with this control number that was accepted."""
    values = {"partner": partner, "sender_id": sender_id, "control_number": control_number}
    return ROWS.first(tx, _BY_NUMBER, values)
