"""Spreadsheets: XLSX, XLS and ODS → rows, and rows → XLSX. What a file is, its bytes say; its name says nothing.

A cell keeps what it is: numbers and dates come as their plain text, marked, so that no style is applied to them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from lxml import etree
from python_calamine import CalamineError, CalamineSheet, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from channels.files.form import Body, FileForm
from channels.files.model.formats import SheetFormat
from channels.files.model.styles import DateText, ErrorText, NumberText
from channels.files.records import Run, unreadable
from channels.files.report import Report
from channels.files.tables.archive import SheetFacts, checked, locked, with_macros
from channels.files.tables.rows import Row, Rows
from channels.files.tables.separated import Cut

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "Save it as an Excel workbook (XLSX), and send it again."
CELL_LIMIT = 131_072
"""Characters of one cell, as in CSV. A spreadsheet holds 32,767."""


class SheetRows(Rows):
    """The rows of one sheet of a workbook."""

    def __init__(self, body: Body, format: SheetFormat, report: Report) -> None:
        self._facts = _refuse_hostile(body)
        try:
            workbook = load_workbook(io.BytesIO(body) if isinstance(body, bytes) else Cut(body))
            metadata = [m for m in workbook.sheets_metadata if m.typ is SheetTypeEnum.WorkSheet]
            visible = [m.name for m in metadata if m.visible is SheetVisibleEnum.Visible]
            name = _chosen(format.sheet, [m.name for m in metadata], visible)
            self._sheet: CalamineSheet = workbook.get_sheet_by_name(name)
        except PasswordError as error:
            raise locked() from error
        except CalamineError as error:
            raise unreadable("FILE-UNREADABLE", f"The workbook cannot be read: {error}", fix=_SAVE_AS) from error
        hidden = [m.name for m in metadata if m.visible is not SheetVisibleEnum.Visible]
        if hidden:
            report.warn("FILE-HIDDEN", "", f"The workbook has hidden sheets: {', '.join(hidden)}")
        self.form = FileForm("sheet", "Workbook", sheet=name, sheets=tuple(m.name for m in metadata))
        self.place = partial(_cell_place, name)
        self._start = (self._sheet.start or (0, 0))[1]
        self._faulty: dict[int, dict[int, str]] = {}
        self._merged: dict[int, list[tuple[int, int, int]]] = {}
        self._look_closer(body, name, report)

    @property
    def size(self) -> int:
        return int(self._sheet.total_height)

    def head(self, count: int) -> list[Row]:
        return list(islice(self._all(), count))

    def rows(self, after: int = 0) -> Iterator[tuple[Row, int, int]]:
        for row in self._all():
            if row[0] > after and any(row[1]):
                yield row, row[0], row[0]

    def start(self, run: Run) -> Iterator[Row]:
        return self._all()

    def _all(self) -> Iterator[Row]:
        before = [""] * self._start
        carried: dict[int, tuple[int, str]] = {}
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            texts = [*before, *map(_text, cells)]
            for column, shown in self._faulty.get(number, {}).items():
                if column < len(texts):
                    texts[column] = ErrorText(shown)
            if self._merged or carried:
                self._carry_down(number, texts, carried)
            yield number, texts

    def _carry_down(self, number: int, texts: list[str], carried: dict[int, tuple[int, str]]) -> None:
        """What stands in the first of merged cells is said of each row that they reach over."""
        for column, (last, text) in list(carried.items()):
            texts[column] = text
            if number >= last:
                del carried[column]
        for column, last, _ in self._merged.get(number, ()):
            if column < len(texts):
                carried[column] = (last, texts[column])

    def _look_closer(self, body: Body, name: str, report: Report) -> None:
        merged = [m for m in self._sheet.merged_cell_ranges or () if m[1][0] > m[0][0]]
        for (first, column), (last, _) in merged:
            self._merged.setdefault(first + 1, []).append((column, last + 1, first + 1))
        if merged:
            (row, column), _ = merged[0]
            message = "Merged cells are read as if their value stood on each of their rows"
            report.tell("FILE-MERGED", _cell_place(name, row + 1, column, ""), message)
        facts = self._facts.get(_member_of(body, name)) if self._facts else None
        if facts is None:
            return
        for cell in facts.faulty:
            row, column = _position(cell)
            self._faulty.setdefault(row, {})[column] = "#ERROR"
        if facts.hidden_rows:
            rows = ", ".join(map(str, facts.hidden_rows[:20]))
            message = f"Hidden rows are read like others: {rows}"
            report.warn("FILE-HIDDEN", name, message, fix="Delete them if they are not meant.")


def _refuse_hostile(body: Body) -> dict[str, SheetFacts]:
    start = bytes(body[:8])
    if start.startswith(ZIP):
        return checked(body)
    if start.startswith(OLE):
        if body.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise locked()
        if body.find("_VBA_PROJECT".encode("utf-16-le")) >= 0:
            raise with_macros()
        return {}
    if len(body) == 0:
        raise unreadable("FILE-EMPTY", "The file is empty")
    what = "a web page" if re.match(rb"\s*(?:<!doctype html|<html|<table)", bytes(body[:200]), re.I) else "no workbook"
    raise unreadable("FILE-UNREADABLE", f"The file is {what}, whatever its name says", fix=_SAVE_AS)


def _chosen(wanted: str | None, names: Sequence[str], visible: Sequence[str]) -> str:
    if wanted is None:
        if not visible:
            raise unreadable("FILE-EMPTY", "The workbook has no visible sheet")
        return visible[0]
    found = next((name for name in names if name.strip().casefold() == wanted.strip().casefold()), None)
    if found is None:
        listed = ", ".join(f'"{name}"' for name in names)
        raise unreadable("FILE-SHEET-MISSING", f'The workbook has no sheet "{wanted}"; it has {listed}')
    return found


def _text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        if len(value) > CELL_LIMIT:
            raise unreadable("FILE-TOO-LARGE", f"A cell is longer than {CELL_LIMIT} characters")
        return str(value).strip()
    if kind is float:
        return NumberText(number_text(value))
    if kind is int:
        return NumberText(value)
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if kind is datetime:
        return DateText(value.isoformat(sep="T"))
    if kind in (date, time):
        return DateText(value.isoformat())
    return str(value)  # a length of time, 10:30:00


def number_text(value: float) -> str:
    """The shortest digits that are this number and no other, never with an exponent."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return format(Decimal(text), "f") if "e" in text else text


def letters(column: int) -> str:
    """The name of a sheet's column, from 0: A, B, ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _position(cell: str) -> tuple[int, int]:
    """Row from 1 and column from 0 of ``B7``."""
    name = cell.rstrip("0123456789")
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(name) :]), column - 1


def _cell_place(sheet: str, row: int, column: int | None, name: str) -> str:
    if column is None:
        return f'{sheet}, row {row}, column "{name}"' if name else f"{sheet}, row {row}"
    return f"{sheet}!{letters(column)}{row}"


_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _member_of(body: Body, name: str) -> str:
    """The archive's member that is this sheet; empty where it cannot be told."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with zipfile.ZipFile(Cut(body)) as archive:
            book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
            relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile):
        return ""
    ids = [element.get(_RELATION) for element in book.iter("{*}sheet") if element.get("name") == name]
    targets = [element.get("Target") or "" for element in relations if ids and element.get("Id") == ids[0]]
    return "" if not targets else targets[0].lstrip("/") if targets[0].startswith("/") else f"xl/{targets[0]}"
