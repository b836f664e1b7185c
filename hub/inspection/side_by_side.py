"""Two texts beside each other, line by line: what changed, with a little of what did not around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

CONTEXT = 2
"""Unchanged lines that are shown before and behind a change."""


@dataclass(frozen=True, slots=True)
class Row:
    """``kind`` is same, changed, removed, added or skipped; of a skipped row ``left`` says how many lines there are."""

    kind: str
    left: str = ""
    right: str = ""


def side_by_side(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """The rows of the difference; none when both are the same."""
    if list(old) == list(new):
        return []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [row for at in matcher.get_opcodes() for row in _rows(at, old, new)]


def _rows(at: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    tag, a, b, c, d = at
    if tag == "equal":
        yield from _unchanged(old[a:b], first=a == 0, last=b == len(old) and d == len(new))
        return
    for left, right in zip_longest(old[a:b], new[c:d]):
        if left is None or right is None:
            yield Row("added", right=right) if left is None else Row("removed", left)
        else:
            yield Row("changed", left, right)


def _unchanged(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Row]:
    head, tail = 0 if first else CONTEXT, 0 if last else CONTEXT
    skipped = len(lines) - head - tail
    if skipped <= 1:
        yield from (Row("same", line, line) for line in lines)
        return
    yield from (Row("same", line, line) for line in lines[:head])
    yield Row("skipped", f"{skipped} unchanged lines")
    yield from (Row("same", line, line) for line in lines[len(lines) - tail :])
