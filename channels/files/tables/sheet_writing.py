"""Rows → an XLSX workbook: texts as texts, numbers and dates as what they are; no cell is ever a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from channels.files.tables.flat_writing import Cell

_EXACT_DIGITS = 15
"""Digits that the numbers of a sheet keep; longer ones are written as text."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def written(
    sheet: str, header_row: int, names: Sequence[str], rows: Iterable[Sequence[Cell]], texts: Iterable[int] = ()
) -> bytes:
    """A workbook of one sheet: ``names`` in the header row (0: none), then the rows. The same input gives the same
    bytes: nothing in it tells when it was made."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    if header_row:
        page.freeze_panes = f"A{header_row + 1}"
        for _ in range(header_row - 1):
            page.append([])
        page.append([_bold(page, name) for name in names])
    for row in rows:
        page.append([_cell(page, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return _undated(out.getvalue())


def _bold(page: Any, name: str) -> Any:
    cell = _text(page, name)
    cell.font = Font(bold=True)
    return cell


def _text(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.data_type = "s"  # also one that starts with =
    cell.number_format = "@"
    return cell


def _cell(page: Any, cell: Cell) -> Any:
    value, rule = cell.value, cell.leaf.rule if cell.leaf else None
    is_plain = rule is not None and not (rule.lookup or rule.prefix or rule.zero_filled)
    if is_plain and isinstance(value, (Decimal, int)) and len(_digits(value)) <= _EXACT_DIGITS:
        return WriteOnlyCell(page, value=value)
    if is_plain and isinstance(value, date):
        made = WriteOnlyCell(page, value=value)
        made.number_format = "yyyy-mm-dd"
        return made
    if is_plain and isinstance(value, time):
        made = WriteOnlyCell(page, value=value)
        made.number_format = "hh:mm:ss"
        return made
    return _text(page, cell.text) if cell.text else None


def _digits(value: Decimal | int) -> str:
    return re.sub(r"\D", "", format(value, "f") if isinstance(value, Decimal) else str(value)).lstrip("0")


def _undated(body: bytes) -> bytes:
    """The archive without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as dated, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as undated:
        for name in dated.namelist():
            content = dated.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", content)
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            undated.writestr(info, content)
    return out.getvalue()
