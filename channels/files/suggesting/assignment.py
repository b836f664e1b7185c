"""The best assignment as a whole: which row gets which column, so that the sum of what they are worth is highest.

The Hungarian method with potentials (Kuhn 1955; shortest augmenting paths as of Jonker and Volgenant 1987), of order
n³; a file has a few hundred columns at most.
"""

from __future__ import annotations

from collections.abc import Sequence

_FAR = float("inf")


def assign(worth: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row its column, or None: each column once, and nothing that is worth nothing. Of equal sums always the
    same one is chosen."""
    if not worth or not worth[0]:
        return [None] * len(worth)
    rows, columns = len(worth), len(worth[0])
    padded = columns + rows  # a row may stay without
    cost = [[-value for value in row] + [0.0] * rows for row in worth]
    holder = _holders(cost, rows, padded)
    found: list[int | None] = [None] * rows
    for column, row in enumerate(holder[1 : columns + 1]):
        if row and worth[row - 1][column] > 0:
            found[row - 1] = column
    return found


def _holders(cost: Sequence[Sequence[float]], rows: int, columns: int) -> list[int]:
    """For each column, from 1, the row that has it; 0 for none."""
    of_row, of_column = [0.0] * (rows + 1), [0.0] * (columns + 1)
    holder, before = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        holder[0], at = row, 0
        least, seen = [_FAR] * (columns + 1), [False] * (columns + 1)
        while holder[at]:
            seen[at] = True
            current, step, following = holder[at], _FAR, 0
            for column in range(1, columns + 1):
                if seen[column]:
                    continue
                reduced = cost[current - 1][column - 1] - of_row[current] - of_column[column]
                if reduced < least[column]:
                    least[column], before[column] = reduced, at
                if least[column] < step:
                    step, following = least[column], column
            for column in range(columns + 1):
                if seen[column]:
                    of_row[holder[column]] += step
                    of_column[column] -= step
                else:
                    least[column] -= step
            at = following
        while at:
            holder[at] = holder[before[at]]
            at = before[at]
    return holder
