"""The different values of a column that an index begins with, found by steps along the index: as many steps as values,
however many rows there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Subquery, func, select


def values_of(column: Column[Any], *where: ColumnElement[bool]) -> Subquery:
    """Its values but NULL, as ``value``, among the rows that fit; ``where`` is what a partial index is for."""
    first = select(func.min(column).label("value")).where(*where).cte(f"{column.name}_values", recursive=True)
    following = select(func.min(column)).where(*where, column > first.c.value).scalar_subquery()
    steps = first.union_all(select(following).where(first.c.value.is_not(None)))
    return select(steps.c.value).where(steps.c.value.is_not(None)).subquery()
