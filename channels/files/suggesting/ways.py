"""All ways in which a sample can be looked at: rows below a header, or records of a tree with those of lines inside."""

from __future__ import annotations

from channels.files.form import Body
from channels.files.model.formats import CsvFormat, SheetFormat
from channels.files.recognition import recognise
from channels.files.records import unreadable
from channels.files.report import Report
from channels.files.suggesting.arrangement import Arrangement
from channels.files.suggesting.tables import of_rows
from channels.files.tables.separated import SeparatedRows


def arrangements(body: Body) -> list[Arrangement]:
    """All ways in which these bytes can be looked at, at least one. Raises Unreadable for what no mapping can be
    suggested for."""
    form = recognise(body)
    if form.kind == "csv":
        rows = SeparatedRows(body, CsvFormat(kind="csv", separator=form.separator))
        said: dict[str, object] = {"kind": "csv"}
        if form.separator and form.separator != ",":
            said["separator"] = form.separator
        if form.encoding not in (None, "utf-8"):
            said["encoding"] = "windows-1252" if form.encoding == "cp1252" else form.encoding
        return [of_rows(rows, form, said)]
    if form.kind == "sheet":
        from channels.files.tables.sheets import SheetRows  # loaded only for workbooks

        sheet = SheetRows(body, SheetFormat(kind="sheet"), Report())
        return [of_rows(sheet, sheet.form, {"kind": "sheet"})]
    if form.kind in ("xml", "json"):
        from channels.files.suggesting.trees import tree_arrangements  # lxml takes a while to load

        return tree_arrangements(body, form)
    fix = "Ask for CSV, a workbook, XML or JSON; for columns of fixed width write the mapping by hand."
    raise unreadable("SUGGEST-NO-FORM", f"{form.detail or 'These bytes'}: no mapping can be suggested for it", fix=fix)
