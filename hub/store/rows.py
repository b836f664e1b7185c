"""Reading and writing a table as records of one dataclass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Select, Table, bindparam, insert, select

from hub.store import dialects

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


class Rows(Generic[R]):
    """Joins ``table`` and ``record`` by name: the fields of the record are columns of the table.

    ``derived`` names fields that are filled from elsewhere.
    """

    def __init__(self, table: Table, record: type[R], derived: frozenset[str] = frozenset()) -> None:
        names = [f.name for f in fields(record) if f.name not in derived]
        self._table = table
        self._names = names
        self._columns = [table.c[name] for name in names]
        self._written = [name for name in names if name != "seq"]
        self._record: Any = record
        self._insert = insert(table)
        in_order = [column.name for column in table.columns]
        written = sorted(self._written, key=in_order.index)
        self._read: Callable[[Any], tuple[Any, ...]] = attrgetter(*written)
        self._many, self._numbered = Many(table, written), Many(table, ["seq", *written])
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

    def insert_many(self, tx: Connection, records: Sequence[R]) -> None:
        """Writes many in their order, in one statement."""
        self._many.write(tx, map(self._read, records))

    def add_many(self, tx: Connection, records: Sequence[R]) -> list[R]:
        """Writes many in their order and returns them with their ``seq``."""
        numbers = self.number_many(tx, records)
        return [replace(record, seq=number) for record, number in zip(records, numbers, strict=True)]

    def draw(self, tx: Connection, count: int) -> Sequence[int]:
        """Numbers for records that are about to be written by ``write_numbered``."""
        return dialects.draw(tx, self._table, count)

    def write_numbered(self, tx: Connection, records: Sequence[R], numbers: Sequence[int]) -> None:
        """Writes many in their order under numbers got by ``draw``, in one statement."""
        rows = zip(records, numbers, strict=True)
        self._numbered.write(tx, ((number, *self._read(record)) for record, number in rows))

    def number_many(self, tx: Connection, records: Sequence[R]) -> Sequence[int]:
        """Writes many in their order and returns their numbers: drawn first, so that all can be sent at once."""
        numbers = self.draw(tx, len(records))
        self.write_numbered(tx, records, numbers)
        return numbers


class Many:
    """An INSERT of many rows, as the driver takes it. SQLAlchemy makes it once for each database; were the parameters
    of each row made by it, too, they would cost more than the row."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._table = table
        self._names = names
        self._made: dict[str, _Statement] = {}

    def write(self, tx: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Writes rows, each with the columns of ``names``, in their order."""
        values = [list(row) for row in rows]
        if not values:
            return
        made = self._made.get(tx.dialect.name) or self._make(tx.dialect)
        for place, process in made.processors:
            for row in values:
                row[place] = process(row[place])
        if made.positional:
            tx.exec_driver_sql(made.text, [tuple(row) for row in values])
        else:
            tx.exec_driver_sql(made.text, [dict(zip(self._names, row, strict=True)) for row in values])

    def _make(self, dialect: Dialect) -> _Statement:
        statement = insert(self._table).values({name: bindparam(name) for name in self._names})
        compiled = statement.compile(dialect=dialect)
        order = list(compiled.positiontup or self._names)
        if order != list(self._names):
            raise ValueError(f"the columns of {self._table.name} are not written in the order {order}")
        types = [self._table.c[name].type.dialect_impl(dialect) for name in self._names]
        found = ((place, type.bind_processor(dialect)) for place, type in enumerate(types))
        processors = [(place, processor) for place, processor in found if processor is not None]
        made = _Statement(str(compiled), compiled.positional, processors)
        self._made[dialect.name] = made
        return made


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    positional: bool
    processors: Sequence[tuple[int, Callable[[Any], Any]]]
