"""Bytes of unknown form made safe to look at."""

from __future__ import annotations


def preview(data: bytes, limit: int = 4_096) -> str:
    """The first bytes as text when they are text, else as a hex dump of offset, bytes and printable characters."""
    head = data[:limit]
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[: error.start].decode("utf-8") if error.start > limit - 4 else ""
    if text and all(character.isprintable() or character in "\r\n\t" for character in text):
        return text + ("\n…" if len(data) > limit else "")
    head = head[:1_024]
    rows = [
        f"{offset:08x}  {head[offset : offset + 16].hex(' '):<47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in head[offset : offset + 16])
        for offset in range(0, len(head), 16)
    ]
    return "\n".join([*rows, "…"] if len(data) > len(head) else rows)
