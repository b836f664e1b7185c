"""Lines of fixed width: where their columns begin and end, told from the blanks that all lines have at one place.

What stands without any blank between is one column: nothing in the text tells where it would have to be cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

from channels.files.form import SAMPLE, Body, byte_order_mark, detect_encoding
from channels.files.model.formats import FixedColumn, FixedFormat
from channels.files.suggesting.arrangement import Arrangement
from channels.files.suggesting.observed import LOOKED_AT
from channels.files.suggesting.tables import columns_of, find_names
from channels.files.tables.fixed_width import FixedRows

TITLES = 6
"""Lines at the top that may be no rows."""

LONGEST = 400
"""Letters of a line; longer ones are no columns that somebody has laid out."""

Span = tuple[int, int]


def of_lines(body: Body) -> Arrangement | None:
    """The one way to look at lines as columns; None where they have none."""
    mark, _ = byte_order_mark(body)
    encoding = detect_encoding(body)
    lines = bytes(body[mark : mark + SAMPLE]).decode(encoding, "replace").splitlines()[:LOOKED_AT]
    lines = [line.rstrip() for line in lines]
    if len(lines) < 3 or max(map(len, lines)) > LONGEST or any("\t" in line for line in lines):
        return None
    named, top, spans = max(_ways(lines), key=lambda way: (way[0], len(way[2]), -way[1]))
    if len(spans) < 3:
        return None
    names = _names(_cut(lines[top], spans) if named else [""] * len(spans))
    placed = [
        {"name": name, "start": start + 1, "length": end - start}
        for name, (start, end) in zip(names, spans, strict=True)
    ]
    format = FixedFormat(kind="fixed", columns=tuple(map(FixedColumn.model_validate, placed)), header_rows=top + named)
    rows = FixedRows(body, format)
    cells = [cells for (_, cells), _, _ in islice(rows.rows(format.header_rows), LOOKED_AT)]
    said: dict[str, object] = {"kind": "fixed", "columns": placed, "header_rows": format.header_rows}
    if rows.form.encoding not in (None, "utf-8"):
        said["encoding"] = "windows-1252" if rows.form.encoding == "cp1252" else rows.form.encoding
    arranged = Arrangement(rows.form, said, columns_of(names, cells), is_named=named)
    if not named:
        arranged.notes.append(
            "No line has the columns' names: they are told by their place, which a person must check."
        )
    arranged.notes.append(
        "Where columns begin and end is told from the blanks between: check it against longer values."
    )
    return arranged


def _ways(lines: Sequence[str]) -> list[tuple[bool, int, list[Span]]]:
    """For each line that may be the first, whether it has names, its number from 0, and the columns there would be."""
    found = []
    for top in range(min(TITLES, len(lines) - 2)):
        if lines[top]:
            body = [line for line in lines[top:] if line]
            spans = _columns(body)
            named = find_names([(n, _cut(line, spans)) for n, line in enumerate(body[:TITLES], 1)])[0] == 1
            found.append((named, top, spans))
    return found or [(False, 0, [])]


def _columns(lines: Sequence[str]) -> list[Span]:
    """Where the columns are, each with the blanks that belong to it. The first line may have the columns' names: where
    only it has a word, one blank before the next, that is a word of the same name."""
    width = max(map(len, lines))
    below = _filled(lines[1:], width)
    found = _stretches(_filled(lines, width))
    inner: list[Span] = []
    at = 0
    while at < len(found):
        start, end = found[at]
        while (
            at + 1 < len(found) and found[at + 1][0] - end == 1 and _is_one(lines, below, (start, end), found, at + 1)
        ):
            at += 1
            end = found[at][1]
        inner.append((start, end))
        at += 1
    cuts = [_cut_between(lines, left, right) for left, right in pairwise(inner)]
    return list(zip([0, *cuts], [*cuts, width], strict=True)) if inner else []


def _is_one(lines: Sequence[str], below: Sequence[bool], left: Span, found: Sequence[Span], at: int) -> bool:
    """Whether a stretch goes on one that stands one blank before: where only names are in one of them, and it does not
    rather belong to the numbers behind it."""
    right = found[at]
    if right[0] - left[1] > 1:
        return False
    if not any(below[slice(*left)]):
        return True
    if any(below[slice(*right)]):
        return False
    if at + 1 == len(found) or found[at + 1][0] - right[1] > 1 or not any(below[slice(*found[at + 1])]):
        return True
    return not _is_drawn_right(lines[1:], found[at + 1])


def _is_drawn_right(lines: Sequence[str], span: Span) -> bool:
    """Whether values stand at the right side of their column."""
    values = [line[span[0] : span[1]] for line in lines if line[span[0] : span[1]].strip()]
    return all(len(value) == span[1] - span[0] and value[-1:] != " " for value in values)


def _filled(lines: Sequence[str], width: int) -> list[bool]:
    """For each place, whether some line has a letter there."""
    filled = [False] * width
    for line in lines:
        for at, letter in enumerate(line):
            filled[at] = filled[at] or letter != " "
    return filled


def _stretches(filled: Sequence[bool]) -> list[Span]:
    found: list[Span] = []
    start = None
    for at, is_filled in enumerate([*filled, False]):
        if is_filled and start is None:
            start = at
        elif not is_filled and start is not None:
            found.append((start, at))
            start = None
    return found


def _cut_between(lines: Sequence[str], left: Span, right: Span) -> int:
    """Where one column ends and the next begins: at the side to which values are drawn."""
    to_left = sum(line[right[0] : right[0] + 1].strip() != "" for line in lines)
    to_right = sum(line[left[1] - 1 : left[1]].strip() != "" for line in lines)
    return right[0] if to_left >= to_right else left[1]


def _cut(line: str, spans: Sequence[Span]) -> list[str]:
    return [line[start:end].strip() for start, end in spans]


def _names(cells: Sequence[str]) -> list[str]:
    """A name for each column, no two alike."""
    found: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = cell or f"column {place}"
        found.append(name if name not in found else f"{name} {place}")
    return found
