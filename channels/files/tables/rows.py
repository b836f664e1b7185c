"""Files of rows: which of them has the columns' names, which column a mapping means, and where documents begin and end.

A record is ``(number, cells)``; cells are texts without blanks around them, at least as many as there are columns.
"""

from __future__ import annotations

import re
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from channels.files.building.sources import Fetch, Record
from channels.files.form import FileForm
from channels.files.model.formats import Styles
from channels.files.model.rules import Selection
from channels.files.records import UNKNOWN, Arrival, Run

Row = tuple[int, list[str]]

Place = Callable[[int, int | None, str], str]
"""What a cell is called, of its row's number, its column from 0 and that column's name; without a column the row."""


def line_place(number: int, column: int | None, name: str) -> str:
    """A place in a file of text: ``line 12, column "Qty"``."""
    if name:
        return f'line {number}, column "{name}"'
    return f"line {number}" if column is None else f"line {number}, column {column + 1}"


def folded(name: str) -> str:
    """A column's name as it is compared: without case, and without what is neither letter nor digit."""
    return re.sub(r"[\W_]+", "", name).casefold()


NEAR = 65_536
"""Bytes that are rather read over than jumped over."""


class Rows(ABC):
    """The rows of one file, as its format gives them."""

    form: FileForm
    place: Place
    columns: list[str] | None = None
    """The columns' names, in formats that name them themselves; the rows then begin behind the row ``top``."""
    top: int = 0
    _ahead: Iterator[Row] = iter(())
    _at, _end = sys.maxsize, 0

    @abstractmethod
    def head(self, count: int) -> list[Row]:
        """The first rows, blank ones too."""

    @abstractmethod
    def rows(self, after: int = 0) -> Iterator[tuple[Row, int, int]]:
        """Every row behind the row ``after`` that is not blank, with the offset where its bytes start and end (in
        formats whose bytes cannot be cut, its number for both). Raises Unreadable."""

    @abstractmethod
    def start(self, run: Run) -> Iterator[Row]:
        """All rows from the run on, or from before it."""

    def take(self, run: Run) -> list[Row]:
        """The rows of a run that are not blank. Runs in the order of the file are read in one go."""
        if run.first <= self._at or not 0 <= (run.offset or 0) - self._end <= NEAR:
            self._ahead = self.start(run)
        own = []
        for row in self._ahead:
            if row[0] >= run.first and any(row[1]):
                own.append(row)
            if row[0] >= run.last:
                break
        self._at, self._end = run.last, (run.offset or 0) + (run.length or 0)
        return own

    @property
    @abstractmethod
    def size(self) -> int:
        """How much there is, in the unit of ``rows``' offsets, for telling progress."""


@dataclass
class Header:
    """The columns' names and the row that they stand in; 0: there is none."""

    row: int
    names: list[str]
    found: dict[str, int] = field(default_factory=dict)
    """Folded name → column from 0."""
    twice: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        counts = Counter(folded(name) for name in self.names if folded(name))
        self.twice = {name for name, count in counts.items() if count > 1}
        for index, name in enumerate(self.names):
            self.found.setdefault(folded(name), index)

    def column(self, selection: Selection) -> int | None:
        """The column that a selection means, from 0."""
        if selection.position is not None:
            return selection.position - 1
        return next((self.found[folded(name)] for name in selection.columns if folded(name) in self.found), None)


def find_header(head: Sequence[Row], wanted: Sequence[Sequence[str]], fixed: int | None) -> Header:
    """The header row: the one that the format fixes, else the row near the top that has most of the wanted columns."""
    if fixed == 0 or not wanted:
        return Header(0, [])
    if fixed is not None:
        names = next((cells for number, cells in head if number == fixed), [])
        return Header(fixed, names)
    best, most = Header(0, []), 0
    for number, cells in head:
        here = {folded(cell) for cell in cells}
        score = sum(any(folded(name) in here for name in names) for names in wanted)
        if score > most:
            best, most = Header(number, cells), score
    return best


class RowSource:
    """Rows as ``objects`` reads them: a place is a column of the header."""

    records_are_things = False
    marks_texts = False

    def __init__(
        self, naming: Place, header: Header, styles: Styles, style: str | None, arrival: Arrival = UNKNOWN
    ) -> None:
        self._naming, self.header, self.arrival = naming, header, arrival
        self.styles, self.style = styles, style

    def fetch(self, selection: Selection) -> Fetch | None:
        column = self.header.column(selection)
        if column is None:
            return None
        if selection.position is None:
            return lambda record: record[1][column]
        return lambda record: record[1][column] if column < len(record[1]) else ""

    def place(self, record: Record, selection: Selection) -> str:
        column = self.header.column(selection)
        name = self.header.names[column] if column is not None and column < len(self.header.names) else ""
        if column is None and selection.columns:
            name = selection.columns[0]
        return self._naming(record[0], column, name)

    def below(self, expression: str) -> Callable[[Record], Sequence[Record]]:
        raise AssertionError("mappings of rows have no records below records")

    def walking(self) -> AbstractContextManager[None]:
        return nullcontext()

    def lead(self, records: Sequence[Record]) -> Record:
        first: Row = records[0]
        if len(records) == 1 or all(first[1]):
            return first
        cells = first[1].copy()
        blank = [index for index, cell in enumerate(cells) if not cell]
        for _, others in records[1:]:
            for index in blank:
                if not cells[index]:
                    cells[index] = others[index] if index < len(others) else ""
        return first[0], cells
