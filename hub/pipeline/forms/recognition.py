"""Which form a file is in that nobody has said it of, one that an operator hands over or that a supplier drops: told by
its content, since a name may say anything; and what people call it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from canonical.document import DocumentType
from channels.channel import Codec
from partners.profile import TradingPartner

LABELS: dict[Codec, str] = {Codec.X12: "X12", Codec.JSON: "JSON", Codec.FILES: "a file of your own form"}
"""What a form is called before more is known of it."""

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


def form_of(start: bytes, profiles: Iterable[TradingPartner]) -> Codec:
    """The form that a file is read in whose sender is one of these partners."""
    return codec_of(start[:START], mapped=any(profile.reading_by() for profile in profiles))


def label_of(content_type: str) -> str:
    """What people call the form that something is stored in."""
    found = next((codec for codec in Codec if codec.content_type == content_type), None)
    return LABELS[found] if found is not None else content_type
