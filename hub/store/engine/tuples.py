"""Tuples that are looked for, many at once: as many look-ups as there are tuples, where conditions on each column by
itself would have every value of one meet every value of the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, FromClause, Text, bindparam, func, select

from hub.store.engine import dialects


def tuples_of(dialect: str, *columns: str) -> FromClause:
    """The tuples that a statement is run with, all texts, as a table of these columns. The statement is the same
    however many there are, and is to be made once for each dialect."""
    if dialect == "sqlite":
        each = func.json_each(bindparam("tuples", type_=Text)).table_valued("value", name="each_tuple")
        parts = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(columns))
        return select(*parts).subquery("tuples")
    values = (bindparam(f"tuples_{name}", type_=ARRAY(Text)) for name in columns)
    return func.unnest(*values).table_valued(*columns, name="tuples").render_derived()


def bound(dialect: str, columns: Collection[str], tuples: Collection[tuple[str, ...]]) -> dict[str, Any]:
    """What a statement with ``tuples_of`` is run with."""
    ordered = sorted(set(tuples))
    if dialect == "sqlite":
        return {"tuples": dialects.to_json(ordered)}
    return {f"tuples_{name}": [one[place] for one in ordered] for place, name in enumerate(columns)}
