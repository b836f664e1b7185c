"""What a file is that is not X12: the name a person would give it, for the finding that refuses it."""

from __future__ import annotations

_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"-----BEGIN", "a PEM key or certificate"),
)
_TEXT_STARTS = (
    ("<!doctype html", "an HTML page"),
    ("<html", "an HTML page"),
    ("<", "an XML document"),
    ("una", "an EDIFACT interchange"),
    ("unb", "an EDIFACT interchange"),
    ("stx=", "a TRADACOMS transmission"),
    ("edi_dc40", "an SAP IDoc"),
    ("{", "a JSON document"),
    ("[", "a JSON document"),
    ("isa", "X12 in lower case or without its header's shape"),
    ("gs", "X12 without an interchange header"),
    ("st", "X12 without an interchange header"),
    ("content-type:", "a MIME message"),
    ("mime-version:", "a MIME message"),
    ("message-id:", "a MIME message"),
)


def sniff(start: bytes) -> str:
    """Names the kind of a file from its first bytes (a few hundred are enough)."""
    for mark, kind in _STARTS:
        if start.startswith(mark):
            return kind
    text = start.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip("\0 \t\r\n").lower()
    for prefix, kind in _TEXT_STARTS:
        # GS and ST are short: only a separator behind them makes them a segment
        if text.startswith(prefix) and not (prefix in ("gs", "st") and text[2:3].isalnum()):
            return kind
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return "text of another kind" if printable >= 0.95 * len(text) else "binary data of an unknown kind"
