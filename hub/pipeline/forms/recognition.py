"""Which form a file is in that nobody has said it of: one that an operator hands over."""

from __future__ import annotations

import re

from canonical.document import DocumentType
from channels.channel import Codec

START = 65_536
"""Bytes at the start that are looked at."""

_X12 = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*ISA", re.IGNORECASE)
_TYPES = "|".join(DocumentType).encode()
_CANONICAL = re.compile(rb'(?:\xef\xbb\xbf)?\s*[\[{].*?"type"\s*:\s*"(?:' + _TYPES + rb')"', re.DOTALL)


def codec_of(start: bytes, *, mapped: bool) -> Codec:
    """By its first bytes. ``mapped``: there are mappings that may read what is neither X12 nor a canonical document;
    without any such a file is told what it lacks to be X12."""
    if _X12.match(start):
        return Codec.X12
    if _CANONICAL.match(start):
        return Codec.JSON
    return Codec.FILES if mapped else Codec.X12
