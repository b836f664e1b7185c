"""What form a dropped file has, told from its content and never from its name alone: names lie."""

from __future__ import annotations

from channels.channel import Codec

_START = 512
_MARKS = b"\xef\xbb\xbf \t\r\n\0"

LABELS: dict[Codec, str] = {Codec.X12: "X12", Codec.JSON: "JSON"}


def form_of(body: bytes, fallback: Codec) -> Codec:
    """The form that a file is read as. What is recognised as none is read as the channel's own, whose reader says what
    is wrong with it."""
    start = body[:_START].lstrip(_MARKS)
    if start.startswith((b"{", b"[")):
        return Codec.JSON
    return Codec.X12 if start[:3].upper() == b"ISA" else fallback


def label_of(content_type: str) -> str:
    """What people call the form that something is stored in."""
    found = next((codec for codec in Codec if codec.content_type == content_type), None)
    return LABELS.get(found, found.value.upper()) if found is not None else content_type
