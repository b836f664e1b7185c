"""Reading and writing a table as records of one dataclass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Select, Table, insert, select

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


class Rows(Generic[R]):
    """Joins ``table`` and ``record`` by name: the fields of the record are columns of the table.

    ``derived`` names fields that are filled from elsewhere.
    """

    def __init__(self, table: Table, record: type[R], derived: frozenset[str] = frozenset()) -> None:
        names = [f.name for f in fields(record) if f.name not in derived]
        self._names = names
        self._columns = [table.c[name] for name in names]
        self._written = [name for name in names if name != "seq"]
        self._record: Any = record
        self._insert = insert(table)
        if "seq" in names:
            self._insert_many = insert(table).returning(table.c.seq, sort_by_parameter_order=True)
        self.select: Select[Any] = select(*self._columns)

    def first(self, tx: Connection, statement: Executable, values: Mapping[str, Any] | None = None) -> R | None:
        row = tx.execute(statement, values).first()
        return None if row is None else self._build(row)

    def all(self, tx: Connection, statement: Executable, values: Mapping[str, Any] | None = None) -> list[R]:
        return [self._build(row) for row in tx.execute(statement, values)]

    def _build(self, row: Iterable[Any]) -> R:
        built: R = self._record(**dict(zip(self._names, row, strict=True)))
        return built

    def values(self, record: R) -> dict[str, Any]:
        """What is written for a record: every column but the number that the database gives."""
        return {name: getattr(record, name) for name in self._written}

    def insert(self, tx: Connection, record: R) -> CursorResult[Any]:
        """Writes a record."""
        return tx.execute(self._insert, self.values(record))

    def add(self, tx: Connection, record: R) -> R:
        """Writes a record and returns it with its ``seq``."""
        result = self.insert(tx, record)
        key: Any = result.inserted_primary_key
        return replace(record, seq=key[0])

    def add_many(self, tx: Connection, records: Sequence[R]) -> list[R]:
        """Writes many in few statements, numbered in their order, and returns them with their ``seq``."""
        if not records:
            return []
        numbers = tx.execute(self._insert_many, [self.values(record) for record in records]).scalars()
        return [replace(record, seq=seq) for record, seq in zip(records, numbers, strict=True)]
