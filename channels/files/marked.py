"""A table given back to its sender with its problems written where they are: to be mended there and sent again.

Reads bytes of strangers: to be called where nothing else dies with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.files.form import byte_order_mark
from channels.files.model.values import guarded
from channels.files.recognition import recognise
from channels.files.tables.archive import checked

COLUMN = "Problems"
"""The name of the column that is added; when the file is sent again nobody reads it."""

_LINE = re.compile(r"line (\d+)")
_CELL = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]{1,3}\d{1,7})")
_ROW = re.compile(r"(?P<sheet>.+), row (?P<row>\d{1,7})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What is wrong at one place, as a finding's locator names it."""

    locator: str
    text: str


def marked(body: bytes, marks: Sequence[Mark]) -> tuple[bytes, str] | None:
    """The file with its problems, and how such files end: csv or xlsx. None for what is no table, or none that can be
    written again. Raises PayloadError for a workbook that is not to be opened."""
    form = recognise(body)
    if form.kind == "csv":
        return _rows(body, form.encoding or "utf-8", form.separator or ",", marks), "csv"
    return (_workbook(body, marks), "xlsx") if form.kind == "sheet" and body[:2] == b"PK" else None


def _rows(body: bytes, encoding: str, separator: str, marks: Sequence[Mark]) -> bytes:
    """Each row as it was, cells that would be formulas guarded, and behind them what is wrong with it."""
    at: dict[int, list[str]] = {}
    for mark in marks:
        if found := _LINE.match(mark.locator):
            at.setdefault(int(found[1]), []).append(_told(mark))
    start, _ = byte_order_mark(body)
    reader = csv.reader(io.StringIO(body[start:].decode(encoding, "replace"), newline=""), delimiter=separator)
    out, before, headed = io.StringIO(newline=""), 0, False
    writer = csv.writer(out, delimiter=separator)
    for row in reader:
        lines, before = range(before + 1, reader.line_num + 1), reader.line_num
        told = "; ".join(text for line in lines for text in at.get(line, ()))
        if row and not headed:
            headed, told = True, f"{COLUMN}: {told}" if told else COLUMN
        writer.writerow([*map(guarded, row), guarded(told)] if row else row)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _workbook(body: bytes, marks: Sequence[Mark]) -> bytes:
    """The same workbook: faulty cells coloured, with a note each; of a whole row its first cell."""
    checked(body)
    from openpyxl import load_workbook  # takes a while to load
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = load_workbook(io.BytesIO(body))
    faulty = PatternFill("solid", fgColor="FFF2C4C0")
    for (sheet, place), texts in _places(marks).items():
        if sheet in book.sheetnames:
            cell = book[sheet][place]
            cell.fill = faulty
            cell.comment = Comment("\n".join(texts)[:2000], "Supplier Hub", width=320, height=120)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _places(marks: Sequence[Mark]) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for mark in marks:
        if cell := _CELL.fullmatch(mark.locator):
            found.setdefault((cell["sheet"], cell["cell"]), []).append(mark.text)
        elif row := _ROW.match(mark.locator):
            found.setdefault((row["sheet"], f"A{row['row']}"), []).append(_told(mark))
    return found


def _told(mark: Mark) -> str:
    """With the column, which the row alone does not tell."""
    column = mark.locator.partition("column ")[2].strip('"')
    return f"{column}: {mark.text}" if column else mark.text
