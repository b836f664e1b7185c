"""What a written file does not carry: it is read as its receiver would read it, and whatever comes back otherwise is
named. Judged so, nothing is forgotten that a list of rules might forget."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from canonical.document import Document
from canonical.finding import Severity
from channels.files.comparison import Difference, differences
from channels.files.model.mapping import FileMapping
from channels.files.model.paths import split
from channels.files.model.plan import Level
from channels.files.reading import read_all, scan
from channels.files.report import Report

_FIX = "Map it, or let the mapping say unwritable: omit."


def judge(body: bytes, documents: Sequence[Document], mapping: FileMapping, report: Report) -> None:
    """Errors for what the file cannot carry or would say otherwise. Under ``unwritable: omit`` a warning for what it
    does not say: values that have no place, those for which its reader takes a default, and which of several X12 codes
    a word stands for. That it says something that is not so, or loses a line, is an error all the same."""
    again = _read(body, documents, mapping, report)
    defaults = set(_defaulted(mapping.plan.root, ()))
    for document, result in zip(documents, again, strict=False):
        found = differences(document, result)
        names = {pointer for pointer, _, _ in found}
        for difference in found:
            said = _names(difference[0])
            implied = said in defaults or _is_detail(difference, names)
            _tell(difference, report, omits=mapping.unwritable == "omit", implied=implied)


def _read(body: bytes, documents: Sequence[Document], mapping: FileMapping, report: Report) -> list[Document]:
    """The documents of the file, as many as were written; none where the report says why not."""
    found = scan(body, mapping.as_written)
    again = list(read_all(body, mapping.as_written, found.documents)) if found.is_readable else []
    for problem in (*found.findings, *(finding for result in again for finding in result.findings)):
        if problem.severity is Severity.ERROR:
            message = f"What was written could not be read again: {problem.message}"
            report.error("FILE-UNWRITABLE", problem.locator, message, value=problem.value, fix=problem.fix)
    if not report.refused and len(again) != len(documents):
        message = f"{len(documents)} documents were written, and the file shows {len(again)}: two have the same number"
        report.error("FILE-UNWRITABLE", "", message, fix="Send them in files of their own.")
    return [] if report.refused else [result.document for result in again if result.document is not None]


def _defaulted(level: Level, around: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The names on the way to each field that has a default, lists' places left out."""
    for path, leaf in level.leaves.items():
        if leaf.default is not None:
            way = (*around, *(name.partition("[")[0] for name in split(path)))
            yield way
            if leaf.pair is not None:
                yield from ((*way[:-1], name) for name in (leaf.pair.word, leaf.pair.code))
    for inner in level.lists():
        place = [name.partition("[")[0] for name in split(str(inner.place[-1]))]
        yield from _defaulted(inner, (*around, *place))


def _names(pointer: str) -> tuple[str, ...]:
    return tuple(name for name in pointer.split("/")[1:] if not name.isdecimal())


def _is_detail(difference: Difference, differing: set[str]) -> bool:
    """Whether only the code differs, and the word that it stands for does not."""
    pointer, ours, theirs = difference
    around, _, name = pointer.rpartition("/")
    own = (name.removesuffix("_code"),) if name.endswith("_code") else ()
    words = ("kind", "role", "status", "indicator", *own)
    same_word = not any(f"{around}/{word}" in differing for word in words)
    is_code = name == "qualifier" or bool(own)
    return is_code and same_word and ours is not None and theirs is not None


def _has_lines(pointer: str, ours: Any) -> bool:
    """Whether it is a line, a level of a ship notice or all of them; lines of an address are texts."""
    entries = ours if isinstance(ours, (list, tuple)) else (ours,)
    return _names(pointer)[-1:] in (("lines",), ("levels",)) and any(isinstance(entry, dict) for entry in entries)


def _tell(difference: Difference, report: Report, *, omits: bool, implied: bool) -> None:
    pointer, ours, theirs = difference
    if theirs is None and _has_lines(pointer, ours):
        message = "The file would lose it: it has no place for all lines"
        report.error("FILE-UNWRITABLE", pointer, message, value=_shown(ours), fix="Use a mapping that has one.")
    elif theirs is None and omits:
        report.warn("FILE-LEFT-OUT", pointer, "The file has no place for it; it is left out", value=_shown(ours))
    elif theirs is None:
        report.error("FILE-UNWRITABLE", pointer, "The file has no place for it", value=_shown(ours), fix=_FIX)
    elif omits and implied:
        message = "The file does not say it; who reads it by this mapping takes something else"
        report.warn("FILE-LEFT-OUT", pointer, message, value=_shown(ours), expected=_shown(theirs))
    else:
        message = "The file would say something else"
        report.error("FILE-UNWRITABLE", pointer, message, value=_shown(ours), expected=_shown(theirs))


def _shown(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False)
    return "" if value is None else str(value)
