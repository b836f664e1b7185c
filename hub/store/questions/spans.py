"""Lists of a span of time: the newest first by their instants, and of one instant by ``seq``, so that an index of
instants is read in its order whatever is beyond the span."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, SelectBase, Table, and_, false, func, literal, select, tuple_

from hub.store.engine import dialects
from hub.store.store import Tx

FEW = 2000
"""Rows that are sorted sooner than a page of them is found by going back from the newest."""


class Way(NamedTuple):
    """What is said of rows: as an index leads to them, so that none does, and if one may, the numbers it leads to."""

    leading: ColumnElement[bool]
    aside: ColumnElement[bool]
    found: SelectBase | None = None


def way(table: Table, name: str, values: Collection[str], *narrow: ColumnElement[bool], index: bool = True) -> Way:
    """A column has one of these values, and what its index is ``narrow`` by. Says whether it has an ``index`` with
    ``seq`` behind it."""
    column = table.c[name]
    leading = and_(column.in_(values), *narrow)
    found = select(table.c.seq).where(leading)
    in_order = found.order_by(table.c.seq.desc()) if len(values) == 1 else found
    return Way(leading, dialects.aside(column).in_(values), in_order if index else None)


def is_few(tx: Tx, rows: SelectBase) -> bool:
    some = select(rows.subquery()).limit(FEW + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one()) <= FEW


def by_index(tx: Tx, ways: Sequence[Way]) -> tuple[list[ColumnElement[bool]], bool]:
    """All that is said, and whether an index leads to few, who are then found by it."""
    first = next((way for way in ways if way.found is not None and is_few(tx, way.found)), None)
    return [way.leading if way is first else way.aside for way in ways], first is not None


def page(
    tx: Tx,
    statement: Select[Any],
    table: Table,
    since: datetime | None,
    until: datetime | None,
    before_seq: int | None,
    *,
    few: bool,
) -> Select[Any]:
    """The rows of a span, behind the one numbered ``before_seq``; where they are ``few`` by what the statement says
    already, instants lead to none of them."""
    at: ColumnElement[Any] = dialects.aside(table.c.created_at) if few else table.c.created_at
    instant = table.c.created_at.type
    bounds = [] if since is None else [at >= literal(since, instant)]
    if before_seq is not None:
        nearest = select(table.c.created_at).where(table.c.seq <= before_seq).order_by(table.c.seq.desc()).limit(1)
        last: datetime | None = tx.execute(nearest).scalar()
        if last is None:
            bounds.append(false())
        elif until is None or last < until:
            until = None
            bounds.append(tuple_(at, table.c.seq) < tuple_(literal(last, instant), literal(before_seq)))
    if until is not None:
        bounds.append(at < literal(until, instant))
    return statement.where(*bounds).order_by(at.desc(), table.c.seq.desc())
