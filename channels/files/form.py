"""What a file looks like: which format its bytes are, and, once a mapping reads it, what was detected in it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from mmap import mmap
from typing import Literal, TypeAlias

Body: TypeAlias = bytes | mmap

Kind = Literal["csv", "sheet", "fixed", "xml", "json", "unknown"]

SAMPLE = 65_536
"""Bytes at the start by which a file is known."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """What was detected. What a format does not have is None; ``decimals`` is None too where the file does not show
    it. ``columns`` are the names in the header row, ``root`` is an XML file's outermost element with its namespace.

    ``detail`` says in a few words what the bytes are (``XLSX workbook``) and is fit to be shown.
    """

    kind: Kind
    detail: str = ""
    encoding: str | None = None
    separator: str | None = None
    line_end: str | None = None
    decimals: str | None = None
    header_row: int | None = None
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    root: str | None = None


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; the longer ones stand before those that start like them."""


def byte_order_mark(body: Body) -> tuple[int, str | None]:
    """How many bytes it has, and the encoding that it names."""
    start = bytes(body[:4])
    return next(((len(mark), name) for mark, name in _MARKS if start.startswith(mark)), (0, None))


def detect_encoding(body: Body) -> str:
    """By its mark; else UTF-16 by its zeros; else UTF-8 where all of it is; else Windows-1252, in which the programs
    that still write something else mostly do. A guess by letters' frequency would be right more often and could not be
    foretold, so other encodings are for the profile to name."""
    _, marked = byte_order_mark(body)
    if marked is not None:
        return marked
    start = bytes(body[:2000])
    if start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return "utf-8" if is_utf8(body) else "cp1252"


def is_utf8(body: Body) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), 1 << 20):
            decoder.decode(body[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def detect_separator(sample: str, quote: str = '"') -> str:
    """The candidate that parts most lines into the same number of cells; a comma when none parts any."""
    lines = [line for line in _unquoted(sample, quote).splitlines()[:60] if line.strip()]
    best, most = ",", 0.0
    for candidate in (",", ";", "\t", "|"):
        counts = [line.count(candidate) for line in lines]
        usual = max(set(counts), key=lambda n: (n > 0, counts.count(n), n), default=0)
        if usual:
            score = sum(count == usual for count in counts) * min(usual, 50) ** 0.5
            if score > most:
                best, most = candidate, score
    return best


def _unquoted(sample: str, quote: str) -> str:
    """The sample without what stands in quotes, in which separators are letters."""
    if not quote:
        return sample
    mark = re.escape(quote)
    return re.sub(f"{mark}[^{mark}]*{mark}", "", sample)


def line_end_of(sample: str) -> str:
    """``crlf``, ``lf``, ``cr``, ``mixed``, or ``none``."""
    kinds = {
        name
        for name, pattern in (("crlf", r"\r\n"), ("cr", r"\r(?!\n)"), ("lf", r"(?<!\r)\n"))
        if re.search(pattern, sample)
    }
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "none")
