"""Fixed width: lines → cells by their place, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from channels.files.form import SAMPLE, Body, FileForm, byte_order_mark, detect_encoding, line_end_of
from channels.files.model.formats import FixedColumn, FixedFormat
from channels.files.records import Run, unreadable
from channels.files.report import Report
from channels.files.tables.flat_writing import Cell
from channels.files.tables.rows import Row, Rows, line_place
from channels.files.tables.separated import Lines


class FixedRows(Rows):
    """The rows of one file. What stands behind the last column is a cell more than there are columns."""

    place = staticmethod(line_place)

    def __init__(self, body: Body, format: FixedFormat) -> None:
        self._body = body
        self._mark, marked = byte_order_mark(body)
        self._encoding = marked or format.encoding or detect_encoding(body)
        sample = bytes(body[self._mark : self._mark + SAMPLE]).decode(self._encoding, "replace")
        self.form = FileForm("fixed", "Lines of text", encoding=self._encoding, line_end=line_end_of(sample))
        self.columns = [column.name for column in format.columns]
        self.top = format.header_rows
        self._cuts = [(c.start - 1, c.start - 1 + c.length, c) for c in format.columns]
        self._end = max(end for _, end, _ in self._cuts)

    @property
    def size(self) -> int:
        return len(self._body)

    def head(self, count: int) -> list[Row]:
        return [row for row, _, _ in islice(self._all(self._mark, len(self._body), 0), count)]

    def rows(self, after: int = 0) -> Iterator[tuple[Row, int, int]]:
        for row, start, end in self._all(self._mark, len(self._body), 0):
            if row[0] > after and any(row[1]):
                yield row, start, end

    def start(self, run: Run) -> Iterator[Row]:
        return (row for row, _, _ in self._all(run.offset or 0, len(self._body), run.first - 1))

    def _all(self, start: int, end: int, before: int) -> Iterator[tuple[Row, int, int]]:
        lines = Lines(self._body, self._encoding, start, end)
        number = before
        try:
            for number, line in enumerate(lines, before + 1):
                yield (number, self._cells(line.rstrip("\r\n"))), start, lines.offset
                start = lines.offset
        except UnicodeDecodeError as error:
            message = f"Near line {number + 1} there are bytes that are no {self._encoding} text"
            fix = "Save the file as UTF-8, or let the mapping name its encoding."
            raise unreadable("FILE-ENCODING", message, f"line {number + 1}", fix=fix) from error

    def _cells(self, line: str) -> list[str]:
        cells = [_value(line[start:end], column) for start, end, column in self._cuts]
        beyond = line[self._end :].strip()
        return [*cells, beyond] if beyond else cells


def _value(text: str, column: FixedColumn) -> str:
    if column.fill == " ":
        return text.strip()
    kept = text.lstrip(column.fill) if column.align == "right" else text.rstrip(column.fill)
    if not kept and column.fill == "0" and text.strip():
        return "0"
    return kept.strip()


def written(rows: Iterable[Sequence[Cell]], format: FixedFormat, report: Report) -> bytes:
    """The rows as bytes. A value that is longer than its column, or would be taken for its filling, is reported."""
    end = "\r\n" if format.line_end == "crlf" else "\n"
    width = max(column.start - 1 + column.length for column in format.columns)
    lines = []
    for row in rows:
        line = [" "] * width
        for column, cell in zip(format.columns, row, strict=False):
            text = cell.text
            if len(text) > column.length:
                path = cell.leaf.path if cell.leaf else column.name
                message = f"{path} is longer than the {column.length} characters of its column"
                report.error("FILE-UNWRITABLE", path, message, value=text)
                continue
            filled = text.rjust if column.align == "right" else text.ljust
            line[column.start - 1 : column.start - 1 + column.length] = filled(
                column.length, column.fill if text else " "
            )
        lines.append("".join(line) + end)
    return "".join(lines).encode(format.encoding or "utf-8")
