"""X12: envelopes are scanned, each transaction set is judged and then translated."""

from __future__ import annotations

from hashlib import sha256
from mmap import mmap

from channels.x12.envelope import scan as scan_envelopes
from hub.pipeline.forms.scanned import Interchanges, Sought
from hub.pipeline.judge import judge
from hub.pipeline.piece import Piece
from hub.pipeline.translate import translate


def scan(body: bytes | mmap, sought: Sought) -> Interchanges:
    found = scan_envelopes(body)
    with memoryview(body) as view:
        digests = [sha256(view[i.offset : i.offset + i.length]).hexdigest() for i in found.interchanges]
    return Interchanges(found, tuple(digests))


def read(piece: Piece, body: bytes | mmap) -> None:
    judge(piece, body)
    translate(piece)
