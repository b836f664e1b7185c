"""All ways in which a sample can be looked at: rows below a header, parted by separators or laid out in columns, or
records of a tree with those of lines inside."""

from __future__ import annotations

from channels.files.form import Body
from channels.files.model.formats import CsvFormat, SheetFormat
from channels.files.recognition import recognise
from channels.files.records import unreadable
from channels.files.report import Report
from channels.files.suggesting.arrangement import Arrangement
from channels.files.suggesting.fixed_columns import of_lines
from channels.files.suggesting.tables import of_rows
from channels.files.tables.separated import SeparatedRows


def arrangements(body: Body) -> list[Arrangement]:
    """All ways in which these bytes can be looked at, at least one. Raises Unreadable for what no mapping can be
    suggested for."""
    form = recognise(body)
    lines = of_lines(body) if form.kind in ("csv", "fixed") else None  # decimal commas look like separators
    if form.kind == "fixed" and lines is not None:
        return [lines]
    if form.kind == "csv":
        rows = SeparatedRows(body, CsvFormat(kind="csv", separator=form.separator))
        said: dict[str, object] = {"kind": "csv"}
        if form.separator and form.separator != ",":
            said["separator"] = form.separator
        if form.encoding not in (None, "utf-8"):
            said["encoding"] = "windows-1252" if form.encoding == "cp1252" else form.encoding
        separated = of_rows(rows, form, said)
        return [separated] if lines is None else [separated, lines]
    if form.kind == "sheet":
        from channels.files.tables.sheets import SheetRows  # loaded only for workbooks

        sheet = SheetRows(body, SheetFormat(kind="sheet"), Report())
        return [of_rows(sheet, sheet.form, {"kind": "sheet"})]
    if form.kind in ("xml", "json"):
        from channels.files.suggesting.trees import tree_arrangements  # lxml takes a while to load

        return tree_arrangements(body, form)
    fix = "Ask for CSV, a workbook, XML, JSON or lines with blanks between their columns."
    raise unreadable("SUGGEST-NO-FORM", f"{form.detail or 'These bytes'}: no mapping can be suggested for it", fix=fix)
