"""Is a file that lies in a polled place complete? Pure: it is told what each poll saw."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, Self

TEMPORARY_SUFFIXES = (".part", ".tmp", ".filepart")
"""Names of uploads in progress, in any letter case; a leading dot says the same."""

EDGE = 4096
"""Bytes at a file's start and end by which is told whether its writer has finished."""


class Fingerprint(NamedTuple):
    """What tells a file from its replacement and from a longer state of itself, without reading it."""

    inode: int
    """0 where the place tells none."""
    size: int
    modified: int
    """Nanoseconds since 1970."""

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


def is_wanted(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name matches one of the patterns (in lower case) and is not that of an upload in progress."""
    lower = name.lower()
    if lower.startswith(".") or lower.endswith(TEMPORARY_SUFFIXES):
        return False
    return any(fnmatchcase(lower, pattern) for pattern in patterns)


class Stability:
    """Calls a file complete when two polls in a row saw it unchanged: its writer has most likely finished.

    A writer that pauses longer than the time between polls defeats this; such partners upload under a temporary name
    (``.part``, ``.tmp``, ``.filepart`` or a leading dot) and rename.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        """``seconds`` must lie between the first poll that saw the file so and the one that calls it complete."""
        self._seconds = seconds
        self._seen: Mapping[str, tuple[Fingerprint, float]] = {}

    def complete(self, listing: Mapping[str, Fingerprint]) -> list[str]:
        """The names unchanged since the previous poll, oldest file first. ``listing`` is the whole folder; what is not
        in it is forgotten."""
        now, seen = time.monotonic(), self._seen
        unchanged = {name for name, fingerprint in listing.items() if name in seen and seen[name][0] == fingerprint}
        self._seen = {
            name: (fingerprint, seen[name][1] if name in unchanged else now) for name, fingerprint in listing.items()
        }
        settled = [name for name in unchanged if now - self._seen[name][1] >= self._seconds]
        return oldest_first(settled, listing)


def oldest_first(names: Sequence[str], listing: Mapping[str, Fingerprint]) -> list[str]:
    return sorted(names, key=lambda name: (listing[name].modified, name))


class Unfinished:
    """Leaves files that do not look whole to their writers for a while."""

    def __init__(self, whole: Callable[[bytes, bytes], bool], patience: float) -> None:
        """``whole`` tells from the first and last ``EDGE`` bytes whether a file looks complete; one that does not is
        left to its writer until it has been unchanged for ``patience`` seconds."""
        self._whole = whole
        self._patience = patience
        self._since: dict[str, tuple[Fingerprint, float]] = {}

    def may_go_on(self, name: str, fingerprint: Fingerprint, start: bytes, end: bytes) -> bool:
        """Whether the file's writer may still have something to add."""
        if self._whole(start, end):
            return False
        known, since = self._since.get(name, (None, 0.0))
        if known != fingerprint:
            since = time.monotonic()
            self._since[name] = (fingerprint, since)
        return time.monotonic() - since < self._patience

    def forget_others(self, listing: Mapping[str, Fingerprint]) -> None:
        """Forgets what is not, or no longer so, in the listing."""
        self._since = {name: seen for name, seen in self._since.items() if listing.get(name) == seen[0]}
