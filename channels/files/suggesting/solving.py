"""One arrangement of a sample against an outline: which column each field is read from, solved as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from channels.files.suggesting.arrangement import Arrangement
from channels.files.suggesting.assignment import assign
from channels.files.suggesting.observed import Column, styles_of
from channels.files.suggesting.outline import Outline, Target
from channels.files.suggesting.scoring import LEAST, NUMBERS, Fit, Known, Sums, fit, is_ambiguous, sums_of

QUANTITIES = ("quantity.value", "quantity.shipped.value", "quantities[available_for_sale].quantity.value")
PRICES = ("unit_price", "unit_prices.price")

DEEP = 0.005
"""Share of what a place in a tree is worth that each level costs."""

NEED = 0.3
"""What it is worth more to find a field that documents must have."""

GROUPINGS = 3
"""Columns that are tried for the documents' number."""


@dataclass
class Bound:
    """One field with its column; ``confidence`` is 0 to 1."""

    target: Target
    column: Column
    confidence: float
    reasons: list[str]


@dataclass
class Solved:
    """An arrangement with what was found in it. ``worth`` compares arrangements."""

    arrangement: Arrangement
    bound: list[Bound]
    worth: float
    decimals: str | None
    dates: tuple[str, ...]
    doubtful_dates: bool
    sums: Sums | None
    not_read: list[Column] = field(default_factory=list)

    def of(self, level: int, path: str) -> Bound | None:
        return next((one for one in self.bound if one.target.level == level and one.target.path == path), None)

    @property
    def number(self) -> Bound | None:
        """The field by which documents are told apart."""
        return next((one for name in NUMBERS if (one := self.of(0, name))), None)


def solve(arrangement: Arrangement, outline: Outline, known: Known, *, day_first: bool | None) -> Solved:
    """The best assignment of columns to fields, over the columns that the documents' number may stand in."""
    columns = arrangement.columns
    decimals, dates, doubtful = styles_of(columns, day_first=day_first)
    targets = outline.targets
    sums = sums_of(columns, decimals or "point")
    fits = [[_placed(fit(t, c, known, arrangement.is_named), t, c, arrangement) for c in columns] for t in targets]
    if sums is not None:
        _apply_sums(fits, targets, columns, sums, arrangement)
    number = next((i for i, t in enumerate(targets) if t.level == 0 and t.path in NUMBERS), None)
    keys: list[int | None] = [None]
    if arrangement.is_rows and number is not None:
        order = sorted(range(len(columns)), key=lambda j: (-fits[number][j].worth, columns[j].label, j))
        keys = [
            j
            for j in order[:GROUPINGS]
            if fits[number][j].worth >= LEAST and not _is_single(targets[number], columns[j])
        ] or [None]
        if keys == [None]:
            fits[number] = [replace(one, worth=0.0) for one in fits[number]]
            if targets[number].path == "reference_number":  # a feed of stock is one document
                fits = [
                    [
                        replace(one, worth=one.worth * 0.3) if t.level == 0 and c.distinct > 1 else one
                        for one, c in zip(row, columns, strict=True)
                    ]
                    for row, t in zip(fits, targets, strict=True)
                ]
    best: Solved | None = None
    for key in keys:
        adjusted = fits if key is None else _grouped(fits, targets, columns, key, number or 0)
        bound, worth, left = _assigned(targets, columns, adjusted)
        solved = Solved(arrangement, bound, worth, decimals, dates, doubtful, sums, left)
        if arrangement.records is not None and arrangement.is_rows and solved.number is None:
            solved.worth -= NEED  # each line of a tree would be a document
        if best is None or solved.worth > best.worth + 1e-9:
            best = solved
    assert best is not None
    return best


def _placed(found: Fit, target: Target, column: Column, arrangement: Arrangement) -> Fit:
    """Less where the column lies at another level of a tree than the field, or has several values in a record."""
    if column.repeats:
        return replace(found, worth=found.worth * 0.45)
    if arrangement.is_rows or target.path == "":
        return found
    if target.level == 0 and column.inner:
        return replace(found, worth=found.worth * 0.5)
    deep = str(column.place).count("/") + str(column.place).count(".")
    found = replace(found, worth=found.worth * (1 - DEEP * deep))  # of equal ones the nearest to the record
    own = {"line_number", "status"}
    is_line = target.path.startswith(("quantity", "unit_price", "identifiers[", "quantities[")) or target.path in own
    if target.level > 0 and is_line and not column.inner:
        return replace(found, worth=0.0)
    return found


def _is_single(number: Target, column: Column) -> bool:
    """Whether a column that says the number of a feed of stock has another on most rows: it is the items' own."""
    return number.path == "reference_number" and column.distinct * 2 > len(column.filled)


