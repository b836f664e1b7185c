"""Which records of a file are which document."""

from __future__ import annotations

from dataclasses import dataclass

from channels.files.building.objects import LevelReader
from channels.files.building.sources import Fetch, Record
from channels.files.records import FileSpan, Run, unreadable

DOCUMENT_LIMIT = 100_000
"""Documents of one file."""


@dataclass(slots=True)
class _Open:
    """A document that is being looked for; its runs as [first, last, offset, end]."""

    key: str
    runs: list[list[int]]


class Spans:
    """Is told every record in its order. ``name`` gives what to call a document whose records nothing groups."""

    def __init__(self, level: LevelReader, name: Fetch | None = None) -> None:
        self._keys, self._starts, self._name = level.keys, level.starts, name
        self._known: dict[tuple[str, ...], _Open] = {}
        self._all: list[_Open] = []
        self._current: _Open | None = None

    def add(self, record: Record, number: int, start: int = -1, end: int = -1) -> None:
        """One record: its number, and where its bytes start and end in formats that can be cut."""
        document = self._document(record)
        runs = document.runs
        if document is self._current and runs:
            runs[-1][1], runs[-1][3] = number, end
        else:
            runs.append([number, number, start, end])
        self._current = document

    def _document(self, record: Record) -> _Open:
        if self._keys is None:
            if self._current is None or self._starts is None or self._starts(record):
                return self._opened(self._name(record) if self._name else "")
            return self._current
        key = tuple([fetch(record) for fetch in self._keys])
        if self._current is not None and key and not any(key):
            return self._current  # a blank key, as merged cells leave it, goes on with the document above
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._opened(" ".join(key))
        return known

    def _opened(self, key: str) -> _Open:
        if len(self._all) >= DOCUMENT_LIMIT:
            message = f"The file has more than {DOCUMENT_LIMIT} documents"
            raise unreadable("FILE-TOO-LARGE", message, fix="Send it in parts.")
        self._all.append(_Open(key, []))
        return self._all[-1]

    def found(self) -> tuple[FileSpan, ...]:
        """The documents, in the order in which they begin."""
        return tuple(
            FileSpan(index, document.key, tuple(_run(*run) for run in document.runs))
            for index, document in enumerate(self._all)
        )


def _run(first: int, last: int, start: int, end: int) -> Run:
    return Run(first, last) if start < 0 else Run(first, last, start, end - start)
