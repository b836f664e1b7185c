"""Reading files of rows by a mapping: columns are found and checked once, then documents are looked for and built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import cast

from canonical.document import Document
from canonical.finding import Finding
from channels.files.building.objects import FileProvenance, LevelReader
from channels.files.building.spans import Spans
from channels.files.form import FileForm
from channels.files.model.formats import HEADER_ROWS, FlatFormat
from channels.files.model.mapping import FileMapping
from channels.files.model.paths import value_type
from channels.files.model.plan import Leaf, is_text
from channels.files.model.rules import Entries, Selection
from channels.files.model.styles import NumberText, decimal_mark
from channels.files.records import UNKNOWN, Arrival, FileScan, FileSpan, Progress, ReadDocument, unreadable
from channels.files.report import Report
from channels.files.tables.rows import Header, Row, Rows, RowSource, find_header, folded

ROW_LIMIT = 1_000_000
COLUMN_LIMIT = 1000
PROGRAMS = 8
"""Compiled programs that one mapping keeps: its partner's files have few headers."""

PROGRESS_ROWS = 5000
"""Rows between two tellings of progress."""


class FlatFile:
    """One file of rows under one mapping. Raises Unreadable where not even the columns can be found."""

    def __init__(self, rows: Rows, mapping: FileMapping, report: Report, arrival: Arrival = UNKNOWN) -> None:
        self._rows, self._report = rows, report
        format = cast("FlatFormat", mapping.format)
        head = rows.head(HEADER_ROWS)
        if not any(any(cells) for _, cells in head) and not any(True for _ in rows.rows()):
            raise unreadable("FILE-EMPTY", "The file holds no rows")
        leaves = [leaf for level in mapping.plan.levels() for leaf in level.leaves.values()]
        wanted = [selection.columns for selection in _selections(mapping) if selection.columns]
        if rows.columns is not None:
            self.header = Header(rows.top, rows.columns)
        else:
            self.header = find_header(head, wanted, getattr(format, "header_row", None))
        self._check_columns(leaves, wanted)
        self._identifying = self._columns_of(leaf for leaf in leaves if leaf.plan.name == "value" and is_text(leaf))
        style = self._style(head, leaves) if format.decimals is None else None
        self.form: FileForm = replace(
            rows.form,
            decimals=format.decimals or style,
            header_row=self.header.row,
            columns=tuple(name for name in self.header.names if name),
        )
        self._source = source = RowSource(rows.place, self.header, format, style, arrival)
        source.marks_texts = rows.form.kind == "sheet"
        key = (tuple(self.header.names), self.header.row, style, self.form.sheet, arrival)
        program: Program | None = mapping.programs.get(key)
        if program is None:
            if len(mapping.programs) >= PROGRAMS:
                mapping.programs.clear()
            program = mapping.programs[key] = _program(mapping, source)
        self._level, self._heading = program
        columns = [column for _, column in self._heading]
        self._said = itemgetter(*columns) if columns else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the file as a whole, as far as its columns tell."""
        return self._report.findings

    def scan(self, progress: Progress | None = None) -> FileScan:
        """Where the documents lie. Looks at every row, keeps none."""
        spans, holds = Spans(self._level), self._level.holds
        for count, (row, start, end) in enumerate(self._rows.rows(self.header.row), 1):
            if count > ROW_LIMIT:
                raise unreadable("FILE-TOO-LARGE", f"The file has more than {ROW_LIMIT} rows", fix="Send it in parts.")
            padded = self._padded(row)
            if holds is None or holds(padded):
                spans.add(padded, row[0], start, end)
            if progress is not None and count % PROGRESS_ROWS == 0:
                progress(end, self._rows.size)
        found = spans.found()
        if not found:
            self._report.error("FILE-EMPTY", "", "There are no rows below the columns' names")
        if progress is not None:
            progress(self._rows.size, self._rows.size)
        return FileScan(self.form, found, self._report.findings)

    def read(self, spans: Iterable[FileSpan]) -> Iterator[ReadDocument]:
        """The documents of these spans; in file order the file is read once."""
        for span in spans:
            report = Report()
            own = [self._fitted(row, report) for run in span.runs for row in self._rows.take(run)]
            if self._level.holds is not None:
                own = list(filter(self._level.holds, own))
            if not own:
                raise unreadable("FILE-CHANGED", "The file has no such rows: it is another than the one looked through")
            lead = self._level.lead(own)
            self._check_heading(lead, own, report)
            document = self._level.make(lead, own, report, always=True)
            if self.form.kind == "sheet":
                self._tell_numbers(own, report)
            provenance = FileProvenance(self._level.objects, lead, own)
            yield ReadDocument(span, cast("Document | None", document), report.findings, provenance)

    def _padded(self, row: Row) -> Row:
        lacking = len(self.header.names) - len(row[1])
        return row if lacking <= 0 else (row[0], row[1] + [""] * lacking)

    def _fitted(self, row: Row, report: Report) -> Row:
        """The row with as many cells as there are columns."""
        number, cells = row
        width = len(self.header.names)
        if len(cells) == width or not width:
            return row
        there = f"The row has {len(cells)} cells, there are {width} columns"
        if len(cells) < width:
            report.warn(
                "FILE-ROW-RAGGED", self._rows.place(number, None, ""), f"{there}: those that lack are read as blank"
            )
            return self._padded(row)
        if any(cells[width:]):
            fix = "Put a cell that holds the separator into quotes."
            report.error("FILE-ROW-RAGGED", self._rows.place(number, None, ""), f"{there}", fix=fix)
        return row

    def _check_heading(self, lead: Row, own: Sequence[Row], report: Report) -> None:
        """What is said once in a document must be the same, or blank, on all of its rows."""
        if len(own) == 1:
            return
        said = self._said(lead[1]) if self._said is not None else ()
        if self._said is None or all(self._said(cells) == said for _, cells in own):
            return
        for leaf, column in self._heading:
            expected = lead[1][column]
            other = next((row for row in own if row[1][column] != expected and row[1][column]), None)
            if other is not None:
                report.error(
                    "FILE-ROWS-DIFFER",
                    self._rows.place(other[0], column, self._name(column)),
                    f"{leaf.path} is another than on the rows before",
                    value=other[1][column],
                    expected=expected,
                    fix="Write the same on all rows of the document, or map the column into its lines.",
                )

    def _tell_numbers(self, own: Sequence[Row], report: Report) -> None:
        """Identifiers that a sheet holds as numbers are read, and said to be: zeros before them would be lost."""
        for column in self._identifying:
            cell = next((row for row in own if type(row[1][column]) is NumberText), None)
            if cell is not None:
                place = self._rows.place(cell[0], column, self._name(column))
                message = "An identifier is held as a number: zeros that stood before it would be lost"
                report.tell("FILE-NUMBER-CELL", place, message, value=cell[1][column], fix="Format the column as text.")

    def _name(self, column: int) -> str:
        return self.header.names[column] if column < len(self.header.names) else ""

    def _check_columns(self, leaves: Sequence[Leaf], wanted: Sequence[Sequence[str]]) -> None:
        header, report = self.header, self._report
        if wanted and not header.names:
            names = ", ".join(f'"{names[0]}"' for names in wanted[:5])
            raise unreadable(
                "FILE-COLUMN-MISSING",
                f"No row at the top has the columns' names, such as {names}",
                self._rows.place(1, None, ""),
                fix="Send the row with the columns' names, as the template has it.",
            )
        if len(header.names) > COLUMN_LIMIT:
            raise unreadable("FILE-TOO-LARGE", f"The file has more than {COLUMN_LIMIT} columns")
        known: set[str] = set()
        for leaf in leaves:
            for selection in _selections_of(leaf):
                if selection.columns:
                    known |= {folded(name) for name in selection.columns}
                    self._check_column(leaf, selection)
        known |= {folded(name) for names in wanted for name in names}
        extra = [name for name in header.names if name and folded(name) not in known]
        if extra:
            listed = ", ".join(f'"{name}"' for name in extra[:20])
            report.tell(
                "FILE-COLUMN-EXTRA", self._rows.place(header.row, None, ""), f"Columns that are not read: {listed}"
            )

    def _check_column(self, leaf: Leaf, selection: Selection) -> None:
        column = self.header.column(selection)
        where = self._rows.place(self.header.row, None, "")
        if column is not None:
            name = self.header.names[column]
            if folded(name) in self.header.twice:
                message = f'There are several columns "{name}"'
                self._report.error("FILE-COLUMN-TWICE", where, message, fix="Take one away, or give it another name.")
            return
        names = " or ".join(f'"{name}"' for name in selection.columns)
        message = f"There is no column {names} for {leaf.path}"
        if leaf.rule.required and leaf.rule.columns and leaf.default is None and leaf.rule.default_from is None:
            self._report.error("FILE-COLUMN-MISSING", where, message, expected=names, fix="Add the column.")
        elif leaf.rule.columns:
            self._report.tell("FILE-COLUMN-ABSENT", where, message)

    def _columns_of(self, leaves: Iterable[Leaf]) -> list[int]:
        columns = (self.header.column(leaf.rule) for leaf in leaves)
        return [column for column in columns if column is not None and column < len(self.header.names)]

    def _style(self, head: Sequence[Row], leaves: Sequence[Leaf]) -> str | None:
        """How decimals are written, as the first rows show it in the columns that hold numbers."""
        columns = self._columns_of(leaf for leaf in leaves if value_type(leaf.plan) is Decimal)
        marks: set[str] = set()
        for number, cells in head:
            if number > self.header.row:
                texts = (cells[column] for column in columns if column < len(cells))
                marks |= {mark for text in texts if type(text) is str and (mark := decimal_mark(text))}
        return {".": "point", ",": "comma"}[marks.pop()] if len(marks) == 1 else None


Program = tuple[LevelReader, list[tuple[Leaf, int]]]


def _program(mapping: FileMapping, source: RowSource) -> Program:
    root = mapping.plan.root
    heading = []
    if root.group is not None:
        for leaf in root.leaves.values():
            column = source.header.column(leaf.rule)
            if column is not None and column < len(source.header.names) and leaf.rule.when is None:
                heading.append((leaf, column))
    return LevelReader(root, source), heading


def _selections(entries: Entries) -> Iterator[Selection]:
    """Every place that the mapping names."""
    for condition in (entries.when, entries.starts):
        if condition is not None:
            yield condition
    for rule in entries.fields.values():
        yield rule
        yield from rule.concat or ()
        yield from rule.cases or ()
        yield from (case.when for case in rule.cases or () if case.when is not None)
        if rule.when is not None:
            yield rule.when
    for inner in entries.lists.values():
        yield from _selections(inner)


def _selections_of(leaf: Leaf) -> Iterator[Selection]:
    yield leaf.rule
    yield from leaf.rule.concat or ()
    yield from leaf.rule.cases or ()