def _grouped(
    fits: list[list[Fit]], targets: Sequence[Target], columns: Sequence[Column], key: int, number: int
) -> list[list[Fit]]:
    """With documents told apart by the column ``key``: what is said once of a document must be the same on all of its
    rows, and what is a line's own is seldom so."""
    groups = columns[key].texts
    several = Counter(text for text in groups if text)
    shared = {text for text, count in several.items() if count > 1}
    found = [list(row) for row in fits]
    for j, column in enumerate(columns):
        steady = _is_steady(column, groups, shared)
        for i, target in enumerate(targets):
            one = found[i][j]
            if i == number:
                found[i][j] = replace(one, lift=0.5) if j == key else replace(one, worth=0.0)
            elif j == key and one.worth:
                found[i][j] = replace(one, worth=one.worth * 0.5)
            elif target.level == 0 and steady is False:
                found[i][j] = replace(one, worth=one.worth * 0.3)
            elif target.level == 0 and steady and one.worth:
                found[i][j] = Fit(
                    min(1.0, one.worth + 0.03), [*one.reasons, "it is the same on all rows of a document"]
                )
            elif target.path.startswith("identifiers[") and steady and len(shared) > 1:
                found[i][j] = replace(one, worth=one.worth * 0.6)
    return found


_STEADY = "it is the same on all rows of a document"


def _is_steady(column: Column, groups: Sequence[str], shared: set[str]) -> bool | None:
    """Whether it has one value in each document; None where no document has several rows."""
    if not shared:
        return None
    seen: dict[str, str] = {}
    for text, group in zip(column.texts, groups, strict=True):
        if group in shared and text and seen.setdefault(group, text) != text:
            return False
    return True


def _apply_sums(
    fits: list[list[Fit]], targets: Sequence[Target], columns: Sequence[Column], sums: Sums, arrangement: Arrangement
) -> None:
    """Quantity times price is the amount: that tells which is which where names do not, and keeps the line's amount
    from being read as anything else."""
    ambiguous = is_ambiguous(columns, sums)
    says = f"{columns[sums.quantity].label} x {columns[sums.price].label} = {columns[sums.amount].label}"
    for i, target in enumerate(targets):
        path = target.path
        is_quantity, is_price = path in QUANTITIES, path in PRICES
        for j, wanted in ((sums.quantity, is_quantity), (sums.price, is_price)):
            swapped = ambiguous and j in (sums.quantity, sums.price) and (is_quantity or is_price)
            if wanted or swapped:
                lift = 0.25 if wanted else 0.15
                worth = max(fits[i][j].worth + lift * (fits[i][j].worth > 0), 0.6 if wanted else 0.0)
                fits[i][j] = Fit(min(1.0, worth), [*fits[i][j].reasons, says])
        one = fits[i][sums.amount]
        if path == "":
            fits[i][sums.amount] = replace(one, worth=max(one.worth, 0.9 if "amount" in target.phrases[0][0] else 0.0))
        elif is_price or is_quantity:
            fits[i][sums.amount] = replace(one, worth=one.worth * 0.3)


def _assigned(
    targets: Sequence[Target], columns: Sequence[Column], fits: Sequence[Sequence[Fit]]
) -> tuple[list[Bound], float, list[Column]]:
    worth = [
        [
            max(0.0, one.worth + one.lift - LEAST + (NEED if target.is_required and one.worth >= LEAST else 0.0))
            for one in row
        ]
        for target, row in zip(targets, fits, strict=True)
    ]
    fitting = [j for j in range(len(columns)) if any(row[j] > 0 for row in worth)]
    order = sorted(fitting, key=lambda j: (columns[j].label, str(columns[j].place)))
    rows = [i for i, row in enumerate(worth) if any(row)]
    chosen = assign([[worth[i][j] for j in order] for i in rows])
    bound: list[Bound] = []
    total = 0.0
    used: set[int] = set()
    given = {i: order[at] for i, at in zip(rows, chosen, strict=True) if at is not None and targets[i].path}
    for i, at in zip(rows, chosen, strict=True):
        if at is None:
            continue
        j = order[at]
        if targets[i].path == "":
            continue
        used.add(j)
        total += worth[i][j] * (2.0 if targets[i].is_required else 1.0)
        bound.append(Bound(targets[i], columns[j], _confidence(i, j, fits, targets, given), fits[i][j].reasons))
    return bound, total, [column for j, column in enumerate(columns) if j not in used]


def _confidence(
    i: int, j: int, fits: Sequence[Sequence[Fit]], targets: Sequence[Target], given: Mapping[int, int]
) -> float:
    """Less where another column would do as well, or the column for another field; unless that field, or that column,
    has found one that does better. ``given`` are the columns of the targets, by their indices."""
    own = min(1.0, fits[i][j].worth)
    holders = {column: target for target, column in given.items()}
    others = [
        fits[i][k].worth
        for k in range(len(fits[i]))
        if k != j and not (k in holders and fits[holders[k]][k].worth > fits[i][k].worth)
    ]
    rivals = [
        fits[k][j].worth
        for k in range(len(targets))
        if k != i and targets[k].path and not (k in given and fits[k][given[k]].worth >= fits[k][j].worth)
    ]
    margin = own - min(own, max([*others, *rivals], default=0.0))
    return round(own * (0.7 + 0.3 * min(1.0, margin / 0.25)), 2)
