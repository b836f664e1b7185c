"""What each media type of a file may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.channel import Codec

_ANY, _MAPPED = (Codec.X12, Codec.FILES, Codec.JSON), (Codec.FILES,)

FORMS: Mapping[str, Sequence[Codec]] = {
    "application/edi-x12": (Codec.X12,),
    "application/json": (Codec.JSON, Codec.FILES),
    "application/octet-stream": _ANY,
    "application/vnd.ms-excel": _MAPPED,
    "application/vnd.oasis.opendocument.spreadsheet": _MAPPED,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _MAPPED,
    "application/xml": _MAPPED,
    "text/csv": _MAPPED,
    "text/plain": _ANY,
    "text/tab-separated-values": _MAPPED,
    "text/xml": _MAPPED,
}
"""It is taken by the first of these forms for which the sender has a door."""
