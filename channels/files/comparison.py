"""What of a document a file does not carry: the document beside what is read back from the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from canonical.base import CanonicalModel, CodedEnum

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
    """Entries stand for each other: those that are equal, then one that was read for the first that has all its values,
    then those of the same sort, then any. In what order a list's entries stand a file that names each does not say."""
    left = dict(enumerate(theirs))
    pairs: dict[int, int] = {}
    for alike in (_are_equal, _is_part_of, _is_same_sort, _is_anything):
        for index, entry in enumerate(ours):
            if index not in pairs:
                near = sorted(left, key=lambda other, index=index: abs(other - index))  # type: ignore[misc]
                found = next((other for other in near if alike(entry, left[other])), None)
                if found is not None:
                    pairs[index] = found
                    del left[found]
    for index, entry in enumerate(ours):
        if index in pairs:
            yield from _between(entry, theirs[pairs[index]], f"{pointer}/{index}")
        else:
            yield f"{pointer}/{index}", entry, None
    for extra in left.values():
        yield pointer, None, extra


def _are_equal(ours: Any, theirs: Any) -> bool:
    return bool(ours == theirs)


def _is_part_of(ours: Any, theirs: Any) -> bool:
    return _is_part(theirs, ours)


def _is_same_sort(ours: Any, theirs: Any) -> bool:
    """Whether both have the same words (``role: ship_to``), or none."""
    return not isinstance(ours, dict) or not isinstance(theirs, dict) or _words(ours) == _words(theirs)


def _is_anything(ours: Any, theirs: Any) -> bool:
    return True


def _words(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if isinstance(value, CodedEnum)}


def _is_part(part: Any, whole: Any) -> bool:
    """Whether all that ``part`` says stands in ``whole`` too."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and _is_part(value, whole[name]) for name, value in part.items())
    if isinstance(part, (list, tuple)) and isinstance(whole, (list, tuple)):
        return all(any(_is_part(entry, other) for other in whole) for entry in part)
    return bool(part == whole)
