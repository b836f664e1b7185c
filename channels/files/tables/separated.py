"""CSV: bytes → rows, with each row's place in the bytes, and rows → bytes. Parsing is the csv module's, strict."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from channels.files.form import (
    SAMPLE,
    Body,
    FileForm,
    byte_order_mark,
    detect_encoding,
    detect_separator,
    line_end_of,
)
from channels.files.model.formats import CsvFormat
from channels.files.records import Run, unreadable
from channels.files.tables.rows import Row, Rows, line_place

CELL_LIMIT = csv.field_size_limit()
"""Characters of one cell: the csv module's own limit for the whole process."""

LINE_LIMIT = 1_000_000
"""Characters of one line: a file without line ends must not be one string in memory."""


_NAMED_SEPARATOR = re.compile(r"\s*sep=([^\w\s\"']|\t)\s*[\r\n]", re.IGNORECASE)
"""The first line by which Excel tells itself the separator."""


class Cut(io.RawIOBase):
    """A part of the bytes to be read as a file, without a copy of them."""

    def __init__(self, body: Body, start: int = 0, end: int | None = None) -> None:
        self._body, self._start, self._at = body, start, start
        self._end = len(body) if end is None else end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(self._start, base + offset)
        return self._at - self._start

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._body[self._at : min(self._at + len(buffer), self._end)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


class Lines:
    """Lines with their ends, of whatever sort, and the offset behind the last one given."""

    def __init__(self, body: Body, encoding: str, start: int, end: int) -> None:
        self.encoding = encoding
        self.offset = start
        raw = io.BufferedReader(Cut(body, start, end), 1 << 18)
        self._text = io.TextIOWrapper(raw, encoding, newline="")

    def __iter__(self) -> Iterator[str]:
        readline, encoding = self._text.readline, self.encoding
        while line := readline(LINE_LIMIT):
            self.offset += len(line) if line.isascii() and _is_bytewise(encoding) else len(line.encode(encoding))
            if len(line) == LINE_LIMIT:
                raise unreadable("FILE-TOO-LARGE", f"A line is longer than {LINE_LIMIT} characters")
            yield line


def _is_bytewise(encoding: str) -> bool:
    return not encoding.startswith(("utf-16", "utf-32"))


class SeparatedRows(Rows):
    """The rows of one CSV file, in the form that the format fixes or that is detected."""

    place = staticmethod(line_place)

    def __init__(self, body: Body, format: CsvFormat) -> None:
        self._body = body
        self._mark, marked = byte_order_mark(body)
        encoding = marked or format.encoding or detect_encoding(body)
        sample = bytes(body[self._mark : self._mark + SAMPLE]).decode(encoding, "replace")
        named = _NAMED_SEPARATOR.match(sample)
        separator = format.separator or (named[1] if named else detect_separator(sample, format.quote))
        self._quote = format.quote or None
        self.form = FileForm(
            "csv", "Rows of text", encoding=encoding, separator=separator, line_end=line_end_of(sample)
        )

    @property
    def size(self) -> int:
        return len(self._body)

    def head(self, count: int) -> list[Row]:
        parsed = self._parsed(Lines(self._body, self._encoding, self._mark, len(self._body)), 0)
        return [row for row, _, _ in islice(parsed, count)]

    def rows(self, after: int = 0) -> Iterator[tuple[Row, int, int]]:
        lines = Lines(self._body, self._encoding, self._mark, len(self._body))
        for row, start, end in self._parsed(lines, 0):
            if row[0] > after and any(row[1]):
                yield row, start, end

    def start(self, run: Run) -> Iterator[Row]:
        lines = Lines(self._body, self._encoding, run.offset or 0, len(self._body))
        return (row for row, _, _ in self._parsed(lines, run.first - 1))

    @property
    def _encoding(self) -> str:
        assert self.form.encoding is not None
        return self.form.encoding

    def _parsed(self, lines: Lines, before: int) -> Iterator[tuple[Row, int, int]]:
        """Rows with the line that each starts on; ``before`` lines stand before the first."""
        reader = csv.reader(
            lines,
            delimiter=self.form.separator or ",",
            quotechar=self._quote,
            quoting=csv.QUOTE_MINIMAL if self._quote else csv.QUOTE_NONE,
            strict=True,
        )
        number, start = before + 1, lines.offset
        try:
            for cells in reader:
                end = lines.offset
                yield (number, [cell.strip() for cell in cells]), start, end
                number, start = before + reader.line_num + 1, end
        except csv.Error as error:
            raise unreadable("FILE-UNREADABLE", _in_words(str(error), number), f"line {number}") from error
        except UnicodeDecodeError as error:
            message = f"Near line {number} there are bytes that are no {self._encoding} text"
            fix = "Save the file as UTF-8, or let the mapping name its encoding."
            raise unreadable("FILE-ENCODING", message, f"line {number}", fix=fix) from error


def _in_words(error: str, line: int) -> str:
    if "field larger" in error:
        return f"A cell that starts on line {line} is longer than {CELL_LIMIT} characters: is a quote not closed?"
    if "unexpected end" in error:
        return f"A quote that opens on line {line} is never closed"
    if "expected after" in error:
        return f"On line {line} something stands behind a closing quote: is a quote inside a cell not doubled?"
    return f"The row that starts on line {line} cannot be read: {error}"


def written(rows: Iterable[list[str]], format: CsvFormat) -> bytes:
    """The rows as bytes. Raises UnicodeEncodeError for a character that the encoding does not have."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=format.separator or ",",
        quotechar=format.quote or None,
        quoting=csv.QUOTE_MINIMAL if format.quote else csv.QUOTE_NONE,
        lineterminator="\r\n" if format.line_end == "crlf" else "\n",
    )
    writer.writerows(rows)
    encoding = format.encoding or "utf-8"
    mark = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    return (mark if format.byte_order_mark else b"") + out.getvalue().encode(encoding)
