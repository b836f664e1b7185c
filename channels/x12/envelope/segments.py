"""The segments of one set, read from the stored bytes in blocks: a set of any size is never held whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from mmap import mmap
from typing import NamedTuple

from channels.x12.envelope.model import Separators, SetSpan

BLOCK = 1 << 16
"""Bytes of a set that are decoded and split at a time."""

SEGMENT_SIZE_LIMIT = 1 << 20
"""Bytes of one segment that are read. The longest of the tables has some 8,000; no set with a longer one than this is
accepted."""

_CONTENT = re.compile(rb"[^\r\n\t \0]")
_NAME_WITHIN = 80
"""Bytes in which the name of a segment is looked for that is not read."""


class Block(NamedTuple):
    """Segments in a row, each as its elements with the name first and none empty. Where ``unread`` is not 0, there is
    one only, of so many bytes that nothing but its name is here.

    ``odd`` are the places of those, in their order, that hold anything but printable ASCII or a blank at the end of an
    element. Most documents have none, and what is asked of a value is then quickly answered (``judging.plain``).
    """

    rows: list[list[str]]
    odd: Sequence[int]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class SetSegments:
    """The segments of the set at ``span``, line wraps removed, empty segments left out.

    Text is UTF-8 where it is valid, else Latin-1. Holds one block at a time, or one segment if that is longer. Of one
    beyond SEGMENT_SIZE_LIMIT there is only the name."""

    data: bytes | mmap
    span: SetSpan
    separators: Separators

    def __iter__(self) -> Iterator[list[str]]:
        for block in self.blocks():
            yield from block.rows

    def blocks(self) -> Iterator[Block]:
        data, form = self.data, _form(self.separators)
        start, end = self.span.offset, self.span.offset + self.span.length
        while start < end:
            stop = end
            if end - start > BLOCK:
                cut = data.rfind(form.mark, start, start + BLOCK) + 1 or data.find(form.mark, start + BLOCK, end) + 1
                stop = cut or end
            yield form.block(data[start:stop]) if stop - start <= SEGMENT_SIZE_LIMIT else self._long(start, stop)
            start = stop

    def _long(self, start: int, stop: int) -> Block:
        """One segment, whose length may be in the blanks before it."""
        content = _CONTENT.search(self.data, start, stop)
        start = content.start() if content else stop
        if stop - start <= SEGMENT_SIZE_LIMIT:
            return _form(self.separators).block(self.data[start:stop])
        name = _form(self.separators).block(self.data[start : start + _NAME_WITHIN]).rows[0][0]
        return Block([[name]], (0,), stop - start)


@dataclass(frozen=True, slots=True)
class _Form:
    """What the separators of an interchange say about reading its blocks. ``wraps`` are the line ends that separate
    nothing; ``untidy`` are texts that a plain block does not hold."""

    element: str
    terminator: str
    mark: bytes
    decodes: bool
    wraps: str
    expected: bytes
    blank: str
    untidy: tuple[str, ...]

    def block(self, data: bytes) -> Block:
        text = self._decoded(data)
        for wrap in self.wraps:
            if wrap in text:
                text = text.replace(wrap, "")
        segments = text.split(self.terminator)
        if not data.translate(None, self.expected) and text[:1] > " " and self._tidy(text):
            return Block([s.split(self.element) for s in segments if s], ())
        trimmed = [name for s in segments if (name := s if s[:1] > " " else s.lstrip("\t \0"))]
        odd = [place for place, s in enumerate(trimmed) if s[-1] == " " or self.blank in s or not _printable(s)]
        return Block([s.split(self.element) for s in trimmed], odd)

    def _tidy(self, text: str) -> bool:
        """Whether no blank stands before a separator or before a segment. (Searching from the end is quicker: it looks
        for the first of two characters first, and blanks are rarer than separators.)"""
        return text.endswith(self.terminator) and all(text.rfind(mark) < 0 for mark in self.untidy)

    def _decoded(self, data: bytes) -> str:
        if self.decodes:
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                pass
        return data.decode("latin-1")


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


@lru_cache(256)
def _form(separators: Separators) -> _Form:
    element, terminator = separators.element, separators.segment
    wraps = "".join(wrap for wrap in "\r\n" if wrap not in (element, terminator))
    printable = bytes(range(32, 127))
    return _Form(
        element,
        terminator,
        terminator.encode("latin-1"),
        terminator.isascii() and element.isascii(),
        wraps,
        printable + (wraps + element + terminator).encode("latin-1"),
        f" {element}",
        (f" {element}", f" {terminator}", f"{terminator} "),
    )


def set_segments(data: bytes | mmap, span: SetSpan, separators: Separators) -> SetSegments:
    """The segments of one set of a scanned file."""
    return SetSegments(data, span, separators)
