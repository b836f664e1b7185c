"""Where in JSON text each document stands: the text itself is one, or it is a list of them.

The text is searched, not read: a file of any length takes the memory of one match. What stands in a span is read, and
refused, as one document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

from canonical.finding import Finding
from hub.submission.refusal import finding

Span = tuple[int, int]
"""Offset and length, in bytes."""

_SPACE = re.compile(rb"[ \t\r\n]*")
_BLANKS = b" \t\r\n"
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
"""A whole text, or a character of structure; a lone quotation mark opens a text that has no end."""


def is_object(start: bytes) -> bool:
    """Whether text that begins so is no list, and so one document."""
    return start[_beginning(start) :].startswith(b"{")


def document_spans(body: bytes | mmap) -> tuple[list[Span], list[Finding]]:
    """The documents of a text, and why it cannot be told what they are: then there are none."""
    start, end = _beginning(body), _end(body)
    if body[start : start + 1] != b"[":
        return [(start, end - start)] if end > start else [], []
    spans: list[Span] = []
    try:
        spans.extend(_elements(body, start + 1, end))
    except ValueError as error:
        return [], [finding("JSON-SYNTAX", "", f"This is no whole JSON list: {error}")]
    return spans, []


def _elements(body: bytes | mmap, start: int, end: int) -> Iterator[Span]:
    """Each element of a list that begins before ``start``. Raises ValueError where the list is none."""
    depth, element = 0, start
    for mark in _MARK.finditer(body, start, end):
        sign = mark[0][:1]
        if len(mark[0]) > 1:
            continue
        if sign == b'"':
            raise ValueError(f"the text that begins at byte {mark.start()} does not end")
        if sign in b"[{":
            depth += 1
        elif depth and sign in b"]}":
            depth -= 1
        elif not depth:
            span = _trimmed(body, element, mark.start())
            if span[1]:
                yield span
            elif sign == b"," or element > start:
                raise ValueError(f"an element is missing at byte {mark.start()}")
            element = mark.end()
            if sign == b"]":
                if element < end:
                    raise ValueError(f"something follows its end at byte {element}")
                return
            if sign == b"}":
                raise ValueError(f"a brace at byte {mark.start()} closes nothing")
    raise ValueError("its end is missing")


def _trimmed(body: bytes | mmap, start: int, end: int) -> Span:
    first = _behind_blanks(body, start)
    return first, len(body[first:end].rstrip(_BLANKS))


def _beginning(body: bytes | mmap) -> int:
    return _behind_blanks(body, 3 if body[:3] == b"\xef\xbb\xbf" else 0)


def _behind_blanks(body: bytes | mmap, start: int) -> int:
    found = _SPACE.match(body, start)
    return found.end() if found else start


def _end(body: bytes | mmap) -> int:
    end = len(body)
    while end and body[end - 1] in _BLANKS:
        end -= 1
    return end
