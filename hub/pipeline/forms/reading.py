"""How each form is read. Runs in child processes: bytes in, values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mmap import mmap

from channels.channel import Codec
from hub.pipeline.forms import canonical_json, mapped_files, x12
from hub.pipeline.forms.scanned import Scanned, Sought
from hub.pipeline.piece import Piece


@dataclass(frozen=True, slots=True)
class Reader:
    """``scan`` finds the documents of an arrival, ``read`` fills findings, verdict and canonical document of one piece;
    bad data never raises. ``alone`` tells whether an arrival that begins so is one document as it stands: such are not
    scanned."""

    scan: Callable[[bytes | mmap, Sought], Scanned]
    read: Callable[[Piece, bytes | mmap], None]
    alone: Callable[[bytes], bool] = lambda start: False


READERS: Mapping[Codec, Reader] = {
    Codec.X12: Reader(x12.scan, x12.read),
    Codec.JSON: Reader(canonical_json.scan, canonical_json.read, canonical_json.alone),
    Codec.FILES: Reader(mapped_files.scan, mapped_files.read),
}
