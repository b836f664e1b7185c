"""An empty file to be filled in: the names of a mapping's columns, in the order in which it would write them."""

from __future__ import annotations

from channels.errors import PayloadError
from channels.files.model.formats import CsvFormat, SheetFormat
from channels.files.model.mapping import FileMapping
from channels.files.tables.flat_writing import Columns
from channels.files.tables.separated import written

SHEET = "Sheet1"


def template(mapping: FileMapping) -> bytes:
    """The header row alone, which may stand further down: what is above it is empty. Raises PayloadError for a form
    that has no columns with names, or whose file tells them by their place."""
    as_written = mapping.as_written
    format = as_written.format
    if not isinstance(format, CsvFormat | SheetFormat) or format.header_row == 0:
        raise PayloadError("Only tables with a header have an empty file to be filled in.")
    names = Columns.of(as_written.plan, format).names
    above = (format.header_row or 1) - 1
    if isinstance(format, CsvFormat):
        return written([*([] for _ in range(above)), list(names)], format)
    from channels.files.tables.sheet_writing import written as workbook  # openpyxl takes a while to load

    return workbook(format.sheet or SHEET, above + 1, names, ())
