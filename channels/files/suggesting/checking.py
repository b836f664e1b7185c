"""Whether what was found means what it should: the values of fields are held against each other and against what is
known, and a field whose values do not bear it out is less sure, with the reason.

Names say what a column is called; dates in their order, sums, check digits and order numbers say what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from canonical.identifier import has_valid_check_digit
from channels.files.model.styles import Unclear, date_reader
from channels.files.suggesting.observed import Column
from channels.files.suggesting.scoring import Known
from channels.files.suggesting.solving import PRICES, QUANTITIES, Bound, Solved

WEAK = 0.35
"""A field that documents need not have is not read from what is less sure."""

CODED_WEAK = 0.6
"""The same for codes that say what another value is: a wrong one is worse than none."""

YEARS = range(1990, 2061)

ORDERS = (
    ("order_date", "invoice_date"),
    ("purchase_order_date", "invoice_date"),
    ("order_date", "acknowledgment_date"),
    ("order_date", "dates[requested_delivery].date"),
    ("invoice_date", "payment_terms.net_due_date"),
    ("dates[shipped].date", "dates[estimated_delivery].date"),
    ("purchase_order.date", "dates[shipped].date"),
    ("acknowledgment_date", "acknowledgments.date"),
)
"""Fields of which the first day does not lie behind the second."""

AT_MOST = (
    ("quantity.shipped.value", "quantity.ordered.value"),
    ("acknowledgments.quantity.value", "quantity.value"),
)
"""Quantities of which the first is not more than the second."""

MOSTLY = 0.8
"""Share of records on which a rule must hold that holds in business, with exceptions."""

Verdict = tuple[str, float, str]
"""A field's path, how much less sure (or, above 1, surer) it is, and why."""


def checked(solved: Solved, known: Known) -> Solved:
    """The same with each confidence as the values bear it out, and without what is too weak to be read."""
    seen = _Seen(solved)
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for check in CHECKS:
        for verdict in check(seen, known):
            verdicts[verdict[0]].append(verdict)
    bound = [_judged(one, verdicts[seen.path(one)]) for one in solved.bound]
    kept = [one for one in bound if one.target.is_required or one.confidence >= _least(one)]
    dropped = [one.column for one in bound if not any(one is other for other in kept)]
    return replace(solved, bound=kept, not_read=[*solved.not_read, *dropped])


def _least(one: Bound) -> float:
    return CODED_WEAK if one.target.path.endswith(("qualifier", "_code", "_basis")) else WEAK


def _judged(one: Bound, verdicts: Sequence[Verdict]) -> Bound:
    confidence, reasons = one.confidence, list(one.reasons)
    for _, factor, why in verdicts:
        confidence = confidence * factor if factor <= 1 else confidence + (1 - confidence) * (factor - 1)
        reasons.append(why)
    return replace(one, confidence=round(min(1.0, confidence), 2), reasons=reasons)


class _Seen:
    """The values of fields, record by record."""

    def __init__(self, solved: Solved) -> None:
        self.solved = solved
        self.bound = {self.path(one): one for one in solved.bound}

    @staticmethod
    def path(one: Bound) -> str:
        """As ``ORDERS`` and the like have it: of an answer to a line with that before it."""
        is_answer = one.target.level == 2 and one.target.path in ("quantity.value", "date")
        return f"acknowledgments.{one.target.path}" if is_answer else one.target.path

    def numbers(self, path: str) -> list[Decimal | None]:
        return self.column(path).numbers(self.solved.decimals or "point") if path in self.bound else []

    def column(self, path: str) -> Column:
        return self.bound[path].column

    def dates(self, path: str) -> list[date | None]:
        if path not in self.bound:
            return []
        column = self.column(path)
        styles = [style for style in (*self.solved.dates, *column.date_styles) if style in column.date_styles and style]
        read = date_reader(tuple(styles[:1]))
        return [_day(read, text) for text in column.texts]

    def pairs(self, first: str, second: str) -> Iterator[tuple[int, int]]:
        """The places of two fields' texts that stand on one record, or of one around the other."""
        if first not in self.bound or second not in self.bound:
            return
        one, other = self.column(first), self.column(second)
        if len(one.texts) == len(other.texts) and one.inner == other.inner:
            yield from ((at, at) for at in range(len(one.texts)))
        elif other.inner and other.documents:
            yield from ((at, n) for n, at in enumerate(other.documents) if at < len(one.texts))

    def documents(self, column: Column) -> Sequence[object]:
        """For each text of a column the document that it belongs to."""
        arrangement, number = self.solved.arrangement, self.solved.number
        if not arrangement.is_rows:
            return list(column.documents) if column.inner else list(range(len(column.texts)))
        if number is None:
            return [0] * len(column.texts)
        found: list[str] = []
        for text in number.column.texts:
            found.append(text or (found[-1] if found else ""))
        return found


def _day(read: Callable[[str], date], text: str) -> date | None:
    for said in (text, text[:10]):
        try:
            return read(said) if said else None
        except (Unclear, ValueError):
            continue
    return None


# ---- the checks


def _years(seen: _Seen, known: Known) -> Iterator[Verdict]:
    for path, one in seen.bound.items():
        if one.target.kind is date:
            days = [day for day in seen.dates(path) if day]
            if days and sum(day.year in YEARS for day in days) < MOSTLY * len(days):
                yield path, 0.5, "its dates are of no year in which one trades"


def _order_of_dates(seen: _Seen, known: Known) -> Iterator[Verdict]:
    for first, second in ORDERS:
        days, later = seen.dates(first), seen.dates(second)
        found = [(days[i], later[j]) for i, j in seen.pairs(first, second)]
        both = [(one, other) for one, other in found if one and other]
        if not both:
            continue
        right = sum(one <= other for one, other in both)
        if right < MOSTLY * len(both):
            for path in (first, second):
                yield path, 0.75, f"{seen.column(first).label} lies behind {seen.column(second).label}"


