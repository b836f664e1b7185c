"""Reading files that are trees, XML and JSON, by a mapping: its records are found, told apart, and built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from canonical.document import Document
from canonical.finding import Finding
from channels.files.building.objects import FileProvenance, LevelReader
from channels.files.building.sources import Record, Source, compile_fetch
from channels.files.building.spans import Spans
from channels.files.form import FileForm
from channels.files.model.mapping import FileMapping
from channels.files.records import FileScan, FileSpan, Progress, ReadDocument, Unreadable, unreadable
from channels.files.report import Report

NUMBERS = ("invoice_number", "shipment_identification", "reference_number", "purchase_order_number")
"""Fields by whose texts documents are called where nothing groups records."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A file, parsed. ``outermost`` is what its records lie below; ``problems`` what is wrong with all of it;
    ``instead`` says in words what it holds where it has no such records."""

    form: FileForm
    outermost: Record
    instead: Callable[[str], Finding]
    problems: tuple[Finding, ...] = ()


class TreeFile:
    """One such file under one mapping."""

    def __init__(self, tree: Tree, mapping: FileMapping, source: Source) -> None:
        self.form = tree.form
        self._tree = tree
        root = mapping.plan.root
        if source.arrival not in mapping.programs:
            mapping.programs.clear()
            mapping.programs[source.arrival] = LevelReader(root, source)
        self._level: LevelReader = mapping.programs[source.arrival]
        named = next((root.leaves[name] for name in NUMBERS if name in root.leaves), None)
        self._name = compile_fetch(named.rule, source) if named is not None else None
        self._records = self._level.records([tree.outermost])
        if not self._records:
            raise Unreadable(tree.instead(root.entries.records or ""))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._tree.problems

    def scan(self, progress: Progress | None = None) -> FileScan:
        """Where the documents lie: their records by number, from 1."""
        spans = Spans(self._level, self._name)
        for number, record in enumerate(self._records, 1):
            spans.add(record, number)
        if progress is not None:
            progress(len(self._records), len(self._records))
        return FileScan(self.form, spans.found(), self._tree.problems)

    def read(self, spans: Iterable[FileSpan]) -> Iterator[ReadDocument]:
        """The documents of these spans."""
        for span in spans:
            own: Sequence[Record] = [r for run in span.runs for r in self._records[run.first - 1 : run.last]]
            if not own:
                raise unreadable("FILE-CHANGED", "The file has no such record: it is another than was looked through")
            report = Report()
            lead = self._level.lead(own)
            document = self._level.make(lead, own, report, always=True)
            provenance = FileProvenance(self._level.objects, lead, own)
            yield ReadDocument(span, cast("Document | None", document), report.findings, provenance)
