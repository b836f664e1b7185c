"""Crosswalk rows as CSV, for spreadsheets: ``list,code_list,partner_value,our_value``.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, so such values are written with an
apostrophe in front and read without it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO

from canonical.finding import clip
from partners.crosswalk import CODE_LISTS, CrosswalkEntry, CrosswalkList, CrosswalkRow
from partners.problem import Problem, nearest

HEADER = ["list", "code_list", "partner_value", "our_value"]
SIZE_LIMIT = 10_000_000
"""Bytes of one file, some two hundred thousand rows."""

VALUE_LIMIT = 120
"""Characters of a value; X12 identifiers have at most 80."""

_FORMULA_STARTS = "=+-@\t\r"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class CrosswalkImport:
    """The rows of a file; with problems none of them is to be applied."""

    rows: tuple[CrosswalkRow, ...]
    problems: tuple[Problem, ...]


def export_rows(rows: Iterable[CrosswalkEntry]) -> str:
    """CSV (RFC 4180) that ``import_rows`` reads back, in a stable order."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in sorted((row.list, row.code_list, row.partner_value, row.our_value) for row in rows):
        writer.writerow([_guarded(value) for value in row])
    return out.getvalue()


def import_rows(content: bytes, partner: str, source: str) -> CrosswalkImport:
    """The rows of one file and every problem with its line. Never raises."""
    problems: list[Problem] = []
    rows: dict[tuple[str, str, str], tuple[CrosswalkRow, int]] = {}
    try:
        for line, cells in _records(content):
            row = CrosswalkRow(partner, *cells)
            problems += [Problem(source, line, (), message, fix) for message, fix in _row_problems(row)]
            key = (row.list, row.code_list, row.partner_value)
            if key in rows:
                first = rows[key][1]
                message = f"{row.list} {clip(row.partner_value)} stands in line {first} already"
                problems.append(Problem(source, line, (), message, "keep one of them"))
            rows.setdefault(key, (row, line))
    except _Unreadable as error:
        problems.append(Problem(source, error.line, (), error.message, error.fix))
    return CrosswalkImport(tuple(row for row, _ in rows.values()), tuple(problems))


class _Unreadable(Exception):
    """The file cannot be read beyond this line."""

    def __init__(self, line: int, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.line, self.message, self.fix = line, message, fix


def _records(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """(line, the four cells) of each row below the header; blank rows are passed over."""
    if len(content) > SIZE_LIMIT:
        raise _Unreadable(1, f"larger than {SIZE_LIMIT} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(
            content.count(b"\n", 0, error.start) + 1, "not UTF-8 text", "save the file as UTF-8"
        ) from error
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    expected = f"the first line is {','.join(HEADER)}"
    try:
        if next(reader, None) != HEADER:
            raise _Unreadable(1, "the header is missing or different", expected)
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                if len(cells) != len(HEADER):
                    raise _Unreadable(line, f"has {len(cells)} values, not {len(HEADER)}", expected)
                yield line, [_unguarded(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Unreadable(reader.line_num, f"not CSV: {error}") from error


def _row_problems(row: CrosswalkRow) -> Iterator[tuple[str, str | None]]:
    """(message, fix) of everything wrong within one row."""
    lists = [name.value for name in CrosswalkList]
    if row.list not in lists:
        yield f"list {clip(row.list)} is not one of {', '.join(lists)}", nearest(row.list, lists)
    elif row.list == CrosswalkList.CODE and row.code_list not in CODE_LISTS:
        message = f"code_list {clip(row.code_list)} is not one of {', '.join(CODE_LISTS)}"
        yield message, nearest(row.code_list, CODE_LISTS)
    elif row.list == CrosswalkList.LOCATION and not re.fullmatch(r"[0-9A-Z]{0,3}", row.code_list):
        yield f"code_list {clip(row.code_list)} is no X12 66 qualifier", "leave it empty, or write e.g. UL"
    elif row.list in (CrosswalkList.ITEM, CrosswalkList.UNIT) and row.code_list:
        yield f"code_list has no meaning for {row.list}", "leave it empty"
    for name, value in (("partner_value", row.partner_value), ("our_value", row.our_value)):
        if not value:
            yield f"{name} is empty", None
        elif len(value) > VALUE_LIMIT:
            yield f"{name} is longer than {VALUE_LIMIT} characters", None
        elif _CONTROL.search(value):
            yield f"{name} holds control characters: {clip(value)}", None
        elif value != value.strip():
            yield f"{name} has blanks around it: {clip(value)!r}", "remove them"


def _guarded(value: str) -> str:
    """An apostrophe before what would be a formula, and before an apostrophe, so that reading is exact."""
    return f"'{value}" if value[:1] and value[0] in _FORMULA_STARTS + "'" else value


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA_STARTS + "'" else cell