def _amounts(seen: _Seen, known: Known) -> Iterator[Verdict]:
    """A column that is called the lines' amount, and is not quantity times price."""
    paths = [next((path for path in some if path in seen.bound), None) for some in (QUANTITIES, PRICES)]
    quantity, price = paths
    if seen.solved.sums is not None or quantity is None or price is None:
        return
    amount = next((column for column in seen.solved.not_read if _is_line_amount(column)), None)
    if amount is None or len(amount.texts) != len(seen.column(quantity).texts):
        return
    amounts = amount.numbers(seen.solved.decimals or "point")
    rows = list(zip(seen.numbers(quantity), seen.numbers(price), amounts, strict=False))
    whole = [(q, p, a) for q, p, a in rows if q is not None and p is not None and a is not None]
    right = sum(abs(q * p - a) <= Decimal("0.011") for q, p, a in whole)
    if whole and right < MOSTLY * len(whole):
        for path in (quantity, price):
            yield path, 0.8, f"quantity x price is {amount.label} on {right} of {len(whole)} lines"


def _is_line_amount(column: Column) -> bool:
    said = {concept for concept, near in column.said.items() if near == 1.0}
    return column.inner and column.is_number and "amount" in said and not said & {"tax", "discount", "price", "charge"}


def _total(seen: _Seen, known: Known) -> Iterator[Verdict]:
    """What is called a document's total is near the sum of its lines: taxes and freight come to less than that."""
    path = next((one for one in ("total_amount", "total_amounts[TT].amount") if one in seen.bound), None)
    lines = _line_amounts(seen)
    if path is None or not lines:
        return
    column = seen.column(path)
    totals = dict(zip(seen.documents(column), seen.numbers(path), strict=False))
    both = [(total, lines[key]) for key, total in totals.items() if total and lines.get(key)]
    if not both:
        return
    exact = sum(abs(total - own) <= Decimal("0.02") for total, own in both)
    near = sum(own * Decimal("0.6") <= total <= own * Decimal("1.7") for total, own in both)
    if exact >= MOSTLY * len(both):
        yield path, 1.5, "it is the sum of the lines"
    elif near < MOSTLY * len(both):
        yield path, 0.6, "it is far from the sum of the lines"


def _line_amounts(seen: _Seen) -> dict[object, Decimal]:
    """The lines' amounts of each document, as quantity times price."""
    quantity = next((path for path in QUANTITIES if path in seen.bound), None)
    price = next((path for path in PRICES if path in seen.bound), None)
    found: dict[object, Decimal] = defaultdict(Decimal)
    if quantity is None or price is None:
        return found
    keys = seen.documents(seen.column(quantity))
    for key, q, p in zip(keys, seen.numbers(quantity), seen.numbers(price), strict=False):
        found[key] += (q or Decimal()) * (p or Decimal())
    return found


def _known_orders(seen: _Seen, known: Known) -> Iterator[Verdict]:
    for path in ("purchase_order_number", "purchase_order.purchase_order_number"):
        if path in seen.bound and known.purchase_orders:
            share = seen.column(path).share(known.purchase_orders.__contains__)
            if share == 0:
                yield path, 0.7, "none of its values is an order that the hub knows"
            elif share >= MOSTLY:
                yield path, 1.8, "its values are orders that the hub knows"


def _document_numbers(seen: _Seen, known: Known) -> Iterator[Verdict]:
    """Documents of a tree have each its own number."""
    number = seen.solved.number
    if number is None or seen.solved.arrangement.is_rows or number.target.path == "purchase_order_number":
        return
    if len(number.column.filled) > 1 and number.column.distinct * 2 <= len(number.column.filled):
        yield seen.path(number), 0.6, "several documents have the same"


def _line_numbers(seen: _Seen, known: Known) -> Iterator[Verdict]:
    path = next((one for one in ("line_number", "quantity.line_number") if one in seen.bound), None)
    if path is None:
        return
    column = seen.column(path)
    rows = [(key, text) for key, text in zip(seen.documents(column), column.texts, strict=False) if text]
    if rows and len(set(rows)) < MOSTLY * len(rows):
        yield path, 0.7, "lines of one document have the same"
    numbers = [number for number in seen.numbers(path) if number is not None]
    rising = sum(one < other or other <= 10 for one, other in pairwise(numbers))
    if len(numbers) > 3 and rising < 0.5 * (len(numbers) - 1):
        yield path, 0.8, "it does not count up"


def _quantities(seen: _Seen, known: Known) -> Iterator[Verdict]:
    for less, more in AT_MOST:
        own, whole = seen.numbers(less), seen.numbers(more)
        both = [(own[i], whole[j]) for i, j in seen.pairs(less, more) if i < len(own) and j < len(whole)]
        rows = [(one, other) for one, other in both if one is not None and other is not None]
        if rows and sum(one <= other for one, other in rows) < MOSTLY * len(rows):
            for path in (less, more):
                yield path, 0.75, f"{seen.column(less).label} is more than {seen.column(more).label}"


def _check_digits(seen: _Seen, known: Known) -> Iterator[Verdict]:
    for path, one in seen.bound.items():
        if "[gtin_" in path or path == "marks[sscc].value":
            share = one.column.share(has_valid_check_digit)
            if 0 < share < 1:
                yield path, share, f"the check digit is right in {share:.0%}"


CHECKS: tuple[Callable[[_Seen, Known], Iterator[Verdict]], ...] = (
    _years,
    _order_of_dates,
    _amounts,
    _total,
    _known_orders,
    _document_numbers,
    _line_numbers,
    _quantities,
    _check_digits,
)
