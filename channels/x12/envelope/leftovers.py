"""What no interchange of a file holds: padding, which is counted, and remnants, which are reported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from mmap import mmap

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope.sniff import sniff

PREVIEW = 60
"""Bytes of a remnant that a finding shows."""

_BLANK = re.compile(rb"[\r\n\t \x00\x1a]*")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Remnant:
    """Bytes that belong to no interchange: what precedes, separates or follows them, or a cut tail."""

    offset: int
    length: int
    code: str
    preview: str


def envelope_finding(
    code: str, severity: Severity, locator: str, message: str, value: str = "", fix: str | None = None
) -> Finding:
    """A finding about envelopes or about what stands around them; an empty ``value`` is none."""
    return Finding(code=code, severity=severity, locator=locator, message=message, value=value or None, fix=fix)


class Leftovers:
    """What no interchange holds: padding, which is counted, and remnants, which are reported."""

    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.padding = 0
        self.remnants: list[Remnant] = []
        self.findings: list[Finding] = []

    def gap(self, start: int, end: int, cut: bool = False) -> None:
        """The bytes before, between or behind interchanges; ``cut``: behind one that ends too early."""
        if start == end:
            return
        if start == 0 and end and self.data[:3] == _BOM:
            self.findings.append(
                envelope_finding("X12-BOM", Severity.INFO, "", "the file starts with a byte order mark")
            )
            self.padding += 3
            start = 3
        blank = _BLANK.match(self.data, start, end)
        bare = blank.end() if blank else start
        self.padding += bare - start
        if bare == end:
            if start == 0 and end:
                text = "blanks or line ends stand before the first segment"
                self.findings.append(envelope_finding("X12-LEADING-BLANKS", Severity.INFO, "", text))
            return
        self._remnant(bare, end, *self._reason(bare, cut))

    def _reason(self, start: int, cut: bool) -> tuple[str, str]:
        if cut:
            return "X12-CUT-SEGMENT", "the last segment is cut off"
        if self.data[start : start + 3] == b"ISA":
            return "X12-CUT-HEADER", "an interchange is cut off inside its header ISA, or its header cannot be read"
        return "X12-REMNANT", "bytes that belong to no interchange"

    def all(self, size: int) -> None:
        """The whole file, when no interchange was found in it."""
        blank = _BLANK.match(self.data, 0, size)
        if blank is not None and blank.end() == size:
            self.padding += size
            text = "the file is empty" if not size else "the file holds nothing but blanks"
            self.findings.append(envelope_finding("X12-EMPTY", Severity.ERROR, "", text, fix="Send the file again."))
            return
        start = blank.end() if blank is not None else 0
        if self.data[start : start + 3] == b"ISA":
            self.gap(0, size)
        else:
            kind = sniff(self.data[:512])
            self._remnant(0, size, "X12-NOT-X12", f"the file is not X12: it looks like {kind}")

    def _remnant(self, start: int, end: int, code: str, text: str) -> None:
        preview = clip(self.data[start : min(end, start + PREVIEW)].decode("latin-1"))
        self.remnants.append(Remnant(start, end - start, code, preview))
        severity = Severity.WARNING if code == "X12-REMNANT" else Severity.ERROR
        message = f"{text} ({end - start} bytes at byte {start})"
        self.findings.append(envelope_finding(code, severity, f"@{start}", message, preview))
