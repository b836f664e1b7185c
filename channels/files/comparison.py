"""What of a document a file does not carry: the document beside what is read back from the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from canonical.base import CanonicalModel

Difference = tuple[str, Any, Any]
"""JSON pointer, what the document has, what was read back (None: nothing)."""


def differences(document: CanonicalModel, again: CanonicalModel) -> list[Difference]:
    """Every value that is not the same; an object or list that is not there at all is one difference."""
    if document == again:
        return []
    return list(_between(_values(document), _values(again), ""))


def _values(document: CanonicalModel) -> Any:
    return document.model_dump(exclude_defaults=True, exclude_none=True)


def _between(ours: Any, theirs: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in dict.fromkeys([*ours, *theirs]):
            if name not in theirs:
                yield f"{pointer}/{name}", ours[name], None
            elif name not in ours:
                yield f"{pointer}/{name}", None, theirs[name]
            else:
                yield from _between(ours[name], theirs[name], f"{pointer}/{name}")
    elif isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        yield from _between_lists(ours, theirs, pointer)
    elif ours != theirs:
        yield pointer, ours, theirs


def _between_lists(ours: Any, theirs: Any, pointer: str) -> Iterator[Difference]:
    """Entries stand for each other in their order; where some are missing, one that was read stands for the first that
    has all its values."""
    at = 0
    for index, entry in enumerate(ours):
        remaining = len(ours) - index
        if at < len(theirs) and (remaining <= len(theirs) - at or _is_part(theirs[at], entry)):
            yield from _between(entry, theirs[at], f"{pointer}/{index}")
            at += 1
        else:
            yield f"{pointer}/{index}", entry, None
    for extra in theirs[at:]:
        yield pointer, None, extra


def _is_part(part: Any, whole: Any) -> bool:
    """Whether all that ``part`` says stands in ``whole`` too."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and _is_part(value, whole[name]) for name, value in part.items())
    if isinstance(part, (list, tuple)) and isinstance(whole, (list, tuple)):
        return all(any(_is_part(entry, other) for other in whole) for entry in part)
    return bool(part == whole)
