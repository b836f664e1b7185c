"""Reading and writing a table as records of one dataclass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, Generic, Self, TypeVar, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Executable,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    select,
)

from hub.store.engine import dialects

R = TypeVar("R")

ROWS_AT_ONCE = 64
"""Rows of one insertion on SQLite. Its driver lets go of the interpreter for each statement that it runs, and of many
rows it runs one for each: whoever else waits for the interpreter then gets it in between."""


class Rows(Generic[R]):
    """Joins ``table`` and ``record`` by name: fields of the record, a named tuple or a frozen dataclass, are columns
    of the table. ``derived`` names fields that are filled from elsewhere.
    """

    def __init__(self, table: Table, record: type[R], derived: frozenset[str] = frozenset()) -> None:
        self._table = table
        self._record = build = cast(Any, record)
        self._names = names = [name for name in build.__match_args__ if name not in derived]
        self.columns = [table.c[name] for name in names]
        self._written = [name for name in names if name != "seq"]
        self._whole = not derived
        self._insert = insert(table)
        in_order = [column.name for column in table.columns]
        written = sorted(self._written, key=in_order.index)
        self._read: Callable[[Any], tuple[Any, ...]] = attrgetter(*written)
        self._many, self._numbered = Many.inserts(table, written), Many.inserts(table, ["seq", *written])
        self.select: Select[Any] = select(*self.columns)

    def first(self, tx: Connection, statement: Executable, values: Mapping[str, Any] | None = None) -> R | None:
        row = tx.execute(statement, values).first()
        return None if row is None else self._build(row)

    def all(self, tx: Connection, statement: Executable, values: Mapping[str, Any] | None = None) -> list[R]:
        return [self._build(row) for row in tx.execute(statement, values)]

    def _build(self, row: Iterable[Any]) -> R:
        built: R = self._record(*row) if self._whole else self._record(**dict(zip(self._names, row, strict=True)))
        return built

    def values(self, record: R) -> dict[str, Any]:
        """What is written for a record: every column but the number that the database gives."""
        return {name: getattr(record, name) for name in self._written}

    def insert(self, tx: Connection, record: R) -> CursorResult[Any]:
        """Writes a record."""
        return tx.execute(self._insert, self.values(record))

    def add(self, tx: Connection, record: R) -> R:
        """Writes a record and returns it with its ``seq``."""
        key: Any = self.insert(tx, record).inserted_primary_key
        built: R = self._record(**self.values(record), seq=key[0])
        return built

    def insert_many(self, tx: Connection, records: Sequence[R]) -> None:
        """Writes many in their order, in one statement."""
        self._many.write(tx, map(self._read, records))

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
    """A statement for many rows, as the driver takes it. SQLAlchemy makes it once for each database; were the
    parameters of each row made by it, too, they would cost more than the row. ``names`` are its parameters, in their
    order."""

    def __init__(self, statement: Insert | Update, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = names
        self._made: dict[str, _Statement] = {}

    @classmethod
    def inserts(cls, table: Table, names: Sequence[str]) -> Self:
        """Writes rows of these columns."""
        return cls(insert(table).values({name: bindparam(name) for name in names}), names)

    def write(self, tx: Connection, rows: Iterable[Sequence[Any]]) -> int:
        """Runs it for each row, and returns how many rows of the table it has written."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            return 0
        made = self._made.get(tx.dialect.name) or self._make(tx.dialect)
        for place, process in made.processors:
            columns[place] = tuple(map(process, columns[place]))
        values = list(zip(*columns, strict=True))
        if not made.positional:
            return tx.exec_driver_sql(made.text, [dict(zip(self._names, row, strict=True)) for row in values]).rowcount
        written, at_once = 0, len(values) - len(values) % ROWS_AT_ONCE if made.at_once else 0
        for start in range(0, at_once, ROWS_AT_ONCE):
            together = tuple(chain.from_iterable(values[start : start + ROWS_AT_ONCE]))
            written += tx.exec_driver_sql(made.at_once, together).rowcount
        if rest := values[at_once:]:
            written += tx.exec_driver_sql(made.text, rest).rowcount
        return written

    def _make(self, dialect: Dialect) -> _Statement:
        compiled = self._statement.compile(dialect=dialect)
        order = list(compiled.positiontup or self._names)
        if order != list(self._names):
            raise ValueError(f"the parameters of this statement stand in the order {order}: {compiled}")
        types = [compiled.binds[name].type.dialect_impl(dialect) for name in self._names]
        found = ((place, type.bind_processor(dialect)) for place, type in enumerate(types))
        processors = [(place, processor) for place, processor in found if processor is not None]
        made = _Statement(text := str(compiled), _at_once(text), compiled.positional, processors)
        self._made[dialect.name] = made
        return made


def _at_once(text: str) -> str:
    """The same for ROWS_AT_ONCE rows; empty for what inserts none."""
    row = text.partition(" VALUES ")[2]
    return text + f", {row}" * (ROWS_AT_ONCE - 1) if row else ""


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    at_once: str
    positional: bool
    processors: Sequence[tuple[int, Callable[[Any], Any]]]
