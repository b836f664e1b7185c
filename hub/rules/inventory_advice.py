"""Checks of an inventory advice (846)."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.error_condition import ErrorCondition
from canonical.inventory_advice import InventoryAdvice, InventoryLine, StockKind, StockQuantity
from canonical.order import Purpose
from hub.rules import general
from hub.rules.arithmetic import plain, shown_quantity
from hub.rules.lines import label
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

STOCK_NEGATIVE = Rule(
    "stock-negative", "No quantity of stock is below zero.", CheckSetting.WARNING, ErrorCondition.INVALID_QUANTITY
)
STOCK_UNSTATED = Rule(
    "stock-unstated", "Every item of an advice has a quantity.", CheckSetting.WARNING, ErrorCondition.MISSING
)
STOCK_REPEATED = Rule(
    "stock-repeated", "No item is told twice for one place.", CheckSetting.WARNING, ErrorCondition.DUPLICATE
)
RULES = (STOCK_NEGATIVE, STOCK_UNSTATED, STOCK_REPEATED)

_LACKING = (StockKind.BACKORDERED, StockKind.PROJECTED_AVAILABLE, StockKind.OTHER)
"""What may well be below zero, or may be a difference."""


def check(document: InventoryAdvice, context: CheckContext) -> Iterator[Hit]:
    yield from general.currency_agreed([("/currency", document.currency)], context)
    first: dict[str, str] = {}
    for index, line in enumerate(document.lines):
        pointer, name = f"/lines/{index}", label(line, index)
        yield from general.currency_agreed([(f"{pointer}/currency", line.currency)], context)
        yield from general.gtins(f"{pointer}/identifiers", name, line.identifiers)
        yield from _negative(pointer, name, line)
        if not line.quantities and not line.destination_quantities and document.purpose is not Purpose.REQUEST:
            yield Hit(STOCK_UNSTATED, pointer, f"{name}: no quantity is told")
        earlier = first.setdefault(_stock(line), pointer)
        if line.identifiers and earlier != pointer:
            yield Hit(STOCK_REPEATED, pointer, f"{name}: the same item in the same place is told before, at {earlier}")
    yield from _totals(document)


def _negative(pointer: str, name: str, line: InventoryLine) -> Iterator[Hit]:
    for index, entry in enumerate(line.quantities):
        if entry.quantity is not None and entry.quantity.value < 0 and entry.kind not in _LACKING:
            yield Hit(
                STOCK_NEGATIVE,
                f"{pointer}/quantities/{index}/quantity/value",
                f"{name}: {_words(entry)} is {shown_quantity(entry.quantity)}",
                value=plain(entry.quantity.value),
                expected="0 or more",
            )


def _stock(line: InventoryLine) -> str:
    """What tells one stock of an item from another: the place, lots and other references, the day."""
    return line.model_dump_json(
        include={"identifiers", "parties", "references", "dates", "contract", "industry_codes", "extras"}
    )


def _totals(document: InventoryAdvice) -> Iterator[Hit]:
    """CTT02 of an 846 is the sum of all its QTY02."""
    if document.totals is not None:
        yield from general.line_count("/totals/line_item_count", document.totals.line_item_count, len(document.lines))
        told = [entry.quantity for line in document.lines for entry in line.quantities]
        yield from general.hash_total("/totals/hash_total", document.totals.hash_total, told)


def _words(entry: StockQuantity) -> str:
    return entry.qualifier if entry.kind is StockKind.OTHER else entry.kind.value.replace("_", " ")
