"""Is a file in a watched folder complete? Pure: it is told what each poll saw."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, Self


class Fingerprint(NamedTuple):
    """What tells a file from its replacement and from a longer state of itself, without reading it."""

    inode: int
    size: int
    modified: int
    """Nanoseconds since 1970."""

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class Stability:
    """Calls a file complete when two polls in a row saw it unchanged: its writer has most likely finished.

    A writer that pauses longer than the time between polls defeats this; such partners upload under a temporary name
    (``.part``, ``.tmp``, ``.filepart`` or a leading dot) and rename.
    """

    def __init__(self) -> None:
        self._seen: Mapping[str, Fingerprint] = {}

    def complete(self, listing: Mapping[str, Fingerprint]) -> list[str]:
        """The names unchanged since the previous poll, oldest file first. ``listing`` is the whole folder; what is not
        in it is forgotten."""
        seen, self._seen = self._seen, dict(listing)
        unchanged = [name for name, fingerprint in listing.items() if seen.get(name) == fingerprint]
        return sorted(unchanged, key=lambda name: (listing[name].modified, name))
