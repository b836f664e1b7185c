"""How well each column fits each field: by its name, by its values, by arithmetic, by what is known of the partner.

Every judgement keeps its reasons in words, for the person who confirms it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import cache

from channels.files.suggesting.field_names import STATUSES, UNITS
from channels.files.suggesting.meanings import likeness, plain
from channels.files.suggesting.observed import Column
from channels.files.suggesting.outline import Target

LEAST = 0.45
"""A field is read from nothing that fits worse."""

ARITHMETIC_SHARE = 0.9
_CENT = Decimal("0.011")


@dataclass(frozen=True)
class Known:
    """What is known of the partner from its orders. Nothing known is nothing said."""

    purchase_orders: frozenset[str] = frozenset()
    buyer_items: frozenset[str] = frozenset()
    vendor_items: frozenset[str] = frozenset()

    def of(self, path: str) -> frozenset[str]:
        if path.endswith("purchase_order_number"):
            return self.purchase_orders
        if path == "identifiers[buyer_item_number].value":
            return self.buyer_items
        return self.vendor_items if path == "identifiers[vendor_item_number].value" else frozenset()


@dataclass(slots=True)
class Fit:
    """How well, 0 to 1, and why. ``lift`` is what it is worth more to have it so, which makes nothing surer."""

    worth: float
    reasons: list[str] = field(default_factory=list)
    lift: float = 0.0


@dataclass(frozen=True)
class Sums:
    """Columns of which the sample shows that quantity times price is the amount; by their index."""

    quantity: int
    price: int
    amount: int


def fit(target: Target, column: Column, known: Known, named: bool) -> Fit:
    """By name and values alone. ``named``: the columns have names."""
    name, phrase = _by_name(target, column)
    factor, said = by_values(target, column)
    reasons = [f'its name says "{" ".join(sorted(phrase))}"'] if name >= LEAST else []
    if said:
        reasons.append(said)
    worth = name * factor
    own = known.of(target.path)
    if own and column.filled and (share := column.share(own.__contains__)) >= 0.5:
        return Fit(
            0.98 if worth >= LEAST else 0.9, [*reasons, f"{share:.0%} of its values are in the partner's orders"]
        )
    if factor and (floor := _by_kind(target, column, named)) > worth:
        worth = floor
    return Fit(worth, reasons)


def _by_name(target: Target, column: Column) -> tuple[float, frozenset[str]]:
    best, phrase = 0.0, frozenset[str]()
    for concepts, weight in target.phrases:
        if not column.said.keys() & concepts:
            continue
        alike = likeness(column.said, concepts) * weight
        own = [word for word, near in column.said.items() if near == 1.0]
        if not concepts & KINDS.intersection(own) and any(_is_of_another_kind(w, concepts, target) for w in own):
            alike *= 0.6
        if alike > best:
            best, phrase = alike, concepts
    return best, phrase


def _is_of_another_kind(word: str, phrase: frozenset[str], target: Target) -> bool:
    """Whether a word of a name says that the values are of a kind that the field's are not."""
    if word in phrase or not target.path:
        return False
    if word == "line":
        return target.level == 0 and target.is_identifier
    if word not in KINDS:
        return False
    return target.kind is not date if word == "date" else not (word == "quantity" and "quantit" in target.path)


NUMBERS = ("invoice_number", "shipment_identification", "purchase_order_number", "reference_number")
"""Fields that tell documents apart."""

KINDS = frozenset({"date", "quantity", "price", "amount", "percent", "weight", "currency"})
"""Concepts that say of which kind values are."""


def _by_kind(target: Target, column: Column, named: bool) -> float:
    """What values alone say, whatever the name."""
    if column.looks.startswith("gtin") and target.path == f"identifiers[{column.looks}].value":
        return 0.72
    if column.looks == "sscc" and target.path == "marks[sscc].value":
        return 0.7 + (0.02 if target.level > 3 else 0)
    if column.looks == "currency" and target.path == "currency.code":
        return 0.7
    if not named and target.is_required and column.looks == "date" and target.kind is date:
        return 0.5
    return 0.0


def by_values(target: Target, column: Column) -> tuple[float, str]:
    """How far the values let it be the field, 0 to 1, and what they show."""
    looks = column.looks
    if looks == "blank":
        return (0.6, "it has no values in the sample") if target.path else (1.0, "")
    if target.path == "":
        return 1.0, ""
    if target.words is not None:
        return (1.0, "its values are words for it") if lookup_of(target, column) is not None else (0.0, "")
    if target.kind is Decimal or target.kind is int:
        if not column.is_number or looks.startswith(("gtin", "sscc")) or (target.kind is int and not column.is_whole):
            return 0.0, ""
        if "quantity" in target.path and is_running_number(column):
            return 0.2, "its values are rather numbers of something than quantities"
        return (0.8, "numbers") if "date" in looks else (1.0, "its values are numbers")
    if target.kind is date:
        return (1.0, "its values are dates") if column.date_styles else (0.0, "")
    if target.kind is time:
        return (1.0, "its values are times") if column.is_time else (0.0, "")
    return _of_texts(target, column)


