"""scan, read: a file's bytes → where its documents are → canonical documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from channels.files.form import Body, FileForm
from channels.files.model.formats import CsvFormat, FixedFormat, JsonFormat, SheetFormat, XmlFormat
from channels.files.model.mapping import FileMapping
from channels.files.records import UNKNOWN, Arrival, FileScan, FileSpan, Progress, ReadDocument, Unreadable
from channels.files.report import Report
from channels.files.tables.fixed_width import FixedRows
from channels.files.tables.flat import FlatFile
from channels.files.tables.separated import SeparatedRows
from channels.files.trees.json_tree import JsonSource
from channels.files.trees.json_tree import open_tree as open_json
from channels.files.trees.tree import TreeFile


def scan(body: Body, mapping: FileMapping, progress: Progress | None = None, arrival: Arrival = UNKNOWN) -> FileScan:
    """Looks through the whole file once: its form, where each document lies, and what is wrong with the file as a
    whole. Never raises on data. A file with an error among the scan's findings is not to be read."""
    try:
        return opened(body, mapping, arrival).scan(progress)
    except Unreadable as error:
        return FileScan(FileForm(mapping.format.kind), findings=(error.finding,))


def read(body: Body, mapping: FileMapping, span: FileSpan, arrival: Arrival = UNKNOWN) -> ReadDocument:
    """One document that ``scan`` found in these bytes with this mapping."""
    return next(read_all(body, mapping, (span,), arrival))


def read_all(
    body: Body, mapping: FileMapping, spans: Iterable[FileSpan], arrival: Arrival = UNKNOWN
) -> Iterator[ReadDocument]:
    """Documents that ``scan`` found; in the order of the file it is read once. Never raises on data: a document that
    cannot be made is None, its findings say why."""
    waiting = list(spans)
    try:
        yield from opened(body, mapping, arrival).read(waiting)
    except Unreadable as error:
        yield from (ReadDocument(span, None, (error.finding,)) for span in waiting)


def opened(body: Body, mapping: FileMapping, arrival: Arrival = UNKNOWN) -> FlatFile | TreeFile:
    """The file under the mapping, to scan it and read from it without opening it twice. Raises Unreadable."""
    return _OPENERS[mapping.format.kind](body, mapping, arrival)


def _csv(body: Body, mapping: FileMapping, arrival: Arrival) -> FlatFile:
    return FlatFile(SeparatedRows(body, cast("CsvFormat", mapping.format)), mapping, Report(), arrival)


def _fixed(body: Body, mapping: FileMapping, arrival: Arrival) -> FlatFile:
    return FlatFile(FixedRows(body, cast("FixedFormat", mapping.format)), mapping, Report(), arrival)


def _sheet(body: Body, mapping: FileMapping, arrival: Arrival) -> FlatFile:
    from channels.files.tables.sheets import SheetRows  # loaded only for those who send workbooks

    report = Report()
    return FlatFile(SheetRows(body, cast("SheetFormat", mapping.format), report), mapping, report, arrival)


def _xml(body: Body, mapping: FileMapping, arrival: Arrival) -> TreeFile:
    from channels.files.trees.xml_tree import XmlSource, open_tree  # lxml takes a while to load

    format = cast("XmlFormat", mapping.format)
    return TreeFile(open_tree(body, format), mapping, XmlSource(format, arrival))


def _json(body: Body, mapping: FileMapping, arrival: Arrival) -> TreeFile:
    return TreeFile(open_json(body), mapping, JsonSource(cast("JsonFormat", mapping.format), arrival))


_OPENERS: dict[str, Callable[[Body, FileMapping, Arrival], FlatFile | TreeFile]] = {
    "csv": _csv,
    "sheet": _sheet,
    "fixed": _fixed,
    "xml": _xml,
    "json": _json,
}
"""Each format → how a file of it is opened under a mapping. Raises Unreadable."""
