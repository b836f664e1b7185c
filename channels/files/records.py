"""What reading a file gives: where its documents lie, and each document with what was found about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from canonical.document import Document
from canonical.finding import Finding, Severity
from channels.files.form import FileForm
from channels.files.model.styles import DateText

Progress: TypeAlias = Callable[[int, int], None]
"""Is told from time to time how much of the file has been looked through: (done, all), in bytes or records."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of how a file came, for ``default_from`` in mappings: feeds of stock often say neither number nor
    day. The day is that of the partner's zone."""

    file_name: str = ""
    day: date | None = None

    def text(self, name: str) -> str:
        """``file_name``, or ``arrival_date`` in ISO's form; empty where it is not known."""
        if name == "file_name":
            return self.file_name
        return DateText(self.day.isoformat()) if self.day is not None else ""


UNKNOWN = Arrival()


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one document that follow each other: the numbers of the first and the last as places name them (lines,
    rows of a sheet, from 1; elements in their order), and where their bytes are, in formats whose bytes can be cut."""

    first: int
    last: int
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class FileSpan:
    """One document in the file. ``key`` is what tells it from the others, as written there. Rows of a document that do
    not follow each other lie in several ``runs``."""

    index: int
    key: str
    runs: tuple[Run, ...]

    @property
    def first(self) -> int:
        return self.runs[0].first

    @property
    def last(self) -> int:
        return self.runs[-1].last

    @property
    def offset(self) -> int | None:
        return self.runs[0].offset

    @property
    def length(self) -> int | None:
        """Bytes of all its records, where the format can be cut."""
        lengths = [run.length for run in self.runs if run.length is not None]
        return sum(lengths) if lengths else None


@dataclass(frozen=True, slots=True)
class FileScan:
    """A file looked through once: ``documents`` in the order in which they begin; with an error among ``findings`` the
    file as a whole is not to be used."""

    form: FileForm
    documents: tuple[FileSpan, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_readable(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One document. ``document`` is None when the file lacks what it cannot be without. ``provenance`` maps JSON
    pointers to places, as the store keeps them: ``/lines/0/quantity/value`` → ``line 12, column "Qty"``."""

    span: FileSpan
    document: Document | None
    findings: tuple[Finding, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.document is not None and all(f.severity is not Severity.ERROR for f in self.findings)


class Unreadable(Exception):
    """The file as a whole cannot be read; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def unreadable(code: str, message: str, locator: str = "", **more: str | None) -> Unreadable:
    return Unreadable(Finding(code=code, severity=Severity.ERROR, locator=locator, message=message, **more))
