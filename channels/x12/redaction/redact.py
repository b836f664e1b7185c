"""Bytes of a scanned file → the same bytes with what tells something replaced in place: no length, separator, line wrap
or error changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from mmap import mmap

from channels.x12.envelope import Interchange, Scan
from channels.x12.envelope.isa import Header, header_at
from channels.x12.guide import designator
from channels.x12.redaction.kept import is_kept, unlisted
from channels.x12.redaction.masking import Masker, words
from channels.x12.standards import tables
from channels.x12.standards.tables import ElementUse

WORDS_LIMIT = 1_000_000
"""Words of the original that no replacement may repeat by chance; beyond these chance decides, which no reader can
tell from what was there."""

_UNTRUSTED = frozenset({"X12-TA105-004", "X12-TA105-026", "X12-TA105-027"})
_KNOWN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:ISA)?")
_WRAPS = re.compile(rb"[\r\n]")
_ISA_REPLACED = {2: "I02", 4: "I04", 6: "I06", 8: "I07"}
"""Elements of the ISA that name or authorize its parties."""

Replace = Callable[[str, str, str, str], str]
"""(place, release, data element number, text) → the text that stands there afterwards."""


class Unreadable(ValueError):
    """The file cannot be read well enough to know what in it must be replaced; the message says why."""


@dataclass(slots=True)
class Redaction:
    """What was done: how many values were replaced, by place (``N102``, ``REF04-2``, ``ISA06``)."""

    replaced: Counter[str] = field(default_factory=Counter)


def redact(
    data: bytes | mmap, scanned: Scan, key: bytes, keep: frozenset[str] = frozenset()
) -> tuple[Iterator[bytes], Redaction]:
    """The redacted bytes in pieces, and what was replaced, complete when the last piece is taken. The same value gets
    the same replacement under the same ``key``. ``keep``: places that stay as they are.

    Raises Unreadable when the file is no X12, or its separators cannot be trusted."""
    if not scanned.interchanges:
        raise Unreadable(scanned.findings[0].message if scanned.findings else "the file holds no interchange")
    for interchange in scanned.interchanges:
        if any(finding.code in _UNTRUSTED for finding in interchange.findings):
            raise Unreadable(f"the separators of the interchange at byte {interchange.offset} cannot be trusted")
    done = Redaction()
    return _pieces(data, scanned, key, keep, done), done


def _pieces(data: bytes | mmap, scanned: Scan, key: bytes, keep: frozenset[str], done: Redaction) -> Iterator[bytes]:
    avoid: set[str] = set()

    def note(place: str, release: str, number: str, text: str) -> str:
        if place not in keep and not is_kept(release, number, text) and len(avoid) < WORDS_LIMIT:
            avoid.update(words(text))
        return text

    for interchange in scanned.interchanges:
        for _ in _interchange(data, interchange, note):
            pass
    position = 0
    for interchange in scanned.interchanges:
        marks = interchange.separators
        masker = Masker(
            key, "".join(filter(None, (marks.element, marks.component, marks.segment, marks.repetition))), avoid
        )
        yield _outside(data[position : interchange.offset], masker, done)
        yield from _interchange(data, interchange, _replacing(masker, keep, done))
        position = interchange.offset + interchange.length
    yield _outside(data[position:], Masker(key, "", avoid), done)


def _replacing(masker: Masker, keep: frozenset[str], done: Redaction) -> Replace:
    def replace(place: str, release: str, number: str, text: str) -> str:
        if place in keep or is_kept(release, number, text):
            return text
        masked = masker.mask(text, unlisted(release, number))
        if masked != text:
            done.replaced[place] += 1
        return masked

    return replace


def _outside(data: bytes, masker: Masker, done: Redaction) -> bytes:
    """Bytes that belong to no interchange: every letter and digit of them is replaced. A byte order mark and the name
    of a header that was cut off stay: they say what this is."""
    known = _KNOWN_START.match(data)
    start = known.end() if known else 0
    masked = data[:start] + masker.mask(data[start:].decode("latin-1")).encode("latin-1")
    if masked != data:
        done.replaced["outside any interchange"] += 1
    return masked


def _interchange(data: bytes | mmap, interchange: Interchange, replace: Replace) -> Iterator[bytes]:
    header = header_at(data, interchange.offset)
    assert header is not None  # the scan has found it here
    yield _header(data[header.offset : header.end], header, replace)
    walk = _Walk(interchange, replace)
    position, end = header.end, interchange.offset + interchange.length
    terminator = header.segment.encode("latin-1")
    while position < end:
        found = data.find(terminator, position, end)
        stop = found + 1 if found >= 0 else end
        yield walk.segment(data[position:stop])
        position = stop


def _header(raw: bytes, header: Header, replace: Replace) -> bytes:
    """The fields are found as they were read: where the ISA has its widths, an element separator may stand in one."""
    pieces, done, end = [], 0, _behind(raw, 0, "ISA")
    for at, text in enumerate(header.fields, 1):
        start = _behind(raw, end, header.element)
        end = _behind(raw, start, text)
        if number := _ISA_REPLACED.get(at):
            change = partial(replace, designator("ISA", at), "005010", number)
            pieces += [raw[done:start], _in_place(raw[start:end], change)]
            done = end
    return b"".join([*pieces, raw[done:]])


def _behind(raw: bytes, start: int, text: str) -> int:
    """The place behind ``text``, which begins at ``start``; a line wrap may fall into it."""
    for character in text.encode("latin-1"):
        while start < len(raw) and raw[start] != character:
            start += 1
        start += 1
    return start


class _Walk:
    """The segments behind an ISA, one after another. The release is that of the group they stand in."""

    def __init__(self, interchange: Interchange, replace: Replace) -> None:
        marks = interchange.separators
        self._element, self._terminator = marks.element.encode("latin-1"), marks.segment.encode("latin-1")
        self._component, self._repetition = marks.component, marks.repetition
        self._replace = replace
        self._release = tables.RELEASES[0]

    def segment(self, raw: bytes) -> bytes:
        """``raw`` with its terminator, where it has one."""
        body = raw.removesuffix(self._terminator)
        parts = body.split(self._element)
        name = _WRAPS.sub(b"", parts[0]).strip(b" \t\0").decode("latin-1")
        if not name:
            return raw
        if name == "GS" and len(parts) > 8:
            self._release = tables.nearest_release(_WRAPS.sub(b"", parts[8]).strip().decode("latin-1"))
        uses: Sequence[ElementUse] = ()
        if tables.has_segment(self._release, name):
            uses = tables.segment_table(self._release, name).elements
        elif len(name) > 3:  # no name at all, but text behind a terminator that should not be there
            parts[0] = _in_place(parts[0], partial(self._replace, "segment names", self._release, ""))
        for at in range(1, len(parts)):
            if parts[at]:
                use = uses[at - 1] if at <= len(uses) else None
                parts[at] = self._valued(designator(name, at), use, parts[at])
        return self._element.join(parts) + raw[len(body) :]

    def _valued(self, place: str, use: ElementUse | None, raw: bytes) -> bytes:
        if use is None:
            return _in_place(raw, partial(self._replace, place, self._release, ""))
        if not use.components:
            repeats = self._repetition if use.repetitions != 1 else None
            return _in_place(raw, lambda text: self._simple(place, use.number, text, repeats))
        return _in_place(raw, lambda text: self._composite(place, use, text))

    def _simple(self, place: str, number: str, text: str, mark: str | None) -> str:
        pieces = text.split(mark) if mark else [text]
        return (mark or "").join(self._replace(place, self._release, number, piece) for piece in pieces)

    def _composite(self, place: str, use: ElementUse, text: str) -> str:
        mark = self._repetition if use.repetitions != 1 else None
        whole = []
        for occurrence in text.split(mark) if mark else [text]:
            parts = occurrence.split(self._component)
            for index, part in enumerate(parts):
                number = use.components[index].number if index < len(use.components) else ""
                parts[index] = self._replace(f"{place}-{index + 1}", self._release, number, part) if part else ""
            whole.append(self._component.join(parts))
        return (mark or "").join(whole)


def _in_place(raw: bytes, change: Callable[[str], str]) -> bytes:
    """The value changed, in the encoding it has, with the line wraps that fell into it where they were."""
    wraps = [(match.start(), match[0]) for match in _WRAPS.finditer(raw)]
    bare = _WRAPS.sub(b"", raw) if wraps else raw
    try:
        text, encoding = bare.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = bare.decode("latin-1"), "latin-1"
    changed = change(text)
    encoded = changed.encode(encoding) if changed != text else bare
    for at, wrap in wraps:
        encoded = encoded[:at] + wrap + encoded[at:]
    return encoded
