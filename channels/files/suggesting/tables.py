"""Rows as columns: the row that has their names is found, also below titles, and rows of little are passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from channels.files.form import FileForm
from channels.files.model.formats import HEADER_ROWS
from channels.files.model.styles import DateText, NumberText
from channels.files.records import unreadable
from channels.files.suggesting.arrangement import Arrangement
from channels.files.suggesting.meanings import meaning
from channels.files.suggesting.observed import DATE_STYLES, LOOKED_AT, Column, all_dates
from channels.files.tables.rows import Row, Rows, folded


def of_rows(rows: Rows, form: FileForm, said: dict[str, object]) -> Arrangement:
    """The one way to look at rows. ``said`` is what the mapping says of the form already. Raises Unreadable."""
    head = rows.head(HEADER_ROWS)
    if not any(any(cells) for _, cells in head):
        raise unreadable("FILE-EMPTY", "The file holds no rows")
    number, names = find_names(head)
    body = [cells for (_, cells), _, _ in islice(rows.rows(number), LOOKED_AT)]
    width = len(names) or max(len(cells) for cells in body)
    body = [cells for cells in body if sum(map(bool, cells)) > max(1, width // 6) or width < 3]
    columns = columns_of(names or [""] * width, body)
    arranged = Arrangement(replace(form, header_row=number), said, columns, is_named=bool(names))
    if not names:
        said["header_row"] = 0
        arranged.notes.append("No row has the columns' names: they are told by their place, which a person must check.")
    elif number > 1:
        arranged.notes.append(f"The columns' names stand in row {number}; what is above is passed over.")
    return arranged


def columns_of(names: Sequence[str], body: Sequence[Sequence[str]]) -> list[Column]:
    """Rows as columns: named, or told by their place where no column has a name."""
    twice = Counter(map(folded, names))
    named = any(names)
    columns = []
    for index, name in enumerate(names):
        if named and (not folded(name) or twice[folded(name)] > 1):
            continue  # it cannot be told by its name
        texts = [cells[index] if index < len(cells) else "" for cells in body]
        place: str | int = name if named else index + 1
        said_of = dict.fromkeys(sorted(meaning(name)), 1.0)
        columns.append(Column(place, name or f"column {index + 1}", said_of, texts, inner=True))
    return columns


def find_names(head: list[Row]) -> tuple[int, list[str]]:
    """The row at the top that has the columns' names, and them; 0 where there is none: it has many texts, each once,
    which are words that we know rather than values, and at least as many cells as the rows below."""
    usual = max((sum(map(bool, cells)) for _, cells in head), default=0)
    best: tuple[float, int, list[str]] = (0.0, 0, [])
    for number, cells in head:
        filled = [cell for cell in cells if cell]
        if len(filled) < 2 or len(filled) < usual * 0.5:
            continue
        wordy = sum(_is_name(cell) for cell in filled) / len(filled)
        known = sum(any(c.islower() for c in meaning(cell)) for cell in filled if _is_name(cell)) / len(filled)
        unique = len({folded(cell) for cell in filled}) / len(filled)
        worth = (wordy + known) * unique * (0.5 + 0.5 * len(filled) / usual)
        if wordy >= 0.75 and unique >= 0.75 and known >= 0.25 and worth > best[0] + 0.05:
            best = (worth, number, cells)
    return best[1], list(best[2])


def _is_name(cell: str) -> bool:
    if type(cell) in (NumberText, DateText) or len(cell) > 60:
        return False
    digits = sum(c.isdigit() for c in cell)
    return (
        any(c.isalpha() for c in cell)
        and digits * 2 <= len(cell)
        and not any(all_dates(style, [cell]) for style in DATE_STYLES)
    )