def is_running_number(column: Column) -> bool:
    """Whether its numbers are so long, all alike, that they name something."""
    lengths = {len(text) for text in column.filled}
    return column.is_whole and len(lengths) == 1 and lengths.pop() >= 7 and not column.marks


def _of_texts(target: Target, column: Column) -> tuple[float, str]:
    looks, path = column.looks, target.path
    if "[gtin_" in path:
        exact = path == f"identifiers[{looks}].value"
        return (1.0, "its values have GTINs' check digits") if exact else (0.0, "")
    if path == "marks[sscc].value":
        return (1.0, "its values are SSCCs") if looks == "sscc" else (0.6 if column.long >= 8 else 0.0, "")
    if path == "currency.code":
        return (1.0, "its values are currencies") if looks == "currency" else (0.0, "")
    if path.endswith("line_number"):
        return (1.0, "its values are whole numbers") if column.is_whole else (0.3, "")
    if path.endswith("unit_of_measure"):
        known = column.share(lambda text: unit_of(text) is not None)
        fits = known >= 0.5 or (column.long <= 6 and column.distinct <= 12 and not column.date_styles)
        return (1.0 if known >= 0.5 else 0.8, "its values are units") if fits and column.letters else (0.0, "")
    if path.endswith((".code", "_code", ".qualifier")):
        return (1.0, "") if column.long <= 4 else (0.3, "")
    if path.endswith((".name", ".text", "description", ".city")):
        return (1.0 if column.letters >= 0.3 else 0.3), ""
    if looks == "date" and column.long != 8:
        return 0.2, ""
    if path in NUMBERS and column.share(lambda text: any(map(str.isdigit, text))) < 0.5:
        is_word = column.share(lambda text: not text.isupper()) >= 0.5
        return (0.4 if is_word else 0.75), "it has no digits, as numbers have"
    if path.startswith("identifiers[") and not any(c.isdigit() for text in column.filled for c in text):
        return 0.85, ""
    if target.is_identifier and (column.marks or (column.letters > 0.5 and column.long > 25)):
        return 0.5, ""
    return 1.0, ""


def unit_of(text: str) -> str | None:
    """Our code for a supplier's word of a unit."""
    return _units().get(plain(text).rstrip("."))


@cache
def _units() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, words in UNITS.items():
        for word in (code, *words.split()):
            found.setdefault(plain(word), code)
    return found


def lookup_of(target: Target, column: Column) -> dict[str, str] | None:
    """The supplier's words and ours, where all of them are known, of an answer's most; empty where they are ours
    already."""
    assert target.words is not None
    ours = {str(word) for word in target.words} | set(target.words.by_code())
    found: dict[str, str] = {}
    unknown = 0
    for text in sorted(set(column.filled)):
        if text in ours:
            continue
        if (word := plain(text).replace(" ", "_")) in ours:
            found[text] = word
            continue
        if target.path != "status":
            return None
        answer = next((own for own, words in STATUSES.items() if plain(text) in map(plain, words.split())), None)
        if answer is not None:
            found[text] = answer
        else:
            unknown += 1
    return found if unknown * 2 <= len(set(column.filled)) else None


def sums_of(columns: Sequence[Column], style: str) -> Sums | None:
    """Three columns of the lines of which two multiply to the third on nearly every record."""
    numeric = [i for i, column in enumerate(columns) if column.inner and column.is_number and column.looks == "number"]
    values = {i: columns[i].numbers(style) for i in numeric[:14]}
    for first, second, third in _triples(values):
        rows = [row for row in zip(values[first], values[second], values[third], strict=True) if all(row)]
        if len({row[2] for row in rows}) < 2 or all(row[0] == 1 for row in rows) or all(row[1] == 1 for row in rows):
            continue
        if len(rows) >= ARITHMETIC_SHARE * len(values[first]) and _multiply(rows):
            whole = columns[first].is_whole and not columns[second].is_whole
            other = columns[second].is_whole and not columns[first].is_whole
            quantity, price = (second, first) if other and not whole else (first, second)
            return Sums(quantity, price, third)
    return None


def _triples(values: Mapping[int, object]) -> Iterator[tuple[int, int, int]]:
    for first in values:
        for second in values:
            for third in values:
                if first < second and third not in (first, second):
                    yield first, second, third


def _multiply(rows: Sequence[tuple[Decimal | None, Decimal | None, Decimal | None]]) -> bool:
    right = sum(abs((a or 0) * (b or 0) - (c or 0)) <= _CENT for a, b, c in rows)  # type: ignore[operator]
    return right >= ARITHMETIC_SHARE * len(rows)


def is_ambiguous(columns: Sequence[Column], sums: Sums) -> bool:
    """Whether arithmetic cannot tell quantity from price: both are whole numbers, or neither is."""
    return columns[sums.quantity].is_whole == columns[sums.price].is_whole
