"""write: canonical documents → a file in the mapping's form, read back before it is given out.

Whether a form carries a document is not judged by rules that might forget something: the file is read as its receiver
would read it, and whatever comes back otherwise is named.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from canonical.document import Document
from canonical.finding import Finding, Severity
from channels.errors import PayloadError
from channels.files.model.formats import CsvFormat, FixedFormat, Formulas, SheetFormat, XmlFormat
from channels.files.model.mapping import FileMapping
from channels.files.model.plan import is_text
from channels.files.model.values import guarded
from channels.files.read_back import judge
from channels.files.report import Report
from channels.files.tables.fixed_width import written as fixed_width
from channels.files.tables.flat_writing import Cell, RowWriter
from channels.files.tables.separated import written
from channels.files.trees.tree_writing import JsonSink, Sink, TreeWriter


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file ready to leave. ``findings`` name what it leaves out under ``unwritable: omit``, and what was changed so
    that the file is safe to open."""

    body: bytes
    findings: tuple[Finding, ...] = ()


def write(documents: Sequence[Document], mapping: FileMapping) -> WrittenFile:
    """The documents in one file. Raises PayloadError, every problem named, for what the form cannot carry (unless the
    mapping says ``unwritable: omit``), for a mapping that can only be read, and for documents of another type."""
    problems = mapping.outbound_problems()
    if problems:
        detail = "; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in problems)
        raise PayloadError(f"The mapping can only be read: {detail}")
    report = Report()
    for document in documents:
        if document.type != mapping.document:
            message = f"The mapping is for documents of type {mapping.document}, this is one of type {document.type}"
            report.error("FILE-UNWRITABLE", "", message)
    if not documents:
        report.error("FILE-UNWRITABLE", "", "There are no documents to write")
    body = b"" if report.refused else _WRITERS[mapping.format.kind](documents, mapping, report)
    if not report.refused:
        judge(body, documents, mapping, report)
    if report.refused:
        raise PayloadError.of([finding for finding in report.findings if finding.severity is Severity.ERROR])
    return WrittenFile(body, report.findings)


def _csv(documents: Sequence[Document], mapping: FileMapping, report: Report) -> bytes:
    format = mapping.as_written.format
    if not isinstance(format, CsvFormat):
        raise TypeError(format.kind)
    rows = RowWriter(mapping.as_written.plan, format)
    lines: list[list[str]] = []
    if format.header_row != 0:
        lines += [[] for _ in range((format.header_row or 1) - 1)]
        lines.append(list(rows.columns.names))
    guards = format.formulas is Formulas.GUARD
    for document in documents:
        lines += ([_text(cell, guards, report) for cell in row] for row in rows.rows(document, report))
    return _encoded(lambda: written(lines, format), format, report)


def _text(cell: Cell, guards: bool, report: Report) -> str:
    if not guards or cell.leaf is None or not is_text(cell.leaf):
        return cell.text
    text = guarded(cell.text)
    if text != cell.text:
        message = (
            f"{cell.leaf.path} is written with an apostrophe before it, so that no spreadsheet runs it as a formula"
        )
        report.tell("FILE-FORMULA-GUARDED", cell.leaf.path, message, value=cell.text)
    return text


def _fixed(documents: Sequence[Document], mapping: FileMapping, report: Report) -> bytes:
    format = mapping.as_written.format
    if not isinstance(format, FixedFormat):
        raise TypeError(format.kind)
    rows = RowWriter(mapping.as_written.plan, format)
    top: list[list[Cell]] = [[] for _ in range(format.header_rows)]
    cells = [row for document in documents for row in rows.rows(document, report)]
    return _encoded(lambda: fixed_width([*top, *cells], format, report), format, report)


def _encoded(make: Callable[[], bytes], format: CsvFormat | FixedFormat, report: Report) -> bytes:
    try:
        return make()
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        message = f"The encoding {format.encoding} has no letter {letter!r}"
        report.error("FILE-UNWRITABLE", "", message, fix="Let the mapping say encoding: utf-8.")
    except csv.Error:
        message = "A value holds the separator, and the format has no quotes to put it in"
        report.error("FILE-UNWRITABLE", "", message, fix="Let the mapping say another separator, or a quote.")
    return b""


def _sheet(documents: Sequence[Document], mapping: FileMapping, report: Report) -> bytes:
    from channels.files.tables.sheet_writing import written as workbook  # openpyxl takes a while to load

    format = mapping.as_written.format
    if not isinstance(format, SheetFormat):
        raise TypeError(format.kind)
    rows = RowWriter(mapping.as_written.plan, format)
    cells = [row for document in documents for row in rows.rows(document, report)]
    try:
        return workbook(format.sheet or SHEET, format.header_row or 0, rows.columns.names, cells)
    except ValueError:  # openpyxl and lxml refuse what XML has no place for
        report.error("FILE-UNWRITABLE", "", "A value holds a character that a workbook has no place for")
        return b""


def _xml(documents: Sequence[Document], mapping: FileMapping, report: Report) -> bytes:
    from channels.files.trees.xml_writing import XmlSink  # lxml takes a while to load

    format = mapping.as_written.format
    if not isinstance(format, XmlFormat):
        raise TypeError(format.kind)
    return _tree(documents, mapping, XmlSink(format), report)


def _json(documents: Sequence[Document], mapping: FileMapping, report: Report) -> bytes:
    return _tree(documents, mapping, JsonSink(), report)


def _tree(documents: Sequence[Document], mapping: FileMapping, sink: Sink, report: Report) -> bytes:
    tree = TreeWriter(mapping.as_written.plan, mapping.as_written.format, sink, report)
    for document in documents:
        tree.write(document)
    return b"" if report.refused else sink.body()


SHEET = "Documents"
"""The sheet's name where the format does not say it."""

_WRITERS: dict[str, Callable[[Sequence[Document], FileMapping, Report], bytes]] = {
    "csv": _csv,
    "sheet": _sheet,
    "fixed": _fixed,
    "xml": _xml,
    "json": _json,
}
